//! A loss beside another one of the same forecasts.

use serde::{Deserialize, Serialize};

use crate::dm::{Dm, diebold_mariano};

/// Two mean losses, and whether their difference was luck.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// Number of forecasts that have both.
    pub n: usize,
    /// Mean loss of the forecasts.
    pub loss: f64,
    /// Mean loss of the baseline.
    pub baseline_loss: f64,
    /// `1 - loss / baseline_loss`; `None` where the baseline loses nothing.
    pub skill: Option<f64>,
    /// The test of the difference, positive where the forecasts are better; `None` where nothing can be proved.
    pub dm: Option<Dm>,
}

impl Compared {
    /// Compares pairs of (loss, baseline loss) in time order, of targets that span `horizon_bars` steps of the series.
    /// `None` where there are none.
    #[must_use]
    pub fn of(losses: &[(f64, f64)], horizon_bars: usize) -> Option<Self> {
        let untested = Self::untested(losses)?;
        let differences: Vec<f64> = losses.iter().map(|(loss, baseline)| difference(*loss, *baseline)).collect();
        Some(Self { dm: diebold_mariano(&differences, horizon_bars), ..untested })
    }

    /// The same without the test.
    #[must_use]
    pub fn untested(losses: &[(f64, f64)]) -> Option<Self> {
        if losses.is_empty() {
            return None;
        }
        let n = losses.len();
        let loss = losses.iter().map(|(loss, _)| loss).sum::<f64>() / n as f64;
        let baseline_loss = losses.iter().map(|(_, baseline)| baseline).sum::<f64>() / n as f64;
        let skill = (baseline_loss > 0.0).then(|| 1.0 - loss / baseline_loss);
        Some(Self { n, loss, baseline_loss, skill, dm: None })
    }
}

/// What the forecast saves. Where the baseline itself is served, the two differ by rounding, which proves nothing.
#[must_use]
pub fn difference(loss: f64, baseline: f64) -> f64 {
    match baseline - loss {
        dust if dust.abs() <= 1e-12 * baseline.abs() => 0.0,
        difference => difference,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_and_skill_are_those_of_a_hand_calculation() {
        let compared = Compared::of(&[(1.0, 4.0), (2.0, 4.0)], 1).expect("two");
        assert_eq!((compared.n, compared.loss, compared.baseline_loss), (2, 1.5, 4.0));
        assert_eq!((compared.skill, compared.dm), (Some(0.625), None));
        assert_eq!(Compared::of(&[], 1), None);
        assert_eq!(Compared::of(&[(0.0, 0.0)], 1).and_then(|compared| compared.skill), None);
    }

    #[test]
    fn rounding_is_no_difference() {
        assert_eq!(difference(0.1 + 0.2, 0.3), 0.0);
        assert_eq!(difference(1.0, 3.0), 2.0);
    }
}
