//! A model's forecast beside what came of it: what the corrections learn from.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wick_schemas::{Horizon, Timestamp};

/// The places of [`Outcome::raw`], in order: the model's volatility and its three baselines.
pub const RAW_NAMES: [&str; 4] = ["volatility", "ewma", "har", "seasonal_har"];

/// How many of the newest sound outcomes *of each horizon* rebuild all corrections bit for bit: the window, and those that
/// matured since the day began, which the day's corrections do not look at yet.
///
/// A rebuild learns them in order of `matured` (any order between horizons); more do no harm.
pub const OUTCOMES_NEEDED: usize = crate::trail::LONG_WINDOW + crate::trail::BARS_A_DAY;

/// One settled forecast of a model.
///
/// Forecasts at level `baseline` leave none: they were made without a model, and the mean ratio of a model's
/// logarithms is not to be learnt from them.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The horizon.
    pub horizon: Horizon,
    /// The hash of the model that made the forecast.
    pub model: Arc<str>,
    /// When the forecast was made.
    pub origin: Timestamp,
    /// When the outcome was known.
    pub matured: Timestamp,
    /// Realised log return over the horizon.
    pub log_return: f64,
    /// Realised variance over the horizon: the sum of squared one-minute log returns.
    pub realised_variance: f64,
    /// Forecast variance over the horizon, level-corrected, as published.
    pub variance: f64,
    /// Uncorrected log variances per bar, in the order of [`RAW_NAMES`].
    pub raw: [f64; 4],
    /// The same by GARCH, where the model has one.
    pub garch: Option<f64>,
    /// What the model said of a rise; `None` where a version before this one did not keep it.
    pub called: Option<Called>,
}

/// What a model said of a rise.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Called {
    /// The chance of a rise, as the model said it.
    pub p_up: f64,
    /// Its base rate.
    pub base_rate: f64,
}

impl Outcome {
    /// Whether everything that is learnt from it is finite. One that is not teaches nothing, and is not kept either.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.ratios().iter().chain(&self.garch_ratio()).all(|ratio| ratio.is_finite()) && self.residual().is_finite()
    }

    /// Actual variance per bar over `exp(raw)`, for each of [`RAW_NAMES`].
    #[must_use]
    pub fn ratios(&self) -> [f64; 4] {
        self.raw.map(|raw| self.ratio(raw))
    }

    /// The same for GARCH.
    #[must_use]
    pub fn garch_ratio(&self) -> Option<f64> {
        self.garch.map(|raw| self.ratio(raw))
    }

    fn ratio(&self, raw: f64) -> f64 {
        self.realised_variance / self.horizon.bars() as f64 / raw.exp()
    }

    /// Return over the square root of the forecast variance.
    #[must_use]
    pub fn residual(&self) -> f64 {
        self.log_return / self.variance.sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome() -> Outcome {
        Outcome {
            horizon: Horizon::H1,
            model: "a".into(),
            origin: Timestamp(0),
            matured: Timestamp(Horizon::H1.millis()),
            log_return: 0.03,
            realised_variance: 8.0,
            variance: 9.0,
            raw: [0.0, 2.0_f64.ln(), -(2.0_f64.ln()), 0.0],
            garch: Some(2.0_f64.ln()),
            called: None,
        }
    }

    #[test]
    fn ratios_are_per_bar_and_residuals_per_horizon() {
        for (ratio, expected) in outcome().ratios().into_iter().zip([2.0, 1.0, 4.0, 2.0]) {
            assert!((ratio - expected).abs() < 1e-12);
        }
        assert!((outcome().residual() - 0.01).abs() < 1e-12);
        assert!((outcome().garch_ratio().expect("a ratio") - 1.0).abs() < 1e-12);
    }

    #[test]
    fn what_is_not_finite_teaches_nothing() {
        assert!(outcome().is_sound());
        assert!(!Outcome { variance: 0.0, ..outcome() }.is_sound());
        assert!(!Outcome { log_return: f64::NAN, ..outcome() }.is_sound());
        assert!(!Outcome { raw: [-1e9, 0.0, 0.0, 0.0], ..outcome() }.is_sound());
        assert!(!Outcome { garch: Some(-1e9), ..outcome() }.is_sound());
    }
}
