//! CSV files of candles: Binance's monthly klines (12 columns, with or without a header; open time in
//! milliseconds, from 2025 on in microseconds), or any file whose header names the columns.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use csv::{ByteRecord, Reader, ReaderBuilder};
use wick_schemas::Timestamp;

use super::columns::{Columns, NAMES, millis};
use crate::error::{Error, Result};

/// Binance's kline layout without a header.
const KLINE_FIELDS: usize = 12;
const TAIL_BYTES: u64 = 4096;
const REFETCH: &str = "the file is cut short or of another layout, fetch it again";

/// Where a file keeps what.
struct Layout {
    /// Fields of a row.
    width: usize,
    /// The places of [`NAMES`].
    places: [usize; 6],
    /// Whether the first row is a header.
    header: bool,
}

/// First and last open time, from the two ends of the file; `None` for a file without rows.
pub(super) fn span(path: &Path) -> Result<Option<(Timestamp, Timestamp)>> {
    let mut reader = reader(path)?;
    let mut record = ByteRecord::new();
    let Some(layout) = layout(path, &mut reader, &mut record)? else { return Ok(None) };
    if layout.header && !advance(path, &mut reader, &mut record)? {
        return Ok(None);
    }
    let first = time(path, &record, &layout, reader.position().line())?;
    let tail = tail(path)?;
    let Some(line) = tail.lines().rfind(|line| !line.trim().is_empty()) else { return Ok(None) };
    let last = ByteRecord::from(line.split(',').collect::<Vec<_>>());
    let last = time(path, &last, &layout, 0)?;
    Ok(first.zip(last).map(|(first, last)| (Timestamp(first), Timestamp(last))))
}

/// All candles of the file.
pub(super) fn load(path: &Path) -> Result<Columns> {
    let mut reader = reader(path)?;
    let mut record = ByteRecord::new();
    let mut columns = Columns::default();
    let Some(layout) = layout(path, &mut reader, &mut record)? else { return Ok(columns) };
    let mut more = if layout.header { advance(path, &mut reader, &mut record)? } else { true };
    while more {
        let line = record.position().map_or(0, csv::Position::line);
        match time(path, &record, &layout, line)? {
            Some(open_time) => {
                let number = |place: usize| text(&record, layout.places[place]).parse().unwrap_or(f64::NAN);
                columns.push(open_time, std::array::from_fn(|i| number(i + 1)));
            }
            None => columns.undated += 1,
        }
        more = advance(path, &mut reader, &mut record)?;
    }
    Ok(columns)
}

fn reader(path: &Path) -> Result<Reader<File>> {
    let file = File::open(path).map_err(|error| Error::file(path, error, "give a file that can be read"))?;
    Ok(ReaderBuilder::new().has_headers(false).flexible(true).buffer_capacity(1 << 18).from_reader(file))
}

fn advance(path: &Path, reader: &mut Reader<File>, record: &mut ByteRecord) -> Result<bool> {
    reader.read_byte_record(record).map_err(|error| Error::file(path, error, REFETCH))
}

/// Reads the first row into `record` and what it says of the others; `None` for an empty file.
fn layout(path: &Path, reader: &mut Reader<File>, record: &mut ByteRecord) -> Result<Option<Layout>> {
    if !advance(path, reader, record)? {
        return Ok(None);
    }
    let width = record.len();
    if text(record, 0).parse::<f64>().is_ok() {
        if width != KLINE_FIELDS {
            let cause = format!("no header, and {width} fields a row where Binance's klines have {KLINE_FIELDS}");
            return Err(Error::file(path, cause, "give a kline file, or a header that names the columns"));
        }
        return Ok(Some(Layout { width, places: [0, 1, 2, 3, 4, 5], header: false }));
    }
    let names: Vec<_> = record.iter().map(|name| String::from_utf8_lossy(name).trim().to_lowercase()).collect();
    let place = |wanted: &str| names.iter().position(|name| name == wanted);
    let found = NAMES.map(|name| match name {
        "ts_utc" => place("ts_utc").or_else(|| place("open_time")).or_else(|| place("open time")),
        name => place(name),
    });
    let missing: Vec<_> = NAMES.iter().zip(found).filter(|(_, place)| place.is_none()).map(|(name, _)| *name).collect();
    if !missing.is_empty() {
        let cause = format!("no column {} (it has {})", missing.join(", "), names.join(", "));
        return Err(Error::file(path, cause, "name the columns ts_utc or open_time, open, high, low, close, volume"));
    }
    Ok(Some(Layout { width, places: found.map(Option::unwrap_or_default), header: true }))
}

/// The row's open time in milliseconds; `None` where there is no number.
fn time(path: &Path, record: &ByteRecord, layout: &Layout, line: u64) -> Result<Option<i64>> {
    if record.len() != layout.width {
        let place = if line == 0 { "the last line".to_owned() } else { format!("line {line}") };
        let cause = format!("{place} has {} fields, the first has {}", record.len(), layout.width);
        return Err(Error::file(path, cause, REFETCH));
    }
    Ok(text(record, layout.places[0]).parse().ok().and_then(millis))
}

fn text(record: &ByteRecord, place: usize) -> &str {
    record.get(place).and_then(|field| std::str::from_utf8(field).ok()).unwrap_or_default().trim()
}

fn tail(path: &Path) -> Result<String> {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().map_err(|error| Error::file(path, error, "give a file that can be read"))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
