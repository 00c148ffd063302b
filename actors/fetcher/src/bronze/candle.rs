//! Candles, by the day that they belong to.

use polars::prelude::{DataFrame, IntoColumn, NamedFrom, PolarsResult, Series};
use serde::{Deserialize, Serialize};
use wick_bus::lake::Record;
use wick_schemas::candle::RawCandle;
use wick_schemas::{CandleReceived, Origin, Timestamp, Venue};

use super::columns::no_row;

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
    const FOLDER: &'static str = "kind=candle";

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

    fn arrived(&self) -> Option<Timestamp> {
        (self.received.origin == Origin::Live).then_some(self.received.ingest_time)
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
        (0..frame.height()).map(|place| row(place).ok_or_else(|| no_row(place, "candle"))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wick_bus::lake::Shelf;

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
