//! Several venues as one flow: minute by minute, each minute's venues together. Pure.
//!
//! The consensus of a minute wants every venue's candle, so a candle waits here for those of the other venues, but for
//! none that is late: a venue that is in trouble, silent or slow is left behind, a gap is opened for it, and the others
//! stand in. What it gives afterwards goes on at once, in its own order, and when it has caught up its gap is closed.

use std::collections::VecDeque;

use wick_schemas::time::MINUTE;
use wick_schemas::{CandleReceived, GapClosed, GapOpened, Timestamp, Venue};

/// A venue's minute is missing when it is not settled so long after its end, in milliseconds.
pub const LATE_MS: i64 = 45_000;

/// One venue's flow.
#[derive(Debug)]
struct Lane {
    venue: Venue,
    /// What it gave and is not let go yet, in order, and when it gave that.
    waiting: VecDeque<(Timestamp, CandleReceived)>,
    /// Open time of its newest settled minute.
    through: Option<Timestamp>,
    /// When it last gave or settled anything.
    heard: Timestamp,
    /// Why it does not come, where it said so.
    trouble: Option<String>,
    /// Whether minutes can be missing: its past is known, or it has caught up with the present once.
    settled_in: bool,
    gap: Option<Gap>,
}

#[derive(Debug)]
struct Gap {
    from: Timestamp,
    candles: u32,
    healed: bool,
}

/// What is let go.
#[derive(Debug, Default, PartialEq)]
pub struct Gone {
    /// Candles, minute by minute, those of a minute in the order of the venues.
    pub candles: Vec<CandleReceived>,
    /// Gaps that were noticed.
    pub opened: Vec<GapOpened>,
    /// Gaps that have ended.
    pub closed: Vec<GapClosed>,
}

/// Where venues meet.
#[derive(Debug)]
pub struct Rendezvous {
    lanes: Vec<Lane>,
    /// How long a candle waits for those of the others, in milliseconds.
    patience: i64,
}

impl Rendezvous {
    /// Venues, each with the newest minute that is kept of it and the first one of a gap that was told and not closed.
    #[must_use]
    pub fn new(venues: &[(Venue, Option<Timestamp>, Option<Timestamp>)], patience: i64, now: Timestamp) -> Self {
        let lane = |(venue, through, gap): &(Venue, Option<Timestamp>, Option<Timestamp>)| Lane {
            venue: *venue,
            waiting: VecDeque::new(),
            through: *through,
            heard: now,
            trouble: None,
            settled_in: through.is_some(),
            gap: gap.map(|from| Gap { from, candles: 0, healed: true }),
        };
        Self { lanes: venues.iter().map(lane).collect(), patience }
    }

    /// Takes what a venue gave: candles in order, and the newest minute that is settled with them.
    pub fn give(&mut self, venue: Venue, candles: Vec<CandleReceived>, through: Option<Timestamp>, now: Timestamp) {
        let Some(lane) = self.lane(venue) else { return };
        let newest = candles.last().map(|candle| candle.candle.open_time);
        if newest.is_some() || through > lane.through {
            lane.heard = now;
            lane.trouble = None;
        }
        lane.through = lane.through.max(newest).max(through);
        lane.waiting.extend(candles.into_iter().map(|candle| (now, candle)));
    }

    /// A venue says that it cannot give anything for a while.
    pub fn trouble(&mut self, venue: Venue, reason: String) {
        if let Some(lane) = self.lane(venue) {
            lane.trouble = Some(reason);
        }
    }

    /// A venue's history does not reach back over its gap.
    pub fn short(&mut self, venue: Venue) {
        if let Some(gap) = self.lane(venue).and_then(|lane| lane.gap.as_mut()) {
            gap.healed = false;
        }
    }

    fn lane(&mut self, venue: Venue) -> Option<&mut Lane> {
        self.lanes.iter_mut().find(|lane| lane.venue == venue)
    }

    /// When there is something to look at again, even if nobody gives anything: the end of somebody's patience.
    #[must_use]
    pub fn deadline(&self, now: Timestamp) -> Timestamp {
        let minute = now.floor(MINUTE).shift(LATE_MS);
        let late = if minute > now { minute } else { minute.shift(MINUTE) };
        let Some(since) = self.since() else { return late };
        let ends = self.lanes.iter().map(|lane| lane.heard.max(since).shift(self.patience + 1));
        ends.filter(|end| *end > now).min().map_or(late, |end| end.min(late))
    }

