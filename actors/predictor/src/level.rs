//! The level correction: from a logarithm's forecast to a variance that is right on average.
//!
//! `exp` of a forecast logarithm is too low a variance (Jensen), and every level drifts. So each log forecast is
//! multiplied by the mean of *actual variance per bar / exp(log forecast)* over the last half year, horizon by horizon, for
//! the model and for its baselines alike, lest a baseline lose for its level alone.
//!
//! Each model has a level of its own: one that forecasts the mean of a logarithm lies further below than one that
//! forecasts the logarithm of a mean. So a model learns from what came of its own forecasts, and for the days before
//! these its artifact says what its kind would have learnt from rows that it had not seen: the rule is
//! [`HorizonModel::level_after`].

use wick_schemas::model::{HorizonModel, LEVEL_OUTCOMES};
use wick_schemas::time::DAY;
use wick_schemas::{Horizon, Timestamp};

use crate::outcome::Outcome;
use crate::trail::Trail;

/// Mean ratios, held still over each UTC day (the rule is in [`crate::trail`]).
#[derive(Clone, Debug, Default)]
pub struct LevelTracker {
    trails: [Trail<Ratios, LEVEL_OUTCOMES>; 4],
    /// The hashes of the models that were learnt of.
    models: Vec<String>,
    /// The day begun last, and the place of the model that it was begun for.
    begun: Option<(Timestamp, Option<usize>)>,
    totals: [Total; 4],
}

/// What an outcome says of the levels of the model at a place: of the four log forecasts, and of GARCH where it had one.
#[derive(Clone, Copy, Debug)]
struct Ratios {
    model: usize,
    four: [f64; 4],
    garch: Option<f64>,
}

/// What a day saw of one horizon and model.
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
            let model = self.place(&outcome.model).unwrap_or_else(|| {
                self.models.push(outcome.model.to_string());
                self.models.len() - 1
            });
            let ratios = Ratios { model, four: outcome.ratios(), garch: outcome.garch_ratio() };
            self.trails[outcome.horizon.index()].push(outcome.matured, ratios);
        }
    }

    /// Makes the levels those of the model, known by its hash, on the moment's UTC day. Free where they are already.
    pub fn begin_day(&mut self, as_of: Timestamp, model: &str) {
        let day = as_of.floor(DAY);
        let place = self.place(model);
        if self.begun.replace((day, place)) != Some((day, place)) {
            self.totals = std::array::from_fn(|horizon| {
                let own = |ratios: &&Ratios| Some(ratios.model) == place;
                Total::of(self.trails[horizon].before(day).filter(own))
            });
        }
    }

    /// The factors for the four log forecasts, in the order of [`crate::outcome::RAW_NAMES`], on the day begun last.
    #[must_use]
    pub fn levels(&self, model: &HorizonModel) -> [f64; 4] {
        let total = &self.totals[model.horizon.index()];
        let level = |place| model.level_after(model.levels[place], total.ratios[place], total.outcomes, LEVEL_OUTCOMES);
        std::array::from_fn(level)
    }

    /// The factor for GARCH's, by the same rule; `None` where the model has none.
    #[must_use]
    pub fn garch_level(&self, model: &HorizonModel) -> Option<f64> {
        let total = &self.totals[model.horizon.index()];
        let level = |said| model.level_after(said, total.garch, total.garch_outcomes, LEVEL_OUTCOMES);
        model.garch.as_ref().map(|garch| level(garch.level))
    }

    /// On how many outcomes of the model's own the levels of the day begun last rest.
    #[must_use]
    pub fn outcomes(&self, horizon: Horizon) -> usize {
        self.totals[horizon.index()].outcomes
    }

    fn place(&self, model: &str) -> Option<usize> {
        self.models.iter().rposition(|known| known == model)
    }
}

