//! One file of a replay: what it is, whose candles it holds, and when they were.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use wick_schemas::{Timestamp, Venue};

use super::columns::Columns;
use super::{csv, parquet};
use crate::error::{Error, Result};

const PARQUET_MAGIC: &[u8; 4] = b"PAR1";
/// Magic, an empty footer, its length, magic.
const PARQUET_LEAST_BYTES: u64 = 12;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Format {
    Parquet,
    Csv,
}

/// A file that was found fit for replay.
#[derive(Clone, Debug)]
pub(super) struct Recording {
    /// Where it is.
    pub path: PathBuf,
    /// Open times of its first and last candle.
    pub span: (Timestamp, Timestamp),
    /// Where its candles were traded.
    pub venue: Venue,
    format: Format,
}

impl Recording {
    /// Looks at a file; `None` where it is sound but has no rows.
    pub fn examine(path: &Path, venue: Option<Venue>) -> Result<Option<Self>> {
        let format = format(path)?;
        let span = match format {
            Format::Parquet => parquet::span(path)?,
            Format::Csv => csv::span(path)?,
        };
        // The only CSV that is read is as Binance gives it, and its names do not say so.
        let own = (format == Format::Csv).then_some(Venue::Binance);
        let venue = named_venue(path).or(venue).or(own).ok_or_else(|| {
            Error::file(
                path,
                "its name does not say where it was traded",
                "call it binance_….parquet, or say it with --venue (fetcher.replay.venue)",
            )
        })?;
        Ok(span.map(|span| Self { path: path.to_owned(), span, venue, format }))
    }

    /// Reads all candles.
    pub fn load(&self) -> Result<Columns> {
        match self.format {
            Format::Parquet => parquet::load(&self.path),
            Format::Csv => csv::load(&self.path),
        }
    }

    /// The file's name without its folder.
    pub fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }
}

/// The venue that a file's name begins with, as in `binance_btcusdt_1m_2024.parquet`.
fn named_venue(path: &Path) -> Option<Venue> {
    let name = path.file_stem()?.to_str()?.to_lowercase();
    name.split(['_', '-', '.']).next()?.parse().ok()
}

/// The format by content; the extension only decides what to call a file that is neither.
fn format(path: &Path) -> Result<Format> {
    let unreadable = |error: std::io::Error| Error::file(path, error, "give a file that can be read");
    let mut file = File::open(path).map_err(unreadable)?;
    let length = file.metadata().map_err(unreadable)?.len();
    let mut head = Vec::new();
    file.by_ref().take(512).read_to_end(&mut head).map_err(unreadable)?;
    let is_called = |extension: &str| path.extension().is_some_and(|found| found.eq_ignore_ascii_case(extension));

    if head.starts_with(PARQUET_MAGIC) {
        let mut tail = [0; 4];
        if length >= PARQUET_LEAST_BYTES {
            file.seek(SeekFrom::End(-4)).and_then(|_| file.read_exact(&mut tail)).map_err(unreadable)?;
        }
        if &tail != PARQUET_MAGIC {
            return Err(Error::file(
                path,
                "a truncated Parquet file (its footer is missing)",
                "copy or fetch it again",
            ));
        }
        return Ok(Format::Parquet);
    }
    if is_called("parquet") {
        return Err(Error::file(path, "not a Parquet file, whatever its name says", "give a Parquet or a CSV file"));
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(&[0x1f, 0x8b]) {
        return Err(Error::file(path, "a packed file", "unpack it first"));
    }
    let is_text = std::str::from_utf8(&head).is_ok_and(|text| !text.contains('\0'));
    if is_text || is_called("csv") && head.is_ascii() {
        return Ok(Format::Csv);
    }
    Err(Error::file(path, "neither Parquet nor CSV", "give a file of candles in one of the two"))
}
