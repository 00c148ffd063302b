//! The index of all days.

use maud::html;

use super::figures::DayFigures;
use super::{chart, document, file_name};

/// Days of the trend.
const TREND: usize = 30;

/// The index of these days, oldest first: the newest stands on top.
#[must_use]
pub fn index(days: &[DayFigures]) -> String {
    let newest: Vec<DayFigures> = days.iter().rev().copied().collect();
    let body = html! {
        main {
            h1 { "Data quality" }
            @if days.is_empty() {
                p { "No day is known yet: `wick quality docs` writes a page for each." }
            } @else {
                (chart::trend(&days[days.len().saturating_sub(TREND)..]))
                h2 { "All days" }
                (chart::numbers(&newest, |day| html! { a href=(file_name(day.day)) { (day.day.date()) } }))
            }
        }
    };
    document("Data quality", &body)
}
