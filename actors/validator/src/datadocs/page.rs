//! The page of a day.

use std::collections::BTreeMap;

use maud::{Markup, html};
use wick_schemas::time::DAY;

use super::figures::{DayFigures, ExpectationFigures, SuiteFigures};
use super::shown::{count, number, percent, shown};
use super::{Day, Quarantined, chart, document, file_name};

/// Refused data that a page shows.
const MOST_REFUSED: usize = 500;
/// Days of the trend.
const TREND: usize = 30;

/// The page of a day, for [`file_name`].
#[must_use]
pub fn page(day: &Day) -> String {
    let title = format!("Data quality on {}", day.day.date());
    let figures = DayFigures::of(day.day, &day.reports);
    let trend = &day.trend[day.trend.len().saturating_sub(TREND)..];
    let body = html! {
        nav aria-label="Days" {
            a href=(file_name(day.day.shift(-DAY))) { "Day before" }
            a href="index.html" { "All days" }
            a href=(file_name(day.day.shift(DAY))) { "Day after" }
        }
        main {
            h1 { (title) }
            (summary(&figures, day.quarantine.len()))
            @for suite in SuiteFigures::all(&day.reports) {
                (section(day, &suite))
            }
            (quarantine(&day.quarantine))
            h2 { "Trend" }
            @if trend.is_empty() {
                p class="soft" { "No day before is known." }
            } @else {
                (chart::trend(trend))
            }
        }
    };
    document(&title, &body)
}

fn summary(figures: &DayFigures, kept: usize) -> Markup {
    let met = figures.batches - figures.failed;
    html! {
        @if figures.batches == 0 {
            p { "Nothing was reported on this day." }
        }
        dl {
            div { dt { "Rows" } dd { (count(figures.rows)) } }
            div { dt { "Refused" } dd { (count(figures.rejected)) " (" (percent(figures.rejected, figures.rows)) ")" } }
            div { dt { "In quarantine" } dd { (count(kept as u64)) } }
            div { dt { "Batches that met everything" } dd { (count(met)) " of " (count(figures.batches)) } }
        }
    }
}

fn section(day: &Day, suite: &SuiteFigures) -> Markup {
    let failed = suite.batches.iter().filter(|(_, success)| !success).count();
    html! {
        section {
            h2 { (shown(&suite.suite)) }
            p {
                (count(suite.rows)) " rows in " (suite.batches.len()) " batches, "
                @if failed == 0 { span class="good" { "all as expected" } }
                @else { span class="bad" { (failed) " not as expected" } }
                "."
            }
            (chart::strip(&shown(&suite.suite), day.day, &suite.batches))
            div class="scroll" {
                table {
                    caption { "Expectations of " (shown(&suite.suite)) }
                    thead { tr {
                        th scope="col" { "Expectation" }
                        th scope="col" { "Column" }
                        @for head in ["Failed batches", "Asked", "Unexpected", "Share met", "Share wanted", "Measured"] {
                            th scope="col" class="number" { (head) }
                        }
                        th scope="col" { "Such as" }
                    } }
                    tbody { @for one in &suite.expectations { (expectation(one)) } }
                }
            }
        }
    }
}

fn expectation(one: &ExpectationFigures) -> Markup {
    let measured = match one.observed {
        None => String::new(),
        Some((low, high)) if low == high => number(low),
        Some((low, high)) => format!("{} to {}", number(low), number(high)),
    };
    let class = if one.failed == 0 { "number" } else { "number bad" };
    html! {
        tr {
            th scope="row" { (shown(&one.expectation)) }
            td { (shown(&one.column)) }
            td class=(class) { (count(one.failed)) " of " (count(one.batches)) }
            td class="number" { (count(one.asked)) }
            td class="number" { (count(one.unexpected)) }
            td class="number" { (percent(one.asked.saturating_sub(one.unexpected), one.asked)) }
            td class="number" { (number(100.0 * one.mostly)) " %" }
            td class="number" { (measured) }
            td {
                @for (place, example) in one.examples.iter().enumerate() {
                    @if place > 0 { ", " }
                    code { bdi { (shown(example)) } }
                }
            }
        }
    }
}

fn quarantine(refused: &[Quarantined]) -> Markup {
    let mut rules: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for one in refused {
        *rules.entry((&one.table, &one.rule)).or_default() += 1;
    }
    html! {
        section {
            h2 { "Quarantine" }
            @if refused.is_empty() {
                p class="good" { "Nothing was refused." }
            } @else {
                div class="scroll" {
                    table {
                        caption { "Refused data by rule" }
                        thead { tr { th scope="col" { "Table" } th scope="col" { "Rule" } th scope="col" class="number" { "Refused" } } }
                        tbody {
                            @for ((table, rule), times) in &rules {
                                tr { td { (shown(table)) } th scope="row" { (shown(rule)) } td class="number" { (count(*times)) } }
                            }
                        }
                    }
                }
                @if refused.len() > MOST_REFUSED {
                    p { "The first " (count(MOST_REFUSED as u64)) " of " (count(refused.len() as u64)) " follow; `wick quality list` shows all." }
                }
                div class="scroll" {
                    table {
                        caption { "Refused data" }
                        thead { tr { @for head in ["Learnt", "Table", "Rule", "Value", "Reason", "Datum"] { th scope="col" { (head) } } } }
                        tbody { @for one in refused.iter().take(MOST_REFUSED) { (refusal(one)) } }
                    }
                }
            }
        }
    }
}

fn refusal(one: &Quarantined) -> Markup {
    html! {
        tr {
            td { (one.at.rfc3339()) }
            td { (shown(&one.table)) }
            td { (shown(&one.rule)) }
            td { code { bdi { (shown(&one.value)) } } }
            td { bdi { (shown(&one.reason)) } }
            td { details { summary { "Show" } code { bdi { (shown(&one.datum)) } } } }
        }
    }
}
