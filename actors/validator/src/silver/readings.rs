//! Clean readings of indices.

use wick_bus::database::{Cell, Kind, Table};
use wick_schemas::ReadingValidated;

/// The table.
pub const TABLE: Table<6> = Table {
    name: "readings",
    columns: [
        ("name", Kind::Text),
        ("at", Kind::Whole),
        ("ingest_time", Kind::Whole),
        ("value", Kind::Real),
        ("origin", Kind::Text),
        ("message", Kind::Text),
    ],
};

/// A reading as a row.
pub fn cells((message, reading): &(String, ReadingValidated)) -> [Cell<'_>; 6] {
    [
        (&reading.name).into(),
        reading.at.millis().into(),
        reading.ingest_time.millis().into(),
        reading.value.into(),
        reading.origin.as_str().into(),
        message.into(),
    ]
}
