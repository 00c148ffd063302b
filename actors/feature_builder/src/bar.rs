//! A quarter of an hour of trading: in the making, and done.

use std::f64::consts::FRAC_PI_2;

use serde::{Deserialize, Serialize};
use wick_schemas::time::{BAR, MINUTE, Timestamp};
use wick_schemas::{Candle, CandleValidated, Origin};

/// What of a closed bar the windows add up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Terms {
    /// `ln C`, of the last price.
    pub log_close: f64,
    /// `ln H`, of the highest price.
    pub log_high: f64,
    /// `ln L`, of the lowest price.
    pub log_low: f64,
    /// Realised variance: the sum of squared one-minute log returns.
    pub rv: f64,
    /// The part of `rv` from falling minutes.
    pub rv_down: f64,
    /// Bipower variation: π/2 times the sum of products of neighbouring absolute minute returns (Barndorff-Nielsen
    /// and Shephard, 2004). Each product belongs to the bar of its later minute.
    pub bipower: f64,
    /// The sum of fourth powers of minute returns.
    pub quarticity: f64,
    /// The largest absolute one-minute log return.
    pub max_minute: f64,
    /// The sum of absolute minute returns.
    pub minute_path: f64,
    /// The sum of `ln(h / l)²` of the minutes.
    pub minute_range_sq: f64,
    /// How many minutes had a candle.
    pub minutes: f64,
    /// How many of them rose.
    pub up_minutes: f64,
    /// Traded amount of the base currency.
    pub volume: f64,
    /// Traded amount times the minute's last price.
    pub turnover: f64,
    /// The volume of rising minutes less that of falling ones.
    pub signed_volume: f64,
    /// `ln(H / L)²` of the bar's highest and lowest price.
    pub range_sq: f64,
    /// What the season expected of `rv`, as a multiple of a week's mean; filled in when the bar joins the window.
    pub season: f64,
    /// What the season expected of `volume`, likewise.
    pub volume_season: f64,
    /// `ln(rv + 1e-9)`, likewise: once, not at every bar of the week that follows.
    pub log_rv: f64,
}

/// A closed bar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// The start of the quarter hour.
    pub start: Timestamp,
    /// How many of its minutes had a candle.
    pub minutes: u32,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
    /// Mean minute close weighted by volume; the last price where nothing was traded.
    pub vwap: f64,
    /// Log return of its last five minutes.
    pub late_return: f64,
    /// Log return of its last candle.
    pub last_return: f64,
    /// Realised variance of its last five minutes.
    pub late_rv: f64,
    /// Volume of its last five minutes.
    pub late_volume: f64,
    /// What the windows add up.
    pub terms: Terms,
}

/// Minutes of a bar before its last five.
const EARLY: i64 = 10;

impl Bar {
    /// A bar without a candle: nothing moved and nothing was traded at the last known price.
    #[must_use]
    pub fn empty(start: Timestamp, newest: &Minute) -> Self {
        Self {
            start,
            minutes: 0,
            high: newest.close,
            low: newest.close,
            close: newest.close,
            vwap: newest.close,
            late_return: 0.0,
            last_return: 0.0,
            late_rv: 0.0,
            late_volume: 0.0,
            terms: Terms {
                log_close: newest.log_close,
                log_high: newest.log_close,
                log_low: newest.log_close,
                ..Terms::default()
            },
        }
    }

    /// The end of the quarter hour: the moment from which the bar is known.
    #[must_use]
    pub fn end(&self) -> Timestamp {
        self.start + BAR
    }
}

/// One candle's step: its price, its log return since the candle before it, and where it came from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Minute {
    /// The start of the candle.
    pub open_time: Timestamp,
    /// Last price.
    pub close: f64,
    /// Its natural logarithm.
    pub log_close: f64,
    /// Log return since the previous candle, however long ago that was; zero for the first.
    pub log_return: f64,
    /// The absolute return times the previous candle's, of which bipower variation is made.
    pub product: f64,
    /// How the candle reached us.
    pub origin: Origin,
    /// When we learnt it.
    pub ingest_time: Timestamp,
}

impl Minute {
    /// The step that this candle makes after the previous one.
    #[must_use]
    pub fn after(previous: Option<&Self>, message: &CandleValidated) -> Self {
        let log_close = message.candle.close.ln();
        let log_return = previous.map_or(0.0, |previous| log_close - previous.log_close);
        Self {
            open_time: message.candle.open_time,
            close: message.candle.close,
            log_close,
            log_return,
            product: previous.map_or(0.0, |previous| log_return.abs() * previous.log_return.abs()),
            origin: message.origin,
            ingest_time: message.ingest_time,
        }
    }
}

/// A bar in the making.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Forming {
    /// The start of the quarter hour.
    pub start: Timestamp,
    minutes: u32,
    high: f64,
    low: f64,
    close: f64,
    /// `ln` of the last price before the last five minutes.
    log_early: f64,
    last_return: f64,
    late_rv: f64,
    late_volume: f64,
    /// What is added up minute by minute; what the whole bar decides is filled in when it closes.
    terms: Terms,
}

