//! The last week of bars, and sums over its ends; of the last month, the little that is needed.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::bar::Terms;
use crate::features::EPS;

/// The look-backs over which sums are kept, in bars: from a quarter of an hour to a week.
pub const WINDOWS: [usize; 12] = [1, 2, 4, 8, 16, 20, 32, 48, 96, 192, 288, 672];
/// The longest of them.
pub const WEEK: usize = WINDOWS[WINDOWS.len() - 1];
/// Thirty days.
pub const MONTH: usize = 2880;
/// A return over a week needs the close before it, too.
const CAPACITY: usize = WEEK + 1;

/// The place of a look-back in [`WINDOWS`]. Meant for constants: another length does not compile there.
#[must_use]
pub const fn place(bars: usize) -> usize {
    let mut place = 0;
    while WINDOWS[place] != bars {
        place += 1;
    }
    place
}

/// Sums over the last bars.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Total {
    /// How many bars.
    pub bars: f64,
    /// `ln C` of the newest bar less that of the bar before the oldest; NaN where there is none.
    pub log_return: f64,
    /// Sum of the absolute bar returns of which `log_return` is the sum.
    pub path: f64,
    /// Sum of their squares.
    pub return_sq: f64,
    /// Sum of the products of each two neighbours among them.
    pub return_product: f64,
    /// Sum of realised variance.
    pub rv: f64,
    /// Sum of downside realised variance.
    pub rv_down: f64,
    /// Sum of bipower variation.
    pub bipower: f64,
    /// Sum of fourth powers of minute returns.
    pub quarticity: f64,
    /// The largest absolute minute return.
    pub max_minute: f64,
    /// Sum of absolute minute returns.
    pub minute_path: f64,
    /// Sum of squared log ranges of minutes.
    pub minute_range_sq: f64,
    /// Number of minutes with a candle.
    pub minutes: f64,
    /// How many of them rose.
    pub up_minutes: f64,
    /// Sum of volume.
    pub volume: f64,
    /// Sum of volume times price.
    pub turnover: f64,
    /// Sum of signed volume.
    pub signed_volume: f64,
    /// Sum of squared log ranges.
    pub range_sq: f64,
    /// Sum of the variance that the season expected, in means of a week.
    pub season: f64,
    /// The same of volume.
    pub volume_season: f64,
    /// Sum of `ln(RV + 1e-9)` of the bars less the newest bar's: offsets, because the sum of squares of the logarithms
    /// themselves leaves no digits for their variance.
    pub log_rv: f64,
    /// Sum of the squares of those offsets.
    pub log_rv_sq: f64,
    /// Sum of `ln C` less the newest bar's: offsets for the same reason.
    pub offset: f64,
    /// Sum of the squares of those offsets.
    pub offset_sq: f64,
    /// Sum of those offsets times how many bars ago they were.
    pub offset_ago: f64,
    /// `ln` of the highest price less the newest close.
    pub high: f64,
    /// `ln` of the lowest price less the newest close.
    pub low: f64,
}

impl Total {
    fn add(&mut self, bar: &Terms, newest: &Terms) {
        let (offset, log_rv) = (bar.log_close - newest.log_close, bar.log_rv - newest.log_rv);
        self.offset += offset;
        self.offset_sq += offset * offset;
        self.offset_ago += offset * self.bars;
        self.rv += bar.rv;
        self.rv_down += bar.rv_down;
        self.bipower += bar.bipower;
        self.quarticity += bar.quarticity;
        self.max_minute = greater(self.max_minute, bar.max_minute);
        self.minute_path += bar.minute_path;
        self.minute_range_sq += bar.minute_range_sq;
        self.minutes += bar.minutes;
        self.up_minutes += bar.up_minutes;
        self.volume += bar.volume;
        self.turnover += bar.turnover;
        self.signed_volume += bar.signed_volume;
        self.range_sq += bar.range_sq;
        self.season += bar.season;
        self.volume_season += bar.volume_season;
        self.log_rv += log_rv;
        self.log_rv_sq += log_rv * log_rv;
        self.high = greater(self.high, bar.log_high - newest.log_close);
        self.low = lesser(self.low, bar.log_low - newest.log_close);
        self.bars += 1.0;
    }
}

/// Sums of a month are made side by side, by how many bars ago: no addition need wait for the one before.
const LANES: usize = 4;

