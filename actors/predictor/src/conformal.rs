//! Intervals: trailing quantiles of what past forecasts missed by.
//!
//! A return quantile is a trailing quantile of *return / sqrt(forecast variance)*, moved by what [`crate::tracker`] has
//! learnt, times the square root of the new variance, so it is as wide in a storm as the storm asks. Trailing quantiles of
//! the plain return are the baseline.

use wick_schemas::model::{HorizonModel, log_odds};
use wick_schemas::prediction::TAUS;
use wick_schemas::time::DAY;
use wick_schemas::{Horizon, Timestamp};

use crate::outcome::Outcome;
use crate::tracker::{Issued, Tracker, inputs};
use crate::trail::{LONG_WINDOW, Trail, WINDOW};

/// Below this many outcomes, the artifact's own quantiles serve: the outermost TAUS need some fifty on their side.
pub const ENOUGH: usize = 2_000;

/// Trailing quantiles, held still over each UTC day (the rule is in [`crate::trail`]), and what moves them within it.
#[derive(Clone, Debug, Default)]
pub struct Intervals {
    trails: [Trail<Miss, LONG_WINDOW>; 4],
    trackers: [Tracker; 4],
    day: Option<Timestamp>,
    quantiles: [Option<DayQuantiles>; 4],
}

/// What an outcome teaches about intervals.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Miss {
    residual: f64,
    log_return: f64,
    log_variance: f64,
}

/// Quantiles at [`TAUS`] of one horizon.
#[derive(Clone, Copy, Debug, PartialEq)]
struct DayQuantiles {
    residuals: [f64; 7],
    returns: [f64; 7],
    /// Mean and standard deviation of the logarithms of the forecast variances.
    log_variance: (f64, f64),
}

impl Intervals {
    /// Goes on with what was learnt in a former life.
    #[must_use]
    pub fn with(trackers: [Tracker; 4]) -> Self {
        Self { trackers, ..Self::default() }
    }

    /// What was learnt besides the trailing outcomes: it depends on every outcome there ever was, so it must be kept.
    #[must_use]
    pub fn trackers(&self) -> [Tracker; 4] {
        self.trackers
    }

    /// Learns from an outcome what was wrong with the quantiles that were issued for it. Once for each outcome: this is not
    /// learnt again when a life begins.
    pub fn track(&mut self, outcome: &Outcome, issued: &Issued) {
        if outcome.is_sound() {
            self.trackers[outcome.horizon.index()].learn(outcome.horizon, issued, outcome.residual());
        }
    }

    /// Learns an outcome; one that is not sound, or not newer than the last of its horizon, is passed over.
    pub fn learn(&mut self, outcome: &Outcome) {
        if outcome.is_sound() {
            let (residual, log_variance) = (outcome.residual(), outcome.variance.ln());
            let miss = Miss { residual, log_return: outcome.log_return, log_variance };
            self.trails[outcome.horizon.index()].push(outcome.matured, miss);
        }
    }

    /// Makes the quantiles those of the moment's UTC day. Free where they are already.
    pub fn begin_day(&mut self, as_of: Timestamp) {
        let day = as_of.floor(DAY);
        if self.day.replace(day) != Some(day) {
            self.quantiles = std::array::from_fn(|place| DayQuantiles::of(&self.trails[place], day));
        }
    }

    /// Quantiles of the standardised return for a forecast variance over the horizon and chance of a rise. Times the square
    /// root of the variance they are the return's.
    #[must_use]
    pub fn issue(&self, model: &HorizonModel, variance: f64, p_up: f64) -> Issued {
        let storm = match &self.quantiles[model.horizon.index()] {
            Some(day) => (variance.ln() - day.log_variance.0) / day.log_variance.1,
            None => 0.0,
        };
        let odds = log_odds(p_up) - log_odds(model.base_rate);
        self.trackers[model.horizon.index()].issue(self.residuals(model), inputs(odds, storm))
    }

    /// The baseline: quantiles at [`TAUS`] of the plain log return in the trailing 90 days.
    #[must_use]
    pub fn rolling_returns(&self, model: &HorizonModel) -> Vec<f64> {
        match &self.quantiles[model.horizon.index()] {
            Some(day) => day.returns.to_vec(),
            None => model.return_quantiles.clone(),
        }
    }

