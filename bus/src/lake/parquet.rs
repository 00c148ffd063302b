//! Parquet files as bytes.

use std::io::Cursor;

use bytes::Bytes;
use polars::polars_utils::compression::ZstdLevel;
use polars::prelude::{DataFrame, ParquetCompression, ParquetReader, ParquetWriter, PolarsResult, SerReader};

/// How strongly a day is compressed that nobody adds to any more.
pub(super) const STRONG: i32 = 19;

/// Columns as a file. The same rows make the same bytes.
pub(super) fn encode(frame: &mut DataFrame, level: Option<i32>) -> PolarsResult<Vec<u8>> {
    let level = level.map(ZstdLevel::try_new).transpose()?;
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).with_compression(ParquetCompression::Zstd(level)).finish(frame)?;
    Ok(bytes)
}

/// A file as columns.
pub(super) fn decode(bytes: Bytes) -> PolarsResult<DataFrame> {
    ParquetReader::new(Cursor::new(bytes)).finish()
}

/// Some columns of a file.
pub(super) fn decode_columns(bytes: Bytes, names: &[&str]) -> PolarsResult<DataFrame> {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    ParquetReader::new(Cursor::new(bytes)).with_columns(Some(names)).finish()
}

/// How many rows a file says that it holds.
pub(super) fn count(bytes: Bytes) -> PolarsResult<usize> {
    ParquetReader::new(Cursor::new(bytes)).num_rows()
}
