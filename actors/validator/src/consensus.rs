//! One price out of several: what the venues agree on, minute by minute, and how far each is from it. Pure.
//!
//! A minute is settled when every venue that traded lately has given it, or when a candle of a later minute comes. Prices
//! are medians over the venues, which no single venue can move far (an even number: the mean of the middle two); the
//! volume is the sum. A venue that is far from the others takes no part, and its deviation is kept all the same.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wick_schemas::candle::RawCandle;
use wick_schemas::time::MINUTE;
use wick_schemas::{Candle, CandleValidated, Timestamp, Venue};

/// A venue that has given nothing for so long is not waited for.
const LATELY: i64 = 10 * MINUTE;
/// How far a venue's close may be from the others' and still take part, as a log ratio.
const FAR: f64 = 0.05;

/// How far a venue was from the consensus of a minute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Deviation {
    /// The venue.
    pub venue: Venue,
    /// The start of the minute.
    pub open_time: Timestamp,
    /// `ln(close / consensus close)`.
    pub log_ratio: f64,
    /// Whether it was near enough to take part.
    pub took_part: bool,
}

/// What the venues agree on.
#[derive(Clone, Debug, PartialEq)]
pub struct Agreed {
    /// The candle, of [`Venue::Consensus`].
    pub candle: CandleValidated,
    /// How far each venue was from it, in the order of the venues.
    pub deviations: Vec<Deviation>,
}

/// The minutes that are not settled yet.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Consensus {
    /// The newest minute that each venue has given.
    given: BTreeMap<Venue, Timestamp>,
    /// The venues' candles of the minutes that are not settled.
    open: BTreeMap<Timestamp, BTreeMap<Venue, CandleValidated>>,
    /// The newest minute that is settled, and its close.
    settled: Option<(Timestamp, f64)>,
}

impl Consensus {
    /// Takes a venue's candle; gives what it settles, oldest first. A candle of a settled minute came too late to count.
    pub fn take(&mut self, validated: CandleValidated) -> Vec<Agreed> {
        let Candle { venue, open_time, .. } = validated.candle;
        let newest = self.given.entry(venue).or_insert(open_time);
        *newest = open_time.max(*newest);
        if self.settled.is_some_and(|(settled, _)| open_time <= settled) {
            return Vec::new();
        }
        self.open.entry(open_time).or_default().insert(venue, validated);
        let mut agreed = Vec::new();
        while let Some(minute) = self.ripe() {
            if let Some(candles) = self.open.remove(&minute)
                && let Some(one) = self.agree(minute, &candles)
            {
                self.settled = Some((minute, one.candle.candle.close));
                agreed.push(one);
            }
        }
        agreed
    }

    /// The oldest open minute, if nobody is waited for any more.
    fn ripe(&self) -> Option<Timestamp> {
        let (minute, candles) = self.open.first_key_value()?;
        let lately = |(_, newest): &(&Venue, &Timestamp)| minute.shift(-LATELY) <= **newest;
        let complete = self.given.iter().filter(lately).all(|(venue, _)| candles.contains_key(venue));
        (complete || self.open.len() > 1).then_some(*minute)
    }

