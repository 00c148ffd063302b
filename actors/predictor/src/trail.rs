//! The newest matured values of one horizon, and what of them a day may look at.
//!
//! Both corrections follow one rule: what holds during a UTC day is computed from the newest so many values that
//! matured *before* that day began, by going over them anew. So it is a pure function of the values and the day: no
//! running sum drifts, and a restart that learns the same values again gets the same bits. What matures during a day
//! is learnt at the next midnight: in the shortest of these windows, of 90 days, that is a hundredth late.

use std::collections::VecDeque;

use wick_schemas::Timestamp;
use wick_schemas::time::{BAR, DAY};

/// How many values the baseline's quantiles look back on: 90 days of bars.
pub const WINDOW: usize = 90 * BARS_A_DAY;
/// How many the quantiles of standardised returns look back on: these keep their shape for longer, and those of a day's
/// horizon are few that do not overlap.
pub const LONG_WINDOW: usize = 365 * BARS_A_DAY;
/// Bars in a day: as many values as can mature within one.
pub const BARS_A_DAY: usize = (DAY / BAR) as usize;

/// The newest `LENGTH` values by the time that they matured, oldest first, and those of a day more.
#[derive(Clone, Debug, PartialEq)]
pub struct Trail<T, const LENGTH: usize = WINDOW>(VecDeque<(Timestamp, T)>);

impl<T, const LENGTH: usize> Default for Trail<T, LENGTH> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T, const LENGTH: usize> Trail<T, LENGTH> {
    /// Adds a value; one that is not newer than the newest is a repetition and changes nothing.
    pub fn push(&mut self, matured: Timestamp, value: T) {
        if self.0.back().is_some_and(|(newest, _)| matured <= *newest) {
            return;
        }
        if self.0.len() == LENGTH + BARS_A_DAY {
            self.0.pop_front();
        }
        self.0.push_back((matured, value));
    }

    /// The newest `LENGTH` values that matured before the moment, oldest first.
    pub fn before(&self, moment: Timestamp) -> impl ExactSizeIterator<Item = &T> {
        let end = self.0.partition_point(|(matured, _)| *matured < moment);
        self.0.range(end.saturating_sub(LENGTH)..end).map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_sees_what_matured_before_it_and_no_more_than_the_window() {
        let mut trail: Trail<i64> = Trail::default();
        let bars = WINDOW as i64 + 200;
        for bar in 0..bars {
            trail.push(Timestamp(bar * BAR), bar);
        }
        let midnight = Timestamp(bars * BAR).floor(DAY);
        let seen: Vec<i64> = trail.before(midnight).copied().collect();
        assert_eq!(seen.last(), Some(&(midnight.millis() / BAR - 1)));
        assert_eq!(seen.len(), WINDOW);
        assert!(seen.windows(2).all(|pair| pair[1] == pair[0] + 1));
    }

    #[test]
    fn a_repetition_changes_nothing() {
        let mut trail: Trail<i32> = Trail::default();
        trail.push(Timestamp(10), 1);
        trail.push(Timestamp(10), 2);
        trail.push(Timestamp(5), 3);
        assert_eq!(trail.before(Timestamp::MAX).copied().collect::<Vec<_>>(), [1]);
        assert_eq!(trail.before(Timestamp(10)).len(), 0);
    }
}
