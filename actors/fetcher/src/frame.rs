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
    /// The bytes; in JSON as base64, because an array of numbers is four times as long.
    #[serde(with = "base64_text")]
    pub payload: Vec<u8>,
}

/// Bytes as text.
mod base64_text {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        STANDARD.decode(String::deserialize(from)?).map_err(D::Error::custom)
    }
}
