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
    trails: [Trail<Ratios>; 4],
    day: Option<Timestamp>,
    totals: [Total; 4],
}

/// What an outcome says of the levels: of the four log forecasts, and of GARCH where the model had one.
type Ratios = ([f64; 4], Option<f64>);

/// What a day saw of one horizon.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Total {
    outcomes: usize,
    ratios: [f64; 4],
    garch_outcomes: usize,
    garch: f64,
}

impl LevelTracker {
    /// Learns an outcome; one that is not sound, or not newer than the last of its horizon, is passed over.
    pub fn learn(&mut self, outcome: &Outcome) {
        if outcome.is_sound() {
            self.trails[outcome.horizon.index()].push(outcome.matured, (outcome.ratios(), outcome.garch_ratio()));
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
        std::array::from_fn(|place| blended(total.ratios[place], total.outcomes, model.levels[place]))
    }

    /// The factor for GARCH's, by the same rule; `None` where the model has none.
    #[must_use]
    pub fn garch_level(&self, model: &HorizonModel) -> Option<f64> {
        let total = &self.totals[model.horizon.index()];
        model.garch.as_ref().map(|garch| blended(total.garch, total.garch_outcomes, garch.level))
    }

    /// How many outcomes of a horizon the levels of the day begun last rest on.
    #[must_use]
    pub fn outcomes(&self, horizon: Horizon) -> usize {
        self.totals[horizon.index()].outcomes
    }
}

/// The mean ratio, where the artifact's own level stands in for outcomes that are missing.
fn blended(sum: f64, outcomes: usize, level: f64) -> f64 {
    let missing = FULL_WEIGHT.saturating_sub(outcomes) as f64;
    (sum + missing * level) / (outcomes as f64 + missing)
}

impl Total {
    fn of<'a>(ratios: impl ExactSizeIterator<Item = &'a Ratios>) -> Self {
        let mut total = Self { outcomes: ratios.len(), ..Self::default() };
        for (four, garch) in ratios {
            for (sum, ratio) in total.ratios.iter_mut().zip(four) {
                *sum += ratio;
            }
            if let Some(ratio) = garch {
                total.garch_outcomes += 1;
                total.garch += ratio;
            }
        }
        total
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
            garch: None,
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
    fn garch_is_levelled_alike_by_the_outcomes_that_have_one() {
        let mut model = artifact().horizons[0].clone();
        let mut tracker = LevelTracker::default();
        for bar in 0..800 {
            tracker.learn(&Outcome { garch: (bar % 2 == 0).then_some(0.0), ..outcome(bar, 3.0) });
        }
        tracker.begin_day(Timestamp(10 * DAY));
        let expected = (400.0 * 3.0 + 100.0 * 1.5) / 500.0;
        assert!((tracker.garch_level(&model).expect("a level") - expected).abs() < 1e-12);
        model.garch = None;
        assert_eq!(tracker.garch_level(&model), None);
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
