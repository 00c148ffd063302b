//! The shell of the fetcher.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use wick_bus::producer::{Intake, Produce};
use wick_bus::{Error, House, Kind, Outbox, Resident, Result, Routes};
use wick_schemas::time::{DAY, HOUR, MINUTE};
use wick_schemas::topic::{self, actor};
use wick_schemas::{CandleReceived, GapClosed, GapOpened, Timestamp, Topic, Venue};

use crate::bronze::{Bronze, BronzeCandle};
use crate::config::FetcherConfig;
use crate::source::{Clock, Notice, Source, exchange, replay, simulated};
use crate::venues::{Known, Venues};

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
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Done {
    /// The newest sequence number published.
    sequence: i64,
    /// The newest close time published.
    close_time: Option<Timestamp>,
    /// Gaps that were told and not closed: the first minute of each.
    #[serde(default)]
    gaps: BTreeMap<Venue, Timestamp>,
}

/// Candles on their way in.
#[derive(Debug)]
pub struct Arrived {
    rows: Vec<BronzeCandle>,
    /// What was noticed of gaps.
    gaps: Vec<Gap>,
    /// Up to when all has come, where that is later than the newest candle.
    through: Option<Timestamp>,
    /// Whether bronze has the rows already.
    kept: bool,
}

/// What was noticed of a gap.
#[derive(Clone, Debug, PartialEq)]
enum Gap {
    Opened(GapOpened),
    Closed(GapClosed),
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
        &[topic::CANDLES_RECEIVED, topic::GAPS_OPENED, topic::GAPS_CLOSED]
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
        self.done.clone()
    }

    /// Gaps are told by the clock, which runs ahead of the candles.
    fn promises(&self, _: Timestamp, _: &[Timestamp]) -> Vec<(Topic, Timestamp)> {
        vec![(topic::CANDLES_RECEIVED, self.published_to())]
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
        self.done.close_time = self.done.close_time.max(arrived.through);
        for gap in arrived.gaps {
            match gap {
                Gap::Opened(opened) => {
                    tracing::warn!(venue = %opened.venue, from = %opened.from, reason = opened.reason, "a gap has opened");
                    self.done.gaps.insert(opened.venue, opened.from);
                    out.publish(&opened)?;
                }
                Gap::Closed(closed) => {
                    tracing::info!(venue = %closed.venue, to = %closed.to, healed = closed.healed, "a gap has closed");
                    self.done.gaps.remove(&closed.venue);
                    out.publish(&closed)?;
                }
            }
        }
        Ok(())
    }

    fn observe(&self) -> serde_json::Value {
        serde_json::json!({ "source": self.config.source, "published_to": self.done.close_time, "gaps": self.done.gaps })
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
        Ok(chunks.map(|rows| Arrived { rows: rows.to_vec(), gaps: Vec::new(), through: None, kept: true }).collect())
    }

    async fn intake(&mut self, house: &House, layer: &Bronze) -> Result<Candles> {
        let span = layer.span()?;
        let after = span.map(|(_, newest)| newest);
        // The newest file holds the greatest sequence, except for what came late.
        let recent = after.map_or(Ok(Vec::new()), |newest| layer.since(newest.shift(-2 * DAY)))?;
        let sequence = recent.iter().map(|row| row.sequence).max().unwrap_or(0).max(self.done.sequence);
        let flow = open_flow(house, &self.config, layer, &self.done)?;
        let name = match &flow {
            Flow::One(source) => source.name(),
            Flow::Live(venues) => venues.venues().map(Venue::as_str).collect::<Vec<_>>().join(", "),
        };
        tracing::info!(source = name, after = after.map(|t| t.rfc3339()), "listening");
        let end = (self.config.source == "history").then(|| self.config.history.span()).transpose()?;
        Ok(Candles { flow, sequence, end: end.map(|span| span.end) })
    }

    fn published_to(&self) -> Timestamp {
        self.done.close_time.unwrap_or(Timestamp::MIN)
    }

    fn lead(&self) -> Option<i64> {
        // What is live is never held back.
        (self.replay || self.config.source == "history").then_some(self.config.lead_hours.max(1) * HOUR)
    }

    fn rows(local: Arrived) -> Vec<BronzeCandle> {
        if local.kept { Vec::new() } else { local.rows }
    }
}

