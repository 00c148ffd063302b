//! From what is heard to final candles: what is settled, what is a hole. Pure.
//!
//! A socket repeats a minute at every trade, or tells the trades. A minute is final when the exchange says so, or some
//! seconds after its end by the exchange's time. One that began before the socket was listening, or of which a message was
//! lost, may be known in part only: it is taken from history, like every other hole.

use std::collections::BTreeMap;

use wick_schemas::candle::RawCandle;
use wick_schemas::time::MINUTE;
use wick_schemas::{Timestamp, Venue};

use super::minute::Minute;
use super::protocol::{Row, Trade};

/// Minutes that are kept while one before them is missing.
const MOST_HEARD: usize = 180;

/// History: minutes that are over.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// In order.
    pub rows: Vec<Row>,
    /// Open time of the newest minute that is over, traded in or not.
    pub through: Timestamp,
    /// The first minute that was asked for.
    pub from: Timestamp,
    /// The first minute that there is, where history does not go back to what was asked for.
    pub reaches: Option<Timestamp>,
}

/// What became of history.
#[derive(Debug, Default, PartialEq)]
pub struct Fill {
    /// The new final candles, in order.
    pub candles: Vec<RawCandle>,
    /// First and last minute that history was to bring and did settle.
    pub filled: Option<(Timestamp, Timestamp)>,
    /// First and last minute of a hole that history does not reach back to.
    pub short: Option<(Timestamp, Timestamp)>,
}

/// The minutes between the last settled one and now.
#[derive(Debug)]
pub struct Assembler {
    venue: Venue,
    /// Whether trades are numbered without holes.
    is_numbered: bool,
    /// Open time of the newest minute that needs no more attention: given, or known to have no candle.
    settled: Option<Timestamp>,
    /// Open time of the newest minute that is over.
    over: Option<Timestamp>,
    /// Up to and with this one, a minute may have been heard in part only.
    joined: Option<Timestamp>,
    /// What `joined` is at least: the minute in which we began to listen.
    listening_from: Option<Timestamp>,
    /// Open time of the newest minute heard of.
    newest: Option<Timestamp>,
    /// Minutes that the socket heard from their beginning.
    heard: BTreeMap<Timestamp, Minute>,
    /// The newest minute given from the socket, to notice if the exchange changes it.
    given: Option<(Timestamp, Minute)>,
    /// The number of that minute's last trade, while no history was given after it.
    last_number: Option<u64>,
}

impl Assembler {
    /// Everything up to and with `after` is kept already.
    pub fn new(venue: Venue, is_numbered: bool, after: Option<Timestamp>) -> Self {
        Self {
            venue,
            is_numbered,
            settled: after,
            over: None,
            joined: None,
            listening_from: None,
            newest: None,
            heard: BTreeMap::new(),
            given: None,
            last_number: None,
        }
    }

    /// Open time of the newest settled minute.
    pub fn settled(&self) -> Option<Timestamp> {
        self.settled
    }

    /// A new socket, or a message that could not be read, at `now`: what was heard of minutes still open is not to be
    /// trusted, nor what will be heard of those that have begun.
    pub fn distrust(&mut self, now: Timestamp) {
        self.joined = None;
        self.listening_from = self.newest.max(Some(now.floor(MINUTE)));
        self.heard.clear();
    }

    /// Takes minutes from the socket. Gives the minutes that had been given otherwise.
    pub fn hear(&mut self, rows: &[Row]) -> Vec<Timestamp> {
        let Some(joined) = self.join(rows.iter().map(Row::open_time).max()) else { return Vec::new() };
        let mut late = Vec::new();
        for row in rows {
            let open_time = row.open_time();
            if self.is_settled(open_time) {
                if self.given.as_ref().is_some_and(|(time, minute)| *time == open_time && minute.would_change(row)) {
                    self.given = None;
                    late.push(open_time);
                }
            } else if open_time > joined || row.is_final == Some(true) {
                self.heard.entry(open_time).or_insert(Minute::Told(*row)).tell(*row);
            }
        }
        late
    }

