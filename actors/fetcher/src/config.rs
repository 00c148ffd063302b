//! `[fetcher]`: where candles come from.

use std::path::PathBuf;

use serde::Deserialize;
use wick_bus::{Error, Result};
use wick_schemas::{Timestamp, Venue};

use crate::source::replay::Settings;

/// `[fetcher]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FetcherConfig {
    /// `kraken`, `simulated` or `replay`; `auto` is settled before the fetcher starts.
    pub source: String,
    /// Candles kept and published at once, at most.
    pub chunk: usize,
    /// Candles in the journal that make a Parquet file.
    pub settle_rows: usize,
    /// How far, in hours of event time, history may run ahead of the slowest actor.
    pub lead_hours: i64,
    /// `[fetcher.kraken]`.
    pub kraken: KrakenConfig,
    /// `[fetcher.simulated]`.
    pub simulated: SimulatedConfig,
    /// `[fetcher.replay]`.
    pub replay: ReplayConfig,
}

/// `[fetcher.kraken]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KrakenConfig {
    /// Base address of the REST interface.
    pub rest: String,
    /// Address of the WebSocket.
    pub socket: String,
    /// How long to wait for an answer before the network counts as absent, in milliseconds.
    pub probe_ms: u64,
    /// How long the socket may be silent, in milliseconds.
    pub silence_ms: u64,
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

impl ReplayConfig {
    /// How the files are to be replayed.
    ///
    /// # Errors
    /// Where a moment is none.
    pub fn settings(&self, chunk: usize) -> Result<Settings> {
        let moment = |text: &str, otherwise| match text {
            "" => Ok(otherwise),
            text => Timestamp::parse(text).map_err(|error| Error::Config(format!("fetcher.replay: {error}"))),
        };
        let span = moment(&self.from, Timestamp::MIN)?..moment(&self.to, Timestamp::MAX)?;
        Ok(Settings { venue: self.venue, chunk, speed: (self.speed > 0.0).then_some(self.speed), span })
    }
}

/// `[fetcher.replay]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplayConfig {
    /// Parquet or CSV files of candles, in order.
    pub files: Vec<PathBuf>,
    /// Where they were traded, for files whose names do not say.
    #[serde(default)]
    pub venue: Option<Venue>,
    /// How many times as fast as real time; 0: as fast as can be.
    pub speed: f64,
    /// Candles that begin before this are left out, as 2024-01-31; empty: from the first.
    pub from: String,
    /// Candles that begin at this or later are left out; empty: to the last.
    pub to: String,
}
