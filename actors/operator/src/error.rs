//! What can go wrong at the command line, and what the shell is told of it.

use std::path::PathBuf;

use crate::exit::Exit;

/// The result of everything here.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The plumbing could not do it.
    #[error(transparent)]
    Bus(#[from] wick_bus::Error),
    /// The command line asks for settings that make no sense.
    #[error("configuration: {0}")]
    Config(String),
    /// No bus answers.
    #[error("{0}")]
    Away(String),
    /// What was asked for is not there.
    #[error("{0}")]
    NotFound(String),
    /// The house said no, or may not be asked.
    #[error("{0}")]
    Refused(String),
    /// Something waited for did not come.
    #[error("{0}")]
    Late(String),
    /// A row or message does not read.
    #[error("{what} does not read: {reason}: it was written by another version, or is damaged")]
    Unreadable {
        /// The row or message.
        what: String,
        /// What the decoder said.
        reason: String,
    },
    /// A file could not be written.
    #[error("{path}: {source}: check that the folder exists, is writable and has room")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The answer could not be written.
    #[error("the answer could not be written: {0}")]
    Output(#[from] std::io::Error),
}

impl Error {
    /// What the shell is told.
    #[must_use]
    pub const fn exit(&self) -> Exit {
        match self {
            Self::Bus(error) => Exit::of_bus(error),
            Self::Config(_) => Exit::Configuration,
            Self::Away(_) => Exit::Away,
            Self::NotFound(_) => Exit::NotFound,
            Self::Refused(_) => Exit::Refused,
            Self::Late(_) | Self::Unreadable { .. } | Self::File { .. } | Self::Output(_) => Exit::Failure,
        }
    }

    /// A row or message that does not read.
    pub(crate) fn unreadable<E: std::fmt::Display>(what: impl Into<String>) -> impl FnOnce(E) -> Self {
        let what = what.into();
        move |error| Self::Unreadable { what, reason: error.to_string() }
    }
}
