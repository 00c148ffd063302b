//! From what is heard to final candles: what is settled, what is a hole. Pure.
//!
//! A socket repeats a minute at every trade, or tells the trades. A minute is final when the exchange says so, or some
//! seconds after its end by the exchange's time. One that began before the socket was listening, or of which a message was
//! lost, may be known in part only: it is taken from history, like every other hole.

#[cfg(test)]
mod tests;

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
        let Some(through) = self.known_through(page).filter(|through| is_new(*through)) else { return fill };
        let mut from = self.settled.map_or(page.from, |settled| settled + MINUTE);
        if let Some(oldest) = page.reaches
            && oldest > from
        {
            if self.settled.is_some() {
                fill.short = Some((from, through.min(oldest - MINUTE)));
            }
            from = oldest;
        }
        let new = page.rows.iter().filter(|row| is_new(row.open_time()) && row.open_time() <= through);
        fill.candles = new.filter(|row| row.trades != Some(0)).map(|row| row.candle).collect();
        fill.candles.dedup_by_key(|candle| candle.open_time);
        fill.filled = (from <= through).then_some((from, through));
        self.settled = Some(through);
        self.over = self.over.max(self.settled);
        self.heard.retain(|time, _| *time > through);
        self.last_number = None;
        fill
    }

    /// The newest minute that history knows about. Where it ends before one that the socket told of, whole or in part, and that
    /// is not settled, it lags behind, and what it does not have is not said to be quiet.
    fn known_through(&self, page: &Page) -> Option<Timestamp> {
        let newest = page.rows.last().map(Row::open_time);
        let heard = self.heard.iter().filter(|(_, minute)| !minute.is_quiet()).map(|(time, _)| *time);
        let mut told = heard.chain(self.newest).filter(|time| !self.is_settled(*time));
        let is_behind = told.any(|time| Some(time) > newest && time <= page.through);
        if is_behind { newest } else { Some(page.through) }
    }
}
