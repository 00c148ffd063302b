//! Bronze: what came, as it came, in the order in which it came.

use std::path::{Path, PathBuf};

use polars::prelude::{DataFrame, IntoColumn, NamedFrom, PolarsResult, Series};
use serde::{Deserialize, Serialize};
use wick_bus::lake::{Record, Shelf};
use wick_bus::{House, Layer, Result};
use wick_schemas::candle::RawCandle;
use wick_schemas::time::DAY;
use wick_schemas::{CandleReceived, Timestamp, Venue};

/// A candle as received, with its place in the order of arrival.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BronzeCandle {
    /// Grows by one with each candle.
    pub sequence: i64,
    /// What came.
    pub received: CandleReceived,
}

impl Record for BronzeCandle {
    type Key = i64;

    fn key(&self) -> i64 {
        self.sequence
    }

    fn time(&self) -> Timestamp {
        self.received.candle.open_time
    }

    fn partition(&self) -> String {
        let candle = &self.received.candle;
        format!("kind=candle/source={}/date={}", candle.venue, candle.open_time.date())
    }

    fn frame(rows: &[Self]) -> PolarsResult<DataFrame> {
        let integers = |name: &str, of: fn(&Self) -> i64| {
            Series::new(name.into(), rows.iter().map(of).collect::<Vec<_>>()).into_column()
        };
        let numbers = |name: &str, of: fn(&RawCandle) -> Option<f64>| {
            Series::new(name.into(), rows.iter().map(|row| of(&row.received.candle)).collect::<Vec<_>>()).into_column()
        };
        let words = |name: &str, of: fn(&Self) -> &'static str| {
            Series::new(name.into(), rows.iter().map(of).collect::<Vec<_>>()).into_column()
        };
        DataFrame::new(
            rows.len(),
            vec![
                integers("sequence", |row| row.sequence),
                words("venue", |row| row.received.candle.venue.as_str()),
                integers("open_time", |row| row.received.candle.open_time.millis()),
                numbers("open", |candle| candle.open),
                numbers("high", |candle| candle.high),
                numbers("low", |candle| candle.low),
                numbers("close", |candle| candle.close),
                numbers("volume", |candle| candle.volume),
                words("origin", |row| row.received.origin.as_str()),
                integers("ingest_time", |row| row.received.ingest_time.millis()),
            ],
        )
    }

    fn rows(frame: &DataFrame) -> PolarsResult<Vec<Self>> {
        let integer = |name: &str| frame.column(name)?.i64().cloned();
        let number = |name: &str| frame.column(name)?.f64().cloned();
        let word = |name: &str| frame.column(name)?.str().cloned();
        let (sequence, open_time, ingest_time) = (integer("sequence")?, integer("open_time")?, integer("ingest_time")?);
        let (open, high, low) = (number("open")?, number("high")?, number("low")?);
        let (close, volume) = (number("close")?, number("volume")?);
        let (venue, origin) = (word("venue")?, word("origin")?);
        let row = |place: usize| {
            let candle = RawCandle {
                venue: venue.get(place)?.parse::<Venue>().ok()?,
                open_time: Timestamp(open_time.get(place)?),
                open: open.get(place),
                high: high.get(place),
                low: low.get(place),
                close: close.get(place),
                volume: volume.get(place),
            };
            let origin = origin.get(place)?.parse().ok()?;
            let received = CandleReceived { candle, origin, ingest_time: Timestamp(ingest_time.get(place)?) };
            Some(Self { sequence: sequence.get(place)?, received })
        };
        (0..frame.height())
            .map(|place| {
                row(place).ok_or_else(|| {
                    polars::prelude::PolarsError::ComputeError(format!("row {place} is no bronze candle").into())
                })
            })
            .collect()
    }
}

/// The bronze layer: this actor alone writes it.
#[derive(Debug)]
pub struct Bronze {
    shelf: Shelf<BronzeCandle>,
    root: PathBuf,
}