    /// Whether a horizon has quantiles of its own on the day begun last, rather than its artifact's.
    #[must_use]
    pub fn are_own(&self, horizon: Horizon) -> bool {
        self.quantiles[horizon.index()].is_some()
    }

    fn residuals(&self, model: &HorizonModel) -> [f64; 7] {
        match &self.quantiles[model.horizon.index()] {
            Some(day) => day.residuals,
            None => std::array::from_fn(|place| model.residual_quantiles.get(place).copied().unwrap_or(0.0)),
        }
    }
}

impl DayQuantiles {
    fn of(trail: &Trail<Miss, LONG_WINDOW>, day: Timestamp) -> Option<Self> {
        let known = trail.before(day).len();
        if known < ENOUGH {
            return None;
        }
        let quantiles = |mut values: Vec<f64>| {
            values.sort_unstable_by(f64::total_cmp);
            TAUS.map(|tau| quantile(&values, tau))
        };
        // The baseline's are those of 90 days.
        let recent = || trail.before(day).skip(known.saturating_sub(WINDOW));
        let count = recent().len() as f64;
        let mean = recent().map(|miss| miss.log_variance).sum::<f64>() / count;
        let squares: f64 = recent().map(|miss| (miss.log_variance - mean).powi(2)).sum();
        Some(Self {
            residuals: quantiles(trail.before(day).map(|miss| miss.residual).collect()),
            returns: quantiles(recent().map(|miss| miss.log_return).collect()),
            log_variance: (mean, (squares / count).sqrt()),
        })
    }
}