/// The greater of two numbers. `f64::max` minds NaN as well, and these come by the thousand.
fn greater(one: f64, other: f64) -> f64 {
    if other > one { other } else { one }
}

/// The lesser of two numbers.
fn lesser(one: f64, other: f64) -> f64 {
    if other < one { other } else { one }
}

/// What of a bar is still needed a month later.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Old {
    log_close: f64,
    log_high: f64,
    log_low: f64,
    rv: f64,
}

/// What is summed over the last month, or as much of it as there is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Month {
    /// How many bars.
    pub bars: f64,
    /// `ln C` of the newest bar less that of the bar before the oldest; NaN where there is none.
    pub log_return: f64,
    /// Sum of realised variance.
    pub rv: f64,
    /// `ln` of the highest price less the newest close.
    pub high: f64,
    /// `ln` of the lowest price less the newest close.
    pub low: f64,
}

/// Sums over each look-back of [`WINDOWS`], as far as there are bars.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Totals {
    /// How many bars there are, at most a week and one.
    pub bars: usize,
    /// Over the last week, or as much of it as there is.
    pub week: Total,
    /// Over the last month, or as much of it as there is.
    pub month: Month,
    each: [Total; WINDOWS.len()],
}

impl Totals {
    /// The sums over the look-back at this place of [`WINDOWS`]; zeros while it is not full.
    #[must_use]
    pub fn at(&self, place: usize) -> &Total {
        &self.each[place]
    }

    /// The sums over a look-back that is full and has a close before it, so that its return is known.
    #[must_use]
    pub fn since(&self, bars: usize) -> Option<&Total> {
        let place = WINDOWS.binary_search(&bars).ok()?;
        (self.bars > bars).then(|| self.at(place))
    }
}

/// The last bars, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Window {
    week: VecDeque<Terms>,
    month: VecDeque<Old>,
}

impl Window {
    /// Takes the next bar and forgets those that no look-back reaches any more.
    pub fn push(&mut self, terms: Terms) {
        while self.week.len() >= CAPACITY {
            self.week.pop_front();
        }
        self.week.push_back(Terms { log_rv: (terms.rv + EPS).ln(), ..terms });
        while self.month.len() > MONTH {
            self.month.pop_front();
        }
        let Terms { log_close, log_high, log_low, rv, .. } = terms;
        self.month.push_back(Old { log_close, log_high, log_low, rv });
    }