impl Total {
    fn of<'a>(all: impl Iterator<Item = &'a Ratios>) -> Self {
        let mut total = Self::default();
        for Ratios { four, garch, .. } in all {
            total.outcomes += 1;
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
    use wick_schemas::time::BAR;

    /// An outcome of model a whose ratio is `ratio` for every forecast.
    fn outcome(bar: i64, ratio: f64) -> Outcome {
        Outcome {
            horizon: Horizon::M15,
            model: "a".into(),
            origin: Timestamp((bar - 1) * BAR),
            matured: Timestamp(bar * BAR),
            log_return: 0.0,
            realised_variance: ratio,
            variance: 1.0,
            raw: [0.0; 4],
            garch: None,
            called: None,
        }
    }

    fn of(model: &str, outcome: Outcome) -> Outcome {
        Outcome { model: model.into(), ..outcome }
    }

    #[test]
    fn the_artifacts_level_stands_for_the_days_before() {
        let mut model = artifact().horizons[0].clone();
        let mut tracker = LevelTracker::default();
        tracker.begin_day(Timestamp(0), "a");
        assert_eq!(tracker.levels(&model), model.levels);
        for bar in 0..480 {
            tracker.learn(&outcome(bar, 3.0));
        }
        tracker.begin_day(Timestamp(5 * DAY), "a");
        assert_eq!(tracker.outcomes(Horizon::M15), 480);
        let near = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        near(tracker.levels(&model)[0], (480.0 * 3.0 + 800.0 * model.levels[0]) / 1_280.0);
        // It weighs no more than the days that are missing, and nothing where none is.
        model.level_outcomes = usize::MAX;
        let before = (LEVEL_OUTCOMES - 480) as f64;
        near(tracker.levels(&model)[0], (480.0 * 3.0 + before * model.levels[0]) / LEVEL_OUTCOMES as f64);
        for bar in 480..LEVEL_OUTCOMES as i64 {
            tracker.learn(&outcome(bar, 3.0));
        }
        tracker.begin_day(Timestamp(LEVEL_OUTCOMES as i64 * BAR), "a");
        assert_eq!(tracker.levels(&model), [3.0; 4]);
        // Nor is a level of nothing a division by it.
        model.level_outcomes = 0;
        tracker.begin_day(Timestamp(0), "a");
        assert_eq!(tracker.levels(&model), model.levels);
    }

    #[test]
    fn each_model_learns_from_what_came_of_its_own_forecasts() {
        let model = &artifact().horizons[0];
        let mut tracker = LevelTracker::default();
        for bar in 0..300 {
            tracker.learn(&outcome(bar, 3.0));
        }
        for bar in 300..400 {
            tracker.learn(&of("b", outcome(bar, 9.0)));
        }
        let noon = Timestamp(10 * DAY + DAY / 2);
        let mut level = |hash: &str| {
            tracker.begin_day(noon, hash);
            (tracker.outcomes(Horizon::M15), tracker.levels(model)[0])
        };
        assert_eq!(level("c"), (0, model.levels[0]));
        let expected = |count: f64, ratio: f64| (count * ratio + 800.0 * model.levels[0]) / (count + 800.0);
        assert_eq!(level("b"), (100, expected(100.0, 9.0)));
        // Who comes back still knows what he had learnt.
        assert_eq!(level("a"), (300, expected(300.0, 3.0)));
    }

    #[test]
    fn garch_is_levelled_alike_by_the_outcomes_that_have_one() {
        let mut model = artifact().horizons[0].clone();
        let mut tracker = LevelTracker::default();
        for bar in 0..800 {
            tracker.learn(&Outcome { garch: (bar % 2 == 0).then_some(0.0), ..outcome(bar, 3.0) });
        }
        tracker.begin_day(Timestamp(10 * DAY), "a");
        let expected = (400.0 * 3.0 + 800.0 * 1.5) / 1_200.0;
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
        tracker.begin_day(Timestamp(DAY), "a");
        assert_eq!(tracker.levels(model), model.levels);
        tracker.learn(&outcome(97, 50.0));
        tracker.begin_day(Timestamp(DAY + 5 * BAR), "a");
        assert_eq!(tracker.levels(model), model.levels);
        tracker.begin_day(Timestamp(2 * DAY), "a");
        assert!(tracker.levels(model)[0] > model.levels[0]);
    }

    #[test]
    fn what_is_older_than_the_window_is_forgotten() {
        let model = &artifact().horizons[0];
        let mut tracker = LevelTracker::default();
        let bars = LEVEL_OUTCOMES as i64;
        for bar in 0..bars {
            tracker.learn(&outcome(bar, 1e6));
        }
        for bar in bars..2 * bars {
            tracker.learn(&outcome(bar, 2.0));
        }
        tracker.begin_day(Timestamp(2 * bars * BAR), "a");
        assert_eq!(tracker.levels(model), [2.0; 4]);
    }
}