impl Bronze {
    /// Opens bronze; a file is written for each `settle_rows` candles.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub fn open(house: &House, settle_rows: usize) -> Result<Self> {
        let root = house.path("bronze");
        Ok(Self { shelf: Shelf::open(&root, settle_rows)?, root })
    }

    /// Where it is.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The candles from this open time on, in the order of arrival.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn since(&self, from: Timestamp) -> Result<Vec<BronzeCandle>> {
        Shelf::read(&self.root, from, Timestamp::MAX)
    }

    /// The oldest and the newest open time in a house's data folder.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn span_of(data_dir: &Path) -> Result<Option<(Timestamp, Timestamp)>> {
        Shelf::<BronzeCandle>::span(&data_dir.join("bronze"))
    }

    /// The newest open time of a venue.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn newest(&self, venue: Venue) -> Result<Option<Timestamp>> {
        let settled = Shelf::<BronzeCandle>::span(&self.root.join(format!("kind=candle/source={venue}")))?;
        let settled = settled.map(|(_, newest)| newest);
        // What is younger waits in the journal, which all venues share.
        let since = self.span()?.map_or(Timestamp::MIN, |(_, newest)| newest.shift(-DAY));
        let recent = self.since(since)?.into_iter().map(|row| row.received.candle);
        Ok(recent.filter(|candle| candle.venue == venue).map(|candle| candle.open_time).max().max(settled))
    }

    /// The oldest and the newest open time.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn span(&self) -> Result<Option<(Timestamp, Timestamp)>> {
        Shelf::<BronzeCandle>::span(&self.root)
    }
}

impl Layer for Bronze {
    type Row = BronzeCandle;

    async fn keep(&mut self, rows: Vec<BronzeCandle>) -> Result<()> {
        if rows.is_empty() { Ok(()) } else { self.shelf.keep(rows) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wick_schemas::Origin;

    fn candle(sequence: i64, close: Option<f64>) -> BronzeCandle {
        let candle = RawCandle {
            venue: Venue::Kraken,
            open_time: Timestamp(1_704_067_200_000 + sequence * 60_000),
            open: Some(1.0),
            high: Some(2.0),
            low: Some(0.1 + 0.2),
            close,
            volume: Some(0.0),
        };
        let received = CandleReceived { candle, origin: Origin::Live, ingest_time: Timestamp(5) };
        BronzeCandle { sequence, received }
    }

    #[test]
    fn columns_give_back_the_rows_bit_for_bit() {
        let rows = vec![candle(1, Some(1.5)), candle(2, None)];
        let frame = BronzeCandle::frame(&rows).expect("columns");
        assert_eq!(BronzeCandle::rows(&frame).expect("rows"), rows);
    }

    #[test]
    fn rows_are_read_once_whether_in_the_journal_or_in_parquet() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut shelf = Shelf::open(folder.path(), 3).expect("opens");
        shelf.keep(vec![candle(1, Some(1.0)), candle(2, Some(1.0))]).expect("journal");
        let read = || Shelf::<BronzeCandle>::read(folder.path(), Timestamp::MIN, Timestamp::MAX).expect("reads");
        assert_eq!(read().len(), 2);
        shelf.keep(vec![candle(3, None)]).expect("parquet");
        shelf.keep(vec![candle(3, None), candle(4, Some(1.0))]).expect("journal");
        drop(shelf);
        let sequences: Vec<i64> = read().iter().map(|row| row.sequence).collect();
        assert_eq!(sequences, [1, 2, 3, 4]);
        assert!(folder.path().join("kind=candle/source=kraken/date=2024-01-01").is_dir());
        let mut shelf = Shelf::<BronzeCandle>::open(folder.path(), 3).expect("opens again");
        shelf.settle().expect("settles");
        assert_eq!(read().len(), 4);
    }

    #[test]
    fn a_torn_journal_line_was_never_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut shelf = Shelf::open(folder.path(), 9).expect("opens");
        shelf.keep(vec![candle(1, Some(1.0))]).expect("keeps");
        let journal = folder.path().join("_journal.jsonl");
        let mut text = std::fs::read(&journal).expect("journal");
        text.extend_from_slice(b"{\"sequence\":2,\"rec");
        std::fs::write(&journal, text).expect("torn");
        let mut shelf = Shelf::open(folder.path(), 9).expect("opens");
        shelf.keep(vec![candle(2, Some(1.0))]).expect("keeps");
        let read = Shelf::<BronzeCandle>::read(folder.path(), Timestamp::MIN, Timestamp::MAX).expect("reads");
        assert_eq!(read, [candle(1, Some(1.0)), candle(2, Some(1.0))]);
    }
}
