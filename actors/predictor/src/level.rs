//! The level correction: from a logarithm's forecast to a variance that is right on average.
//!
//! `exp` of a forecast logarithm is too low a variance (Jensen), and every level drifts. So each log forecast is
//! multiplied by the trailing mean of *actual variance per bar / exp(log forecast)*, horizon by horizon, for the
//! model and for its baselines alike, lest a baseline lose for its level alone.

use wick_schemas::model::HorizonModel;
use wick_schemas::time::DAY;
use wick_schemas::{Horizon, Timestamp};

use crate::outcome::Outcome;
use crate::trail::Trail;

/// Below this many outcomes, the artifact's own level stands in for each that is missing.
pub const FULL_WEIGHT: usize = 500;

/// Trailing mean ratios, held still over each UTC day (the rule is in [`crate::trail`]).
#[derive(Clone, Debug, Default)]
pub struct LevelTracker {
    trails: [Trail<[f64; 4]>; 4],
    day: Option<Timestamp>,
    totals: [Total; 4],
}

/// What a day saw of one horizon.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Total {
    outcomes: usize,
    ratios: [f64; 4],
}

impl LevelTracker {
    /// Learns an outcome; one that is not sound, or not newer than the last of its horizon, is passed over.
    pub fn learn(&mut self, outcome: &Outcome) {
        if outcome.is_sound() {
            self.trails[outcome.horizon.index()].push(outcome.matured, outcome.ratios());
        }
    }

    /// Makes the levels those of the moment's UTC day. Free where they are already.
    pub fn begin_day(&mut self, as_of: Timestamp) {
        let day = as_of.floor(DAY);
        if self.day.replace(day) != Some(day) {
            self.totals = std::array::from_fn(|place| Total::of(self.trails[place].before(day)));
        }
    }

    /// The factors for the four log forecasts, in the order of [`crate::outcome::RAW_NAMES`], on the day begun last.
    ///
    /// With n outcomes of ratio sum S, the artifact's level L and w = max(0, 500 − n): (S + w L) / (n + w).
    #[must_use]
    pub fn levels(&self, model: &HorizonModel) -> [f64; 4] {
        let total = &self.totals[model.horizon.index()];
        let missing = FULL_WEIGHT.saturating_sub(total.outcomes) as f64;
        let weight = total.outcomes as f64 + missing;
        std::array::from_fn(|place| (total.ratios[place] + missing * model.levels[place]) / weight)
    }

    /// How many outcomes of a horizon the levels of the day begun last rest on.
    #[must_use]
    pub fn outcomes(&self, horizon: Horizon) -> usize {
        self.totals[horizon.index()].outcomes
    }
}

impl Total {
    fn of<'a>(ratios: impl ExactSizeIterator<Item = &'a [f64; 4]>) -> Self {
        let outcomes = ratios.len();
        let mut total = [0.0; 4];
        for row in ratios {
            for (sum, ratio) in total.iter_mut().zip(row) {
                *sum += ratio;
            }
        }
        Self { outcomes, ratios: total }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scorer::tests::artifact;
    use crate::trail::WINDOW;
    use wick_schemas::time::BAR;

    /// An outcome whose ratio is `ratio` for every forecast.
    fn outcome(bar: i64, ratio: f64) -> Outcome {
        Outcome {
            horizon: Horizon::M15,
            origin: Timestamp((bar - 1) * BAR),
            matured: Timestamp(bar * BAR),
            log_return: 0.0,
            realised_variance: ratio,
            variance: 1.0,
            raw: [0.0; 4],
        }
    }

    #[test]
    fn the_artifacts_level_stands_in_for_missing_outcomes() {
        let model = &artifact().horizons[0];
        let mut tracker = LevelTracker::default();
        tracker.begin_day(Timestamp(0));
        assert_eq!(tracker.levels(model), model.levels);
        for bar in 0..480 {
            tracker.learn(&outcome(bar, 3.0));
        }
        tracker.begin_day(Timestamp(5 * DAY));
        assert_eq!(tracker.outcomes(Horizon::M15), 480);
        let expected = (480.0 * 3.0 + 20.0 * model.levels[0]) / 500.0;
        assert!((tracker.levels(model)[0] - expected).abs() < 1e-12);
        for bar in 480..960 {
            tracker.learn(&outcome(bar, 3.0));
        }
        tracker.begin_day(Timestamp(10 * DAY));
        assert_eq!(tracker.levels(model), [3.0; 4]);
    }

    #[test]
    fn a_day_does_not_look_at_itself() {
        let model = &artifact().horizons[0];
        let mut tracker = LevelTracker::default();
        // The outcome that matures at midnight belongs to the new day, whatever came first.
        tracker.learn(&outcome(96, 50.0));
        tracker.begin_day(Timestamp(DAY));
        assert_eq!(tracker.levels(model), model.levels);
        tracker.learn(&outcome(97, 50.0));
        tracker.begin_day(Timestamp(DAY + 5 * BAR));
        assert_eq!(tracker.levels(model), model.levels);
        tracker.begin_day(Timestamp(2 * DAY));
        assert!(tracker.levels(model)[0] > model.levels[0]);
    }

    #[test]
    fn what_is_older_than_the_window_is_forgotten() {
        let model = &artifact().horizons[0];
        let mut tracker = LevelTracker::default();
        let bars = WINDOW as i64;
        for bar in 0..bars {
            tracker.learn(&outcome(bar, 1e6));
        }
        for bar in bars..2 * bars {
            tracker.learn(&outcome(bar, 2.0));
        }
        tracker.begin_day(Timestamp(2 * bars * BAR));
        assert_eq!(tracker.levels(model), [2.0; 4]);
    }
}
