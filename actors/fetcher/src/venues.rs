//! Several venues listened to at once: what each gives meets at the [`Rendezvous`].

use std::time::Duration;

use futures::future::select_all;
use wick_schemas::{CandleReceived, GapClosed, GapOpened, Timestamp, Venue};

use crate::error::Result;
use crate::frame::Frame;
use crate::rendezvous::{Gone, Rendezvous};
use crate::source::{Chunk, Clock, Notice, Source};

/// How long a candle waits for those of other venues, in milliseconds.
const PATIENCE_MS: i64 = 5_000;

/// What the venues gave.
#[derive(Debug, Default)]
pub struct Batch {
    /// Candles, minute by minute.
    pub candles: Vec<CandleReceived>,
    /// What the operator should know, with whom it concerns.
    pub notices: Vec<(Venue, Notice)>,
    /// What came over the wire, as it came.
    pub frames: Vec<Frame>,
    /// Gaps that were noticed.
    pub opened: Vec<GapOpened>,
    /// Gaps that have ended.
    pub closed: Vec<GapClosed>,
}

impl Batch {
    fn is_empty(&self) -> bool {
        self.candles.is_empty()
            && self.notices.is_empty()
            && self.frames.is_empty()
            && self.opened.is_empty()
            && self.closed.is_empty()
    }
}

/// A source and what is known of its past.
pub struct Known {
    /// The source.
    pub source: Box<dyn Source>,
    /// Open time of the newest candle that is kept of it.
    pub after: Option<Timestamp>,
    /// Open time of the first minute of a gap that was told and not closed.
    pub gap: Option<Timestamp>,
}

/// The venues.
pub struct Venues {
    sources: Vec<Box<dyn Source>>,
    meeting: Rendezvous,
    clock: Clock,
}

impl Venues {
    /// Listens to these sources; of each, candles up to `after` are kept already, and a gap may have been told of that
    /// was not closed.
    #[must_use]
    pub fn new(sources: Vec<Known>, clock: Clock) -> Self {
        let kept: Vec<_> = sources.iter().map(|known| (known.source.venue(), known.after, known.gap)).collect();
        let meeting = Rendezvous::new(&kept, PATIENCE_MS, clock());
        Self { sources: sources.into_iter().map(|known| known.source).collect(), meeting, clock }
    }

