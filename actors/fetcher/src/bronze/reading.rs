//! Readings of indices, by the day on which we first saw them.

use polars::prelude::{DataFrame, IntoColumn, NamedFrom, PolarsResult, Series};
use serde::{Deserialize, Serialize};
use wick_bus::lake::{Record, hive};
use wick_schemas::{Origin, Reading, ReadingReceived, Timestamp};

use super::columns::{arrival, arrivals, integers, no_row, words};

/// A reading as received, with its place in the order of arrival.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BronzeReading {
    /// Grows by one with each reading.
    pub sequence: i64,
    /// What came.
    pub received: ReadingReceived,
}

impl Record for BronzeReading {
    type Key = i64;
    const FOLDER: &'static str = "kind=reading";
    const JOURNAL: &'static str = "_journal.reading.jsonl";

    fn key(&self) -> i64 {
        self.sequence
    }

    fn time(&self) -> Timestamp {
        self.received.ingest_time
    }

    fn partition(&self) -> String {
        let source = hive(&self.received.reading.name);
        format!("kind=reading/source={source}/date={}", self.received.ingest_time.date())
    }

    fn arrived(&self) -> Option<Timestamp> {
        (self.received.origin == Origin::Live).then_some(self.received.ingest_time)
    }

    fn frame(rows: &[Self]) -> PolarsResult<DataFrame> {
        let values: Vec<Option<f64>> = rows.iter().map(|row| row.received.reading.value).collect();
        let mut columns = vec![
            words("name", rows, |row| &row.received.reading.name),
            integers("at", rows, |row| row.received.reading.at.millis()),
            Series::new("value".into(), values).into_column(),
        ];
        columns.extend(arrival(rows, |row| (row.sequence, row.received.origin, row.received.ingest_time)));
        DataFrame::new(rows.len(), columns)
    }

    fn rows(frame: &DataFrame) -> PolarsResult<Vec<Self>> {
        let name = frame.column("name")?.str()?.clone();
        let at = frame.column("at")?.i64()?.clone();
        let value = frame.column("value")?.f64()?.clone();
        let arrival = arrivals(frame)?;
        let row = |place: usize| {
            let reading =
                Reading { name: name.get(place)?.to_owned(), at: Timestamp(at.get(place)?), value: value.get(place) };
            let (sequence, origin, ingest_time) = arrival(place)?;
            Some(Self { sequence, received: ReadingReceived { reading, origin, ingest_time } })
        };
        (0..frame.height()).map(|place| row(place).ok_or_else(|| no_row(place, "reading"))).collect()
    }
}
