//! Small charts as inline SVG, each with its numbers in words.

use maud::{Markup, html};
use wick_schemas::Timestamp;
use wick_schemas::time::DAY;

use super::figures::DayFigures;
use super::shown::{count, percent};

/// When a suite's batches failed, over the day: a box for each batch at its time.
pub fn strip(suite: &str, day: Timestamp, batches: &[(Timestamp, bool)]) -> Markup {
    let failed = batches.iter().filter(|(_, success)| !success).count();
    let label = format!("{suite}: {failed} of {} batches failed", batches.len());
    let place = |at: Timestamp| 960.0 * (at.millis() - day.millis()) as f64 / DAY as f64;
    html! {
        svg viewBox="0 0 960 34" role="img" aria-label=(label) {
            rect class="none" x="0" y="0" width="960" height="18" {}
            @for (from, success) in batches {
                rect class=(if *success { "good" } else { "bad" }) x=(place(*from)) y="0" width="9" height="18" {
                    title { (from.rfc3339()) ": " (if *success { "met" } else { "failed" }) }
                }
            }
            @for hour in (0..24).step_by(3) {
                text x=(hour * 40) y="31" { (format!("{hour:02}:00")) }
            }
        }
    }
}

/// The share of refused rows and of failed batches, a bar for each day.
pub fn trend(days: &[DayFigures]) -> Markup {
    let share = |part: u64, whole: u64| if whole == 0 { 0.0 } else { part as f64 / whole as f64 };
    html! {
        (bars("Refused rows", days, |day| (share(day.rejected, day.rows), percent(day.rejected, day.rows))))
        (bars("Failed batches", days, |day| (share(day.failed, day.batches), percent(day.failed, day.batches))))
        details {
            summary { "The same in numbers" }
            (numbers(days, |day| html! { (day.day.date()) }))
        }
    }
}

/// Days as a table; `name` makes the first cell.
pub fn numbers(days: &[DayFigures], name: impl Fn(&DayFigures) -> Markup) -> Markup {
    html! {
        div class="scroll" {
            table {
                caption { "Days, in UTC" }
                thead { tr {
                    th scope="col" { "Day" }
                    @for head in ["Rows", "Refused", "Share refused", "Batches", "Failed", "Share failed"] {
                        th scope="col" class="number" { (head) }
                    }
                } }
                tbody {
                    @for day in days {
                        tr {
                            th scope="row" { (name(day)) }
                            td class="number" { (count(day.rows)) }
                            td class="number" { (count(day.rejected)) }
                            td class="number" { (percent(day.rejected, day.rows)) }
                            td class="number" { (count(day.batches)) }
                            td class="number" { (count(day.failed)) }
                            td class="number" { (percent(day.failed, day.batches)) }
                        }
                    }
                }
            }
        }
    }
}

fn bars(what: &str, days: &[DayFigures], of: impl Fn(&DayFigures) -> (f64, String)) -> Markup {
    let highest = days.iter().map(|day| of(day).0).fold(0.0, f64::max);
    let scale = if highest > 0.0 { 80.0 / highest } else { 0.0 };
    let width = 960.0 / days.len().max(1) as f64;
    let last = days.last().map(|day| of(day).1).unwrap_or_default();
    let label = format!("{what} over {} days; the last day: {last}", days.len());
    html! {
        svg viewBox="0 0 960 120" role="img" aria-label=(label) {
            text x="0" y="11" { (what) ", highest " (days.iter().map(&of).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, text)| text).unwrap_or_default()) }
            line x1="0" y1="100" x2="960" y2="100" {}
            @for (place, day) in days.iter().enumerate() {
                @let (share, text) = of(day);
                rect class="bar" x=(place as f64 * width + 2.0) y=(100.0 - share * scale) width=(width - 4.0) height=(share * scale) {
                    title { (day.day.date()) ": " (text) }
                }
            }
            @if let (Some(first), Some(last)) = (days.first(), days.last()) {
                text x="0" y="115" { (first.day.date()) }
                text x="960" y="115" text-anchor="end" { (last.day.date()) }
            }
        }
    }
}
