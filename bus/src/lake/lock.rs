//! Whose turn it is to change the files of a table: the actor that settles rows, or the one that compacts.

use std::fs::File;
use std::path::Path;

use crate::error::{Error, Result};

/// Keeps others away until it is dropped, or its process ends.
#[derive(Debug)]
pub(super) struct Lock(#[allow(dead_code, reason = "held, not used")] File);

impl Lock {
    /// Waits for its turn. Readers need none.
    pub(super) fn take(journal: &Path) -> Result<Self> {
        let path = journal.with_extension("lock");
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(Error::file(folder))?;
        }
        let file = File::create(&path).map_err(Error::file(&path))?;
        file.lock().map_err(Error::file(&path))?;
        Ok(Self(file))
    }
}