impl Forming {
    /// The bar that begins with this candle.
    #[must_use]
    pub fn begin(candle: &Candle, minute: &Minute) -> Self {
        let mut forming = Self {
            start: candle.open_time.floor(BAR),
            minutes: 0,
            high: candle.high,
            low: candle.low,
            close: candle.close,
            log_early: minute.log_close - minute.log_return,
            last_return: 0.0,
            late_rv: 0.0,
            late_volume: 0.0,
            terms: Terms::default(),
        };
        forming.add(candle, minute);
        forming
    }

    /// Adds a later candle of the same bar.
    pub fn add(&mut self, candle: &Candle, minute: &Minute) {
        let squared = minute.log_return * minute.log_return;
        self.minutes += 1;
        self.high = self.high.max(candle.high);
        self.low = self.low.min(candle.low);
        self.close = candle.close;
        self.last_return = minute.log_return;
        if candle.open_time - self.start < EARLY * MINUTE {
            self.log_early = minute.log_close;
        } else {
            self.late_rv += squared;
            self.late_volume += candle.volume;
        }
        let terms = &mut self.terms;
        terms.log_close = minute.log_close;
        terms.volume += candle.volume;
        terms.turnover += candle.close * candle.volume;
        terms.rv += squared;
        terms.quarticity += squared * squared;
        terms.bipower += minute.product;
        terms.max_minute = terms.max_minute.max(minute.log_return.abs());
        terms.minute_path += minute.log_return.abs();
        terms.minute_range_sq += (candle.high / candle.low).ln().powi(2);
        // Not `signum`, which gives an unmoved minute the sign of its zero.
        if minute.log_return > 0.0 {
            terms.up_minutes += 1.0;
            terms.signed_volume += candle.volume;
        } else if minute.log_return < 0.0 {
            terms.signed_volume -= candle.volume;
            terms.rv_down += squared;
        }
    }

    /// The end of the quarter hour.
    #[must_use]
    pub fn end(&self) -> Timestamp {
        self.start + BAR
    }

    /// The bar as it stands.
    #[must_use]
    pub fn close(&self) -> Bar {
        let sums = &self.terms;
        let range = (self.high / self.low).ln();
        Bar {
            start: self.start,
            minutes: self.minutes,
            high: self.high,
            low: self.low,
            close: self.close,
            vwap: if sums.volume > 0.0 { sums.turnover / sums.volume } else { self.close },
            late_return: sums.log_close - self.log_early,
            last_return: self.last_return,
            late_rv: self.late_rv,
            late_volume: self.late_volume,
            terms: Terms {
                log_high: self.high.ln(),
                log_low: self.low.ln(),
                bipower: sums.bipower * FRAC_PI_2,
                minutes: f64::from(self.minutes),
                range_sq: range * range,
                ..*sums
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::candle;

    #[test]
    fn a_bar_of_three_minutes_is_what_the_hand_computes() {
        let (mut previous, mut forming) = (None, None::<Forming>);
        for (minute, close, volume) in [(0, 100.0, 1.0), (1, 110.0, 3.0), (4, 99.0, 2.0), (5, 99.0, 5.0)] {
            let message = candle(minute, close, volume);
            let step = Minute::after(previous.as_ref(), &message);
            match &mut forming {
                Some(forming) => forming.add(&message.candle, &step),
                None => forming = Some(Forming::begin(&message.candle, &step)),
            }
            previous = Some(step);
        }
        let bar = forming.expect("begun").close();
        let (up, down) = (1.1_f64.ln(), 0.9_f64.ln());
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} is not {b}");
        assert_eq!((bar.minutes, bar.high, bar.low, bar.close), (4, 110.0, 99.0, 99.0));
        near(bar.vwap, (100.0 + 330.0 + 198.0 + 495.0) / 11.0);
        near(bar.terms.max_minute, up.max(-down));
        near(bar.terms.quarticity, up.powi(4) + down.powi(4));
        near(bar.terms.minute_path, up - down);
        near(bar.terms.turnover, 100.0 + 330.0 + 198.0 + 495.0);
        assert_eq!((bar.terms.minutes, bar.terms.up_minutes), (4.0, 1.0));
        assert_eq!((bar.last_return, bar.late_return, bar.late_rv, bar.late_volume), (0.0, 0.0, 0.0, 0.0));
        near(bar.terms.log_close, 99.0_f64.ln());
        near(bar.terms.rv, up * up + down * down);
        near(bar.terms.rv_down, down * down);
        near(bar.terms.bipower, FRAC_PI_2 * up * -down);
        near(bar.terms.volume, 11.0);
        near(bar.terms.signed_volume, 1.0);
        near(bar.terms.range_sq, (110.0_f64 / 99.0).ln().powi(2));
    }

    #[test]
    fn a_bar_without_trades_has_the_last_price_as_its_mean() {
        let message = candle(3, 50.0, 0.0);
        let step = Minute::after(None, &message);
        let bar = Forming::begin(&message.candle, &step).close();
        assert_eq!((bar.vwap, bar.terms.rv, bar.terms.range_sq), (50.0, 0.0, 0.0));
        let empty = Bar::empty(bar.end(), &step);
        assert_eq!((empty.minutes, empty.terms), (0, Terms { minutes: 0.0, ..bar.terms }));
        assert_eq!((empty.start, empty.close, empty.vwap), (bar.start + BAR, 50.0, 50.0));
    }
}