    /// Takes trades from the socket. Gives the minutes that had been given without them.
    pub fn trade(&mut self, trades: &[Trade]) -> Vec<Timestamp> {
        let Some(joined) = self.join(trades.iter().map(|trade| trade.time.floor(MINUTE)).max()) else {
            return Vec::new();
        };
        let mut late = Vec::new();
        for trade in trades {
            let open_time = trade.time.floor(MINUTE);
            if self.is_settled(open_time) {
                if self.given.as_ref().is_some_and(|(time, minute)| *time == open_time && !minute.knows(trade)) {
                    self.given = None;
                    late.push(open_time);
                }
            } else if open_time > joined {
                self.heard.entry(open_time).or_insert_with(|| Minute::Traded(BTreeMap::new())).trade(*trade);
            }
        }
        late
    }

    /// The minute up to which what is heard may be a part only, now that `newest` was heard of.
    fn join(&mut self, newest: Option<Timestamp>) -> Option<Timestamp> {
        let newest = newest?;
        self.newest = self.newest.max(Some(newest));
        // The minute before the newest may still get a message that was overtaken; the one before that does not.
        self.over = self.over.max(Some(newest.shift(-2 * MINUTE)));
        // While history cannot be had, what is heard cannot be given either; it is not kept for ever.
        while self.heard.len() > MOST_HEARD {
            self.heard.pop_first();
        }
        Some(*self.joined.get_or_insert_with(|| self.listening_from.map_or(newest, |from| newest.max(from))))
    }

    fn is_settled(&self, open_time: Timestamp) -> bool {
        self.settled.is_some_and(|settled| open_time <= settled)
    }

    /// The exchange's clock shows `now`, less the grace that late messages are given.
    pub fn tick(&mut self, now: Timestamp) {
        self.over = self.over.max(Some(now.floor(MINUTE).shift(-MINUTE)));
    }

    /// The candles that are final by now and follow the settled ones without a hole.
    pub fn take(&mut self) -> Vec<RawCandle> {
        let mut candles = Vec::new();
        while let Some(settled) = self.settled
            && let next = settled + MINUTE
            && let Some(minute) = self.heard.get(&next)
        {
            let is_final = minute.is_final().unwrap_or(false);
            if !is_final && self.over < Some(next) {
                break;
            }
            let is_whole = is_final || self.is_whole(next, minute);
            let Some(minute) = self.heard.remove(&next) else { break };
            if !is_whole {
                // History has it.
                break;
            }
            if !minute.is_quiet() {
                candles.push(minute.candle(self.venue, next));
            }
            self.last_number = minute.numbers().map(|(_, last)| last);
            self.settled = Some(next);
            self.given = Some((next, minute));
        }
        candles
    }

    /// Whether nothing of a minute that is over is missing, as far as that shows.
    fn is_whole(&self, open_time: Timestamp, minute: &Minute) -> bool {
        if minute.is_final() == Some(false) {
            // The exchange would have said which numbers are the last.
            return false;
        }
        if !self.is_numbered || matches!(minute, Minute::Told(_)) {
            return true;
        }
        let Some((first, last)) = minute.numbers() else { return false };
        let next = self.heard.get(&(open_time + MINUTE)).and_then(Minute::first_number);
        self.last_number.is_none_or(|number| number + 1 == first) && next.is_none_or(|number| last + 1 == number)
    }

    /// Whether a minute is over that the socket did not bring whole: history is to be asked.
    pub fn hole(&self) -> bool {
        self.over > self.settled
    }

