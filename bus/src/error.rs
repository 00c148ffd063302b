//! What can go wrong in the plumbing, and what follows from it.

use std::path::{Path, PathBuf};

/// The result of everything here.
pub type Result<T> = std::result::Result<T, Error>;

/// What follows from an error. The runner decides from this alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Try again: the same thing may work later.
    Transient,
    /// The message is at fault: put it aside and go on.
    Permanent,
    /// The house cannot live like this: stop and say so.
    Fatal,
}

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Redis did not answer, or answered with an error.
    #[error("bus: {0}")]
    Bus(#[from] redis::RedisError),
    /// Another instance of this actor has taken over.
    #[error("another instance of {0} is active; this one stands by")]
    Fenced(String),
    /// A message or a datum was refused.
    #[error(transparent)]
    Schema(#[from] wick_schemas::Error),
    /// An entry of a stream that is no message.
    #[error("entry {id} is no message: {reason}")]
    Entry {
        /// The entry's id.
        id: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A database did not do what it was asked.
    #[error("database {place}: {source}")]
    Database {
        /// The file, or the server's address without its password.
        place: String,
        /// What it said.
        source: sqlx::Error,
    },
    /// A file or folder could not be read or written.
    #[error("{path}: {source}: check that the folder exists, is writable and has room")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A Parquet file could not be read or written.
    #[error("parquet file {path}: {reason}")]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What the reader said.
        reason: String,
    },
    /// A file or folder of the lake, wherever that is.
    #[error("lake {place}: {reason}")]
    Lake {
        /// The file or folder.
        place: String,
        /// What is the matter, and what to do.
        reason: String,
    },
    /// The settings do not make sense.
    #[error("configuration: {0}")]
    Config(String),
    /// The embedded Redis server could not be started.
    #[error("redis-server: {0}")]
    Server(String),
    /// The house is being shut down.
    #[error("shutting down")]
    Stopping,
    /// A handler panicked.
    #[error("{actor} panicked: {reason}")]
    Panicked {
        /// The actor.
        actor: String,
        /// What it said.
        reason: String,
    },
    /// An actor's own error.
    #[error("{source}")]
    Actor {
        /// What follows from it.
        kind: Kind,
        /// The error.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Error {
    /// What follows from it.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Schema(_) | Self::Entry { .. } => Kind::Permanent,
            Self::Config(_) | Self::Server(_) => Kind::Fatal,
            Self::Actor { kind, .. } => *kind,
            Self::Bus(_)
            | Self::Fenced(_)
            | Self::Database { .. }
            | Self::File { .. }
            | Self::Parquet { .. }
            | Self::Lake { .. }
            | Self::Stopping
            | Self::Panicked { .. } => Kind::Transient,
        }
    }

    /// What a panic said.
    #[must_use]
    pub fn panicked(actor: &str, panic: Box<dyn std::any::Any + Send>) -> Self {
        let reason = match panic.downcast::<String>() {
            Ok(text) => *text,
            Err(panic) => panic.downcast_ref::<&str>().map(|text| (*text).to_owned()).unwrap_or_default(),
        };
        Self::Panicked { actor: actor.to_owned(), reason }
    }

    /// An actor's own error with what follows from it.
    pub fn actor(kind: Kind, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Actor { kind, source: Box::new(source) }
    }

    /// A file error with its path.
    pub fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        |source| Self::File { path: path.to_owned(), source }
    }

    /// A database error with its path.
    pub fn database(path: &Path) -> impl FnOnce(sqlx::Error) -> Self + '_ {
        |source| Self::Database { place: path.display().to_string(), source }
    }

    /// A Parquet error with its path.
    pub fn parquet<E: std::fmt::Display>(path: &Path) -> impl FnOnce(E) -> Self + '_ {
        |error| Self::Parquet { path: path.to_owned(), reason: error.to_string() }
    }
}

impl From<redis::ParsingError> for Error {
    fn from(error: redis::ParsingError) -> Self {
        Self::Bus(error.into())
    }
}
