//! How good the forecasts of variance were.

use serde::{Deserialize, Serialize};

use super::case::{Case, mean};

/// Figures of the variance forecast.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Volatility {
    /// Number of forecasts; those of a horizon in which the price never moved are left out.
    pub n: usize,
    /// Mean QLIKE.
    pub qlike: f64,
    /// Mean of actual / forecast variance: 1 where the level is right.
    pub ratio: f64,
    /// 1 − Σ(actual − forecast)² / Σ(actual − mean)² of the logarithm of the variance per bar, where the forecast is the
    /// logarithm as the model gave it. `None` where serving has none, or nothing varied.
    pub r2: Option<f64>,
}

impl Volatility {
    /// The figures of some forecasts; `None` where the price never moved.
    #[must_use]
    pub fn of(cases: &[Case]) -> Option<Self> {
        let moved: Vec<(&Case, f64)> = cases.iter().filter_map(|case| Some((case, case.score.qlike?))).collect();
        (!moved.is_empty()).then(|| Self {
            n: moved.len(),
            qlike: mean(moved.iter().map(|(_, qlike)| *qlike)),
            ratio: mean(moved.iter().map(|(case, _)| case.score.realised_variance / case.score.variance)),
            r2: r2(&moved),
        })
    }
}

fn r2(moved: &[(&Case, f64)]) -> Option<f64> {
    let log = |case: &Case| (case.score.realised_variance / case.score.horizon.bars() as f64).ln();
    let pairs: Vec<(f64, f64)> =
        moved.iter().filter_map(|(case, _)| Some((log(case), case.served?.raw_log_variance))).collect();
    let centre = mean(pairs.iter().map(|(actual, _)| *actual));
    let missed: f64 = pairs.iter().map(|(actual, forecast)| (actual - forecast).powi(2)).sum();
    let varied: f64 = pairs.iter().map(|(actual, _)| (actual - centre).powi(2)).sum();
    (varied > 0.0).then(|| 1.0 - missed / varied)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::Horizon;
    use crate::report::testing::case;

    /// Actual log variances per bar beside forecast ones.
    fn logs(pairs: &[(f64, f64)]) -> Vec<Case> {
        let made = |(bar, (actual, forecast)): (i64, &(f64, f64))| {
            let mut case = case(Horizon::H1, bar);
            case.score.realised_variance = actual.exp() * 4.0;
            case.served.as_mut().expect("served").raw_log_variance = *forecast;
            case
        };
        (0..).zip(pairs).map(made).collect()
    }

    #[test]
    fn r2_is_one_for_the_truth_and_nothing_for_the_mean() {
        let r2 = |pairs: &[(f64, f64)]| Volatility::of(&logs(pairs)).expect("moved").r2.expect("varied");
        assert!((r2(&[(-9.0, -9.0), (-11.0, -11.0)]) - 1.0).abs() < 1e-9);
        assert!(r2(&[(-9.0, -10.0), (-11.0, -10.0)]).abs() < 1e-9);
        // Misses of ½ beside distances of 1: a quarter of the variation is left.
        assert!((r2(&[(-9.0, -9.5), (-11.0, -10.5)]) - 0.75).abs() < 1e-9);
    }

    #[test]
    fn what_never_moved_or_varied_has_no_figure() {
        let mut cases = logs(&[(-9.0, -9.0), (-9.0, -9.5)]);
        assert_eq!(Volatility::of(&cases).expect("moved").r2, None);
        cases.iter_mut().for_each(|case| case.score.qlike = None);
        assert_eq!(Volatility::of(&cases), None);
    }
}
