//! Begins anew: empties a data folder without pulling it from under anybody.

use std::io::ErrorKind;
use std::path::Path;
use std::time::{Duration, Instant};

use super::users::{self, User};
use super::{LOADING, answer, locked, shut_down, silent, socket_for};
use crate::error::{Error, Result};

/// Empties a data folder. A server that a killed process has left behind is stopped first.
///
/// # Errors
/// [`Error::Server`] where a process is at work in it, [`Error::File`] where something cannot be removed.
pub async fn empty(data_dir: &Path) -> Result<()> {
    let folder = data_dir.join("bus");
    std::fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
    let folder = folder.canonicalize().map_err(Error::file(&folder))?;
    // Held until all is gone: nobody begins in what is being emptied.
    let _alone = User::alone(&folder)?;
    let url = format!("redis+unix://{}", socket_for(&folder).display());
    let started = Instant::now();
    while locked(&folder)? {
        if answer(&url).await.is_some() {
            shut_down(&url, None).await;
        }
        if started.elapsed() > LOADING {
            return Err(silent(&folder));
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    remove_all_but(data_dir, "bus")?;
    remove_all_but(&folder, users::NAME)
}

fn remove_all_but(folder: &Path, kept: &str) -> Result<()> {
    for entry in std::fs::read_dir(folder).map_err(Error::file(folder))? {
        let entry = entry.map_err(Error::file(folder))?;
        if entry.file_name() == kept {
            continue;
        }
        let path = entry.path();
        let is_folder = entry.file_type().map_err(Error::file(&path))?.is_dir();
        let removed = if is_folder { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
        match removed {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(Error::file(&path)(error)),
            _ => {}
        }
    }
    Ok(())
}
