//! Parquet files, written whole or not at all.

use std::fs::File;
use std::path::Path;

use polars::prelude::{DataFrame, ParquetCompression, ParquetReader, ParquetWriter, SerReader};

use crate::error::{Error, Result};

/// Writes a file under a temporary name, waits until it is on the disk, and gives it its name.
pub(super) fn write(path: &Path, frame: &mut DataFrame) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(Error::file(folder))?;
    let temporary = path.with_extension("tmp");
    let mut file = File::create(&temporary).map_err(Error::file(&temporary))?;
    ParquetWriter::new(&mut file)
        .with_compression(ParquetCompression::Zstd(None))
        .finish(frame)
        .map_err(Error::parquet(path))?;
    file.sync_all().map_err(Error::file(&temporary))?;
    std::fs::rename(&temporary, path).map_err(Error::file(path))?;
    // The name is on the disk when the folder is.
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(Error::file(folder))
}

/// Reads a whole file.
pub(super) fn read(path: &Path) -> Result<DataFrame> {
    let file = File::open(path).map_err(Error::file(path))?;
    ParquetReader::new(file).finish().map_err(Error::parquet(path))
}
