//! How far each venue was from the consensus, which itself is a candle among the others.

use wick_bus::database::{Cell, Kind, Table};

use crate::consensus::Deviation;

/// The table.
pub const TABLE: Table<4> = Table {
    name: "consensus",
    columns: [("open_time", Kind::Whole), ("venue", Kind::Text), ("log_ratio", Kind::Real), ("took_part", Kind::Truth)],
};

/// A deviation as a row.
pub fn cells(deviation: &Deviation) -> [Cell<'static>; 4] {
    [
        deviation.open_time.millis().into(),
        deviation.venue.as_str().into(),
        deviation.log_ratio.into(),
        deviation.took_part.into(),
    ]
}
