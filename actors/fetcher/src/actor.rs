//! The shell of the fetcher.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use wick_bus::producer::{Intake, Produce};
use wick_bus::{Error, House, Kind, Outbox, Resident, Result, Routes};
use wick_schemas::time::{DAY, HOUR, MINUTE};
use wick_schemas::topic::{self, actor};
use wick_schemas::{CandleReceived, Timestamp, Topic};

use crate::bronze::{Bronze, BronzeCandle};
use crate::config::FetcherConfig;
use crate::source::{Chunk, Clock, Notice, Source, kraken, replay, simulated};

/// Takes in candles, keeps them, tells of them.
pub struct Fetcher {
    config: FetcherConfig,
    /// What is published.
    done: Done,
    /// The newest candle taken, to drop one that a source gives twice.
    last: Option<CandleReceived>,
    replay: bool,
}

/// How far publishing has come.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Done {
    /// The newest sequence number published.
    sequence: i64,
    /// The newest close time published.
    close_time: Option<Timestamp>,
}

/// Candles on their way in.
#[derive(Debug)]
pub struct Arrived {
    rows: Vec<BronzeCandle>,
    /// Whether bronze has them already.
    kept: bool,
}

impl Resident for Fetcher {
    const NAME: &'static str = actor::FETCHER;
    type Row = BronzeCandle;
    type Layer = Bronze;
    type Checkpoint = Done;
    type Local = Arrived;
    type Done = ();

    fn routes() -> Routes<Self> {
        Routes::default()
    }

    fn publishes() -> &'static [Topic] {
        &[topic::CANDLES_RECEIVED]
    }

    async fn open(house: &House) -> Result<Bronze> {
        let config: FetcherConfig = house.config.section(Self::NAME)?;
        Bronze::open(house, config.settle_rows)
    }

    async fn recover(house: &House, _: &Bronze, checkpoint: Option<Done>) -> Result<Self> {
        let config = house.config.section(Self::NAME)?;
        Ok(Self { config, done: checkpoint.unwrap_or_default(), last: None, replay: house.replay })
    }

    fn checkpoint(&self) -> Done {
        self.done
    }

    fn take(&mut self, arrived: Arrived, out: &mut Outbox<Self>) -> Result<()> {
        for row in arrived.rows {
            if self.last == Some(row.received) {
                continue;
            }
            out.publish(&row.received)?;
            self.last = Some(row.received);
            self.done.sequence = row.sequence;
            self.done.close_time = self.done.close_time.max(Some(row.received.candle.open_time.shift(MINUTE)));
            if !arrived.kept {
                out.keep(row);
            }
        }
        Ok(())
    }

    fn observe(&self) -> serde_json::Value {
        serde_json::json!({ "source": self.config.source, "published_to": self.done.close_time })
    }
}

impl Produce for Fetcher {
    type Intake = Candles;

    async fn backlog(&mut self, _: &House, layer: &Bronze) -> Result<Vec<Arrived>> {
        // Arrival and event time may differ by what a source gives late.
        let from = self.done.close_time.map_or(Timestamp::MIN, |time| time.shift(-2 * DAY));
        let mut rows = layer.since(from)?;
        self.last = rows.iter().rev().find(|row| row.sequence <= self.done.sequence).map(|row| row.received);
        rows.retain(|row| row.sequence > self.done.sequence);
        let chunks = rows.chunks(self.config.chunk.max(1));
        Ok(chunks.map(|rows| Arrived { rows: rows.to_vec(), kept: true }).collect())
    }

    async fn intake(&mut self, house: &House, layer: &Bronze) -> Result<Candles> {
        let span = layer.span()?;
        let after = span.map(|(_, newest)| newest);
        // The newest file holds the greatest sequence, except for what came late.
        let recent = after.map_or(Ok(Vec::new()), |newest| layer.since(newest.shift(-2 * DAY)))?;
        let sequence = recent.iter().map(|row| row.sequence).max().unwrap_or(0).max(self.done.sequence);
        let source = open_source(house, &self.config, span)?;
        tracing::info!(source = source.name(), origin = ?source.origin(), after = after.map(|t| t.rfc3339()), "listening");
        Ok(Candles { source, sequence })
    }

    fn published_to(&self) -> Timestamp {
        self.done.close_time.unwrap_or(Timestamp::MIN)
    }

    fn lead(&self) -> Option<i64> {
        // What is live is never held back.
        self.replay.then_some(self.config.lead_hours.max(1) * HOUR)
    }

    fn rows(local: Arrived) -> Vec<BronzeCandle> {
        if local.kept { Vec::new() } else { local.rows }
    }
}

/// A source whose candles are numbered.
pub struct Candles {
    source: Box<dyn Source>,
    sequence: i64,
}

impl Intake<Arrived> for Candles {
    async fn next(&mut self) -> Result<Option<Arrived>> {
        loop {
            let Some(Chunk { candles, notices }) = self.source.next().await.map_err(explain)? else { return Ok(None) };
            for notice in notices {
                match notice {
                    Notice::Connected { .. } | Notice::Filled { .. } => tracing::info!("{notice}"),
                    _ => tracing::warn!("{notice}"),
                }
            }
            if candles.is_empty() {
                continue;
            }
            let numbered = candles.into_iter().map(|received| {
                self.sequence += 1;
                BronzeCandle { sequence: self.sequence, received }
            });
            return Ok(Some(Arrived { rows: numbered.collect(), kept: false }));
        }
    }
}

/// What no waiting will cure stops the house; the rest begins a new life.
fn explain(error: crate::error::Error) -> Error {
    let kind = if error.is_transient() { Kind::Transient } else { Kind::Fatal };
    Error::actor(kind, error)
}

fn open_source(house: &House, config: &FetcherConfig, span: Option<(Timestamp, Timestamp)>) -> Result<Box<dyn Source>> {
    let after = span.map(|(_, newest)| newest);
    let own = house.clock.clone();
    let clock: Clock = std::sync::Arc::new(move || own.now());
    match config.source.as_str() {
        "kraken" => {
            let settings = kraken::Settings {
                rest: config.kraken.rest.clone(),
                socket: config.kraken.socket.clone(),
                silence: Duration::from_millis(config.kraken.silence_ms),
                ..kraken::Settings::default()
            };
            Ok(Box::new(kraken::Kraken::new(settings, clock, after).map_err(explain)?))
        }
        "simulated" => {
            let first = house.clock.now().shift(-config.simulated.history_days * DAY);
            let settings = simulated::Settings {
                seed: config.simulated.seed,
                // The path goes on from where it began.
                start: span.map_or(first, |(oldest, _)| oldest).floor(DAY),
                until: None,
                chunk: config.chunk,
                delay: Duration::from_millis(500),
            };
            Ok(Box::new(simulated::Simulated::new(settings, clock, after)))
        }
        "replay" => {
            let settings = config.replay.settings(config.chunk)?;
            Ok(Box::new(replay::Replay::open(&config.replay.files, settings, after).map_err(explain)?))
        }
        other => Err(Error::Config(format!("fetcher.source '{other}': write auto, kraken, simulated or replay"))),
    }
}