    /// Sums every look-back in one pass from the newest bar to the oldest.
    ///
    /// Summing anew costs a few microseconds a bar. Running sums would be cheaper, but their rounding depends on all
    /// that was ever added, so that an engine started last week would disagree with one started last year.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let newest = self.week.back().copied().unwrap_or_default();
        let mut totals = Totals {
            bars: self.week.len(),
            week: Total::default(),
            month: self.month(newest.log_close),
            each: <_>::default(),
        };
        let mut bars = self.week.iter().rev().peekable();
        let (mut total, mut later) = (Total::default(), 0.0);
        for (window, slot) in WINDOWS.into_iter().zip(&mut totals.each) {
            while total.bars < window as f64 {
                let Some(bar) = bars.next() else {
                    totals.week = Total { log_return: f64::NAN, ..total };
                    return totals;
                };
                let step = bars.peek().map_or(0.0, |older| bar.log_close - older.log_close);
                // The product with the later neighbour, which the newest bar has not.
                total.return_product += step * later;
                total.return_sq += step * step;
                total.path += step.abs();
                later = step;
                total.add(bar, &newest);
            }
            total.log_return = bars.peek().map_or(f64::NAN, |older| newest.log_close - older.log_close);
            *slot = total;
        }
        totals.week = total;
        totals
    }

    fn month(&self, newest: f64) -> Month {
        let (mut high, mut low, mut rv) = (newest, newest, [0.0; LANES]);
        let mut bars = self.month.iter().rev();
        for (ago, bar) in bars.by_ref().take(MONTH).enumerate() {
            rv[ago % LANES] += bar.rv;
            high = greater(high, bar.log_high);
            low = lesser(low, bar.log_low);
        }
        // Fewer bars than a month: from the oldest close on.
        let before = bars.next().or(self.month.front());
        Month {
            bars: self.month.len().min(MONTH) as f64,
            log_return: before.map_or(f64::NAN, |before| newest - before.log_close),
            rv: rv.iter().sum(),
            high: high - newest,
            low: low - newest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(number: usize) -> Terms {
        let x = number as f64;
        let log_close = if number.is_multiple_of(2) { x } else { -x };
        let (log_high, log_low) = (log_close.abs(), -log_close.abs());
        Terms {
            log_close,
            log_high,
            log_low,
            rv: x,
            rv_down: 1.0,
            bipower: 2.0,
            max_minute: -x + 5000.0,
            volume: 3.0,
            signed_volume: -1.0,
            range_sq: 0.5,
            season: 1.5,
            ..Terms::default()
        }
    }

    #[test]
    fn sums_are_over_exactly_the_last_bars() {
        let mut window = Window::default();
        assert_eq!(window.totals().bars, 0);
        (0..2000).for_each(|number| window.push(terms(number)));
        let totals = window.totals();
        assert_eq!(totals.bars, WEEK + 1);
        for (place, w) in WINDOWS.into_iter().enumerate() {
            let total = totals.at(place);
            let last = (2000 - w..2000).map(|number| number as f64);
            assert_eq!(total.bars, w as f64);
            assert_eq!(total.rv, last.clone().sum::<f64>());
            assert_eq!(total.path, last.clone().map(|x| 2.0 * x - 1.0).sum::<f64>());
            assert_eq!(total.return_sq, last.clone().map(|x| (2.0 * x - 1.0).powi(2)).sum::<f64>());
            let product = last.clone().skip(1).map(|x| -(2.0 * x - 1.0) * (2.0 * x - 3.0)).sum::<f64>();
            assert_eq!(total.return_product, product);
            assert_eq!(total.log_return, terms(1999).log_close - terms(1999 - w).log_close);
            assert_eq!((total.rv_down, total.bipower, total.volume), (w as f64, 2.0 * w as f64, 3.0 * w as f64));
            assert_eq!((total.signed_volume, total.range_sq), (-(w as f64), 0.5 * w as f64));
            assert_eq!((total.season, total.max_minute), (1.5 * w as f64, 3000.0 + w as f64));
            // The newest close is the lowest price, -1999, and its bar's high the highest.
            assert_eq!((total.high, total.low), (3998.0, 0.0));
            let log_rv: f64 = last.map(|x| (x + EPS).ln() - (1999.0 + EPS).ln()).sum();
            assert!((total.log_rv - log_rv).abs() < 1e-9);
        }
        let two = totals.at(place(2));
        assert_eq!((two.offset, two.offset_sq, two.offset_ago), (3997.0, 3997.0 * 3997.0, 3997.0));
        assert_eq!(totals.week, *totals.at(place(WEEK)));
    }

    #[test]
    fn a_look_back_that_is_not_full_is_not_there() {
        let mut window = Window::default();
        (0..4).for_each(|number| window.push(terms(number)));
        let totals = window.totals();
        assert_eq!(totals.bars, 4);
        assert_eq!(totals.at(place(4)).rv, 6.0);
        assert!(totals.at(place(4)).log_return.is_nan());
        assert!(totals.since(2).is_some() && totals.since(4).is_none() && totals.since(3).is_none());
        assert_eq!(*totals.at(place(8)), Total::default());
        assert_eq!((totals.week.bars, totals.week.rv), (4.0, 6.0));
    }

    #[test]
    fn a_month_is_as_long_as_there_are_bars() {
        let mut window = Window::default();
        (0..1000).for_each(|number| window.push(terms(number)));
        let month = window.totals().month;
        assert_eq!((month.bars, month.rv, month.log_return), (1000.0, 499_500.0, -999.0));
        (1000..5000).for_each(|number| window.push(terms(number)));
        let month = window.totals().month;
        let sum = (2120..5000).sum::<usize>() as f64;
        assert_eq!((month.bars, month.rv, month.log_return), (2880.0, sum, -4999.0 - -2119.0));
        assert_eq!((month.high, month.low), (9998.0, 0.0));
    }

    #[test]
    fn the_places_are_those_of_the_list() {
        assert!(WINDOWS.is_sorted());
        assert!(WINDOWS.into_iter().enumerate().all(|(index, window)| place(window) == index));
    }
}
