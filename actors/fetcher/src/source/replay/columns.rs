//! A file's candles in memory, column by column.

use wick_schemas::candle::RawCandle;
use wick_schemas::{Timestamp, Venue};

/// The names of the columns that a candle needs, in the order of [`Columns`].
pub(super) const NAMES: [&str; 6] = ["ts_utc", "open", "high", "low", "close", "volume"];

/// Below this a number is seconds since the epoch: as milliseconds it would lie in the first months of 1970.
const SECONDS_TO: i64 = 10_000_000_000;
/// From here on a number is microseconds since the epoch: as milliseconds it would lie in the year 5138.
const MICROSECONDS_FROM: i64 = 100_000_000_000_000;
/// From here on it is nanoseconds.
const NANOSECONDS_FROM: i64 = MICROSECONDS_FROM * 1000;

/// A moment of whatever precision in milliseconds; `None` for what is no moment at all.
pub(super) fn millis(time: i64) -> Option<i64> {
    match time {
        ..0 => None,
        0..SECONDS_TO => Some(time * 1000),
        SECONDS_TO..MICROSECONDS_FROM => Some(time),
        MICROSECONDS_FROM..NANOSECONDS_FROM => Some(time / 1000),
        NANOSECONDS_FROM.. => Some(time / 1_000_000),
    }
}

/// Columns instead of candles: half the memory, and a year is read at once.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Columns {
    /// Start of the minute, epoch milliseconds.
    pub open_time: Vec<i64>,
    /// Open, high, low, close, volume; NaN where the file has no number.
    pub numbers: [Vec<f64>; 5],
    /// Rows left out because they do not say which minute they are.
    pub undated: usize,
}

impl Columns {
    /// Adds a row.
    pub fn push(&mut self, open_time: i64, numbers: [f64; 5]) {
        self.open_time.push(open_time);
        for (column, number) in self.numbers.iter_mut().zip(numbers) {
            column.push(number);
        }
    }

    /// The candle of a row, unjudged: what is no number there is `None` here.
    pub fn candle(&self, row: usize, venue: Venue) -> RawCandle {
        let number = |column: usize| Some(self.numbers[column][row]).filter(|value| value.is_finite());
        RawCandle {
            venue,
            open_time: Timestamp(self.open_time[row]),
            open: number(0),
            high: number(1),
            low: number(2),
            close: number(3),
            volume: number(4),
        }
    }
}