    /// Who is listened to.
    pub fn venues(&self) -> impl Iterator<Item = Venue> + '_ {
        self.sources.iter().map(|source| source.venue())
    }

    /// What comes next. May be dropped while it waits: nothing is lost. `None` where no source will give any more.
    ///
    /// # Errors
    /// The last source's, where none is left: what no waiting will cure.
    pub async fn next(&mut self) -> Result<Option<Batch>> {
        loop {
            if self.sources.is_empty() {
                return Ok(None);
            }
            let now = (self.clock)();
            let wait = (self.meeting.deadline(now) - now).clamp(1, 60_000).unsigned_abs();
            let waiting = select_all(self.sources.iter_mut().map(|source| source.next()));
            let heard = tokio::select! {
                (given, place, _) = waiting => Some((given, place)),
                () = tokio::time::sleep(Duration::from_millis(wait)) => None,
            };
            let mut batch = Batch::default();
            if let Some((given, place)) = heard {
                self.hear(place, given, &mut batch)?;
            }
            let Gone { candles, opened, closed } = self.meeting.take((self.clock)());
            batch.candles = candles;
            batch.opened = opened;
            batch.closed = closed;
            if !batch.is_empty() {
                return Ok(Some(batch));
            }
        }
    }

    fn hear(&mut self, place: usize, given: Result<Option<Chunk>>, batch: &mut Batch) -> Result<()> {
        let venue = self.sources[place].venue();
        match given {
            Ok(Some(Chunk { candles, notices, frames, through })) => {
                for notice in &notices {
                    match notice {
                        Notice::Trouble { reason, .. } => self.meeting.trouble(venue, reason.clone()),
                        Notice::Short { .. } => self.meeting.short(venue),
                        _ => {}
                    }
                }
                batch.notices = notices.into_iter().map(|notice| (venue, notice)).collect();
                batch.frames = frames;
                self.meeting.give(venue, candles, through, (self.clock)());
                Ok(())
            }
            Ok(None) => {
                drop(self.sources.remove(place));
                Ok(())
            }
            // The others go on without it; who is alone cannot.
            Err(error) if self.sources.len() > 1 => {
                tracing::error!(%venue, %error, "this venue is given up until the next start");
                self.meeting.trouble(venue, error.to_string());
                drop(self.sources.remove(place));
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::sync::Arc;

    use wick_schemas::Origin;
    use wick_schemas::candle::RawCandle;
    use wick_schemas::time::MINUTE;

    use super::*;
    use crate::error::Error;
    use crate::source::{Next, Progress};

    const START: Timestamp = Timestamp(1_704_067_200_000);

    /// A source that gives what it was given and then waits for ever.
    struct Scripted(Venue, VecDeque<Result<Option<Chunk>>>);

    impl Source for Scripted {
        fn venue(&self) -> Venue {
            self.0
        }
        fn origin(&self) -> Origin {
            Origin::Live
        }
        fn name(&self) -> String {
            self.0.to_string()
        }
        fn next(&mut self) -> Next<'_> {
            Box::pin(async {
                match self.1.pop_front() {
                    Some(given) => given,
                    None => std::future::pending().await,
                }
            })
        }
        fn progress(&self) -> Option<Progress> {
            None
        }
    }

    fn chunk(venue: Venue, minutes: std::ops::Range<i64>) -> Result<Option<Chunk>> {
        let price = Some(1.0);
        let candle = |minute: i64| CandleReceived {
            candle: RawCandle {
                venue,
                open_time: START.shift(minute * MINUTE),
                open: price,
                high: price,
                low: price,
                close: price,
                volume: price,
            },
            origin: Origin::Live,
            ingest_time: START,
        };
        Ok(Some(Chunk { candles: minutes.map(candle).collect(), ..Chunk::default() }))
    }

    fn venues(scripts: Vec<(Venue, Vec<Result<Option<Chunk>>>)>) -> Venues {
        let source = |(venue, script): (Venue, Vec<_>)| {
            let source: Box<dyn Source> = Box::new(Scripted(venue, script.into()));
            Known { source, after: Some(START.shift(-MINUTE)), gap: None }
        };
        Venues::new(scripts.into_iter().map(source).collect(), Arc::new(|| START.shift(3 * MINUTE)))
    }

    async fn candles(venues: &mut Venues, wanted: usize) -> Vec<(Venue, i64)> {
        let mut seen = Vec::new();
        while seen.len() < wanted {
            let batch = venues.next().await.expect("goes on").expect("more");
            seen.extend(batch.candles.iter().map(|one| (one.candle.venue, (one.candle.open_time - START) / MINUTE)));
        }
        seen
    }

    #[tokio::test]
    async fn venues_meet_minute_by_minute() {
        let (a, b) = (Venue::Binance, Venue::Kraken);
        let mut venues = venues(vec![(a, vec![chunk(a, 0..2)]), (b, vec![chunk(b, 0..1), chunk(b, 1..2)])]);
        assert_eq!(candles(&mut venues, 4).await, [(a, 0), (b, 0), (a, 1), (b, 1)]);
    }

    #[tokio::test]
    async fn who_cannot_go_on_is_left_behind_and_who_is_alone_says_why() {
        let (a, b) = (Venue::Binance, Venue::Kraken);
        let refused = || Err(Error::Rejected { venue: a, message: "no such pair".into() });
        let mut both = venues(vec![(a, vec![refused()]), (b, vec![chunk(b, 0..2)])]);
        assert_eq!(candles(&mut both, 2).await, [(b, 0), (b, 1)]);
        let mut alone = venues(vec![(a, vec![refused()])]);
        assert!(matches!(alone.next().await, Err(Error::Rejected { .. })));
        let mut over = venues(vec![(a, vec![Ok(None)])]);
        // What it leaves behind is told first.
        assert_eq!(over.next().await.expect("goes on").expect("a gap").opened.len(), 1);
        assert!(over.next().await.expect("ends").is_none());
    }
}
