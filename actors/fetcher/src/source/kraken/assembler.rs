//! From provisional minutes to final candles: what is settled, what is a hole. Pure.
//!
//! The socket repeats a minute at every trade and never says that it is final. It is final when a later
//! minute begins, or some seconds after its end by the exchange's time. A minute that began before the socket
//! was listening may be known in part only: it is taken from history, like every other hole.

use std::collections::BTreeMap;

use wick_schemas::Timestamp;
use wick_schemas::candle::RawCandle;
use wick_schemas::time::MINUTE;

use super::parse::{History, Row};

/// What became of history.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Fill {
    /// The new final candles, in order.
    pub candles: Vec<RawCandle>,
    /// First and last minute that history was to bring and did settle.
    pub filled: Option<(Timestamp, Timestamp)>,
    /// First and last minute of a hole that history does not reach back to.
    pub short: Option<(Timestamp, Timestamp)>,
}

/// The minutes between the last settled one and now.
#[derive(Debug, Default)]
pub(super) struct Assembler {
    /// Open time of the newest minute that needs no more attention: given, or known to have no candle.
    settled: Option<Timestamp>,
    /// Open time of the newest minute that is over.
    over: Option<Timestamp>,
    /// The minute that was going on when the socket began to listen.
    joined: Option<Timestamp>,
    /// Minutes that the socket heard from their beginning.
    heard: BTreeMap<Timestamp, Row>,
    /// The newest candle given from the socket, to notice if the exchange changes it.
    given: Option<RawCandle>,
}

impl Assembler {
    /// Everything up to and with `after` is kept already.
    pub fn new(after: Option<Timestamp>) -> Self {
        Self { settled: after, ..Self::default() }
    }

    /// Open time of the newest settled minute.
    pub fn settled(&self) -> Option<Timestamp> {
        self.settled
    }

    /// A new socket: what the old one had heard of minutes still open is not to be trusted.
    pub fn reconnect(&mut self) {
        self.joined = None;
        self.heard.clear();
    }

    /// Takes minutes from the socket. Gives the minutes that had been given otherwise.
    pub fn hear(&mut self, rows: &[Row]) -> Vec<Timestamp> {
        let Some(newest) = rows.iter().map(Row::open_time).max() else { return Vec::new() };
        let joined = *self.joined.get_or_insert(newest);
        self.over = self.over.max(Some(newest - MINUTE));
        let mut late = Vec::new();
        for row in rows {
            if self.settled.is_some_and(|settled| row.open_time() <= settled) {
                if self.given.is_some_and(|given| given.open_time == row.open_time() && given != row.candle) {
                    self.given = None;
                    late.push(row.open_time());
                }
            } else if row.open_time() > joined {
                self.heard.insert(row.open_time(), *row);
            }
        }
        late
    }

    /// The exchange's clock shows `now`, less the grace that late trades are given.
    pub fn tick(&mut self, now: Timestamp) {
        self.over = self.over.max(Some(now.floor(MINUTE) - MINUTE));
    }

    /// The candles that are final by now and follow the settled ones without a hole.
    pub fn take(&mut self) -> Vec<RawCandle> {
        let mut candles = Vec::new();
        while let Some(settled) = self.settled
            && self.over.is_some_and(|over| settled < over)
            && let Some(row) = self.heard.remove(&(settled + MINUTE))
        {
            self.settled = Some(row.open_time());
            self.given = Some(row.candle);
            candles.push(row.candle);
        }
        candles
    }

    /// Whether a minute is over that the socket did not bring whole: history is to be asked.
    pub fn hole(&self) -> bool {
        self.over > self.settled
    }

