//! An exchange's past, from one moment to another: what a backfill reads.

use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use futures::{Stream, TryStreamExt, stream};
use tokio::time::Instant;
use wick_schemas::time::MINUTE;
use wick_schemas::{Origin, Timestamp, Venue};

use super::assembler::Assembler;
use super::delivery::Delivery;
use super::patience::Patience;
use super::protocol::{Message, Paging, Protocol, Window};
use super::protocol_of;
use super::rest::Rest;
use super::settings::Settings;
use super::tally::Counters;
use crate::error::{Error, Result};
use crate::source::{Chunk, Clock, Next, Notice, Progress, Source};

/// An exchange's past.
///
/// Like [`Exchange`](super::Exchange), it holds the wait for a chunk in itself.
pub struct History {
    venue: Venue,
    span: Range<Timestamp>,
    /// Up to and with this minute all was given.
    settled: Arc<AtomicI64>,
    counters: Counters,
    chunks: Pin<Box<dyn Stream<Item = Result<Chunk>> + Send>>,
}

impl History {
    /// The candles of `span` (by their open times, the end excluded) after the newest one that a former run gave.
    /// What is not over yet is left out.
    ///
    /// # Errors
    /// An address that is none, or a span without a minute.
    pub fn new(settings: Settings, clock: Clock, span: Range<Timestamp>, after: Option<Timestamp>) -> Result<Self> {
        let protocol = protocol_of(settings.venue)?;
        let span = span.start.shift(MINUTE - 1).floor(MINUTE)..span.end.min(clock()).floor(MINUTE);
        if span.is_empty() {
            let reason = format!("{} to {} holds no minute that is over", span.start, span.end);
            return Err(Error::Setting { what: "span", reason });
        }
        let before = span.start.shift(-MINUTE).max(after.map_or(Timestamp::MIN, |after| after.floor(MINUTE)));
        let settled = Arc::new(AtomicI64::new(before.millis()));
        let counters = Counters::default();
        let reader = Reader {
            protocol,
            rest: Rest::new(protocol, settings.clone(), clock.clone())?,
            assembler: Assembler::new(settings.venue, false, Some(before)),
            last: span.end.shift(-MINUTE),
            patience: Patience::new(&settings),
            ask_from: Instant::now(),
            delivery: Delivery::default(),
            counters: counters.clone(),
            settled: Arc::clone(&settled),
            ahead: 0,
            clock,
        };
        let chunks = stream::try_unfold(reader, |mut reader| async move {
            let chunk = reader.next().await?;
            Ok(chunk.map(|chunk| (chunk, reader)))
        });
        Ok(Self { venue: settings.venue, span, settled, counters, chunks: Box::pin(chunks) })
    }

    /// What became of everything that was answered.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.counters.clone()
    }
}

impl Source for History {
    fn venue(&self) -> Venue {
        self.venue
    }

    fn origin(&self) -> Origin {
        Origin::Live
    }

    fn name(&self) -> String {
        format!("history of {} from {} to {}", self.venue, self.span.start, self.span.end)
    }

    fn next(&mut self) -> Next<'_> {
        Box::pin(self.chunks.try_next())
    }

    fn progress(&self) -> Option<Progress> {
        let settled = Timestamp(self.settled.load(Ordering::Relaxed)).shift(MINUTE);
        let (done, whole) = (settled - self.span.start, (self.span.end - self.span.start).max(1));
        Some(Progress { fraction: (done as f64 / whole as f64).clamp(0.0, 1.0), until: self.span.end })
    }
}

/// Reads page by page.
struct Reader {
    protocol: &'static dyn Protocol,
    rest: Rest,
    assembler: Assembler,
    /// Open time of the last minute wanted.
    last: Timestamp,
    patience: Patience,
    ask_from: Instant,
    delivery: Delivery,
    counters: Counters,
    settled: Arc<AtomicI64>,
    ahead: i64,
    clock: Clock,
}

impl Reader {
    async fn next(&mut self) -> Result<Option<Chunk>> {
        loop {
            if let Some(chunk) = self.delivery.next() {
                if let Some(through) = chunk.through {
                    self.settled.store(through.millis(), Ordering::Relaxed);
                }
                return Ok(Some(chunk));
            }
            let from = self.assembler.settled().map_or(self.last, |settled| settled + MINUTE);
            if from > self.last {
                return Ok(None);
            }
            tokio::time::sleep_until(self.ask_from).await;
            self.page(from).await?;
        }
    }

    async fn page(&mut self, from: Timestamp) -> Result<()> {
        let rows = match self.protocol.paging() {
            Paging::Window { rows } | Paging::Tail { rows } => i64::try_from(rows).unwrap_or(i64::MAX),
        };
        // What comes after the last minute shows that it is over.
        let until = from.shift((rows - 1).saturating_mul(MINUTE)).min(self.last.shift(2 * MINUTE));
        let asked = self.rest.page(Window { from, until }, self.ahead).await;
        self.rest.frames().into_iter().for_each(|frame| self.delivery.frame(frame));
        let fetched = match asked {
            Ok(fetched) => fetched,
            Err(error) => return self.fail(error),
        };
        self.ahead = fetched.ahead.unwrap_or(self.ahead);
        let mut page = match fetched.page {
            Ok(page) => page,
            Err(error) => {
                if matches!(error, Error::Malformed { .. }) {
                    self.counters.count(Err(&error));
                }
                return self.fail(error);
            }
        };
        self.counters.count(Ok(&Message::Alive));
        page.rows.retain(|row| row.open_time() <= self.last);
        page.through = page.through.min(self.last);
        let fill = self.assembler.fill(&page);
        if let Some((from, through)) = fill.short {
            self.delivery.notice(Notice::Short { from, through });
        }
        if self.assembler.settled() >= Some(from) {
            self.patience.reset();
            self.delivery.give(&fill.candles, self.assembler.settled(), (self.clock)());
        } else {
            // The end of the span is so near that history does not have it yet.
            self.ask_from = Instant::now() + self.patience.next();
            self.delivery.hand_on();
        }
        Ok(())
    }

    fn fail(&mut self, error: Error) -> Result<()> {
        if !error.is_transient() {
            return Err(error);
        }
        let wait = self.patience.wait(&error);
        self.ask_from = Instant::now() + wait;
        let status = if let Error::Refused { status, .. } = &error { Some(*status) } else { None };
        self.delivery.notice(Notice::Trouble { reason: error.to_string(), status, retry_in: wait });
        Ok(())
    }
}
