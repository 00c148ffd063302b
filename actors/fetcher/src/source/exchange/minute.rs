//! A minute as it is heard: the newest numbers of it, or its trades. Pure.

use std::collections::BTreeMap;

use wick_schemas::candle::RawCandle;
use wick_schemas::{Timestamp, Venue};

use super::protocol::{Row, Trade};

/// What the socket said of a minute so far.
#[derive(Clone, Debug, PartialEq)]
pub enum Minute {
    /// Numbers, the newest of them.
    Told(Row),
    /// Trades by their number: in whatever order they come and however often, they make one candle.
    Traded(BTreeMap<u64, Trade>),
}

impl Minute {
    /// Takes other numbers of the same minute, unless they are older.
    pub fn tell(&mut self, row: Row) {
        if let Self::Told(known) = self {
            let was_final = known.is_final == Some(true) && row.is_final != Some(true);
            if was_final || row.trades < known.trades {
                return;
            }
        }
        *self = Self::Told(row);
    }

    /// Whether these numbers are newer and other ones.
    pub fn would_change(&self, row: &Row) -> bool {
        let mut told = self.clone();
        told.tell(*row);
        matches!((self, &told), (Self::Told(was), Self::Told(is)) if was.candle != is.candle)
    }

    /// Whether the exchange says that nobody traded: then there is no candle.
    pub fn is_quiet(&self) -> bool {
        matches!(self, Self::Told(Row { trades: Some(0), .. }))
    }

    /// Takes a trade of the same minute.
    pub fn trade(&mut self, trade: Trade) {
        if let Self::Traded(trades) = self {
            trades.insert(trade.id, trade);
        }
    }

    /// Whether the exchange says of these numbers that they are the minute's last (`Some(true)`) or are not.
    pub fn is_final(&self) -> Option<bool> {
        if let Self::Told(row) = self { row.is_final } else { None }
    }

    /// Numbers of the first and the last trade, if no number between them is missing.
    pub fn numbers(&self) -> Option<(u64, u64)> {
        let Self::Traded(trades) = self else { return None };
        let (first, last) = (*trades.first_key_value()?.0, *trades.last_key_value()?.0);
        (u64::try_from(trades.len()) == Ok(last - first + 1)).then_some((first, last))
    }

    /// Number of the first trade.
    pub fn first_number(&self) -> Option<u64> {
        if let Self::Traded(trades) = self { trades.keys().next().copied() } else { None }
    }

    /// Whether this trade is one of them, with the same numbers.
    pub fn knows(&self, trade: &Trade) -> bool {
        if let Self::Traded(trades) = self { trades.get(&trade.id) == Some(trade) } else { false }
    }

    /// The candle.
    pub fn candle(&self, venue: Venue, open_time: Timestamp) -> RawCandle {
        match self {
            Self::Told(row) => row.candle,
            Self::Traded(trades) => candle(venue, open_time, trades),
        }
    }
}

fn candle(venue: Venue, open_time: Timestamp, trades: &BTreeMap<u64, Trade>) -> RawCandle {
    let prices = || trades.values().map(|trade| trade.price);
    let amount: f64 = trades.values().map(|trade| trade.amount).sum();
    // Amounts have eight decimals; adding them in binary would show more.
    let volume = (amount * 1e8).round() / 1e8;
    RawCandle {
        venue,
        open_time,
        open: prices().next(),
        high: prices().reduce(f64::max),
        low: prices().reduce(f64::min),
        close: prices().next_back(),
        volume: (!trades.is_empty()).then_some(volume),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn trade(id: u64, price: f64, amount: f64) -> Trade {
        Trade { id, time: Timestamp(1_700_000_040_000), price, amount }
    }

    #[test]
    fn a_candle_is_what_its_trades_are() {
        let mut minute = Minute::Traded(BTreeMap::new());
        for (id, price, amount) in [(7, 101.0, 0.1), (9, 99.0, 0.2), (8, 105.0, 0.3), (7, 101.0, 0.1)] {
            minute.trade(trade(id, price, amount));
        }
        let candle = minute.candle(Venue::Coinbase, Timestamp(1_700_000_040_000));
        let numbers = [candle.open, candle.high, candle.low, candle.close, candle.volume];
        assert_eq!(numbers, [Some(101.0), Some(105.0), Some(99.0), Some(99.0), Some(0.6)]);
        assert_eq!(minute.numbers(), Some((7, 9)));
        minute.trade(trade(11, 1.0, 1.0));
        assert_eq!(minute.numbers(), None);
    }

    #[test]
    fn older_numbers_do_not_replace_newer_ones() {
        let raw = Minute::Traded(BTreeMap::new()).candle(Venue::Kraken, Timestamp(0));
        let row = |trades, is_final| Row { candle: raw, trades: Some(trades), is_final };
        let mut minute = Minute::Told(row(2, None));
        minute.tell(row(1, None));
        assert_eq!(minute, Minute::Told(row(2, None)));
        minute.tell(row(3, Some(true)));
        minute.tell(row(3, Some(false)));
        assert_eq!(minute.is_final(), Some(true));
    }

    proptest! {
        /// Whatever the order and however often: the same candle, and one that can be.
        #[test]
        fn order_and_repetition_change_nothing(
            deals in proptest::collection::vec((1_u32..1_000_000, 1_u32..1_000_000), 1..40),
            order in proptest::collection::vec(any::<usize>(), 0..80),
        ) {
            let trades: Vec<Trade> = deals.iter().enumerate()
                .map(|(id, (price, amount))| trade(id as u64, f64::from(*price) / 100.0, f64::from(*amount) / 1e8))
                .collect();
            let (mut straight, mut shuffled) = (Minute::Traded(BTreeMap::new()), Minute::Traded(BTreeMap::new()));
            for place in order {
                shuffled.trade(trades[place % trades.len()]);
            }
            for trade in trades.iter().rev() {
                shuffled.trade(*trade);
            }
            trades.iter().for_each(|trade| straight.trade(*trade));
            let at = Timestamp(1_700_000_040_000);
            let candle = straight.candle(Venue::Bitstamp, at);
            prop_assert_eq!(candle, shuffled.candle(Venue::Bitstamp, at));
            prop_assert!(wick_schemas::Candle::new(candle).is_ok());
            let satoshi: u64 = deals.iter().map(|(_, amount)| u64::from(*amount)).sum();
            prop_assert_eq!(candle.volume, Some(satoshi as f64 / 1e8));
        }
    }
}
