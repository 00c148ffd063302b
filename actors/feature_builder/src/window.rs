//! The last week of bars, and sums over its ends.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::bar::Terms;

/// The look-backs over which sums are kept, in bars: from a quarter of an hour to a week.
pub const WINDOWS: [usize; 9] = [1, 2, 4, 8, 16, 32, 96, 192, 672];
/// The longest of them.
pub const WEEK: usize = WINDOWS[WINDOWS.len() - 1];
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
    /// Sum of realised variance.
    pub rv: f64,
    /// Sum of downside realised variance.
    pub rv_down: f64,
    /// Sum of bipower variation.
    pub bipower: f64,
    /// Sum of volume.
    pub volume: f64,
    /// Sum of signed volume.
    pub signed_volume: f64,
    /// Sum of squared log ranges.
    pub range_sq: f64,
    /// Sum of `ln C` less the newest bar's: offsets, because the sum of squares of the logarithms themselves
    /// leaves no digits for their variance.
    pub offset: f64,
    /// Sum of the squares of those offsets.
    pub offset_sq: f64,
}

/// Sums over each look-back of [`WINDOWS`], as far as there are bars.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Totals {
    /// How many bars there are, at most a week and one.
    pub bars: usize,
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
#[serde(transparent)]
pub struct Window(VecDeque<Terms>);

impl Window {
    /// Takes the next bar and forgets the one that no look-back reaches any more.
    pub fn push(&mut self, terms: Terms) {
        while self.0.len() >= CAPACITY {
            self.0.pop_front();
        }
        self.0.push_back(terms);
    }

    /// Sums every look-back in one pass from the newest bar to the oldest.
    ///
    /// Summing anew costs about a microsecond a bar. Running sums would be cheaper, but their rounding depends on all
    /// that was ever added, so that an engine started last week would disagree with one started last year.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let mut each = [Total::default(); WINDOWS.len()];
        let (mut total, mut done) = (Total::default(), 0);
        let mut bars = self.0.iter().rev().peekable();
        let newest = bars.peek().map_or(0.0, |bar| bar.log_close);
        for (window, slot) in WINDOWS.into_iter().zip(&mut each) {
            while done < window {
                let Some(bar) = bars.next() else { return Totals { bars: done, each } };
                let offset = bar.log_close - newest;
                total.rv += bar.rv;
                total.rv_down += bar.rv_down;
                total.bipower += bar.bipower;
                total.volume += bar.volume;
                total.signed_volume += bar.signed_volume;
                total.range_sq += bar.range_sq;
                total.offset += offset;
                total.offset_sq += offset * offset;
                total.path += bars.peek().map_or(0.0, |older| (bar.log_close - older.log_close).abs());
                done += 1;
            }
            total.bars = window as f64;
            total.log_return = bars.peek().map_or(f64::NAN, |older| newest - older.log_close);
            *slot = total;
        }
        Totals { bars: self.0.len(), each }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(number: usize) -> Terms {
        let x = number as f64;
        let log_close = if number.is_multiple_of(2) { x } else { -x };
        Terms { log_close, rv: x, rv_down: 1.0, bipower: 2.0, volume: 3.0, signed_volume: -1.0, range_sq: 0.5 }
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
            assert_eq!(total.path, last.map(|x| 2.0 * x - 1.0).sum::<f64>());
            assert_eq!(total.log_return, terms(1999).log_close - terms(1999 - w).log_close);
            assert_eq!((total.rv_down, total.bipower, total.volume), (w as f64, 2.0 * w as f64, 3.0 * w as f64));
            assert_eq!((total.signed_volume, total.range_sq), (-(w as f64), 0.5 * w as f64));
        }
        assert_eq!((totals.at(place(2)).offset, totals.at(place(2)).offset_sq), (3997.0, 3997.0 * 3997.0));
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
    }

    #[test]
    fn the_places_are_those_of_the_list() {
        assert!(WINDOWS.is_sorted());
        assert!(WINDOWS.into_iter().enumerate().all(|(index, window)| place(window) == index));
    }
}
