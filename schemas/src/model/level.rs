//! The rule by which a level is learnt: what came of a model's own forecasts, and what its artifact says for the days
//! before these.

use super::artifact::HorizonModel;
use crate::time::{BAR, DAY};

/// Over how many days of outcomes a level is the mean ratio: these ratios are now and then wild.
pub const LEVEL_DAYS: u32 = 180;
/// The same, counted in outcomes: one ends with each bar.
pub const LEVEL_OUTCOMES: usize = LEVEL_DAYS as usize * (DAY / BAR) as usize;

impl HorizonModel {
    /// The level after outcomes of this model's own, by the sum of their ratios of actual variance to
    /// `exp(log forecast)`.
    ///
    /// With n outcomes of sum S, the level L that the artifact says, which rests on m outcomes, and
    /// w = min(m, window − n): (S + w L) / (n + w).
    #[must_use]
    pub fn level_after(&self, said: f64, sum: f64, outcomes: usize, window: usize) -> f64 {
        // A level that rests on nothing is still the only one where nothing has come.
        let before = self.level_outcomes.max(1).min(window.saturating_sub(outcomes)) as f64;
        (sum + before * said) / (outcomes as f64 + before)
    }
}
