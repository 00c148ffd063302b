//! Columns that several kinds of row have.

use polars::prelude::{Column, DataFrame, IntoColumn, NamedFrom, PolarsError, PolarsResult, Series};
use wick_schemas::{Origin, Timestamp};

/// A column of whole numbers.
pub(super) fn integers<R>(name: &str, rows: &[R], of: impl Fn(&R) -> i64) -> Column {
    Series::new(name.into(), rows.iter().map(of).collect::<Vec<_>>()).into_column()
}

/// A column of text.
pub(super) fn words<'a, R>(name: &str, rows: &'a [R], of: impl Fn(&'a R) -> &'a str) -> Column {
    Series::new(name.into(), rows.iter().map(of).collect::<Vec<_>>()).into_column()
}

/// What every row has: its place in the order of arrival, how it reached us, and when.
pub(super) fn arrival<R>(rows: &[R], of: impl Fn(&R) -> (i64, Origin, Timestamp)) -> [Column; 3] {
    let all: Vec<_> = rows.iter().map(of).collect();
    let origins: Vec<&str> = all.iter().map(|(_, origin, _)| origin.as_str()).collect();
    [
        integers("sequence", &all, |(sequence, _, _)| *sequence),
        Series::new("origin".into(), origins).into_column(),
        integers("ingest_time", &all, |(_, _, time)| time.millis()),
    ]
}

/// Reads what [`arrival`] wrote.
pub(super) fn arrivals(frame: &DataFrame) -> PolarsResult<impl Fn(usize) -> Option<(i64, Origin, Timestamp)>> {
    let sequence = frame.column("sequence")?.i64()?.clone();
    let origin = frame.column("origin")?.str()?.clone();
    let time = frame.column("ingest_time")?.i64()?.clone();
    Ok(move |place| Some((sequence.get(place)?, origin.get(place)?.parse().ok()?, Timestamp(time.get(place)?))))
}

/// A row of a file that is none.
pub(super) fn no_row(place: usize, kind: &str) -> PolarsError {
    PolarsError::ComputeError(format!("row {place} is no bronze {kind}").into())
}
