//! What came over the wire, byte for byte, by the day on which it came.

use polars::prelude::{DataFrame, IntoColumn, NamedFrom, PolarsResult, Series};
use serde::{Deserialize, Serialize};
use wick_bus::lake::{Record, hive};
use wick_schemas::Timestamp;

use super::columns::{integers, no_row, words};
use crate::frame::Frame;

/// A frame with its place in the order of arrival.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BronzeFrame {
    /// Grows by one with each frame.
    pub sequence: i64,
    /// What came.
    pub frame: Frame,
}

impl Record for BronzeFrame {
    type Key = i64;
    const FOLDER: &'static str = "kind=frame";
    const JOURNAL: &'static str = "_journal.frame.jsonl";

    fn key(&self) -> i64 {
        self.sequence
    }

    fn time(&self) -> Timestamp {
        self.frame.received_at
    }

    fn partition(&self) -> String {
        format!("kind=frame/source={}/date={}", hive(&self.frame.source), self.frame.received_at.date())
    }

    fn arrived(&self) -> Option<Timestamp> {
        Some(self.frame.received_at)
    }

    fn weight(&self) -> usize {
        self.frame.payload.len() + self.frame.url.len()
    }

    fn frame(rows: &[Self]) -> PolarsResult<DataFrame> {
        let payloads: Vec<&[u8]> = rows.iter().map(|row| row.frame.payload.as_slice()).collect();
        // The folder's `source=` is a column to others, so the name as it was is another one.
        DataFrame::new(
            rows.len(),
            vec![
                integers("sequence", rows, |row| row.sequence),
                words("sender", rows, |row| &row.frame.source),
                words("url", rows, |row| &row.frame.url),
                integers("status", rows, |row| i64::from(row.frame.status)),
                integers("received_at", rows, |row| row.frame.received_at.millis()),
                Series::new("payload".into(), payloads).into_column(),
            ],
        )
    }

    fn rows(frame: &DataFrame) -> PolarsResult<Vec<Self>> {
        let integer = |name: &str| frame.column(name)?.i64().cloned();
        let word = |name: &str| frame.column(name)?.str().cloned();
        let (sequence, status, received_at) = (integer("sequence")?, integer("status")?, integer("received_at")?);
        let (source, url) = (word("sender")?, word("url")?);
        let payload = frame.column("payload")?.binary()?.clone();
        let row = |place: usize| {
            let frame = Frame {
                source: source.get(place)?.to_owned(),
                url: url.get(place)?.to_owned(),
                status: u16::try_from(status.get(place)?).ok()?,
                received_at: Timestamp(received_at.get(place)?),
                payload: payload.get(place)?.to_vec(),
            };
            Some(Self { sequence: sequence.get(place)?, frame })
        };
        (0..frame.height()).map(|place| row(place).ok_or_else(|| no_row(place, "frame"))).collect()
    }
}
