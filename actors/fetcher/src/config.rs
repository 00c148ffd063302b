//! `[fetcher]`: where candles come from.

use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use wick_bus::{Error, Result};
use wick_schemas::{Timestamp, Venue};

use crate::source::exchange;
use crate::source::replay::Settings;
use crate::text::TextConfig;

/// `[fetcher]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FetcherConfig {
    /// `live`, `history`, `simulated` or `replay`; `auto` is settled before the fetcher starts.
    pub source: String,
    /// Candles kept and published at once, at most.
    pub chunk: usize,
    /// Candles in the journal that make a Parquet file.
    pub settle_rows: usize,
    /// Whether what comes over the wire is kept, byte for byte.
    pub keep_frames: bool,
    /// How far, in hours of event time, history may run ahead of the slowest actor.
    pub lead_hours: i64,
    /// `[fetcher.live]`.
    pub live: LiveConfig,
    /// `[fetcher.text]`.
    pub text: TextConfig,
    /// `[fetcher.history]`.
    pub history: HistoryConfig,
    /// `[fetcher.simulated]`.
    pub simulated: SimulatedConfig,
    /// `[fetcher.replay]`.
    pub replay: ReplayConfig,
}

impl FetcherConfig {
    /// Whether it makes sense.
    ///
    /// # Errors
    /// [`Error::Config`] that names what does not.
    pub fn validate(&self) -> Result<()> {
        const SOURCES: [&str; 5] = ["auto", "live", "history", "simulated", "replay"];
        if !SOURCES.contains(&self.source.as_str()) {
            let known = "auto, live, simulated or replay";
            return Err(Error::Config(format!("fetcher.source is '{}': write {known}", self.source)));
        }
        let least = [
            ("fetcher.chunk", self.chunk >= 1),
            ("fetcher.settle_rows", self.settle_rows >= 1),
            ("fetcher.live.history_days", self.live.history_days >= 0),
            ("fetcher.simulated.history_days", self.simulated.history_days >= 0),
        ];
        if let Some((key, _)) = least.into_iter().find(|(_, enough)| !enough) {
            let least = if key.ends_with("days") { 0 } else { 1 };
            return Err(Error::Config(format!("{key} must be at least {least}")));
        }
        self.replay.settings(1).map(drop)
    }
}

/// `[fetcher.live]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LiveConfig {
    /// The exchanges that are listened to at once.
    pub venues: Vec<Venue>,
    /// Days of history at the first start, as far as an exchange's reaches.
    pub history_days: i64,
    /// How long to wait for an answer before the network counts as absent, in milliseconds.
    pub probe_ms: u64,
    /// How long an exchange may be silent before it is connected to anew, in milliseconds; 0: as long as is usual for it.
    pub silence_ms: u64,
    /// `[fetcher.live.binance]`.
    pub binance: Addresses,
    /// `[fetcher.live.coinbase]`.
    pub coinbase: Addresses,
    /// `[fetcher.live.kraken]`.
    pub kraken: Addresses,
    /// `[fetcher.live.bitstamp]`.
    pub bitstamp: Addresses,
}

/// Where an exchange is; its own addresses where these are empty.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Addresses {
    /// Base address of the REST interface.
    pub rest: String,
    /// Address of the WebSocket.
    pub socket: String,
}

impl LiveConfig {
    /// How an exchange is listened to, from `start` on at a first start.
    ///
    /// # Errors
    /// Where it is no exchange.
    pub fn settings(&self, venue: Venue, start: Option<Timestamp>) -> crate::error::Result<exchange::Settings> {
        let mut settings = exchange::Settings { start, ..exchange::Settings::of(venue)? };
        let addresses = match venue {
            Venue::Binance => &self.binance,
            Venue::Coinbase => &self.coinbase,
            Venue::Bitstamp => &self.bitstamp,
            _ => &self.kraken,
        };
        if !addresses.rest.is_empty() {
            settings.rest.clone_from(&addresses.rest);
        }
        if !addresses.socket.is_empty() {
            settings.socket.clone_from(&addresses.socket);
        }
        if self.silence_ms > 0 {
            settings.silence = Duration::from_millis(self.silence_ms);
        }
        Ok(settings)
    }
}

/// `[fetcher.simulated]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SimulatedConfig {
    /// Another seed is another market.
    pub seed: u64,
    /// Days of history at the first start.
    pub history_days: i64,
}

/// `[fetcher.history]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HistoryConfig {
    /// The first minute, as 2024-01-31.
    pub from: String,
    /// The minute to stop before.
    pub to: String,
}

impl HistoryConfig {
    /// The span that is to be fetched.
    ///
    /// # Errors
    /// Where a moment is none.
    pub fn span(&self) -> Result<Range<Timestamp>> {
        let moment = |text: &str| {
            Timestamp::parse(text).map_err(|error| Error::Config(format!("fetcher.history '{text}': {error}")))
        };
        Ok(moment(&self.from)?..moment(&self.to)?)
    }
}

impl ReplayConfig {
    /// How the files are to be replayed.
    ///
    /// # Errors
    /// Where a moment is none, or a venue.
    pub fn settings(&self, chunk: usize) -> Result<Settings> {
        let moment = |text: &str, otherwise| match text {
            "" => Ok(otherwise),
            text => Timestamp::parse(text).map_err(|error| Error::Config(format!("fetcher.replay: {error}"))),
        };
        let span = moment(&self.from, Timestamp::MIN)?..moment(&self.to, Timestamp::MAX)?;
        let unknown = |error| Error::Config(format!("fetcher.replay.venue: {error}"));
        let venue = (!self.venue.is_empty()).then(|| self.venue.parse().map_err(unknown)).transpose()?;
        Ok(Settings { venue, chunk, speed: (self.speed > 0.0).then_some(self.speed), span })
    }
}

/// `[fetcher.replay]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplayConfig {
    /// Parquet or CSV files of candles, in order.
    pub files: Vec<PathBuf>,
    /// Where they were traded, for files whose names do not say; empty: Binance for its own CSV.
    pub venue: String,
    /// How many times as fast as real time; 0: as fast as can be.
    pub speed: f64,
    /// Candles that begin before this are left out, as 2024-01-31; empty: from the first.
    pub from: String,
    /// Candles that begin at this or later are left out; empty: to the last.
    pub to: String,
}
