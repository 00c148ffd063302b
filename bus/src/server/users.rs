//! Who uses a server of our own. Several processes may share one, as when one stands by for another: each holds a lock while it
//! lives, so that the last of them stops the server and no other does. The lock of a killed process is nobody's.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::error::{Error, Result};

/// How long the last user may take to stop the server: it rewrites a file, then waits for the server's end.
const STOPPING: Duration = Duration::from_secs(30);
/// The file that is locked, in the server's folder.
pub(super) const NAME: &str = "users";

/// The right to use the server in a folder.
#[derive(Debug)]
pub(super) struct User(File);

impl User {
    /// Becomes one of the users; waits while the last one before is stopping the server.
    pub(super) async fn join(folder: &Path) -> Result<Self> {
        let path = folder.join(NAME);
        let file = File::create(&path).map_err(Error::file(&path))?;
        let started = Instant::now();
        loop {
            match file.try_lock_shared() {
                Ok(()) => return Ok(Self(file)),
                Err(TryLockError::Error(error)) => return Err(Error::file(&path)(error)),
                Err(TryLockError::WouldBlock) if started.elapsed() > STOPPING => return Err(busy(folder)),
                Err(TryLockError::WouldBlock) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    }

    /// Becomes the only user.
    ///
    /// # Errors
    /// [`Error::Server`] where there is another.
    pub(super) fn alone(folder: &Path) -> Result<Self> {
        let path = folder.join(NAME);
        let file = File::create(&path).map_err(Error::file(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::Error(error)) => Err(Error::file(&path)(error)),
            Err(TryLockError::WouldBlock) => Err(busy(folder)),
        }
    }

    /// Whether this was the last one. If so nobody else joins until it is dropped.
    pub(super) fn is_last(&self) -> bool {
        self.0.unlock().is_ok() && self.0.try_lock().is_ok()
    }
}

fn busy(folder: &Path) -> Error {
    let house = folder.parent().unwrap_or(folder).display();
    Error::Server(format!(
        "another process is at work in {house}: let it end first, or choose another folder (--data-dir, --namespace)"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_last_one_is_told_so_and_others_wait_until_it_has_gone() {
        let folder = tempfile::tempdir().expect("a folder");
        let (one, other) =
            (User::join(folder.path()).await.expect("joins"), User::join(folder.path()).await.expect("joins"));
        assert!(
            User::alone(folder.path()).is_err_and(|error| error.to_string().contains("another process is at work"))
        );
        assert!(!one.is_last(), "the other is there");
        drop(one);
        assert!(other.is_last());
        let late = User::join(folder.path());
        tokio::pin!(late);
        assert!(futures::poll!(&mut late).is_pending(), "joined while the server was being stopped");
        drop(other);
        let late = late.await.expect("joins");
        assert!(User::alone(folder.path()).is_err());
        drop(late);
        drop(User::alone(folder.path()).expect("nobody is there"));
    }
}