/// What is listened to.
enum Flow {
    /// A recording, or the simulated market.
    One(Box<dyn Source>),
    /// Exchanges.
    Live(Venues),
}

/// A flow whose candles are numbered.
pub struct Candles {
    flow: Flow,
    sequence: i64,
    /// Up to when all has come at the end of the flow, traded in or not; told once.
    end: Option<Timestamp>,
}

impl Intake<Arrived> for Candles {
    async fn next(&mut self) -> Result<Option<Arrived>> {
        loop {
            let (candles, gaps) = match &mut self.flow {
                Flow::One(source) => {
                    let Some(chunk) = source.next().await.map_err(explain)? else { return Ok(None) };
                    chunk.notices.iter().for_each(|notice| tell(source.venue(), notice));
                    (chunk.candles, Vec::new())
                }
                Flow::Live(venues) => {
                    let Some(batch) = venues.next().await.map_err(explain)? else {
                        let end = self.end.take();
                        let arrived = Arrived { rows: Vec::new(), gaps: Vec::new(), through: end, kept: false };
                        return Ok(end.map(|_| arrived));
                    };
                    batch.notices.iter().for_each(|(venue, notice)| tell(*venue, notice));
                    let opened = batch.opened.into_iter().map(Gap::Opened);
                    (batch.candles, opened.chain(batch.closed.into_iter().map(Gap::Closed)).collect())
                }
            };
            if candles.is_empty() && gaps.is_empty() {
                continue;
            }
            let numbered = candles.into_iter().map(|received| {
                self.sequence += 1;
                BronzeCandle { sequence: self.sequence, received }
            });
            return Ok(Some(Arrived { rows: numbered.collect(), gaps, through: None, kept: false }));
        }
    }
}

/// Tells the operator.
fn tell(venue: Venue, notice: &Notice) {
    match notice {
        Notice::Connected { .. } | Notice::Filled { .. } => tracing::info!(%venue, "{notice}"),
        _ => tracing::warn!(%venue, "{notice}"),
    }
}

/// What no waiting will cure stops the house; the rest begins a new life.
fn explain(error: crate::error::Error) -> Error {
    let kind = if error.is_transient() { Kind::Transient } else { Kind::Fatal };
    Error::actor(kind, error)
}

fn open_flow(house: &House, config: &FetcherConfig, layer: &Bronze, done: &Done) -> Result<Flow> {
    let span = layer.span()?;
    let after = span.map(|(_, newest)| newest);
    let own = house.clock.clone();
    let clock: Clock = std::sync::Arc::new(move || own.now());
    match config.source.as_str() {
        "live" | "history" => open_venues(config, layer, done, clock).map(Flow::Live),
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
            Ok(Flow::One(Box::new(simulated::Simulated::new(settings, clock, after))))
        }
        "replay" => {
            let settings = config.replay.settings(config.chunk)?;
            let replay = replay::Replay::open(&config.replay.files, settings, after).map_err(explain)?;
            Ok(Flow::One(Box::new(replay)))
        }
        other => Err(Error::Config(format!("fetcher.source '{other}': write auto, live, simulated or replay"))),
    }
}

/// Listens to every exchange of the settings, from the newest candle that is kept of it on.
fn open_venues(config: &FetcherConfig, layer: &Bronze, done: &Done, clock: Clock) -> Result<Venues> {
    if config.live.venues.is_empty() {
        return Err(Error::Config("fetcher.live.venues is empty: name one exchange at least".into()));
    }
    let start = clock().shift(-config.live.history_days * DAY).floor(DAY);
    let mut sources = Vec::new();
    for venue in config.live.venues.iter().copied() {
        let after = layer.newest(venue)?;
        let settings = config.live.settings(venue, Some(start)).map_err(explain)?;
        sources.push(if config.source == "history" {
            let history = exchange::History::new(settings, clock.clone(), config.history.span()?, after);
            // The past has no gaps: what an exchange does not have, it will not have.
            Known { source: Box::new(history.map_err(explain)?), after: None, gap: None }
        } else {
            let exchange = exchange::Exchange::new(settings, clock.clone(), after).map_err(explain)?;
            Known { source: Box::new(exchange), after, gap: done.gaps.get(&venue).copied() }
        });
    }
    Ok(Venues::new(sources, clock))
}
