//! What can go wrong before the dashboard is shown.

use std::net::SocketAddr;

/// The result of everything here.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address cannot be listened on.
    #[error(
        "cannot listen on {address}: {source}: choose another address with --set dashboard.listen={}:PORT, or leave the \
         dashboard out with --no-dashboard",
        address.ip()
    )]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The HTTP server or its client could not be made.
    #[error("the dashboard could not be started: {0}")]
    Server(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Something in the house.
    #[error(transparent)]
    House(#[from] wick_bus::Error),
}