    /// Lets go what waits for nobody any more.
    pub fn take(&mut self, now: Timestamp) -> Gone {
        let mut gone = Gone::default();
        self.open_gaps(now, &mut gone);
        // Whoever is on time bounds what goes: its minutes are still to come.
        let since = self.since().unwrap_or(now);
        let on_time = |lane: &&Lane| !lane.is_late(now, since, self.patience);
        let bound = self.lanes.iter().filter(on_time).map(|lane| lane.through).min();
        let bound = bound.unwrap_or(Some(Timestamp::MAX));
        loop {
            let next =
                self.lanes.iter().filter_map(|lane| lane.waiting.front().map(|(_, one)| one.candle.open_time)).min();
            let Some(minute) = next.filter(|minute| Some(*minute) <= bound) else { break };
            for lane in &mut self.lanes {
                let is_next = lane.waiting.front().is_some_and(|(_, candle)| candle.candle.open_time == minute);
                if let Some((_, candle)) = is_next.then(|| lane.waiting.pop_front()).flatten() {
                    if let Some(gap) = &mut lane.gap {
                        gap.candles += 1;
                    }
                    gone.candles.push(candle);
                }
            }
        }
        self.close_gaps(now, &mut gone);
        gone
    }

    /// Since when the oldest candle waits.
    fn since(&self) -> Option<Timestamp> {
        self.lanes.iter().filter_map(|lane| lane.waiting.front().map(|(arrival, _)| *arrival)).min()
    }

    fn open_gaps(&mut self, now: Timestamp, gone: &mut Gone) {
        let due = now.shift(-LATE_MS).floor(MINUTE).shift(-MINUTE);
        let behind = |lane: &Lane| lane.through.is_some_and(|through| through < due);
        let standing_in: Vec<Venue> = self.lanes.iter().filter(|lane| !behind(lane)).map(|lane| lane.venue).collect();
        for lane in self.lanes.iter_mut().filter(|lane| lane.gap.is_none() && lane.settled_in) {
            let Some(through) = lane.through.filter(|through| *through < due) else { continue };
            let from = through.shift(MINUTE);
            lane.gap = Some(Gap { from, candles: 0, healed: true });
            let reason = lane.trouble.clone().unwrap_or_else(|| format!("nothing settled since {from}"));
            gone.opened.push(GapOpened { venue: lane.venue, from, at: now, reason, standing_in: standing_in.clone() });
        }
    }

    fn close_gaps(&mut self, now: Timestamp, gone: &mut Gone) {
        let due = now.shift(-LATE_MS).floor(MINUTE).shift(-MINUTE);
        for lane in &mut self.lanes {
            let caught_up = lane.waiting.is_empty().then_some(lane.through).flatten().filter(|through| *through >= due);
            lane.settled_in |= caught_up.is_some();
            let (Some(through), Some(gap)) = (caught_up, lane.gap.take_if(|_| caught_up.is_some())) else { continue };
            gone.closed.push(GapClosed {
                venue: lane.venue,
                from: gap.from,
                to: through.shift(MINUTE),
                at: now,
                candles: gap.candles,
                healed: gap.healed,
            });
        }
    }
}

