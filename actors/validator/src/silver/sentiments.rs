//! What a text makes one feel about the price: one row for each text and method.

use wick_bus::database::{Cell, Kind, Table};

use super::texts::Written;

/// The table.
pub const TABLE: Table<6> = Table {
    name: "sentiments",
    columns: [
        ("text", Kind::Text),
        ("method", Kind::Text),
        ("kind", Kind::Text),
        ("score", Kind::Real),
        ("confidence", Kind::Real),
        ("ingest_time", Kind::Whole),
    ],
};

/// The judgement of a text as a row.
pub fn cells<'a>(kind: &'static str, Written { text, sentiment, ingest_time, .. }: &'a Written) -> [Cell<'a>; 6] {
    [
        (&text.id).into(),
        (&sentiment.method).into(),
        kind.into(),
        sentiment.score.into(),
        sentiment.confidence.into(),
        ingest_time.millis().into(),
    ]
}
