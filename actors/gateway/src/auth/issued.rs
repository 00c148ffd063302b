//! The keys that `wick keys` makes and takes back, as they are now: a file that is read again when it was written.

use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

use wick_bus::keys::{KeyFile, Keyring, Stamp};
use wick_schemas::Timestamp;

use super::Caller;
use crate::error::Result;

/// How long what was read counts before the file is looked at again.
const FRESH: Duration = Duration::from_secs(1);

/// The keys of a file.
pub struct IssuedKeys {
    file: KeyFile,
    known: RwLock<Known>,
}

struct Known {
    ring: Keyring,
    stamp: Stamp,
    looked: Instant,
}

impl IssuedKeys {
    /// Reads the file, which need not be there yet.
    ///
    /// # Errors
    /// Where it holds anything but keys.
    pub fn open(file: KeyFile) -> Result<Self> {
        // Before the reading: what is written meanwhile is read again.
        let stamp = file.stamp();
        let known = Known { ring: file.read()?, stamp, looked: Instant::now() };
        Ok(Self { file, known: RwLock::new(known) })
    }

    /// Who shows this key.
    pub fn judge(&self, shown: &str, now: Timestamp) -> Caller {
        if self.known.read().unwrap_or_else(PoisonError::into_inner).looked.elapsed() >= FRESH {
            self.look();
        }
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        Caller::of(known.ring.judge(shown, now))
    }

    /// Reads the file again where it was written. A file that became unreadable changes nothing: who was kept out stays
    /// out, who was let in is let in, and the log says so once.
    fn look(&self) {
        let stamp = self.file.stamp();
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.looked = Instant::now();
        if known.stamp == stamp {
            return;
        }
        known.stamp = stamp;
        match self.file.read() {
            Ok(ring) => {
                tracing::info!(keys = ring.0.len(), "read the keys again");
                known.ring = ring;
            }
            Err(error) => tracing::error!(%error, "the keys stay as they were"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wick_bus::keys::{Key, Scope};

    const NOW: Timestamp = Timestamp(1_700_000_000_000);

    fn known(keys: &IssuedKeys, key: &str) -> bool {
        keys.look();
        matches!(keys.judge(key, NOW), Caller::Known { .. })
    }

    #[test]
    fn what_is_written_counts_and_what_is_damaged_does_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = KeyFile::of(folder.path());
        let keys = IssuedKeys::open(file.clone()).expect("no keys");
        let issued = Key::issue("x", Scope::Read, NOW, None).expect("a key");
        assert!(!known(&keys, &issued.secret));
        let id = issued.key.id.clone();
        file.change(|ring| {
            ring.0.push(issued.key);
            Ok(())
        })
        .expect("kept");
        assert!(known(&keys, &issued.secret));
        let good = std::fs::read(file.path()).expect("read");
        std::fs::write(file.path(), "{").expect("damaged");
        assert!(known(&keys, &issued.secret));
        std::fs::write(file.path(), good).expect("mended");
        file.change(|ring| Ok(ring.revoke(&id, NOW).is_some())).expect("revoked");
        assert!(!known(&keys, &issued.secret));
        assert_eq!(keys.judge(&issued.secret, NOW), Caller::Revoked);
    }

    #[test]
    fn the_file_is_looked_at_once_a_second_at_most() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = KeyFile::of(folder.path());
        let keys = IssuedKeys::open(file.clone()).expect("no keys");
        let before = keys.known.read().expect("known").looked;
        keys.judge("x", NOW);
        assert_eq!(keys.known.read().expect("known").looked, before);
        keys.known.write().expect("known").looked = before.checked_sub(FRESH).expect("a moment");
        keys.judge("x", NOW);
        assert!(keys.known.read().expect("known").looked >= before);
    }
}
