//! An exchange's stream, as it comes.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_tungstenite::tungstenite::{self, Bytes, protocol::WebSocketConfig};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};
use url::Url;

use super::protocol::Protocol;
use super::settings::Settings;
use crate::error::{Error, Result};
use crate::http::{host, install_tls, retry_after};

/// The longest message that is read: a snapshot is some 200 kB at most.
const LONGEST_MESSAGE: usize = 4 << 20;
/// How often a sign of life is asked for within the time in which one must come.
const BEATS: u32 = 3;

/// An open stream of one pair.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    address: String,
    beat: tungstenite::Message,
    silence: Duration,
    /// When the other side last said anything.
    heard: Instant,
    /// When to ask it for a sign of life.
    beat_at: Instant,
}

/// What came.
pub enum Said {
    /// A message.
    Payload(Vec<u8>),
    /// A sign of life without content.
    Alive,
}

impl Socket {
    /// Connects and subscribes. A side that is silent for longer than the settings allow counts as gone.
    pub async fn open(url: &Url, protocol: &dyn Protocol, settings: &Settings) -> Result<Self> {
        install_tls();
        let (address, silence) = (host(url), settings.silence);
        let limits =
            WebSocketConfig::default().max_message_size(Some(LONGEST_MESSAGE)).max_frame_size(Some(LONGEST_MESSAGE));
        let connecting = timeout(silence, connect_async_with_config(url.as_str(), Some(limits), true)).await;
        let (stream, _) =
            connecting.map_err(|_| gone(&address, "no connection in time"))?.map_err(|error| match error {
                tungstenite::Error::Http(response) => Error::Refused {
                    address: address.clone(),
                    status: response.status().as_u16(),
                    retry_after: retry_after(response.headers(), None),
                },
                error => gone(&address, error),
            })?;
        let beat = match protocol.beat() {
            Some(text) => tungstenite::Message::text(text),
            None => tungstenite::Message::Ping(Bytes::new()),
        };
        let now = Instant::now();
        let mut socket = Self { stream, address, beat, silence, heard: now, beat_at: now + silence / BEATS };
        for text in protocol.subscribe(&settings.symbol) {
            socket.send(tungstenite::Message::text(text)).await?;
        }
        Ok(socket)
    }

    /// Host and port, for people.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The next message, or `None` at the deadline. Dropping the wait loses nothing.
    pub async fn next(&mut self, deadline: Instant) -> Result<Option<Said>> {
        if Instant::now() >= self.beat_at {
            self.beat_at = Instant::now() + self.silence / BEATS;
            self.send(self.beat.clone()).await?;
        }
        let silent = self.heard + self.silence;
        let Ok(message) = timeout_at(deadline.min(silent).min(self.beat_at), self.stream.next()).await else {
            if Instant::now() < silent {
                return Ok(None);
            }
            return Err(gone(&self.address, format!("silent for {:.1} s", self.silence.as_secs_f64())));
        };
        self.heard = Instant::now();
        match message {
            Some(Ok(tungstenite::Message::Text(text))) => Ok(Some(Said::Payload(text.as_bytes().to_vec()))),
            Some(Ok(tungstenite::Message::Binary(bytes))) => Ok(Some(Said::Payload(bytes.to_vec()))),
            Some(Ok(tungstenite::Message::Close(_))) | None => Err(gone(&self.address, "it closed the stream")),
            Some(Ok(_)) => Ok(Some(Said::Alive)),
            Some(Err(error)) => Err(gone(&self.address, error)),
        }
    }

    async fn send(&mut self, message: tungstenite::Message) -> Result<()> {
        match timeout(self.silence, self.stream.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(gone(&self.address, error)),
            Err(_) => Err(gone(&self.address, "it takes nothing in")),
        }
    }
}

fn gone(address: &str, reason: impl ToString) -> Error {
    Error::Unreachable { address: address.to_owned(), reason: reason.to_string() }
}
