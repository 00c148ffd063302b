//! Parquet files of candles: `ts_utc` (epoch milliseconds at the start of the minute, or a datetime), `open`,
//! `high`, `low`, `close`, `volume`; other columns are not read.

use std::fs::File;
use std::path::Path;

use polars::prelude::{Column, DataFrame, DataType, ParquetReader, SerReader, TimeUnit};
use wick_schemas::Timestamp;

use super::columns::{Columns, NAMES, millis};
use crate::error::{Error, Result};

/// First and last open time in file order, after a look at the columns; `None` for a file without rows.
pub(super) fn span(path: &Path) -> Result<Option<(Timestamp, Timestamp)>> {
    let mut reader = ParquetReader::new(open(path)?);
    let schema = reader.schema().map_err(|error| damaged(path, error))?;
    let missing: Vec<_> = NAMES.into_iter().filter(|name| !schema.contains(name)).collect();
    if !missing.is_empty() {
        let found: Vec<_> = schema.iter_names().map(|name| name.as_str()).collect();
        return Err(Error::file(
            path,
            format!("no column {} (it has {})", missing.join(", "), found.join(", ")),
            "name the columns ts_utc, open, high, low, close, volume",
        ));
    }
    let rows = reader.num_rows().map_err(|error| damaged(path, error))?;
    if rows == 0 {
        return Ok(None);
    }
    let moment =
        |row| Ok::<_, Error>(times(path, &read(path, &NAMES[..1], Some((row, 1)))?)?.into_iter().flatten().next());
    let mut ends = moment(0)?.zip(moment(rows - 1)?);
    if ends.is_none() {
        // A row without a moment at one of the ends: look for the outermost that have one.
        let known: Vec<_> = times(path, &read(path, &NAMES[..1], None)?)?.into_iter().flatten().collect();
        ends = known.first().copied().zip(known.last().copied());
    }
    Ok(ends.map(|(first, last)| (Timestamp(first), Timestamp(last))))
}

/// All candles of the file.
pub(super) fn load(path: &Path) -> Result<Columns> {
    let frame = read(path, &NAMES, None)?;
    let times = times(path, &frame)?;
    let mut columns = Columns { undated: times.iter().filter(|time| time.is_none()).count(), ..Columns::default() };
    for (numbers, name) in columns.numbers.iter_mut().zip(&NAMES[1..]) {
        let column = cast(path, &frame, name, &DataType::Float64)?;
        let values = column.f64().map_err(|error| damaged(path, error))?.rechunk();
        match values.cont_slice() {
            Ok(plain) if columns.undated == 0 => numbers.extend_from_slice(plain),
            _ => {
                let dated = times.iter().zip(values.iter()).filter(|(time, _)| time.is_some());
                numbers.extend(dated.map(|(_, value)| value.unwrap_or(f64::NAN)));
            }
        }
    }
    columns.open_time = times.into_iter().flatten().collect();
    Ok(columns)
}

fn open(path: &Path) -> Result<File> {
    File::open(path).map_err(|error| Error::file(path, error, "give a file that can be read"))
}

/// These columns, or a slice of them: first row and number of rows.
fn read(path: &Path, names: &[&str], slice: Option<(usize, usize)>) -> Result<DataFrame> {
    ParquetReader::new(open(path)?)
        .with_columns(Some(names.iter().map(|name| (*name).to_owned()).collect()))
        .with_slice(slice)
        .finish()
        .map_err(|error| damaged(path, error))
}

fn times(path: &Path, frame: &DataFrame) -> Result<Vec<Option<i64>>> {
    let is_moment = frame.column(NAMES[0]).is_ok_and(|column| matches!(column.dtype(), DataType::Datetime(..)));
    let column = if is_moment {
        let moments = cast(path, frame, NAMES[0], &DataType::Datetime(TimeUnit::Milliseconds, None))?;
        moments.cast(&DataType::Int64).map_err(|error| damaged(path, error))?
    } else {
        cast(path, frame, NAMES[0], &DataType::Int64)?
    };
    let times = column.i64().map_err(|error| damaged(path, error))?;
    Ok(times.iter().map(|time| time.and_then(millis)).collect())
}

/// The column as another type; a number written as text is refused rather than guessed at.
fn cast(path: &Path, frame: &DataFrame, name: &str, to: &DataType) -> Result<Column> {
    let column = frame.column(name).map_err(|error| damaged(path, error))?;
    let from = column.dtype();
    if !from.is_primitive_numeric() && !matches!(from, DataType::Datetime(..)) {
        return Err(Error::file(path, format!("column {name} holds {from}"), "a column of numbers was expected"));
    }
    column.cast(to).map_err(|error| damaged(path, error))
}

fn damaged(path: &Path, error: impl ToString) -> Error {
    Error::file(path, format!("damaged or unreadable Parquet ({})", error.to_string()), "copy or export the file again")
}