    /// Takes history. A minute without trades is settled by it and has no candle.
    pub fn fill(&mut self, history: &History, reaches: usize) -> Fill {
        let is_new = |time: Timestamp| self.settled.is_none_or(|settled| time > settled);
        let mut fill = Fill::default();
        let oldest = history.rows.first().map(Row::open_time);
        if let (Some(settled), Some(oldest)) = (self.settled, oldest)
            && history.rows.len() >= reaches
            && oldest > settled + MINUTE
        {
            fill.short = Some((settled + MINUTE, oldest - MINUTE));
        }
        if !is_new(history.through) {
            return fill;
        }
        let new = history.rows.iter().filter(|row| is_new(row.open_time()) && row.open_time() <= history.through);
        fill.candles = new.filter(|row| row.trades != Some(0)).map(|row| row.candle).collect();
        fill.candles.dedup_by_key(|candle| candle.open_time);
        let from = match (fill.short, self.settled) {
            (None, Some(settled)) => Some(settled + MINUTE),
            _ => oldest,
        };
        fill.filled = from.map(|from| (from, history.through));
        self.settled = Some(history.through);
        self.over = self.over.max(self.settled);
        self.heard.retain(|time, _| *time > history.through);
        fill
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use wick_schemas::Venue;

    use super::*;

    const START: Timestamp = Timestamp(1_700_000_040_000);

    fn minute(number: i64) -> Timestamp {
        START + number * MINUTE
    }

    fn row(number: i64, close: f64) -> Row {
        let price = Some(close);
        let candle = RawCandle {
            venue: Venue::Kraken,
            open_time: minute(number),
            open: price,
            high: price,
            low: price,
            close: price,
            volume: Some(1.0),
        };
        Row { candle, trades: Some(1) }
    }

    fn history(numbers: std::ops::RangeInclusive<i64>) -> History {
        let through = minute(*numbers.end());
        History { rows: numbers.map(|number| row(number, number as f64)).collect(), through }
    }

    fn minutes(candles: &[RawCandle]) -> Vec<i64> {
        candles.iter().map(|candle| (candle.open_time - START) / MINUTE).collect()
    }

    #[test]
    fn a_minute_is_final_when_the_next_one_begins() {
        let mut assembler = Assembler::new(None);
        assert_eq!(minutes(&assembler.fill(&history(0..=4), 720).candles), [0, 1, 2, 3, 4]);
        assembler.hear(&[row(5, 1.0)]);
        assembler.hear(&[row(6, 1.0)]);
        // The fifth was going on when the socket came: history has it.
        assert!(assembler.take().is_empty() && assembler.hole());
        assert_eq!(minutes(&assembler.fill(&history(0..=5), 720).candles), [5]);
        assembler.hear(&[row(6, 2.0)]);
        assert!(assembler.take().is_empty() && !assembler.hole());
        assembler.hear(&[row(7, 3.0)]);
        let candles = assembler.take();
        assert_eq!(minutes(&candles), [6]);
        assert_eq!(candles[0].close, Some(2.0));
        assert_eq!(assembler.hear(&[row(6, 9.0)]), [minute(6)]);
        assert!(assembler.take().is_empty());
    }

    #[test]
    fn a_minute_is_final_by_the_clock_where_nobody_trades_after_it() {
        let mut assembler = Assembler::new(Some(minute(0)));
        assembler.hear(&[row(1, 1.0)]);
        assembler.fill(&history(0..=1), 720);
        assembler.hear(&[row(2, 1.0)]);
        assembler.tick(minute(3) - 1);
        assert!(assembler.take().is_empty());
        assembler.tick(minute(3));
        assert_eq!(minutes(&assembler.take()), [2]);
        // A minute that nobody heard of may have no trades: history says.
        assembler.tick(minute(4));
        assert!(assembler.hole());
        let quiet = History { rows: vec![Row { trades: Some(0), ..row(3, 1.0) }], through: minute(3) };
        assert!(assembler.fill(&quiet, 720).candles.is_empty());
        assert!(!assembler.hole());
    }

    #[test]
    fn what_history_does_not_reach_is_said() {
        let mut assembler = Assembler::new(Some(minute(0)));
        let fill = assembler.fill(&history(10..=19), 10);
        assert_eq!(fill.short, Some((minute(1), minute(9))));
        assert_eq!(fill.filled, Some((minute(10), minute(19))));
        assert_eq!(assembler.fill(&history(10..=19), 10), Fill::default());
    }

    /// What may happen between two minutes of the market.
    #[derive(Clone, Debug)]
    enum Event {
        Update,
        NextMinute,
        Cut,
        History,
        Tick,
    }

    proptest! {
        /// However socket, history and clock interleave: each minute once, in order, with its last value.
        #[test]
        fn no_minute_is_lost_doubled_or_given_early(
            events in proptest::collection::vec(
                prop_oneof![
                    4 => Just(Event::Update), 3 => Just(Event::NextMinute), 1 => Just(Event::Cut),
                    2 => Just(Event::History), 2 => Just(Event::Tick),
                ],
                1..200,
            )
        ) {
            // A minute's final value is its number; while it goes on it is its number less a bit.
            let value = |number: i64, updates: i64| number as f64 - 0.5 + 0.01 * updates as f64;
            let mut assembler = Assembler::new(Some(minute(-1)));
            let (mut now, mut updates) = (0_i64, 0_i64);
            let mut joined: Option<i64> = None;
            let mut finals: BTreeMap<i64, f64> = BTreeMap::new();
            let mut given: Vec<RawCandle> = Vec::new();
            for event in events {
                match event {
                    Event::Update => {
                        updates += 1;
                        // Whoever came in the middle of a minute may know only a part of it.
                        let is_partial = *joined.get_or_insert(now) == now;
                        let close = if is_partial { -1.0 } else { value(now, updates) };
                        assembler.hear(&[row(now, close)]);
                    }
                    Event::NextMinute => {
                        finals.insert(now, value(now, updates));
                        (now, updates) = (now + 1, 0);
                    }
                    Event::Cut if joined.is_some() => {
                        updates += 1; // a trade that the old socket did not hear
                        joined = None;
                        assembler.reconnect();
                    }
                    Event::Cut => {}
                    Event::History if now > 0 => {
                        let rows = finals.iter().map(|(number, close)| row(*number, *close)).collect();
                        given.extend(assembler.fill(&History { rows, through: minute(now - 1) }, 720).candles);
                    }
                    Event::History => {}
                    Event::Tick => assembler.tick(minute(now)),
                }
                given.extend(assembler.take());
                let numbers = minutes(&given);
                prop_assert!(numbers.iter().copied().eq(0..numbers.len() as i64), "{numbers:?}");
                for candle in &given {
                    let number = (candle.open_time - START) / MINUTE;
                    prop_assert_eq!(candle.close, finals.get(&number).copied());
                }
            }
        }
    }
}
