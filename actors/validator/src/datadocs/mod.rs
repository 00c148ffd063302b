//! Data docs: a static page for each day, with what was expected, what failed, what was refused and how it went lately.
//!
//! Pure: figures in, HTML out. A page needs no server and no script, follows the reader's light or dark, and shows every
//! text from outside as text.

mod chart;
mod figures;
mod index;
mod page;
mod shown;

pub use figures::{DayFigures, ExpectationFigures, SuiteFigures};
pub use index::index;
pub use page::page;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use wick_schemas::{QualityReported, Timestamp};

/// A day, as it is kept.
#[derive(Clone, Debug, Default)]
pub struct Day {
    /// Its start (UTC).
    pub day: Timestamp,
    /// The reports on batches that began in it.
    pub reports: Vec<QualityReported>,
    /// What was refused in it.
    pub quarantine: Vec<Quarantined>,
    /// The days before it and itself, oldest first; the last thirty are shown.
    pub trend: Vec<DayFigures>,
}

/// A refused datum.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Quarantined {
    /// Its table, as in `candles`.
    pub table: String,
    /// When it was learnt.
    pub at: Timestamp,
    /// The rule that it broke.
    pub rule: String,
    /// The offending value.
    pub value: String,
    /// Why.
    pub reason: String,
    /// The datum as it came, as JSON.
    pub datum: String,
}

/// Where a day's page lies, beside the index.
#[must_use]
pub fn file_name(day: Timestamp) -> String {
    format!("{}.html", day.date())
}

/// The frame of every page. Nothing may be loaded, and no script may run, whatever a text from outside holds.
fn document(title: &str, body: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                title { (title) }
                style { (PreEscaped(include_str!("style.css"))) }
            }
            body { (body) }
        }
    }
    .into_string()
}

#[cfg(test)]
mod tests;
