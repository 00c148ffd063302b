//! Keys of those who ask the house over HTTP: what they look like, what they may do, and how they are told apart.
//!
//! A key is `wick_<id>_<secret>`. The id is public: it names the key in lists and logs. The secret is shown once, when
//! the key is made, and kept nowhere: the file ([`KeyFile`]) holds a SHA-256 of the whole key. A secret has 256 random
//! bits, so a plain hash of it cannot be guessed back.

mod file;
mod text;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use wick_schemas::Timestamp;
use wick_schemas::envelope::hex;

pub use file::{KeyFile, Stamp};
pub use text::{id_of, mentions_key};

use crate::error::{Error, Result};

/// The longest name of a key, in characters.
const LONGEST_NAME: usize = 64;

/// What a key is good for. Who may operate may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// To ask.
    Read,
    /// To ask, and to give commands.
    Operate,
}

impl Scope {
    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Operate => "operate",
        }
    }
}

/// What is kept of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// Its public part.
    pub id: String,
    /// Whose it is, or what for.
    pub name: String,
    /// What it is good for.
    pub scopes: Vec<Scope>,
    /// SHA-256 of the whole key, in hexadecimal digits.
    hash: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when it is good for nothing; never where there is none.
    pub expires_at: Option<Timestamp>,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
}

/// A key that was just made: the only time that its secret is seen.
pub struct Issued {
    /// What is kept of it.
    pub key: Key,
    /// The whole key.
    pub secret: String,
}

/// What a key that was shown to us is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// Good.
    Known(&'a Key),
    /// It was good once.
    Expired(&'a Key),
    /// It was taken back.
    Revoked(&'a Key),
    /// None of ours.
    Unknown,
}

impl Key {
    /// Makes a key.
    ///
    /// # Errors
    /// [`Error::Config`] for a name that is empty, long or not printable; where the system gives no randomness.
    pub fn issue(name: &str, scope: Scope, now: Timestamp, expires_at: Option<Timestamp>) -> Result<Issued> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
            let what = format!("a key's name has 1 to {LONGEST_NAME} printable characters");
            return Err(Error::Config(what));
        }
        if mentions_key(name.as_bytes()) {
            return Err(Error::Config("a key's name is public: it must not hold a key".into()));
        }
        let (id, secret) = text::random()?;
        let hash = hex(&Sha256::digest(&secret));
        let name = name.to_owned();
        let key = Self { id, name, scopes: vec![scope], hash, created_at: now, expires_at, revoked_at: None };
        Ok(Issued { key, secret })
    }

    /// The most that it is good for.
    #[must_use]
    pub fn scope(&self) -> Option<Scope> {
        self.scopes.iter().copied().max()
    }
}

/// The keys of a house.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keyring(pub Vec<Key>);

impl Keyring {
    /// What a key is, by its text. The hash of what was shown is compared with the kept one in constant time.
    #[must_use]
    pub fn judge(&self, shown: &str, now: Timestamp) -> Verdict<'_> {
        // The id is public: looking it up may take as long as it takes.
        let Some(key) = id_of(shown).and_then(|id| self.0.iter().find(|key| key.id == id)) else {
            return Verdict::Unknown;
        };
        let hash = hex(&Sha256::digest(shown));
        if !bool::from(hash.as_bytes().ct_eq(key.hash.as_bytes())) {
            return Verdict::Unknown;
        }
        if key.revoked_at.is_some() {
            Verdict::Revoked(key)
        } else if key.expires_at.is_some_and(|at| at <= now) {
            Verdict::Expired(key)
        } else {
            Verdict::Known(key)
        }
    }

    /// Takes a key back, and says whether there is such a key. One that was taken back before stays as it is.
    pub fn revoke(&mut self, id: &str, now: Timestamp) -> Option<&Key> {
        let key = self.0.iter_mut().find(|key| key.id == id)?;
        key.revoked_at.get_or_insert(now);
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_700_000_000_000);

    #[test]
    fn a_key_is_known_by_its_text_until_it_ends() {
        let one = Key::issue("ci", Scope::Read, NOW, Some(NOW.shift(10))).expect("a key");
        let other = Key::issue("ci", Scope::Operate, NOW, None).expect("a key");
        assert_ne!(one.secret, other.secret);
        let mut ring = Keyring(vec![one.key.clone(), other.key.clone()]);
        assert_eq!(ring.judge(&one.secret, NOW), Verdict::Known(&one.key));
        assert_eq!(ring.judge(&one.secret, NOW.shift(10)), Verdict::Expired(&one.key));
        assert_eq!(ring.judge(&other.secret, NOW.shift(10)), Verdict::Known(&other.key));
        // One's id with the other's secret.
        let (id, secret) = (&one.secret[..14], &other.secret[14..]);
        assert_eq!(ring.judge(&format!("{id}{secret}"), NOW), Verdict::Unknown);
        assert!(ring.revoke(&other.key.id, NOW).is_some());
        assert!(matches!(ring.judge(&other.secret, NOW), Verdict::Revoked(_)));
        assert_eq!(ring.revoke(&other.key.id, NOW.shift(5)).and_then(|key| key.revoked_at), Some(NOW));
        assert!(ring.revoke("nobody00", NOW).is_none());
    }

    #[test]
    fn a_name_is_short_printable_and_no_key() {
        let key = Key::issue("ci", Scope::Read, NOW, None).expect("a key").secret;
        for wrong in ["", "  ", "a\nb", &"x".repeat(65), &key] {
            let error = Key::issue(wrong, Scope::Read, NOW, None).err().expect("refused").to_string();
            assert!(!error.contains(&key), "{error}");
        }
    }

    #[test]
    fn who_may_operate_may_read() {
        assert!(Scope::Operate > Scope::Read);
    }
}
