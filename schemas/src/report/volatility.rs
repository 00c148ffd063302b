//! How good the forecasts of variance were.

use serde::{Deserialize, Serialize};

use super::case::{Case, mean};
use crate::model::LEVEL_DAYS;
use crate::time::DAY;

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
    /// The same where each logarithm is moved by the mean of (actual − forecast) of those whose outcomes came in the 180 days
    /// before it was forecast, as each variance is by its level: what a model says that learnt the logarithm of a mean is not
    /// the mean of a logarithm.
    pub r2_levelled: Option<f64>,
}

/// Actual and forecast logarithm of the variance per bar.
type Pair = (f64, f64);

impl Volatility {
    /// The figures of some forecasts, in the order in which they were made; `None` where the price never moved.
    #[must_use]
    pub fn of(cases: &[Case]) -> Option<Self> {
        let moved: Vec<(&Case, f64)> = cases.iter().filter_map(|case| Some((case, case.score.qlike?))).collect();
        (!moved.is_empty()).then(|| Self {
            n: moved.len(),
            qlike: mean(moved.iter().map(|(_, qlike)| *qlike)),
            ratio: mean(moved.iter().map(|(case, _)| case.score.realised_variance / case.score.variance)),
            r2: r2(&pairs(&moved).map(|(_, pair)| pair).collect::<Vec<_>>()),
            r2_levelled: r2(&levelled(&moved)),
        })
    }
}

fn pairs<'a>(moved: &'a [(&Case, f64)]) -> impl Iterator<Item = (&'a Case, Pair)> {
    let log = |case: &Case| (case.score.realised_variance / case.score.horizon.bars() as f64).ln();
    moved.iter().filter_map(move |(case, _)| Some((*case, (log(case), case.served?.raw_log_variance))))
}

/// Each forecast moved by how far those were off that had come true by then.
fn levelled(moved: &[(&Case, f64)]) -> Vec<Pair> {
    let pairs: Vec<(&Case, Pair)> = pairs(moved).collect();
    let came = |place: usize| {
        let score = &pairs[place].0.score;
        score.origin.shift(score.horizon.millis())
    };
    let error = |place: usize| pairs[place].1.0 - pairs[place].1.1;
    let (mut oldest, mut next, mut sum) = (0, 0, 0.0);
    let mut found = Vec::with_capacity(pairs.len());
    for (case, (actual, forecast)) in &pairs {
        let now = case.score.origin;
        // What is forecast now comes later: `next` stops before it.
        while came(next) <= now {
            sum += error(next);
            next += 1;
        }
        while oldest < next && came(oldest) < now.shift(-i64::from(LEVEL_DAYS) * DAY) {
            sum -= error(oldest);
            oldest += 1;
        }
        found.push((*actual, forecast + sum / (next - oldest).max(1) as f64));
    }
    found
}

fn r2(pairs: &[Pair]) -> Option<f64> {
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
    fn a_level_is_learnt_from_what_had_come_and_no_sooner() {
        // An hour is four bars: the first forecast whose outcome is known is known to the fifth.
        let off: Vec<(f64, f64)> = (0..8).map(|bar| (-9.0 + f64::from(bar % 2), -9.5 + f64::from(bar % 2))).collect();
        let cases = logs(&off);
        let moved: Vec<(&Case, f64)> = cases.iter().map(|case| (case, 0.0)).collect();
        let misses: Vec<f64> = levelled(&moved).iter().map(|(actual, forecast)| actual - forecast).collect();
        assert_eq!(misses, [0.5, 0.5, 0.5, 0.5, 0.0, 0.0, 0.0, 0.0]);
        let figures = Volatility::of(&cases).expect("moved");
        // Half of the squares are gone.
        assert!((figures.r2.expect("varied") - 0.0).abs() < 1e-9);
        assert!((figures.r2_levelled.expect("varied") - 0.5).abs() < 1e-9);
    }

    #[test]
    fn what_is_older_than_the_window_no_longer_counts() {
        let days = |bar: i64| if bar == 0 { (-9.0, -12.0) } else { (-9.0, -9.5) };
        let mut cases = logs(&(0..3).map(days).collect::<Vec<_>>());
        let start = cases[0].score.origin;
        let hour = cases[0].score.horizon.millis();
        let later = i64::from(LEVEL_DAYS) * DAY;
        // The first outcome comes 180 days before the second forecast is made, and longer before the third.
        cases[1].score.origin = start.shift(hour + later);
        cases[2].score.origin = start.shift(2 * hour + later);
        let moved: Vec<(&Case, f64)> = cases.iter().map(|case| (case, 0.0)).collect();
        let forecasts: Vec<f64> = levelled(&moved).iter().map(|(_, forecast)| *forecast).collect();
        assert_eq!(forecasts, [-12.0, -6.5, -9.0]);
    }

    #[test]
    fn what_never_moved_or_varied_has_no_figure() {
        let mut cases = logs(&[(-9.0, -9.0), (-9.0, -9.5)]);
        assert_eq!(Volatility::of(&cases).expect("moved").r2, None);
        cases.iter_mut().for_each(|case| case.score.qlike = None);
        assert_eq!(Volatility::of(&cases), None);
    }
}
