//! The season of the week: how much each of its quarters of an hour usually moves and trades, learnt as it goes.
//!
//! People trade by their clocks, so that variance and volume have the shape of a week. The shape is kept as factors of
//! a week's mean: one for each of the 672 quarters of an hour of the week, and one for each quarter of an hour of a
//! working day or of a weekend's, which is seen more often and so known better. What is expected is a mixture of both.

use serde::{Deserialize, Serialize};
use wick_schemas::time::Timestamp;

use crate::bar::Bar;
use crate::window::{Total, WEEK};

/// Quarters of an hour of a day.
const DAY_SLOTS: usize = 96;
/// Weeks over which a slot of the week remembers.
const WEEKS: f64 = 40.0;
/// The same for a slot of five working days, and of two days of a weekend.
const VISITS: [f64; 2] = [5.0 * WEEKS, 2.0 * WEEKS];
/// How many visits the factor of one, with which every slot begins, counts as.
const PRIOR: f64 = 2.0;
/// Share of the slot of the week in what is expected.
const WEEK_SHARE: f64 = 0.6;
/// A bar counts as at most so many times the mean of its week: one crash makes no season.
const MOST: f64 = 8.0;
/// Minutes with a candle that a bar needs to be learnt from: an outage is no season.
const LEAST_MINUTES: u32 = 8;

/// Look-back that is worth naming, in bars: the weeks over which a slot remembers.
pub const MEMORY: usize = WEEK * WEEKS as usize;

/// A factor and how often it was learnt from. The more often, the slower it changes, down to one in so many visits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Slot(f64, f64);

impl Default for Slot {
    fn default() -> Self {
        Self(1.0, PRIOR)
    }
}

impl Slot {
    fn learn(&mut self, factor: f64, memory: f64) {
        let Self(value, visits) = self;
        *visits = (*visits + 1.0).min(memory);
        *value += (factor - *value) / *visits;
    }
}

/// The factors of one quantity; empty before the first is learnt.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Table {
    week: Vec<Slot>,
    day: Vec<Slot>,
}

impl Table {
    fn learn(&mut self, slot: usize, factor: f64) {
        self.week.resize(WEEK, Slot::default());
        self.day.resize(2 * DAY_SLOTS, Slot::default());
        let pooled = pooled(slot);
        self.week[slot].learn(factor, WEEKS);
        self.day[pooled].learn(factor, VISITS[pooled / DAY_SLOTS]);
    }

    fn factor(&self, slot: usize) -> f64 {
        let of = |slots: &[Slot], place: usize| slots.get(place).copied().unwrap_or_default().0;
        WEEK_SHARE * of(&self.week, slot) + (1.0 - WEEK_SHARE) * of(&self.day, pooled(slot))
    }
}

/// The season of variance and of volume.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Season {
    rv: Table,
    volume: Table,
}

/// What is expected of a bar, as multiples of a week's mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expected {
    /// Of its realised variance.
    pub rv: f64,
    /// Of its volume.
    pub volume: f64,
}

impl Season {
    /// What is expected of the bar that starts at this moment.
    #[must_use]
    pub fn expected(&self, start: Timestamp) -> Expected {
        let slot = slot(start);
        Expected { rv: self.rv.factor(slot), volume: self.volume.factor(slot) }
    }

    /// Mean variance expected of the bars from this moment on, over each of these numbers of bars, which rise.
    #[must_use]
    pub fn coming<const N: usize>(&self, from: Timestamp, lengths: [usize; N]) -> [f64; N] {
        let (mut sum, mut done, mut slot) = (0.0, 0, slot(from));
        lengths.map(|length| {
            while done < length {
                sum += self.rv.factor(slot);
                slot = (slot + 1) % WEEK;
                done += 1;
            }
            sum / length as f64
        })
    }

    /// Learns a closed bar beside the last week, or as much of it as there is, of which it is the newest.
    pub fn learn(&mut self, bar: &Bar, week: &Total) {
        if bar.minutes < LEAST_MINUTES {
            return;
        }
        let slot = slot(bar.start);
        let learn = |table: &mut Table, value: f64, total: f64| {
            if total > 0.0 {
                table.learn(slot, (value * week.bars / total).min(MOST));
            }
        };
        learn(&mut self.rv, bar.terms.rv, week.rv);
        learn(&mut self.volume, bar.terms.volume, week.volume);
    }
}

/// Quarters of an hour since Monday midnight, UTC.
fn slot(start: Timestamp) -> usize {
    start.hour_of_week() * 4 + (start.minute_of_day() % 60 / 15) as usize
}

/// The slot of the day, working days before weekends.
fn pooled(slot: usize) -> usize {
    slot % DAY_SLOTS + if slot / DAY_SLOTS >= 5 { DAY_SLOTS } else { 0 }
}

#[cfg(test)]
mod tests {
    use wick_schemas::time::{BAR, DAY};

    use super::*;
    use crate::bar::Terms;
    use crate::features::tests::still;

    /// Weeks in which Monday's first bar moves `factor` times as much as the others.
    fn weeks(count: usize, factor: f64) -> Season {
        let mut season = Season::default();
        for number in 0..count * WEEK {
            let mut bar = still(number, 100.0);
            bar.terms = Terms { rv: if number % WEEK == 0 { factor } else { 1.0 }, volume: 2.0, ..bar.terms };
            season.learn(&bar, &Total { bars: 672.0, rv: 671.0 + factor, volume: 1344.0, ..Total::default() });
        }
        season
    }

    #[test]
    fn what_returns_every_week_comes_to_be_expected() {
        let monday = still(0, 1.0).start;
        let fresh = Season::default();
        assert_eq!(fresh.expected(monday), Expected { rv: 1.0, volume: 1.0 });
        let (few, many) = (weeks(2, 5.0).expected(monday).rv, weeks(60, 5.0).expected(monday).rv);
        assert!(1.0 < few && few < many, "{few} {many}");
        // Most by the slot itself, the rest shared with the four other working days.
        assert!((many - (0.6 * 5.0 + 0.4 * 9.0 / 5.0)).abs() < 0.2, "{many}");
        let season = weeks(60, 5.0);
        assert!((season.expected(monday + DAY).rv - (0.6 + 0.4 * 9.0 / 5.0)).abs() < 0.1);
        assert!((season.expected(monday + 5 * DAY).rv - 1.0).abs() < 0.02);
        assert_eq!(season.expected(monday).volume, 1.0);
    }

    #[test]
    fn the_coming_bars_are_those_after_the_moment() {
        let season = weeks(10, 5.0);
        let monday = still(0, 1.0).start;
        let [one, four] = season.coming(monday - BAR, [1, 4]);
        assert_eq!(one, season.expected(monday - BAR).rv);
        let each = (-1..3).map(|bar| season.expected(monday + bar * BAR).rv);
        assert!((four - each.sum::<f64>() / 4.0).abs() < 1e-12);
    }

    #[test]
    fn an_outage_and_a_crash_make_no_season() {
        let (mut season, mut bar) = (Season::default(), still(0, 1.0));
        let week = Total { bars: 10.0, rv: 10.0, volume: 10.0, ..Total::default() };
        bar.terms.rv = 1e9;
        bar.minutes = LEAST_MINUTES - 1;
        season.learn(&bar, &week);
        assert_eq!(season, Season::default());
        bar.minutes = LEAST_MINUTES;
        season.learn(&bar, &week);
        assert!((season.expected(bar.start).rv - (1.0 + (MOST - 1.0) / 3.0)).abs() < 1e-12);
    }
}
