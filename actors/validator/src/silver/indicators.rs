//! Technical indicators at the end of a quarter hour.

use wick_bus::database::{Cell, Kind, Table};

use crate::indicator::IndicatorRow;

/// The table.
pub const TABLE: Table<14> = Table {
    name: "indicators",
    columns: [
        ("venue", Kind::Text),
        ("time", Kind::Whole),
        ("close", Kind::Real),
        ("sma_20", Kind::Real),
        ("ema_12", Kind::Real),
        ("ema_26", Kind::Real),
        ("macd", Kind::Real),
        ("macd_signal", Kind::Real),
        ("macd_histogram", Kind::Real),
        ("rsi_14", Kind::Real),
        ("bollinger_upper", Kind::Real),
        ("bollinger_lower", Kind::Real),
        ("atr_14", Kind::Real),
        ("obv", Kind::Real),
    ],
};

/// The indicators of a quarter hour as a row.
pub fn cells(one: &IndicatorRow) -> [Cell<'static>; 14] {
    [
        one.venue.as_str().into(),
        one.time.millis().into(),
        one.close.into(),
        one.sma_20.into(),
        one.ema_12.into(),
        one.ema_26.into(),
        one.macd.into(),
        one.macd_signal.into(),
        one.macd_histogram.into(),
        one.rsi_14.into(),
        one.bollinger_upper.into(),
        one.bollinger_lower.into(),
        one.atr_14.into(),
        one.obv.into(),
    ]
}
