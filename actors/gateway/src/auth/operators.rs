//! The operator key that every house has from its first start, and others that were added by hand: who may tell the
//! house something.
//!
//! Only hashes are kept. A key has 256 random bits, so a plain SHA-256 of it cannot be guessed back, and comparing
//! digests in constant time tells nothing of a key.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use wick_schemas::envelope::hex;

use crate::error::{Error, Result};

/// What a hash looks like: a file of them has one a line; empty lines and those after `#` say nothing.
pub type Hash = [u8; 32];

/// The hashes of the operator keys.
#[derive(Clone)]
pub struct OperatorKeys(Vec<Hash>);

impl OperatorKeys {
    /// Reads the hashes. Where there is no file yet, a key is made: it goes to `operator.key` in `folder`, which its
    /// owner alone may read, and its hash to `path`. A changed file counts from the next start.
    ///
    /// # Errors
    /// [`Error::Keys`] for a line that is no hash; where a file can be neither read nor written.
    pub fn open(path: &Path, folder: &Path) -> Result<Self> {
        if !path.exists() {
            fs::create_dir_all(folder).map_err(Error::file(folder))?;
            let file = folder.join("operator.key");
            let key = random().map_err(Error::file(&file))?;
            write_private(&file, &key).map_err(Error::file(&file))?;
            write_private(path, &hex(&Sha256::digest(&key))).map_err(Error::file(path))?;
            tracing::info!(file = %file.display(), "made an operator key");
        }
        let text = fs::read_to_string(path).map_err(Error::file(path))?;
        let mut hashes = Vec::new();
        for (line, text) in (1..).zip(text.lines()) {
            let text = text.split('#').next().unwrap_or_default().trim();
            if !text.is_empty() {
                hashes.push(read_hash(text).ok_or_else(|| Error::Keys { path: path.to_owned(), line })?);
            }
        }
        Ok(Self(hashes))
    }

    /// The hash of this key where it is one of them. Takes as long whether it is or not, whichever it is.
    #[must_use]
    pub fn judge(&self, key: &str) -> Option<Hash> {
        let hash: Hash = Sha256::digest(key).into();
        let known = self.0.iter().fold(subtle::Choice::from(0), |known, other| known | hash.ct_eq(other));
        bool::from(known).then_some(hash)
    }
}

fn random() -> std::io::Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
    Ok(hex(&bytes))
}

/// Writes a file that its owner alone may read. A former one goes first, because it keeps its rights.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    writeln!(file, "{text}")?;
    file.sync_all()
}

fn read_hash(text: &str) -> Option<Hash> {
    let digits = text.as_bytes();
    if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let mut hash = [0; 32];
    for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_key_is_made_once_and_only_its_owner_may_read_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let hashes = folder.path().join("operator.keys");
        let keys = OperatorKeys::open(&hashes, folder.path()).expect("keys");
        let file = folder.path().join("operator.key");
        let key = fs::read_to_string(&file).expect("a key");
        assert_eq!(key.trim().len(), 64);
        assert_eq!(fs::metadata(&file).expect("its rights").permissions().mode() & 0o777, 0o600);
        assert!(!fs::read_to_string(&hashes).expect("hashes").contains(key.trim()));
        assert!(keys.judge(key.trim()).is_some());
        assert!(keys.judge("").is_none());
        assert!(keys.judge(&key.trim().replace(&key[..1], "x")).is_none());
        assert!(OperatorKeys::open(&hashes, folder.path()).expect("the same").judge(key.trim()).is_some());
    }

    #[test]
    fn a_file_may_hold_many_hashes_and_a_wrong_line_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("keys");
        let [one, two] = ["one", "two"].map(|key| hex(&Sha256::digest(key)));
        fs::write(&path, format!("# ours\n{one} # alice\n\n{}\n", two.to_uppercase())).expect("written");
        let keys = OperatorKeys::open(&path, folder.path()).expect("keys");
        assert!(keys.judge("one").is_some() && keys.judge("two").is_some() && keys.judge("three").is_none());
        fs::write(&path, format!("{one}\nsecret\n")).expect("written");
        let error = OperatorKeys::open(&path, folder.path()).err().expect("no hash").to_string();
        assert!(error.contains("line 2") && !error.contains("secret"), "{error}");
    }
}
