//! How each batch met what is expected of its table.

use wick_bus::database::{Cell, Kind, Table};
use wick_schemas::{QualityReported, Timestamp};

/// The table.
pub const TABLE: Table<7> = Table {
    name: "quality",
    columns: [
        ("suite", Kind::Text),
        ("from_time", Kind::Whole),
        ("to_time", Kind::Whole),
        ("success", Kind::Truth),
        ("rows", Kind::Whole),
        ("report", Kind::Text),
        ("message", Kind::Text),
    ],
};

/// Forgets the reports of batches that met everything and began before a moment. Failures are kept for ever.
pub const FORGET: &str = "DELETE FROM quality WHERE from_time < $1 AND success";

/// A report as a row.
pub fn cells((message, report): &(String, QualityReported)) -> [Cell<'_>; 7] {
    [
        (&report.suite).into(),
        report.meta.from.millis().into(),
        report.meta.to.millis().into(),
        report.success.into(),
        i64::try_from(report.meta.rows).unwrap_or(i64::MAX).into(),
        serde_json::to_string(report).unwrap_or_default().into(),
        message.into(),
    ]
}

/// The values of [`FORGET`].
pub fn forget(before: Timestamp) -> [Cell<'static>; 1] {
    [before.millis().into()]
}