    /// Takes history. A minute without trades is settled by it and has no candle.
    pub fn fill(&mut self, page: &Page) -> Fill {
        let is_new = |time: Timestamp| self.settled.is_none_or(|settled| time > settled);
        let mut fill = Fill::default();
        if !is_new(page.through) {
            return fill;
        }
        let mut from = self.settled.map_or(page.from, |settled| settled + MINUTE);
        if let Some(oldest) = page.reaches
            && oldest > from
        {
            if self.settled.is_some() {
                fill.short = Some((from, page.through.min(oldest - MINUTE)));
            }
            from = oldest;
        }
        let new = page.rows.iter().filter(|row| is_new(row.open_time()) && row.open_time() <= page.through);
        fill.candles = new.filter(|row| row.trades != Some(0)).map(|row| row.candle).collect();
        fill.candles.dedup_by_key(|candle| candle.open_time);
        fill.filled = (from <= page.through).then_some((from, page.through));
        self.settled = Some(page.through);
        self.over = self.over.max(self.settled);
        self.heard.retain(|time, _| *time > page.through);
        self.last_number = None;
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
        Row { candle, trades: Some(1), is_final: None }
    }

    fn history(numbers: std::ops::RangeInclusive<i64>, reach: usize) -> Page {
        let (from, through) = (minute(*numbers.start()), minute(*numbers.end()));
        let rows: Vec<Row> = numbers.map(|number| row(number, number as f64)).collect();
        let reaches = (rows.len() >= reach).then_some(from);
        Page { rows, through, from, reaches }
    }

    fn assembler(after: Option<Timestamp>) -> Assembler {
        Assembler::new(Venue::Kraken, false, after)
    }

    fn deal(id: u64, number: i64, price: f64) -> Trade {
        Trade { id, time: minute(number) + 30_000, price, amount: 1.0 }
    }

    fn minutes(candles: &[RawCandle]) -> Vec<i64> {
        candles.iter().map(|candle| (candle.open_time - START) / MINUTE).collect()
    }

    #[test]
    fn a_minute_is_final_when_nothing_can_overtake_it() {
        let mut assembler = assembler(None);
        assert_eq!(minutes(&assembler.fill(&history(0..=4, 720)).candles), [0, 1, 2, 3, 4]);
        assembler.hear(&[row(5, 1.0)]);
        assembler.hear(&[row(6, 1.0)]);
        assembler.tick(minute(6));
        // The fifth was going on when the socket came: history has it.
        assert!(assembler.take().is_empty() && assembler.hole());
        assert_eq!(minutes(&assembler.fill(&history(0..=5, 720)).candles), [5]);
        assembler.hear(&[row(6, 2.0)]);
        assert!(assembler.take().is_empty() && !assembler.hole());
        // A seventh minute was seen, but what belongs to the sixth may still be on its way.
        assembler.hear(&[row(7, 3.0)]);
        assembler.hear(&[row(6, 2.5)]);
        assert!(assembler.take().is_empty());
        assembler.tick(minute(7));
        let candles = assembler.take();
        assert_eq!(minutes(&candles), [6]);
        assert_eq!(candles[0].close, Some(2.5));
        assert_eq!(assembler.hear(&[row(6, 9.0)]), [minute(6)]);
        assert!(assembler.take().is_empty());
        // Without a clock, the minute after the next says that it is over.
        assembler.hear(&[row(9, 1.0)]);
        assert_eq!(minutes(&assembler.take()), [7]);
    }

    #[test]
    fn what_the_exchange_calls_final_is_given_at_once_and_nothing_else_is() {
        let last = |number, is_final| Row { is_final: Some(is_final), ..row(number, 1.0) };
        let mut assembler = assembler(Some(minute(0)));
        assembler.distrust(minute(1));
        // Its numbers are the whole minute's, whoever came in the middle of it.
        assembler.hear(&[last(1, true)]);
        assert_eq!(minutes(&assembler.take()), [1]);
        assembler.hear(&[last(2, false)]);
        assembler.tick(minute(3));
        // Its last numbers were lost on the way.
        assert!(assembler.take().is_empty() && assembler.hole());
    }