    fn agree(&self, minute: Timestamp, candles: &BTreeMap<Venue, CandleValidated>) -> Option<Agreed> {
        let closes: Vec<f64> = candles.values().map(|one| one.candle.close).collect();
        // Two cannot outvote each other: the minute before decides.
        let reference = match self.settled {
            Some((_, close)) if closes.len() < 3 => close,
            _ => median(closes.clone())?,
        };
        let distance = |one: &CandleValidated| (one.candle.close / reference).ln().abs();
        let nearest = candles.values().map(distance).min_by(f64::total_cmp)?;
        // Where all are far, the market has moved and not they: the nearest ones stand for it.
        let near = |one: &CandleValidated| distance(one) <= nearest.max(FAR);
        let part: Vec<&CandleValidated> = candles.values().filter(|one| near(one)).collect();
        let middle = |of: fn(&Candle) -> f64| median(part.iter().map(|one| of(&one.candle)).collect());
        let (open, close) = (middle(|one| one.open)?, middle(|one| one.close)?);
        let (high, low) = (middle(|one| one.high)?, middle(|one| one.low)?);
        let raw = RawCandle {
            venue: Venue::Consensus,
            open_time: minute,
            open: Some(open),
            high: Some(high.max(open).max(close)),
            low: Some(low.min(open).min(close)),
            close: Some(close),
            volume: Some(part.iter().map(|one| one.candle.volume).sum()),
        };
        let candle = CandleValidated {
            candle: Candle::new(raw).ok()?,
            origin: part.first()?.origin,
            ingest_time: part.iter().map(|one| one.ingest_time).max()?,
        };
        let deviation = |(venue, one): (&Venue, &CandleValidated)| Deviation {
            venue: *venue,
            open_time: minute,
            log_ratio: (one.candle.close / close).ln(),
            took_part: near(one),
        };
        Some(Agreed { candle, deviations: candles.iter().map(deviation).collect() })
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let (low, high) = (values.get(values.len().checked_sub(1)? / 2)?, values.get(values.len() / 2)?);
    Some(low / 2.0 + high / 2.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use wick_schemas::Origin;

    use super::*;

    const START: Timestamp = Timestamp(1_704_067_200_000);

    fn candle(venue: Venue, minute: i64, close: f64) -> CandleValidated {
        let open_time = START.shift(minute * MINUTE);
        let candle = Candle { venue, open_time, open: close, high: close + 1.0, low: close - 1.0, close, volume: 2.0 };
        CandleValidated { candle, origin: Origin::Live, ingest_time: open_time.shift(MINUTE + venue as i64) }
    }

    /// A consensus of three venues that have all traded a minute before the first.
    fn three() -> Consensus {
        let mut consensus = Consensus::default();
        for venue in [Venue::Binance, Venue::Coinbase, Venue::Kraken] {
            consensus.take(candle(venue, -1, 100.0));
        }
        consensus
    }

    #[test]
    fn a_minute_is_settled_by_the_last_venue_that_traded_lately() {
        let mut consensus = three();
        assert!(consensus.take(candle(Venue::Binance, 0, 100.0)).is_empty());
        assert!(consensus.take(candle(Venue::Kraken, 0, 104.0)).is_empty());
        let agreed = consensus.take(candle(Venue::Coinbase, 0, 101.0));
        let one = &agreed[0].candle;
        assert_eq!((agreed.len(), one.candle.close, one.candle.high, one.candle.volume), (1, 101.0, 102.0, 6.0));
        assert_eq!((one.candle.venue, one.ingest_time), (Venue::Consensus, START.shift(MINUTE + 2)));
        let ratios: Vec<(Venue, f64)> = agreed[0].deviations.iter().map(|one| (one.venue, one.log_ratio)).collect();
        assert_eq!(ratios[1], (Venue::Coinbase, 0.0));
        assert!((ratios[2].1 - (104.0_f64 / 101.0).ln()).abs() < 1e-12);
    }

    #[test]
    fn a_later_minute_settles_what_somebody_did_not_give_and_the_silent_are_soon_not_waited_for() {
        let mut consensus = three();
        consensus.take(candle(Venue::Binance, 0, 100.0));
        consensus.take(candle(Venue::Coinbase, 0, 102.0));
        let agreed = consensus.take(candle(Venue::Binance, 1, 100.0));
        assert_eq!((agreed[0].candle.candle.close, agreed[0].deviations.len()), (101.0, 2));
        assert!(consensus.take(candle(Venue::Kraken, 0, 100.0)).is_empty(), "too late to count");
        for minute in 1..=11 {
            consensus.take(candle(Venue::Binance, minute, 100.0));
            consensus.take(candle(Venue::Coinbase, minute, 100.0));
        }
        consensus.take(candle(Venue::Binance, 12, 100.0));
        assert_eq!(consensus.take(candle(Venue::Coinbase, 12, 100.0)).len(), 1, "Kraken has been silent for long");
    }

    #[test]
    fn who_is_far_from_the_others_takes_no_part_and_is_named() {
        let mut consensus = three();
        consensus.take(candle(Venue::Binance, 0, 100.0));
        consensus.take(candle(Venue::Coinbase, 0, 130.0));
        let agreed = &consensus.take(candle(Venue::Kraken, 0, 101.0))[0];
        assert_eq!(agreed.candle.candle.close, 100.5);
        let part: Vec<bool> = agreed.deviations.iter().map(|one| one.took_part).collect();
        assert_eq!(part, [true, false, true]);
    }

    #[test]
    fn of_two_the_one_nearer_to_the_minute_before_is_believed() {
        let mut consensus = Consensus::default();
        consensus.take(candle(Venue::Binance, -1, 100.0));
        consensus.take(candle(Venue::Kraken, -1, 100.0));
        consensus.take(candle(Venue::Binance, 0, 150.0));
        let agreed = consensus.take(candle(Venue::Kraken, 0, 101.0));
        assert_eq!(agreed[0].candle.candle.close, 101.0);
    }

    #[test]
    fn one_alone_is_believed_at_once() {
        let mut consensus = Consensus::default();
        assert_eq!(consensus.take(candle(Venue::Binance, 0, 100.0))[0].candle.candle.close, 100.0);
    }

    proptest! {
        /// Whatever comes, minutes are settled once, in order, within what was given; and a consensus read back goes on
        /// as the one that was written.
        #[test]
        fn minutes_are_settled_once_and_in_order(turns in prop::collection::vec((0_usize..4, 0_i64..3, 90.0_f64..110.0), 1..120)) {
            let venues = [Venue::Binance, Venue::Coinbase, Venue::Kraken, Venue::Bitstamp];
            let (mut consensus, mut at) = (Consensus::default(), [0_i64; 4]);
            let mut settled = Vec::new();
            for (place, step, close) in turns {
                at[place] += step;
                let one = candle(venues[place], at[place], close);
                let text = serde_json::to_string(&consensus).expect("JSON");
                let mut copy: Consensus = serde_json::from_str(&text).expect("reads");
                let agreed = consensus.take(one);
                prop_assert_eq!(&copy.take(one), &agreed);
                prop_assert_eq!(&copy, &consensus);
                for one in agreed {
                    prop_assert!((89.0..=111.0).contains(&one.candle.candle.low) && one.candle.candle.high <= 111.0);
                    settled.push(one.candle.candle.open_time);
                }
            }
            prop_assert!(settled.windows(2).all(|pair| pair[0] < pair[1]), "{settled:?}");
            prop_assert!(consensus.open.len() <= 1);
        }
    }
}
