//! Where candles come from: opened where bronze ends, heard one batch at a time.

use std::collections::BTreeMap;
use std::time::Duration;

use wick_bus::metrics::Metrics;
use wick_bus::{Error, House, Kind, Result};
use wick_schemas::time::DAY;
use wick_schemas::{CandleReceived, Timestamp, Venue};

use crate::arrived::Gap;
use crate::bronze::Bronze;
use crate::config::FetcherConfig;
use crate::frame::Frame;
use crate::source::{Clock, Notice, Source, exchange, replay, simulated};
use crate::venues::{Known, Venues};

/// What is listened to.
pub enum Flow {
    /// A recording, or the simulated market.
    One(Box<dyn Source>),
    /// Exchanges.
    Live(Venues),
}

/// What was heard at once.
#[derive(Debug, Default)]
pub struct Heard {
    /// Candles, in order.
    pub candles: Vec<CandleReceived>,
    /// What came over the wire, as it came.
    pub frames: Vec<Frame>,
    /// What was noticed of gaps.
    pub gaps: Vec<Gap>,
    /// What the operator was told, with whom it concerns.
    pub notices: Vec<(Venue, Notice)>,
}

impl Flow {
    /// What an operator calls it.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::One(source) => source.name(),
            Self::Live(venues) => venues.venues().map(Venue::as_str).collect::<Vec<_>>().join(", "),
        }
    }

    /// What comes next; `None` where nothing will come any more. May be dropped while it waits.
    ///
    /// # Errors
    /// What no waiting will cure.
    pub async fn next(&mut self) -> Result<Option<Heard>> {
        match self {
            Self::One(source) => {
                let Some(chunk) = source.next().await.map_err(explain)? else { return Ok(None) };
                let notices: Vec<_> = chunk.notices.into_iter().map(|notice| (source.venue(), notice)).collect();
                notices.iter().for_each(|(venue, notice)| tell(*venue, notice));
                Ok(Some(Heard { candles: chunk.candles, frames: chunk.frames, gaps: Vec::new(), notices }))
            }
            Self::Live(venues) => {
                let Some(batch) = venues.next().await.map_err(explain)? else { return Ok(None) };
                batch.notices.iter().for_each(|(venue, notice)| tell(*venue, notice));
                let opened = batch.opened.into_iter().map(Gap::Opened);
                let gaps = opened.chain(batch.closed.into_iter().map(Gap::Closed)).collect();
                Ok(Some(Heard { candles: batch.candles, frames: batch.frames, gaps, notices: batch.notices }))
            }
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

/// Counts what the operator was told.
pub fn count(metrics: &Metrics, notices: &[(Venue, Notice)]) {
    for (venue, notice) in notices {
        let source = venue.as_str();
        match notice {
            Notice::Connected { .. } => metrics.connected(source),
            Notice::Trouble { .. } => metrics.troubled(source, "trouble", 1),
            Notice::Malformed { count, .. } => metrics.troubled(source, "malformed", *count),
            Notice::Short { .. } => metrics.troubled(source, "short", 1),
            Notice::Late { .. } => metrics.troubled(source, "late", 1),
            Notice::Skipped { rows, .. } => metrics.troubled(source, "skipped", *rows as u64),
            Notice::Skew { ahead } => metrics.skewed(source, *ahead),
            Notice::Filled { .. } => {}
        }
    }
}

/// What no waiting will cure stops the house; the rest begins a new life.
pub fn explain(error: crate::error::Error) -> Error {
    let kind = if error.is_transient() { Kind::Transient } else { Kind::Fatal };
    Error::actor(kind, error)
}

/// Opens what the settings name, where bronze ends.
///
/// # Errors
/// Where the settings make no sense, or a file of a replay is not what it says it is.
pub fn open(house: &House, config: &FetcherConfig, layer: &Bronze, gaps: &BTreeMap<Venue, Timestamp>) -> Result<Flow> {
    let span = layer.span()?;
    let after = span.map(|(_, newest)| newest);
    let own = house.clock.clone();
    let clock: Clock = std::sync::Arc::new(move || own.now());
    match config.source.as_str() {
        "live" | "history" => open_venues(config, layer, gaps, clock).map(Flow::Live),
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
fn open_venues(
    config: &FetcherConfig,
    layer: &Bronze,
    gaps: &BTreeMap<Venue, Timestamp>,
    clock: Clock,
) -> Result<Venues> {
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
            Known { source: Box::new(exchange), after, gap: gaps.get(&venue).copied() }
        });
    }
    Ok(Venues::new(sources, clock))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_operator_is_told_of_a_source_is_counted() {
        let metrics = Metrics::new().expect("metrics");
        let retry_in = Duration::from_secs(1);
        let trouble = Notice::Trouble { reason: "refused".into(), status: Some(503), retry_in };
        let notices = [
            Notice::Connected { address: "wss://a".into() },
            trouble.clone(),
            trouble,
            Notice::Connected { address: "wss://a".into() },
            Notice::Malformed { count: 3, reason: "no price".into() },
            Notice::Skew { ahead: -1_500 },
        ];
        count(&metrics, &notices.map(|notice| (Venue::Kraken, notice)));
        let text = metrics.text();
        for line in [
            "wick_source_connections_total{source=\"kraken\"} 2",
            "wick_source_errors_total{kind=\"trouble\",source=\"kraken\"} 2",
            "wick_source_errors_total{kind=\"malformed\",source=\"kraken\"} 3",
            "wick_source_clock_skew_seconds{source=\"kraken\"} -1.5",
        ] {
            assert!(text.contains(&format!("{line}\n")), "{line}\n{text}");
        }
    }
}
