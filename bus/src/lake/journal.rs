//! The newest rows, a line of JSON each, on the disk before they count. Parquet files are written whole, so
//! single rows wait here until there are enough for one.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

/// A journal.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: Option<File>,
}

impl Journal {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, file: None }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Appends rows and waits until they are on the disk.
    pub(super) fn append<R: Serialize>(&mut self, rows: &[R]) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut text = Vec::new();
        for row in rows {
            serde_json::to_writer(&mut text, row)
                .map_err(|error| Error::Parquet { path: self.path.clone(), reason: error.to_string() })?;
            text.push(b'\n');
        }
        if self.file.is_none() {
            self.file = Some(self.open()?);
        }
        if let Some(file) = &mut self.file
            && let Err(error) = file.write_all(&text).and_then(|()| file.sync_data())
        {
            // What it has torn is cut off when it is opened anew.
            self.file = None;
            return Err(Error::file(&self.path)(error));
        }
        Ok(())
    }

    /// Opens for appending; a line that a crash has torn is cut off first, since nobody was told of it.
    fn open(&self) -> Result<File> {
        let failed = || Error::file(&self.path);
        if let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder).map_err(failed())?;
        }
        let file = OpenOptions::new().create(true).append(true).open(&self.path).map_err(failed())?;
        if let Some(folder) = self.path.parent() {
            // A file that no folder names on the disk is lost with its rows.
            File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed())?;
        }
        let text = std::fs::read(&self.path).map_err(failed())?;
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |place| place + 1);
        file.set_len(whole as u64).map_err(failed())?;
        Ok(file)
    }

    /// Forgets everything: it has been written elsewhere.
    pub(super) fn clear(&mut self) -> Result<()> {
        self.file = None;
        match std::fs::remove_file(&self.path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::file(&self.path)(error)),
            _ => Ok(()),
        }
    }
}

/// Reads a journal; a torn last line is left out.
pub(super) fn read<R: DeserializeOwned>(path: &Path) -> Result<Vec<R>> {
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::file(path)(error)),
    };
    let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |place| place + 1);
    text[..whole]
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| {
            serde_json::from_slice(line).map_err(|error| Error::Parquet {
                path: path.to_owned(),
                reason: format!("unreadable journal: {error}"),
            })
        })
        .collect()
}
