//! What can go wrong before the gateway answers; what goes wrong afterwards is a [`crate::problem::Problem`].

use std::net::SocketAddr;
use std::path::PathBuf;

/// The result of everything here.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}: choose another address with --set {setting}={}:PORT", address.ip())]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The setting that names it.
        setting: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file of operator keys does not read.
    #[error("{path}, line {line}: expected the SHA-256 of an operator key as 64 hexadecimal digits")]
    Keys {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// The HTTP server could not be started.
    #[error("the http server could not be started: {0}")]
    Server(std::io::Error),
    /// Something in the house.
    #[error(transparent)]
    House(#[from] wick_bus::Error),
}

impl Error {
    /// A file error with its path.
    pub(crate) fn file(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        |source| Self::House(wick_bus::Error::file(path)(source))
    }
}
