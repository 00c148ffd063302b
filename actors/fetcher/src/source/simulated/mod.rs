//! A simulated market, for a start without network and data. Whatever comes from it says `simulated`.

pub mod market;
mod noise;
#[cfg(test)]
mod tests;

use std::time::Duration;

use wick_schemas::time::{DAY, MINUTE};
use wick_schemas::{CandleReceived, Origin, Timestamp, Venue};

use self::market::Market;
use super::{Chunk, Clock, Next, Progress, Source, received};
use crate::error::Result;

/// Minutes walked on the way to the resume point before the runtime may do something else.
const STRIDE: usize = 20_000;
/// The longest sleep: a clock that is set, or a machine that slept, is noticed after this.
const NAP: Duration = Duration::from_millis(500);

/// Which market, and from when to when.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Another seed is another market.
    pub seed: u64,
    /// The anchor: history begins here, at midnight UTC. Another anchor is another market.
    pub start: Timestamp,
    /// Where the market ends (no candle closes after this); it never does where absent.
    ///
    /// A market with an end is given whole, at once, even where the end lies in the future.
    pub until: Option<Timestamp>,
    /// Candles in a chunk, at most.
    pub chunk: usize,
    /// How long after its minute a live candle is given, as an exchange's would be.
    pub delay: Duration,
}

/// The simulated market: its history at once, then a candle a minute.
///
/// Starting again walks the path from the anchor to where it was (a year of minutes in a fraction of a second), so
/// that it goes on bit for bit.
pub struct Simulated {
    settings: Settings,
    market: Market,
    after: Option<Timestamp>,
    clock: Clock,
}

impl Simulated {
    /// The market's candles after the newest one already kept.
    #[must_use]
    pub fn new(settings: Settings, clock: Clock, after: Option<Timestamp>) -> Self {
        let market = Market::new(settings.seed, settings.start.floor(DAY));
        Self { settings, market, after, clock }
    }

    async fn advance(&mut self) -> Result<Option<Chunk>> {
        loop {
            self.catch_up().await;
            let now = (self.clock)();
            let delay = i64::try_from(self.settings.delay.as_millis()).unwrap_or(i64::MAX);
            // The end of the newest minute that may be known.
            let known = self.settings.until.unwrap_or_else(|| now.shift(-delay));
            let candles = self.candles(known, now);
            if !candles.is_empty() {
                return Ok(Some(Chunk { candles, ..Chunk::default() }));
            }
            if self.settings.until.is_some() {
                return Ok(None);
            }
            let wait = self.market.open_time().shift(MINUTE).shift(delay) - now;
            tokio::time::sleep(Duration::from_millis(wait.max(1).unsigned_abs()).min(NAP)).await;
        }
    }

    /// Walks to the first minute that was not kept. What was walked stays walked, even if the walk is dropped.
    async fn catch_up(&mut self) {
        while let Some(after) = self.after {
            for _ in 0..STRIDE {
                if self.market.open_time() > after || self.ended(self.market.open_time()) {
                    self.after = None;
                    break;
                }
                self.market.minute();
            }
            tokio::task::yield_now().await;
        }
    }

    /// The next candles of one UTC day that close by `known`.
    fn candles(&mut self, known: Timestamp, now: Timestamp) -> Vec<CandleReceived> {
        let day = self.market.open_time().floor(DAY);
        let mut candles = Vec::new();
        while candles.len() < self.settings.chunk.max(1) {
            let open_time = self.market.open_time();
            if open_time.shift(MINUTE) > known || open_time.floor(DAY) != day {
                break;
            }
            candles.push(received(self.market.minute().candle, Origin::Simulated, now));
        }
        candles
    }

    fn ended(&self, open_time: Timestamp) -> bool {
        self.settings.until.is_some_and(|until| open_time.shift(MINUTE) > until)
    }
}

impl Source for Simulated {
    fn venue(&self) -> Venue {
        Venue::Simulated
    }

    fn origin(&self) -> Origin {
        Origin::Simulated
    }

    fn name(&self) -> String {
        format!("simulated market {}", self.settings.seed)
    }

    fn next(&mut self) -> Next<'_> {
        Box::pin(self.advance())
    }

    fn progress(&self) -> Option<Progress> {
        let until = self.settings.until?.floor(MINUTE);
        let start = self.settings.start.floor(DAY);
        let (done, whole) = (self.market.open_time() - start, (until - start).max(1));
        Some(Progress { fraction: (done as f64 / whole as f64).clamp(0.0, 1.0), until })
    }
}
