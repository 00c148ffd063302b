//! Kraken's stream of minutes, as they form.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::json;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_tungstenite::tungstenite::{self, protocol::WebSocketConfig};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};
use url::Url;

use super::parse::{self, Message};
use super::rest::{host, install_tls, retry_after};
use crate::error::{Error, Result};

/// The longest message that is read: a snapshot is some 200 kB at most.
const LONGEST_MESSAGE: usize = 4 << 20;

/// An open stream of one symbol's minutes.
pub(super) struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    address: String,
    symbol: String,
    silence: Duration,
    /// When the other side last said anything.
    heard: Instant,
}

impl Socket {
    /// Connects and subscribes. A side that is silent for longer than `silence` counts as gone.
    pub async fn open(url: &Url, symbol: &str, silence: Duration) -> Result<Self> {
        install_tls();
        let address = host(url);
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
        let mut socket = Self { stream, address, symbol: symbol.to_owned(), silence, heard: Instant::now() };
        let params = json!({ "channel": "ohlc", "symbol": [symbol], "interval": 1, "snapshot": true });
        let subscribe = json!({ "method": "subscribe", "params": params }).to_string();
        let sent = timeout(silence, socket.stream.send(tungstenite::Message::text(subscribe))).await;
        match sent {
            Ok(Ok(())) => Ok(socket),
            Ok(Err(error)) => Err(gone(&socket.address, error)),
            Err(_) => Err(gone(&socket.address, "it takes nothing in")),
        }
    }

    /// Host and port, for people.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The next message, or `None` at the deadline. Dropping the wait loses nothing.
    pub async fn next(&mut self, deadline: Instant) -> Result<Option<Message>> {
        let silent = self.heard + self.silence;
        let Ok(message) = timeout_at(deadline.min(silent), self.stream.next()).await else {
            if Instant::now() < silent {
                return Ok(None);
            }
            return Err(gone(&self.address, format!("silent for {:.1} s", self.silence.as_secs_f64())));
        };
        self.heard = Instant::now();
        match message {
            Some(Ok(tungstenite::Message::Text(text))) => parse::message(&text, &self.symbol).map(Some),
            Some(Ok(tungstenite::Message::Close(_))) | None => Err(gone(&self.address, "it closed the stream")),
            Some(Ok(_)) => Ok(Some(Message::Alive)),
            Some(Err(error)) => Err(gone(&self.address, error)),
        }
    }
}

fn gone(address: &str, reason: impl ToString) -> Error {
    Error::Unreachable { address: address.to_owned(), reason: reason.to_string() }
}
