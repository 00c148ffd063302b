//! Where keys are kept: `keys.json` in the data folder, which its owner alone may read.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Key, Keyring};
use crate::error::{Error, Result};

/// The version that is written, and the only one that is read.
const VERSION: u32 = 1;

/// What the file holds.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    keys: Vec<Key>,
}

/// By what a file is known to have changed: every writing is a new file.
pub type Stamp = Option<(u64, i64, i64, u64)>;

/// The file of a house's keys.
#[derive(Clone, Debug)]
pub struct KeyFile {
    path: PathBuf,
}

impl KeyFile {
    /// The file of this data folder, which need not be there yet.
    #[must_use]
    pub fn of(data_dir: &Path) -> Self {
        Self { path: data_dir.join("keys.json") }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Another one where the file was written since; none where there is no file.
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        let known = fs::metadata(&self.path).ok()?;
        Some((known.ino(), known.mtime(), known.mtime_nsec(), known.size()))
    }

    /// The keys in it; none where there is no file.
    ///
    /// # Errors
    /// [`Error::Config`] that names the file where it holds anything else, and repeats nothing of it.
    pub fn read(&self) -> Result<Keyring> {
        let text = match fs::read_to_string(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Keyring::default()),
            text => text.map_err(Error::file(&self.path))?,
        };
        let wrong = |what: &str| Error::Config(format!("{}: {what}", self.path.display()));
        // The reader's own words may repeat what it read.
        let document: Document = serde_json::from_str(&text).map_err(|error| {
            wrong(&format!("no file of keys: see line {}, column {}", error.line(), error.column()))
        })?;
        if document.version != VERSION {
            return Err(wrong(&format!(
                "version {} is not {VERSION}: another version of wick wrote it",
                document.version
            )));
        }
        let damaged = |key: &Key| {
            key.hash.len() != 64 || !key.hash.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        };
        if let Some(place) = document.keys.iter().position(damaged) {
            return Err(wrong(&format!("key {}: its hash is no SHA-256", place + 1)));
        }
        let mut ids: Vec<&str> = document.keys.iter().map(|key| key.id.as_str()).collect();
        ids.sort_unstable();
        if ids.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(wrong("two keys have one id"));
        }
        Ok(Keyring(document.keys))
    }

    /// Changes the keys: nobody else does meanwhile, and a reader sees either what was or what is.
    ///
    /// # Errors
    /// As [`Self::read`], what `change` says, and where the file cannot be written.
    pub fn change<T>(&self, change: impl FnOnce(&mut Keyring) -> Result<T>) -> Result<T> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder).map_err(Error::file(folder))?;
        }
        let place = self.path.with_extension("lock");
        let lock = private().truncate(false).create(true).open(&place).map_err(Error::file(&place))?;
        // Let go of when it is closed, however that comes about.
        lock.lock().map_err(Error::file(&place))?;
        let mut ring = self.read()?;
        let before = ring.clone();
        let done = change(&mut ring)?;
        if ring != before {
            self.write(ring)?;
        }
        Ok(done)
    }

    fn write(&self, Keyring(keys): Keyring) -> Result<()> {
        let text = serde_json::to_string_pretty(&Document { version: VERSION, keys })
            .map_err(|error| Error::Config(format!("{}: {error}", self.path.display())))?;
        let new = self.path.with_extension("json.new");
        // Left over from one who was cut off; it would keep its rights.
        match fs::remove_file(&new) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(Error::file(&new)(error)),
            _ => {}
        }
        let write = || {
            let mut file = private().create_new(true).open(&new)?;
            writeln!(file, "{text}")?;
            file.sync_all()?;
            fs::rename(&new, &self.path)?;
            self.path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
        };
        write().map_err(Error::file(&self.path))
    }
}