    #[test]
    fn a_trade_that_was_not_heard_shows_by_its_number() {
        let mut assembler = Assembler::new(Venue::Coinbase, true, Some(minute(0)));
        assembler.trade(&[deal(1, 0, 5.0)]);
        assembler.trade(&[deal(3, 1, 6.0), deal(2, 1, 5.0)]);
        assembler.tick(minute(2));
        let candles = assembler.take();
        assert_eq!((minutes(&candles), candles[0].open, candles[0].close), (vec![1], Some(5.0), Some(6.0)));
        // 4 was lost: it may have been the last of the first minute or the first of the second.
        assembler.trade(&[deal(5, 2, 1.0), deal(6, 2, 1.0)]);
        assembler.tick(minute(3));
        assert!(assembler.take().is_empty() && assembler.hole());
        assert_eq!(minutes(&assembler.fill(&history(2..=2, 720)).candles), [2]);
        // 8 was lost.
        assembler.trade(&[deal(7, 3, 1.0), deal(9, 3, 1.0)]);
        assembler.tick(minute(4));
        assert!(assembler.take().is_empty() && assembler.hole());
        assembler.fill(&history(3..=3, 720));
        // 11 was lost, between this minute and the next.
        assembler.trade(&[deal(10, 4, 1.0), deal(12, 5, 1.0)]);
        assembler.tick(minute(5));
        assert!(assembler.take().is_empty() && assembler.hole());
    }

    #[test]
    fn a_repeated_trade_is_not_late_and_another_one_is() {
        let mut assembler = Assembler::new(Venue::Bitstamp, false, Some(minute(0)));
        assembler.trade(&[deal(1, 0, 5.0)]);
        assembler.trade(&[deal(4, 1, 6.0)]);
        assembler.tick(minute(2));
        assert_eq!(minutes(&assembler.take()), [1]);
        assert!(assembler.trade(&[deal(4, 1, 6.0)]).is_empty());
        assert_eq!(assembler.trade(&[deal(5, 1, 7.0)]), [minute(1)]);
    }

    #[test]
    fn after_a_message_that_was_lost_an_older_one_does_not_make_the_minute_whole() {
        let mut assembler = assembler(Some(minute(0)));
        assembler.hear(&[row(1, 1.0)]);
        assembler.hear(&[row(2, 1.0)]);
        assembler.distrust(minute(3));
        assembler.hear(&[row(2, 1.0)]);
        assembler.hear(&[row(3, 1.0)]);
        assembler.tick(minute(4));
        assert!(assembler.take().is_empty() && assembler.hole());
        assembler.fill(&history(1..=3, 720));
        assembler.hear(&[row(4, 1.0)]);
        assembler.tick(minute(5));
        assert_eq!(minutes(&assembler.take()), [4]);
    }

    #[test]
    fn a_minute_is_final_by_the_clock_where_nobody_trades_after_it() {
        let mut assembler = assembler(Some(minute(0)));
        assembler.hear(&[row(1, 1.0)]);
        assembler.fill(&history(0..=1, 720));
        assembler.hear(&[row(2, 1.0)]);
        assembler.tick(minute(3) - 1);
        assert!(assembler.take().is_empty());
        assembler.tick(minute(3));
        assert_eq!(minutes(&assembler.take()), [2]);
        // A minute that nobody heard of may have no trades: history says.
        assembler.tick(minute(4));
        assert!(assembler.hole());
        let quiet = Page { rows: vec![Row { trades: Some(0), ..row(3, 1.0) }], ..history(3..=3, 720) };
        assert!(assembler.fill(&quiet).candles.is_empty());
        assert!(!assembler.hole());
    }

    #[test]
    fn what_history_does_not_reach_is_said() {
        let mut assembler = assembler(Some(minute(0)));
        let fill = assembler.fill(&history(10..=19, 10));
        assert_eq!(fill.short, Some((minute(1), minute(9))));
        assert_eq!(fill.filled, Some((minute(10), minute(19))));
        assert_eq!(assembler.fill(&history(10..=19, 10)), Fill::default());
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
            let mut assembler = assembler(Some(minute(-1)));
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
                        assembler.distrust(minute(now));
                    }
                    Event::Cut => {}
                    Event::History if now > 0 => {
                        let rows = finals.iter().map(|(number, close)| row(*number, *close)).collect();
                        let page = Page { rows, ..history(0..=now - 1, 720) };
                        given.extend(assembler.fill(&page).candles);
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
