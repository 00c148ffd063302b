//! Clean candles.

use wick_bus::database::{Cell, Kind, Table};
use wick_schemas::CandleValidated;

/// The table.
pub const TABLE: Table<11> = Table {
    name: "candles",
    columns: [
        ("venue", Kind::Text),
        ("open_time", Kind::Whole),
        ("open", Kind::Real),
        ("high", Kind::Real),
        ("low", Kind::Real),
        ("close", Kind::Real),
        ("volume", Kind::Real),
        ("origin", Kind::Text),
        ("ingest_time", Kind::Whole),
        ("id", Kind::Text),
        ("late", Kind::Truth),
    ],
};

/// A candle on its way into the table.
pub struct Kept {
    /// The message that brought it.
    pub id: String,
    /// The candle.
    pub candle: CandleValidated,
    /// Whether newer ones of its venue were there before it.
    pub late: bool,
}

/// A candle as a row.
pub fn cells(Kept { id, candle: CandleValidated { candle, origin, ingest_time }, late }: &Kept) -> [Cell<'_>; 11] {
    [
        candle.venue.as_str().into(),
        candle.open_time.millis().into(),
        candle.open.into(),
        candle.high.into(),
        candle.low.into(),
        candle.close.into(),
        candle.volume.into(),
        origin.as_str().into(),
        ingest_time.millis().into(),
        id.into(),
        (*late).into(),
    ]
}