/// A file that its owner alone may read.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).mode(0o600);
    options
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{Scope, Verdict};
    use proptest::prelude::*;
    use std::os::unix::fs::PermissionsExt;
    use wick_schemas::Timestamp;

    const NOW: Timestamp = Timestamp(1_700_000_000_000);

    fn add(file: &KeyFile, name: &str, expires_at: Option<Timestamp>) -> String {
        let issued = Key::issue(name, Scope::Read, NOW, expires_at).expect("a key");
        file.change(|ring| {
            ring.0.push(issued.key);
            Ok(())
        })
        .expect("kept");
        issued.secret
    }

    #[test]
    fn keys_are_kept_without_their_secrets_for_their_owner_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = KeyFile::of(&folder.path().join("new"));
        assert_eq!((file.read().expect("none"), file.stamp()), (Keyring::default(), None));
        let key = add(&file, "ci", None);
        let rights = |path: &Path| fs::metadata(path).expect("its rights").permissions().mode() & 0o777;
        assert_eq!(rights(file.path()), 0o600);
        assert_eq!(rights(&file.path().with_extension("lock")), 0o600);
        let text = fs::read_to_string(file.path()).expect("text");
        assert!(!text.contains(&key) && !text.contains(&key[14..]), "{text}");
        let before = file.stamp();
        let other = add(&file, "other", None);
        assert_ne!(file.stamp(), before);
        let ring = file.read().expect("keys");
        assert!(matches!(ring.judge(&key, NOW), Verdict::Known(_)));
        assert!(matches!(ring.judge(&other, NOW), Verdict::Known(_)));
        // Nothing changed: nothing is written.
        let before = file.stamp();
        file.change(|_| Ok(())).expect("nothing");
        assert_eq!(file.stamp(), before);
    }

    #[test]
    fn many_writers_lose_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = KeyFile::of(folder.path());
        std::thread::scope(|scope| {
            for writer in 0..8 {
                let file = &file;
                scope.spawn(move || {
                    for _ in 0..3 {
                        add(file, &format!("writer {writer}"), None);
                    }
                });
            }
        });
        assert_eq!(file.read().expect("keys").0.len(), 24);
    }

    #[test]
    fn a_file_that_is_none_is_named_and_not_repeated() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = KeyFile::of(folder.path());
        let key = add(&file, "ci", None);
        let good = fs::read_to_string(file.path()).expect("text");
        let mut twice: serde_json::Value = serde_json::from_str(&good).expect("JSON");
        let one = twice["keys"][0].clone();
        twice["keys"].as_array_mut().expect("keys").push(one);
        let hash = &good[good.find("\"hash\": \"").expect("a hash") + 9..][..64];
        for wrong in [
            key.clone(),
            String::new(),
            good.replace("\"version\": 1", "\"version\": 2"),
            good.replace("\"name\"", "\"nmae\""),
            good.replace(hash, &key),
            twice.to_string(),
        ] {
            fs::write(file.path(), &wrong).expect("written");
            let error = file.read().expect_err(&wrong).to_string();
            assert!(error.contains("keys.json") && !error.contains(&key) && !error.contains(hash), "{error}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_name_and_time_reads_back(name in "\\PC{1,64}", expires in proptest::option::of(0i64..4_000_000_000_000)) {
            prop_assume!(!name.trim().is_empty());
            let folder = tempfile::tempdir().expect("a folder");
            let file = KeyFile::of(folder.path());
            let key = add(&file, &name, expires.map(Timestamp));
            let ring = file.read().expect("reads");
            prop_assert_eq!(&ring.0[0].name, name.trim());
            let known = matches!(ring.judge(&key, NOW), Verdict::Known(_));
            prop_assert_eq!(known, expires.is_none_or(|at| at > NOW.millis()));
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,200}") {
            let folder = tempfile::tempdir().expect("a folder");
            let file = KeyFile::of(folder.path());
            fs::write(file.path(), text).expect("written");
            prop_assert!(file.read().is_err());
        }
    }
}
