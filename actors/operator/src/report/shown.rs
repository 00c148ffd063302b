//! How figures are written, alike in the tables and on the page.

pub use wick_schemas::report::words;
use wick_schemas::report::{Comparison, GoalResult, Interval, Rule, p_value};

use crate::words::NOTHING;

/// A share in percent with so many digits.
pub fn percent(share: f64, digits: usize) -> String {
    format!("{:.digits$} %", 100.0 * share)
}

/// A difference in percent, with its sign.
pub fn signed(share: f64) -> String {
    format!("{:+.2} %", 100.0 * share)
}

/// A figure that may be missing.
pub fn maybe(figure: Option<f64>, shown: impl Fn(f64) -> String) -> String {
    figure.map_or_else(|| NOTHING.into(), shown)
}

/// A loss with five digits that count: losses of returns are thousands of times smaller than others.
pub fn loss(loss: f64) -> String {
    if loss != 0.0 && loss.abs() < 0.01 { format!("{loss:.4e}") } else { format!("{loss:.5}") }
}

/// The statistic of a comparison's test.
pub fn statistic(row: &Comparison) -> String {
    row.all.dm.map_or_else(|| NOTHING.into(), |dm| format!("{:+.2}", dm.t))
}

/// The p-values of a comparison: alone, and corrected.
pub fn ps(row: &Comparison) -> [String; 2] {
    [maybe(row.all.dm.map(|dm| dm.p), p_value), maybe(row.p_holm, p_value)]
}

/// The years in which a comparison's skill was negative, or that there were none.
pub fn years_lost(row: &Comparison) -> String {
    let lost: Vec<String> = row
        .years
        .iter()
        .filter(|year| year.skill.is_some_and(|skill| skill < 0.0))
        .map(|year| year.year.to_string())
        .collect();
    if lost.is_empty() { "none".into() } else { lost.join(", ") }
}

/// Whether a goal is met.
pub fn met(goal: &GoalResult) -> &'static str {
    match goal.met {
        Some(true) => "met",
        Some(false) => "missed",
        None => "too little",
    }
}

/// An interval of a sum of log returns, in percent.
pub fn interval(interval: Option<Interval>) -> String {
    interval.map_or_else(|| NOTHING.into(), |one| format!("{:+.1} to {:+.1} %", 100.0 * one.low, 100.0 * one.high))
}

/// A rule and its margin in words.
pub fn rule(rule: Rule, margin: f64) -> String {
    let up = 0.5 + margin;
    match rule {
        Rule::LongOrFlat => format!("long above {up:.2}, else flat"),
        Rule::LongOrShort => format!("long above {up:.2}, short below {:.2}", 1.0 - up),
    }
}