/// The quantile of sorted values, interpolated linearly (Hyndman and Fan 1996, type 7; numpy's default). Zero of none.
fn quantile(sorted: &[f64], tau: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
    let place = tau * last as f64;
    let below = place.floor() as usize;
    let (low, high) = (sorted[below.min(last)], sorted[(below + 1).min(last)]);
    let part = place - below as f64;
    // From the nearer end, as rounding must not carry it past the other.
    if part < 0.5 { low + (high - low) * part } else { high - (high - low) * (1.0 - part) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corrections::Corrections;
    use crate::outcome::{Called, OUTCOMES_NEEDED};
    use crate::scorer::tests::artifact;
    use proptest::prelude::*;
    use wick_schemas::time::BAR;

    #[test]
    fn quantiles_are_those_of_numpy() {
        // numpy.quantile([-3, -1, 0.5, 2, 7, 11], TAUS)
        let sorted = [-3.0, -1.0, 0.5, 2.0, 7.0, 11.0];
        let expected = [-2.75, -2.0, -0.625, 1.25, 5.75, 9.0, 10.5];
        for (tau, expected) in TAUS.into_iter().zip(expected) {
            assert!((quantile(&sorted, tau) - expected).abs() < 1e-12, "{tau}");
        }
        assert_eq!(quantile(&[4.0], 0.3), 4.0);
    }

    /// A stream of outcomes of every horizon, as different from bar to bar as cheap arithmetic makes them.
    fn outcomes(bars: i64) -> Vec<Outcome> {
        let noise = |bar: i64, salt: u64| {
            let mixed = (bar as u64 ^ salt.wrapping_mul(0x9E37_79B9)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            ((mixed ^ (mixed >> 29)) % 100_003) as f64 / 100_003.0
        };
        let one = |bar: i64, horizon: Horizon| Outcome {
            horizon,
            model: if bar % 9_000 < 5_000 { "a" } else { "b" }.into(),
            origin: Timestamp(bar * BAR) - horizon.millis(),
            matured: Timestamp(bar * BAR),
            log_return: (noise(bar, 1) - 0.5) * 0.01,
            realised_variance: noise(bar, 2) * 1e-5 * horizon.bars() as f64,
            variance: (noise(bar, 3) + 0.1) * 1e-5,
            raw: [4, 5, 6, 7].map(|salt| noise(bar, salt) - 12.0),
            garch: None,
            called: (bar % 5 > 0).then(|| Called { p_up: 0.3 + 0.4 * noise(bar, 8), base_rate: 0.51 }),
        };
        (0..bars).flat_map(|bar| Horizon::ALL.map(|horizon| one(bar, horizon))).collect()
    }

    /// What all corrections say on a day, as bits.
    fn bits(corrections: &mut Corrections, as_of: Timestamp) -> Vec<u64> {
        // One of both is serving, and the other may come back.
        let serving = if as_of.millis() / DAY % 7 == 0 { "b" } else { "a" };
        corrections.begin_day(as_of, serving);
        let Corrections { levels, slopes, intervals } = corrections;
        let artifact = artifact();
        let say = |model: &HorizonModel| {
            let mut numbers = intervals.issue(model, 2e-6, 0.55).quantiles.to_vec();
            numbers.extend(intervals.rolling_returns(model));
            numbers
        };
        let mut numbers: Vec<f64> = artifact.horizons.iter().flat_map(say).collect();
        numbers.extend(Horizon::ALL.map(|horizon| slopes.calibrated(horizon, 0.55, 0.51)));
        numbers.extend(artifact.horizons.iter().flat_map(|model| levels.levels(model)));
        numbers.into_iter().map(f64::to_bits).collect()
    }

    #[test]
    fn the_artifacts_quantiles_serve_until_there_are_enough() {
        let artifact = artifact();
        let model = &artifact.horizons[0];
        let mut intervals = Intervals::default();
        let stream = outcomes(ENOUGH as i64 + 96);
        for outcome in &stream[..4 * (ENOUGH - 1)] {
            intervals.learn(outcome);
        }
        intervals.begin_day(Timestamp(1000 * DAY));
        assert!(!intervals.are_own(Horizon::M15));
        assert_eq!(intervals.rolling_returns(model), model.return_quantiles);
        for outcome in &stream[4 * (ENOUGH - 1)..] {
            intervals.learn(outcome);
        }
        intervals.begin_day(Timestamp(1001 * DAY));
        assert!(Horizon::ALL.into_iter().all(|horizon| intervals.are_own(horizon)));
        // The stream's returns are uniform on ±0.5 %.
        for (quantile, tau) in intervals.rolling_returns(model).into_iter().zip(TAUS) {
            assert!((quantile - (tau - 0.5) * 0.01).abs() < 3e-4, "{tau}: {quantile}");
        }
    }

    #[test]
    fn intervals_cover_what_they_promise() {
        let artifact = artifact();
        let model = &artifact.horizons[0];
        let (mut intervals, mut inside, mut asked) = (Intervals::default(), 0, 0);
        for outcome in outcomes(6_000).into_iter().filter(|outcome| outcome.horizon == Horizon::M15) {
            intervals.begin_day(outcome.origin);
            if intervals.are_own(Horizon::M15) {
                let quantiles = intervals.issue(model, outcome.variance, 0.5).quantiles;
                asked += 1;
                inside += usize::from((quantiles[1]..=quantiles[5]).contains(&outcome.residual()));
            }
            intervals.learn(&outcome);
        }
        let coverage = f64::from(inside as u32) / f64::from(asked as u32);
        assert!((coverage - 0.8).abs() < 0.02, "{coverage}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]
        /// A restart in the middle of anything: learn what is needed up to the cut, go on, and be the same.
        #[test]
        fn a_rebuild_is_the_same_to_the_bit(cut in 1_i64..40_000, after in 0_i64..300) {
            let stream = outcomes(cut + after);
            let (past, future) = stream.split_at(4 * cut as usize);
            let mut corrections = Corrections::default();
            for (number, outcome) in past.iter().enumerate() {
                corrections.learn(outcome);
                if number % 997 == 0 {
                    bits(&mut corrections, outcome.matured);
                }
            }
            let mut again = Corrections::default();
            let needed = 4 * OUTCOMES_NEEDED;
            for outcome in &past[past.len().saturating_sub(needed)..] {
                again.learn(outcome);
            }
            let now = Timestamp((cut - 1) * BAR);
            prop_assert_eq!(bits(&mut corrections, now), bits(&mut again, now));
            for outcome in future {
                corrections.learn(outcome);
                again.learn(outcome);
                if outcome.horizon == Horizon::H24 {
                    prop_assert_eq!(bits(&mut corrections, outcome.matured), bits(&mut again, outcome.matured));
                }
            }
        }

        #[test]
        fn quantiles_do_not_fall(mut values in proptest::collection::vec(-1.0_f64..1.0, 1..300)) {
            values.sort_unstable_by(f64::total_cmp);
            let quantiles = TAUS.map(|tau| quantile(&values, tau));
            prop_assert!(quantiles.windows(2).all(|pair| pair[0] <= pair[1]));
        }
    }
}
