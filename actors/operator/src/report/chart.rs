//! Small charts as inline SVG that take their colours from the page, so that they follow light and dark. As wide as a
//! phone: what is written in them can be read there.

use maud::{Markup, html};
use wick_schemas::report::{Bin, Calibration, Path};

use super::scale::{Scale, moments, span, ticks};
use super::shown::percent;

/// Where the plot lies in a chart of 360 by 230.
const LEFT: f64 = 46.0;
const RIGHT: f64 = 352.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 196.0;

/// A line of a chart over time.
pub struct Line<'a> {
    /// What it is called.
    pub name: String,
    /// Its look: `one` or `two`.
    pub class: &'static str,
    /// Its points.
    pub path: &'a Path,
    /// Where it should be, if that is known.
    pub wanted: Option<f64>,
}

/// Figures over time. `shown` writes a figure of the left axis.
pub fn lines(caption: &str, lines: &[Line<'_>], shown: impl Fn(f64) -> String) -> Markup {
    let points = || lines.iter().flat_map(|line| line.path.iter());
    let (Some(from), Some(to)) = (points().map(|point| point.0).min(), points().map(|point| point.0).max()) else {
        return figure(caption, "nothing to show yet", &html! {});
    };
    let values = span(points().map(|point| point.1).chain(lines.iter().filter_map(|line| line.wanted)));
    let x = Scale::new((from.millis() as f64, to.millis() as f64), (LEFT, RIGHT));
    let y = Scale::new(values, (BOTTOM, TOP));
    let d = |path: &Path| {
        let step = |(place, (at, value)): (usize, &(wick_schemas::Timestamp, f64))| {
            let letter = if place == 0 { 'M' } else { 'L' };
            format!("{letter}{} {}", x.at(at.millis() as f64), y.at(*value))
        };
        path.iter().enumerate().map(step).collect::<Vec<_>>().join("")
    };
    let last = |line: &Line<'_>| line.path.last().map(|point| shown(point.1)).unwrap_or_default();
    let words: Vec<String> = lines.iter().map(|line| format!("{} ends at {}", line.name, last(line))).collect();
    figure(
        caption,
        &words.join("; "),
        &html! {
            (left_axis(y, values, &shown))
            @for (place, at) in moments(from, to).into_iter().enumerate() {
                text x=(x.at(at.millis() as f64)) y="212" text-anchor=(anchor(place, 3)) { (at.date()) }
            }
            @for line in lines {
                @if let Some(wanted) = line.wanted {
                    line class="wanted" x1=(LEFT) y1=(y.at(wanted)) x2=(RIGHT) y2=(y.at(wanted)) {}
                }
                path class=(line.class) d=(d(line.path)) { title { (line.name) } }
            }
            @if lines.len() > 1 {
                @for (place, line) in lines.iter().enumerate() {
                    text class=(line.class) x=(LEFT + 90.0 * place as f64) y="227" { "— " (line.name) }
                }
            }
        },
    )
}

/// Forecast probability beside what happened. The axes are alike, so the diagonal is where honest forecasts lie; the bars
/// are the forecasts of each bin.
pub fn reliability(caption: &str, bins: &[Bin]) -> Markup {
    let values = span(bins.iter().flat_map(|bin| [bin.p_up, bin.rises]));
    let (x, y) = (Scale::new(values, (LEFT, RIGHT)), Scale::new(values, (BOTTOM - 24.0, TOP)));
    let most = bins.iter().map(|bin| bin.n).max().unwrap_or(1) as f64;
    let height = |bin: &Bin| 18.0 * bin.n as f64 / most;
    let shown = |value: f64| percent(value, 1);
    let words: Vec<String> = bins
        .iter()
        .map(|bin| format!("{} forecast, {} rose, of {}", shown(bin.p_up), shown(bin.rises), bin.n))
        .collect();
    let picture = figure(
        caption,
        &words.join("; "),
        &html! {
            (left_axis(y, values, &shown))
            line class="wanted" x1=(LEFT) y1=(BOTTOM - 24.0) x2=(RIGHT) y2=(TOP) {}
            @for tick in ticks(values) {
                text x=(x.at(tick)) y="212" text-anchor="middle" { (shown(tick)) }
            }
            @for bin in bins {
                rect class="bar" x=(x.at(bin.p_up) - 3.0) y=(BOTTOM - height(bin)) width="6" height=(height(bin)) {}
                circle class="one" cx=(x.at(bin.p_up)) cy=(y.at(bin.rises)) r="3.5" {
                    title { (shown(bin.p_up)) " forecast, " (shown(bin.rises)) " rose, n " (bin.n) }
                }
            }
            text x=(RIGHT) y="227" text-anchor="end" { "forecast probability of a rise" }
        },
    );
    html! {
        (picture)
        details {
            summary { "The bins in numbers" }
            div class="scroll" { table {
                thead { tr { th scope="col" class="number" { "n" } th scope="col" class="number" { "forecast" } th scope="col" class="number" { "rose" } } }
                tbody { @for bin in bins {
                    tr { td class="number" { (bin.n) } td class="number" { (percent(bin.p_up, 2)) } td class="number" { (percent(bin.rises, 2)) } }
                } }
            } }
        }
    }
}

/// How many outcomes fell between neighbouring quantiles, as a multiple of how many should have: the histogram of the
/// probability integral transform, as fine as the published quantiles allow.
pub fn transform(caption: &str, calibration: &[Calibration]) -> Markup {
    let mut edges = vec![(0.0, 0.0)];
    edges.extend(calibration.iter().map(|one| (one.tau, one.share)));
    edges.push((1.0, 1.0));
    let bins: Vec<(f64, f64, f64)> = edges
        .windows(2)
        .map(|pair| (pair[0].0, pair[1].0, (pair[1].1 - pair[0].1) / (pair[1].0 - pair[0].0)))
        .collect();
    if calibration.is_empty() {
        return figure(caption, "no quantiles are kept", &html! {});
    }
    let values = (0.0, bins.iter().map(|bin| bin.2).fold(1.0, f64::max));
    let (x, y) = (Scale::new((0.0, 1.0), (LEFT, RIGHT)), Scale::new(values, (BOTTOM, TOP)));
    let words: Vec<String> = bins
        .iter()
        .map(|(from, to, ratio)| format!("{} to {}: {ratio:.2} of what should", percent(*from, 1), percent(*to, 1)))
        .collect();
    figure(
        caption,
        &words.join("; "),
        &html! {
            (left_axis(y, values, &|value| format!("{value}")))
            @for ((from, to, ratio), words) in bins.iter().zip(&words) {
                rect class="bar" x=(x.at(*from) + 0.5) y=(y.at(*ratio)) width=((x.at(*to) - x.at(*from) - 1.0).max(1.0)) height=(BOTTOM - y.at(*ratio)) {
                    title { (words) }
                }
            }
            line class="wanted" x1=(LEFT) y1=(y.at(1.0)) x2=(RIGHT) y2=(y.at(1.0)) {}
            @for tau in [0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0] {
                text x=(x.at(tau)) y="212" text-anchor="middle" { (format!("{tau}")) }
            }
            text x=(RIGHT) y="227" text-anchor="end" { "forecast probability of the outcome or less" }
        },
    )
}

/// Bars beside their names, the longest first in the order given.
pub fn bars(caption: &str, named: &[(String, f64)], shown: impl Fn(f64) -> String) -> Markup {
    let (low, high) = span(named.iter().map(|one| one.1).chain([0.0]));
    let x = Scale::new((low, high), (170.0, 300.0));
    let height = 18 * named.len() + 6;
    let words: Vec<String> = named.iter().map(|(name, value)| format!("{name} {}", shown(*value))).collect();
    html! {
        figure {
            figcaption { (caption) }
            svg viewBox=(format!("0 0 360 {height}")) role="img" aria-label=(format!("{caption}: {}", words.join("; "))) {
                @for (place, (name, value)) in named.iter().enumerate() {
                    text x="164" y=(18 * place + 14) text-anchor="end" { (name) }
                    rect class="bar" x=(x.at(value.min(0.0))) y=(18 * place + 4) width=((x.at(*value) - x.at(0.0)).abs().max(0.5)) height="12" {}
                    text x="304" y=(18 * place + 14) { (shown(*value)) }
                }
            }
        }
    }
}

fn figure(caption: &str, words: &str, content: &Markup) -> Markup {
    html! {
        figure {
            figcaption { (caption) }
            svg viewBox="0 0 360 230" role="img" aria-label=(format!("{caption}: {words}")) { (content) }
        }
    }
}

fn left_axis(y: Scale, values: (f64, f64), shown: &impl Fn(f64) -> String) -> Markup {
    html! {
        @for tick in ticks(values) {
            line class="grid" x1=(LEFT) y1=(y.at(tick)) x2=(RIGHT) y2=(y.at(tick)) {}
            text x=(LEFT - 4.0) y=(y.at(tick) + 3.5) text-anchor="end" { (shown(tick)) }
        }
    }
}

/// The first and the last of some labels keep inside the picture.
const fn anchor(place: usize, last: usize) -> &'static str {
    match place {
        0 => "start",
        _ if place == last => "end",
        _ => "middle",
    }
}