impl Lane {
    /// Whether nobody waits for it any more. Patience begins when somebody begins to wait (`since`), and again with
    /// every sign of progress.
    fn is_late(&self, now: Timestamp, since: Timestamp, patience: i64) -> bool {
        self.waiting.is_empty() && (self.trouble.is_some() || now - self.heard.max(since) > patience)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use wick_schemas::Origin;
    use wick_schemas::candle::RawCandle;

    use super::*;

    const START: Timestamp = Timestamp(1_704_067_200_000);
    const PATIENCE: i64 = 5_000;

    fn minute(number: i64) -> Timestamp {
        START.shift(number * MINUTE)
    }

    fn candle(venue: Venue, number: i64) -> CandleReceived {
        let price = Some(1.0);
        let candle = RawCandle {
            venue,
            open_time: minute(number),
            open: price,
            high: price,
            low: price,
            close: price,
            volume: price,
        };
        CandleReceived { candle, origin: Origin::Live, ingest_time: minute(number + 1) }
    }

    fn two() -> Rendezvous {
        let kept = |venue| (venue, Some(minute(-1)), None);
        Rendezvous::new(&[kept(Venue::Binance), kept(Venue::Kraken)], PATIENCE, START)
    }

    fn places(gone: &Gone) -> Vec<(Venue, i64)> {
        gone.candles.iter().map(|one| (one.candle.venue, (one.candle.open_time - START) / MINUTE)).collect()
    }

    #[test]
    fn a_minute_waits_for_every_venue_that_is_on_time() {
        let mut meeting = two();
        let now = minute(1).shift(500);
        meeting.give(Venue::Kraken, vec![candle(Venue::Kraken, 0)], None, now);
        assert_eq!(meeting.take(now), Gone::default());
        meeting.give(Venue::Binance, vec![candle(Venue::Binance, 0)], None, now.shift(1_000));
        assert_eq!(places(&meeting.take(now.shift(1_000))), [(Venue::Binance, 0), (Venue::Kraken, 0)]);
    }

    #[test]
    fn a_minute_without_trades_is_not_waited_for() {
        let mut meeting = two();
        let now = minute(1).shift(500);
        meeting.give(Venue::Kraken, vec![candle(Venue::Kraken, 0)], None, now);
        meeting.give(Venue::Binance, vec![], Some(minute(0)), now);
        assert_eq!(places(&meeting.take(now)), [(Venue::Kraken, 0)]);
    }

    #[test]
    fn trouble_lets_the_others_go_at_once_and_opens_a_gap_that_closes_when_it_is_over() {
        let mut meeting = two();
        meeting.trouble(Venue::Binance, "answered 451".into());
        let now = minute(1).shift(500);
        meeting.give(Venue::Kraken, vec![candle(Venue::Kraken, 0)], None, now);
        let gone = meeting.take(now);
        assert_eq!((places(&gone), gone.opened.len()), (vec![(Venue::Kraken, 0)], 0));
        let late = minute(1).shift(LATE_MS);
        let opened = meeting.take(late).opened;
        assert_eq!(
            (opened[0].venue, opened[0].from, opened[0].reason.as_str()),
            (Venue::Binance, minute(0), "answered 451")
        );
        assert_eq!(opened[0].standing_in, [Venue::Kraken]);
        assert!(meeting.take(late.shift(1)).opened.is_empty(), "told once");
        let healed = late.shift(5_000);
        meeting.give(Venue::Binance, vec![candle(Venue::Binance, 0)], None, healed);
        let gone = meeting.take(healed);
        assert_eq!(places(&gone), [(Venue::Binance, 0)]);
        let closed = &gone.closed[0];
        assert_eq!((closed.from, closed.to, closed.candles, closed.healed), (minute(0), minute(1), 1, true));
    }

    #[test]
    fn silence_is_waited_for_no_longer_than_patience() {
        let mut meeting = two();
        let now = minute(1).shift(500);
        meeting.give(Venue::Kraken, vec![candle(Venue::Kraken, 0)], None, now);
        assert_eq!(meeting.deadline(now), now.shift(PATIENCE + 1));
        assert!(meeting.take(now.shift(PATIENCE)).candles.is_empty());
        assert_eq!(places(&meeting.take(now.shift(PATIENCE + 1))), [(Venue::Kraken, 0)]);
    }

    #[test]
    fn what_was_missed_while_we_did_not_run_is_a_gap_from_the_start() {
        let mut meeting = Rendezvous::new(&[(Venue::Kraken, Some(minute(0)), None)], PATIENCE, minute(600));
        let opened = meeting.take(minute(600)).opened;
        assert_eq!((opened[0].from, opened[0].standing_in.len()), (minute(1), 0));
        meeting.short(Venue::Kraken);
        meeting.give(Venue::Kraken, vec![candle(Venue::Kraken, 590)], Some(minute(599)), minute(600));
        assert!(!meeting.take(minute(600)).closed[0].healed);
    }

    #[test]
    fn a_gap_that_was_told_before_is_closed_when_it_is_over() {
        let mut meeting = Rendezvous::new(&[(Venue::Kraken, Some(minute(0)), Some(minute(-5)))], PATIENCE, minute(1));
        let closed = meeting.take(minute(1)).closed;
        assert_eq!((closed[0].from, closed[0].to), (minute(-5), minute(1)));
    }

    #[test]
    fn a_first_start_has_no_gap() {
        let mut meeting = Rendezvous::new(&[(Venue::Kraken, None, None)], PATIENCE, minute(600));
        assert_eq!(meeting.take(minute(700)), Gone::default());
        meeting.give(Venue::Kraken, vec![candle(Venue::Kraken, 10)], None, minute(700));
        assert!(meeting.take(minute(700)).opened.is_empty(), "history is on its way");
        meeting.give(Venue::Kraken, vec![candle(Venue::Kraken, 699)], None, minute(700));
        meeting.take(minute(700));
        assert_eq!(meeting.take(minute(710)).opened.len(), 1, "but once it has caught up, minutes can be missing");
    }

    proptest! {
        /// However candles come, each goes once and in its venue's order; and when nobody is late, in that of time.
        #[test]
        fn every_candle_goes_once_in_order(turns in prop::collection::vec((any::<bool>(), 1_usize..4, 0_i64..8_000), 1..60)) {
            let mut meeting = two();
            let (mut next, mut given, mut now) = ([0_i64; 2], 0, START);
            let mut gone = Vec::new();
            for (second, count, wait) in turns {
                let (lane, venue) = if second { (1, Venue::Kraken) } else { (0, Venue::Binance) };
                let candles: Vec<_> = (0..count as i64).map(|step| candle(venue, next[lane] + step)).collect();
                next[lane] += count as i64;
                given += count;
                now = now.shift(wait);
                meeting.give(venue, candles, None, now);
                gone.extend(places(&meeting.take(now)));
            }
            gone.extend(places(&meeting.take(now.shift(PATIENCE + 1))));
            for venue in [Venue::Binance, Venue::Kraken] {
                let own: Vec<i64> = gone.iter().filter(|(of, _)| *of == venue).map(|(_, minute)| *minute).collect();
                prop_assert!(own.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{own:?}");
            }
            prop_assert_eq!(gone.len(), given);
        }
    }
}
