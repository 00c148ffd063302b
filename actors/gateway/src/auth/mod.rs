//! Who asks, and what they may do.
//!
//! There are two kinds of keys: the operator keys ([`operators`]), of which every house has one from its first start, and
//! those that `wick keys` makes ([`issued`]), with a scope, an end, and a name. Both are kept as hashes.

pub mod address;
pub mod header;
pub mod issued;
pub mod operators;

use std::path::Path;

use actix_web::dev::Payload;
use actix_web::http::header::HeaderMap;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use wick_bus::keys::{KeyFile, Scope, Verdict};
use wick_schemas::Timestamp;
use wick_schemas::envelope::hex;

use crate::error::Result;
use crate::problem::Problem;
use header::Shown;
use issued::IssuedKeys;
use operators::OperatorKeys;

/// The public name of a key: its id, or the beginning of its hash.
pub type KeyId = [u8; 8];

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Somebody without a key.
    Nobody,
    /// Somebody with something that is none of our keys.
    Unknown,
    /// Somebody whose key has come to its end.
    Expired,
    /// Somebody whose key was taken back.
    Revoked,
    /// Somebody with a key.
    Known {
        /// What it is good for.
        scope: Scope,
        /// Which one it is.
        id: KeyId,
    },
}

impl Caller {
    fn of(verdict: Verdict<'_>) -> Self {
        match verdict {
            Verdict::Unknown => Self::Unknown,
            Verdict::Expired(_) => Self::Expired,
            Verdict::Revoked(_) => Self::Revoked,
            Verdict::Known(key) => match (key.scope(), key.id.as_bytes().try_into()) {
                (Some(scope), Ok(id)) => Self::Known { scope, id },
                // Good for nothing.
                _ => Self::Unknown,
            },
        }
    }

    /// Lets in who may do this.
    ///
    /// # Errors
    /// A problem that says what is missing.
    pub fn may(self, wanted: Scope) -> std::result::Result<(), Problem> {
        match self {
            Self::Known { scope, .. } if scope >= wanted => Ok(()),
            Self::Known { .. } => Err(Problem::scope(wanted)),
            Self::Expired => Err(Problem::expired()),
            Self::Revoked => Err(Problem::revoked()),
            Self::Nobody | Self::Unknown => Err(Problem::key(wanted, self == Self::Unknown)),
        }
    }

    /// The name of the key, for logs.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Known { id, .. } => std::str::from_utf8(id).ok(),
            _ => None,
        }
    }
}

/// The keys of a house.
pub struct Keys {
    operators: OperatorKeys,
    issued: IssuedKeys,
}

impl Keys {
    /// Reads the operator keys' hashes from `path`, and those of `wick keys` from the data folder.
    ///
    /// # Errors
    /// Where one of the files holds anything else, or can be neither read nor written.
    pub fn open(path: &Path, folder: &Path) -> Result<Self> {
        let operators = OperatorKeys::open(path, folder)?;
        Ok(Self { operators, issued: IssuedKeys::open(KeyFile::of(folder))? })
    }

    /// Who asks, by the headers of the request.
    #[must_use]
    pub fn caller(&self, headers: &HeaderMap, now: impl FnOnce() -> Timestamp) -> Caller {
        match header::shown(headers) {
            Shown::Nothing => Caller::Nobody,
            Shown::Something => Caller::Unknown,
            Shown::Key(key) if wick_bus::keys::id_of(key).is_some() => self.issued.judge(key, now()),
            Shown::Key(key) => self.operators.judge(key).map_or(Caller::Unknown, |hash| {
                let id = hex(&hash[..4]).into_bytes().try_into().unwrap_or_default();
                Caller::Known { scope: Scope::Operate, id }
            }),
        }
    }
}

/// Somebody who may give commands. Asked for as an argument, it keeps everyone else out.
#[derive(Debug)]
pub struct Operator;

impl FromRequest for Operator {
    type Error = Problem;
    type Future = std::future::Ready<std::result::Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        // Who asks was found out at the door.
        let caller = request.extensions().get::<Caller>().copied().unwrap_or(Caller::Nobody);
        std::future::ready(caller.may(Scope::Operate).map(|()| Self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_what() {
        let known = |scope| Caller::Known { scope, id: *b"abcdefgh" };
        assert!(known(Scope::Operate).may(Scope::Operate).is_ok());
        assert!(known(Scope::Operate).may(Scope::Read).is_ok());
        assert!(known(Scope::Read).may(Scope::Read).is_ok());
        for (caller, wanted, status, code) in [
            (known(Scope::Read), Scope::Operate, 403, "scope_missing"),
            (Caller::Expired, Scope::Read, 401, "key_expired"),
            (Caller::Revoked, Scope::Read, 401, "key_revoked"),
            (Caller::Nobody, Scope::Read, 401, "no_read_key"),
            (Caller::Unknown, Scope::Read, 401, "no_read_key"),
            (Caller::Unknown, Scope::Operate, 401, "no_operator_key"),
        ] {
            let problem = caller.may(wanted).expect_err(code);
            assert_eq!((problem.status, problem.code), (status, code));
        }
    }
}
