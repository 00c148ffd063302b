//! What came over the wire, as it came.

use serde::{Deserialize, Serialize};
use wick_schemas::Timestamp;

/// The status of a frame that came by a WebSocket: 101, as its handshake answers.
pub const SOCKET: u16 = 101;

/// An answer or a socket's message, byte for byte. Bronze keeps every one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// Who sent it: a venue, a feed, a service.
    pub source: String,
    /// Where it was asked for, without secrets.
    pub url: String,
    /// The HTTP status; [`SOCKET`] for a message of a socket.
    pub status: u16,
    /// When it came.
    pub received_at: Timestamp,
    /// The bytes.
    pub payload: Vec<u8>,
}
