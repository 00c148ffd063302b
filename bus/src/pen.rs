//! Who may write what an actor keeps: one process at a time, whether or not the bus is there to say who is active.
//!
//! The lease says who works, and it lies on the bus. Where that is away, instances that stand by would all begin to keep what
//! comes, in the same files. A lock beside the files says who does, and a killed process has none.

use std::fs::{File, TryLockError};
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::house::House;

/// The right to write an actor's layer.
#[derive(Debug)]
pub(crate) struct Pen {
    _file: File,
}

impl Pen {
    /// Takes it, if nobody else has it.
    ///
    /// # Errors
    /// Where the lock cannot be made.
    pub(crate) fn take(house: &House, actor: &str) -> Result<Option<Self>> {
        let path = house.path(&format!("{actor}.pen"));
        let file = File::create(&path).map_err(Error::file(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(Error::file(&path)(error)),
        }
    }

    /// Takes it from one who is about to let go of it, or does without: whoever is paused and has it would be in the way for ever,
    /// and is told by the fence when it wakes up.
    ///
    /// # Errors
    /// As [`Pen::take`].
    pub(crate) async fn await_for(house: &House, actor: &str, patience: Duration) -> Result<Option<Self>> {
        let started = Instant::now();
        loop {
            let pen = Self::take(house, actor)?;
            if pen.is_some() {
                return Ok(pen);
            }
            if started.elapsed() > patience {
                tracing::warn!(actor, "another process still has the pen: going on without");
                return Ok(None);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[tokio::test]
    async fn one_writes_and_the_next_waits_until_it_has_let_go_or_is_given_up() {
        let folder = tempfile::tempdir().expect("a folder");
        let flags = [("data_dir".to_owned(), folder.path().display().to_string())];
        let (_, stop) = tokio::sync::watch::channel(false);
        let house = House::new(Config::load(None, &flags).expect("settings"), String::new(), stop).expect("a house");
        let first = Pen::take(&house, "fetcher").expect("a file").expect("free");
        assert!(Pen::take(&house, "fetcher").expect("a file").is_none());
        assert!(Pen::take(&house, "validator").expect("a file").is_some());
        let short = Duration::from_millis(30);
        assert!(Pen::await_for(&house, "fetcher", short).await.expect("a file").is_none());
        let waiting = Pen::await_for(&house, "fetcher", Duration::from_secs(9));
        tokio::pin!(waiting);
        assert!(futures::poll!(&mut waiting).is_pending());
        drop(first);
        assert!(waiting.await.expect("a file").is_some());
    }
}
