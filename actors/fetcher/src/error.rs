//! What can go wrong between the outside world and bronze.

use std::path::{Path, PathBuf};
use std::time::Duration;

use wick_schemas::Venue;

/// The result of this crate's functions.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a source could not give what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file that cannot be replayed.
    #[error("{}: {cause}: {cure}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is the matter with it.
        cause: String,
        /// What to do about it.
        cure: &'static str,
    },
    /// A setting with which no source can be made.
    #[error("{what}: {reason}")]
    Setting {
        /// The setting.
        what: &'static str,
        /// Why it cannot be, and what can.
        reason: String,
    },
    /// An address that did not answer, or stopped answering.
    #[error("{address} does not answer: {reason}")]
    Unreachable {
        /// Host and path.
        address: String,
        /// What the network said.
        reason: String,
    },
    /// An address that answered, but not with what was asked for.
    #[error("{address} answered {status}: {}", meaning(*status))]
    Refused {
        /// Host and path.
        address: String,
        /// The HTTP status.
        status: u16,
        /// How long the answer asks us to stay away.
        retry_after: Option<Duration>,
    },
    /// An exchange that is there but busy or in maintenance.
    #[error("{venue} is busy: {message}")]
    Busy {
        /// The exchange.
        venue: Venue,
        /// Its words.
        message: String,
    },
    /// An exchange that does not know what it was asked for: it will not know it tomorrow either.
    #[error("{venue} refused the request: {message}: check the pair and symbol in the fetcher's settings")]
    Rejected {
        /// The exchange.
        venue: Venue,
        /// Its words.
        message: String,
    },
    /// An answer that does not have the shape that the exchange documents.
    #[error("{venue} sent a {what} of another shape: {reason}")]
    Malformed {
        /// The exchange.
        venue: Venue,
        /// What it was to be.
        what: &'static str,
        /// What the decoder said.
        reason: String,
    },
}

impl Error {
    /// A file that cannot be replayed.
    pub(crate) fn file(path: &Path, cause: impl ToString, cure: &'static str) -> Self {
        Self::File { path: path.to_owned(), cause: cause.to_string(), cure }
    }

    /// Whether the same request may succeed later, with nothing changed here.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Refused { .. } | Self::Busy { .. } | Self::Malformed { .. } => true,
            Self::File { .. } | Self::Setting { .. } | Self::Rejected { .. } => false,
        }
    }
}

/// What an HTTP status says about us, for people.
#[must_use]
pub fn meaning(status: u16) -> &'static str {
    match status {
        400 | 404 => {
            "it does not know what was asked for: check the pair and the base address in the fetcher's settings"
        }
        403 => {
            "this address is not let in (a firewall, or a network that the exchange blocks): use another network or a replay"
        }
        429 => "too many requests: waiting as long as asked",
        451 => "not offered in this region for legal reasons: use another source or a replay",
        500..=599 => "the exchange is unwell: trying again",
        _ => "not an answer that the exchange documents: check the base address in the fetcher's settings",
    }
}
