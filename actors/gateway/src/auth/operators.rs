//! Operator keys: who may tell the house something.
//!
//! Only hashes are kept. A key has 256 random bits, so a plain SHA-256 of it cannot be guessed back, and comparing
//! digests in constant time tells nothing of a key.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest, web};
use sha2::{Digest, Sha256};
use wick_schemas::envelope::hex;

use crate::error::{Error, Result};
use crate::problem::Problem;
use crate::routes::Gate;

/// What a hash looks like: a file of them has one a line; empty lines and those after `#` say nothing.
type Hash = [u8; 32];

/// The hashes of the operator keys.
#[derive(Clone)]
pub struct Keys(Vec<Hash>);

impl Keys {
    /// Reads the hashes. Where there is no file yet, a key is made: it goes to `operator.key` in `folder`, which its
    /// owner alone may read, and its hash to `path`. A changed file counts from the next start.
    ///
    /// # Errors
    /// [`Error::Keys`] for a line that is no hash; where a file can be neither read nor written.
    pub fn open(path: &Path, folder: &Path) -> Result<Self> {
        if !path.exists() {
            fs::create_dir_all(folder).map_err(Error::file(folder))?;
            let file = folder.join("operator.key");
            let key = random().map_err(Error::file(Path::new(RANDOM)))?;
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

    /// Whether this is one of the keys. Takes as long whether it is or not, whichever it is.
    #[must_use]
    pub fn knows(&self, key: &str) -> bool {
        let hash: Hash = Sha256::digest(key).into();
        self.0.iter().fold(false, |known, other| {
            let difference = hash.iter().zip(other).fold(0, |sum, (a, b)| sum | (a ^ b));
            std::hint::black_box(known | (difference == 0))
        })
    }
}

/// The system's source of randomness.
const RANDOM: &str = "/dev/urandom";

fn random() -> std::io::Result<String> {
    let mut bytes = [0; 32];
    fs::File::open(RANDOM)?.read_exact(&mut bytes)?;
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

/// Somebody who has an operator key. Asked for as an argument, it keeps everyone else out.
#[derive(Debug)]
pub struct Operator;

impl FromRequest for Operator {
    type Error = Problem;
    type Future = std::future::Ready<std::result::Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let (scheme, key) = header.and_then(|text| text.split_once(' ')).unwrap_or_default();
        let gate = request.app_data::<web::Data<Gate>>();
        let known = gate.is_some_and(|gate| gate.keys.knows(key.trim()));
        std::future::ready(if known && scheme.eq_ignore_ascii_case("bearer") { Ok(Self) } else { Err(Problem::key()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_key_is_made_once_and_only_its_owner_may_read_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let hashes = folder.path().join("operator.keys");
        let keys = Keys::open(&hashes, folder.path()).expect("keys");
        let file = folder.path().join("operator.key");
        let key = fs::read_to_string(&file).expect("a key");
        assert_eq!(key.trim().len(), 64);
        assert_eq!(fs::metadata(&file).expect("its rights").permissions().mode() & 0o777, 0o600);
        assert!(!fs::read_to_string(&hashes).expect("hashes").contains(key.trim()));
        assert!(keys.knows(key.trim()));
        assert!(!keys.knows(""));
        assert!(!keys.knows(&key.trim().replace(&key[..1], "x")));
        assert!(Keys::open(&hashes, folder.path()).expect("the same").knows(key.trim()));
    }

    #[test]
    fn a_file_may_hold_many_hashes_and_a_wrong_line_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("keys");
        let [one, two] = ["one", "two"].map(|key| hex(&Sha256::digest(key)));
        fs::write(&path, format!("# ours\n{one} # alice\n\n{}\n", two.to_uppercase())).expect("written");
        let keys = Keys::open(&path, folder.path()).expect("keys");
        assert!(keys.knows("one") && keys.knows("two") && !keys.knows("three"));
        fs::write(&path, format!("{one}\nsecret\n")).expect("written");
        let error = Keys::open(&path, folder.path()).err().expect("no hash").to_string();
        assert!(error.contains("line 2") && !error.contains("secret"), "{error}");
    }
}
