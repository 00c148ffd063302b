//! Moments and spans, in milliseconds.

use std::fmt;
use std::ops::{Add, Sub};

use chrono::{DateTime, Datelike, SecondsFormat, Timelike, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One minute in milliseconds: the span of a candle.
pub const MINUTE: i64 = 60_000;
/// A quarter of an hour in milliseconds: the span of a bar and the step of the decision grid.
pub const BAR: i64 = 15 * MINUTE;
/// One hour in milliseconds.
pub const HOUR: i64 = 60 * MINUTE;
/// One day in milliseconds.
pub const DAY: i64 = 24 * HOUR;

/// A moment: milliseconds since 1970-01-01T00:00:00Z.
///
/// Serialised as that integer, shown as RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, Default)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Before everything.
    pub const MIN: Self = Self(i64::MIN);
    /// After everything.
    pub const MAX: Self = Self(i64::MAX);

    /// The milliseconds since the epoch.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whether the moment lies on a grid of `step` milliseconds.
    #[must_use]
    pub const fn on_grid(self, step: i64) -> bool {
        self.0.rem_euclid(step) == 0
    }

    /// The latest moment of the grid that is not after this one.
    #[must_use]
    pub const fn floor(self, step: i64) -> Self {
        Self(self.0.saturating_sub(self.0.rem_euclid(step)))
    }

    /// The earliest moment of the grid that is after this one.
    #[must_use]
    pub const fn next(self, step: i64) -> Self {
        Self(self.floor(step).0 + step)
    }

    /// This moment moved by `span` milliseconds, stopping at the ends of time.
    #[must_use]
    pub const fn shift(self, span: i64) -> Self {
        Self(self.0.saturating_add(span))
    }

    /// Hour of the week, 0 (Monday 00:00 UTC) to 167.
    #[must_use]
    pub fn hour_of_week(self) -> usize {
        let hours = self.0.div_euclid(HOUR);
        // 1970-01-01 was a Thursday, the fourth day of the week.
        (hours + 3 * 24).rem_euclid(168) as usize
    }

    /// The calendar date (UTC) as `2024-01-31`.
    #[must_use]
    pub fn date(self) -> String {
        let moment = self.utc();
        format!("{:04}-{:02}-{:02}", moment.year(), moment.month(), moment.day())
    }

    /// The calendar month (UTC) as `2024-01`.
    #[must_use]
    pub fn month(self) -> String {
        let moment = self.utc();
        format!("{:04}-{:02}", moment.year(), moment.month())
    }

    /// The calendar year (UTC).
    #[must_use]
    pub fn year(self) -> i32 {
        self.utc().year()
    }

    /// The calendar quarter (UTC), 1 to 4.
    #[must_use]
    pub fn quarter(self) -> u32 {
        self.utc().month0() / 3 + 1
    }

    /// Minutes since midnight (UTC).
    #[must_use]
    pub fn minute_of_day(self) -> u32 {
        let moment = self.utc();
        moment.hour() * 60 + moment.minute()
    }

    /// RFC 3339 with milliseconds, UTC.
    #[must_use]
    pub fn rfc3339(self) -> String {
        self.utc().to_rfc3339_opts(SecondsFormat::Millis, true)
    }

    /// Reads RFC 3339, or a bare date (midnight UTC).
    ///
    /// # Errors
    /// A line that says what was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let full = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
        DateTime::parse_from_rfc3339(&full)
            .map(|moment| Self(moment.timestamp_millis()))
            .map_err(|_| format!("'{text}' is no moment: write 2024-01-31 or 2024-01-31T12:00:00Z"))
    }

    fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).unwrap_or_default()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

impl Add<i64> for Timestamp {
    type Output = Self;
    fn add(self, span: i64) -> Self {
        Self(self.0 + span)
    }
}

impl Sub<i64> for Timestamp {
    type Output = Self;
    fn sub(self, span: i64) -> Self {
        Self(self.0 - span)
    }
}

impl Sub for Timestamp {
    type Output = i64;
    fn sub(self, other: Self) -> i64 {
        self.0 - other.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_week_starts_on_monday() {
        let monday = Timestamp::parse("2024-01-01").expect("a date");
        assert_eq!(monday.hour_of_week(), 0);
        assert_eq!((monday + DAY * 6 + HOUR * 23).hour_of_week(), 167);
    }

    #[test]
    fn a_moment_shows_itself_as_rfc3339_and_reads_it_back() {
        let moment = Timestamp(1_704_067_261_005);
        assert_eq!(moment.to_string(), "2024-01-01T00:01:01.005Z");
        assert_eq!(Timestamp::parse(&moment.to_string()), Ok(moment));
        assert!(Timestamp::parse("yesterday").expect_err("no date").contains("yesterday"));
    }

    #[test]
    fn the_grid_is_found_on_both_sides_of_the_epoch() {
        assert_eq!(Timestamp(-1).floor(BAR), Timestamp(-BAR));
        assert_eq!(Timestamp(BAR).next(BAR), Timestamp(2 * BAR));
        assert!(Timestamp(-BAR).on_grid(BAR));
    }
}
