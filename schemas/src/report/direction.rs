//! How good the calls of direction were.

use serde::{Deserialize, Serialize};

use super::case::{Case, mean};
use crate::auc::auc;

/// Bins of the reliability diagram.
const BINS: usize = 10;

/// Figures of the probability of a rise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Direction {
    /// Number of forecasts.
    pub n: usize,
    /// Share of rises.
    pub rises: f64,
    /// Mean log-loss, in nats.
    pub log_loss: f64,
    /// Mean Brier score.
    pub brier: f64,
    /// Area under the ROC curve; `None` where all rose or all fell.
    pub auc: Option<f64>,
    /// Share of right directions; a probability of exactly one half is half right.
    pub accuracy: f64,
    /// The tenth of the forecasts that were surest.
    pub surest: Surest,
    /// Forecast probability beside what happened, from the least probability to the greatest.
    pub reliability: Vec<Bin>,
}

/// The most confident tenth, by |p − ½|. Where many are equally sure, all who are as sure as the last of the tenth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Surest {
    /// Number of forecasts.
    pub n: usize,
    /// Share of right directions among them.
    pub accuracy: f64,
    /// The least |p − ½| among them.
    pub margin: f64,
}

/// A bin of the reliability diagram: about as many forecasts as every other, and never a probability in two of them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// Number of forecasts.
    pub n: usize,
    /// Mean forecast probability.
    pub p_up: f64,
    /// Share of rises.
    pub rises: f64,
}

impl Direction {
    /// The figures of some forecasts.
    #[must_use]
    pub fn of(cases: &[Case]) -> Self {
        let share = |value: fn(&Case) -> f64| mean(cases.iter().map(value));
        let calls: Vec<(f64, bool)> = cases.iter().map(|case| (case.score.p_up, case.score.up)).collect();
        Self {
            n: cases.len(),
            rises: share(|case| f64::from(u8::from(case.score.up))),
            log_loss: share(|case| case.score.log_loss),
            brier: share(|case| case.score.brier),
            auc: auc(&calls),
            accuracy: share(Case::right),
            surest: Surest::of(cases.iter()),
            reliability: bins(calls),
        }
    }
}

impl Surest {
    /// The surest tenth of some forecasts.
    #[must_use]
    pub fn of<'a>(cases: impl Iterator<Item = &'a Case>) -> Self {
        let mut sure: Vec<(f64, f64)> = cases.map(|case| ((case.score.p_up - 0.5).abs(), case.right())).collect();
        sure.sort_by(|one, other| other.0.total_cmp(&one.0));
        let Some((margin, _)) = sure.len().div_ceil(10).checked_sub(1).map(|last| sure[last]) else {
            return Self::default();
        };
        let n = sure.partition_point(|(distance, _)| *distance >= margin);
        Self { n, accuracy: mean(sure[..n].iter().map(|(_, right)| *right)), margin }
    }
}

fn bins(mut calls: Vec<(f64, bool)>) -> Vec<Bin> {
    calls.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut bins = Vec::with_capacity(BINS);
    let mut from = 0;
    for bin in 1..=BINS {
        let mut to = calls.len() * bin / BINS;
        while to > 0 && to < calls.len() && calls[to].0 == calls[to - 1].0 {
            to += 1;
        }
        if to > from {
            let part = &calls[from..to];
            bins.push(Bin {
                n: part.len(),
                p_up: mean(part.iter().map(|(p_up, _)| *p_up)),
                rises: mean(part.iter().map(|(_, up)| f64::from(u8::from(*up)))),
            });
            from = to;
        }
    }
    bins
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::Horizon;
    use crate::report::testing::case;
    use crate::score::{brier, log_loss};
    use proptest::prelude::*;

    fn calls(calls: &[(f64, bool)]) -> Vec<Case> {
        let made = |(bar, (p_up, up)): (i64, &(f64, bool))| {
            let mut case = case(Horizon::M15, bar);
            (case.score.p_up, case.score.up) = (*p_up, *up);
            (case.score.log_loss, case.score.brier) = (log_loss(*p_up, *up), brier(*p_up, *up));
            case
        };
        (0..).zip(calls).map(made).collect()
    }

    #[test]
    fn the_figures_are_those_of_a_hand_calculation() {
        let direction = Direction::of(&calls(&[(0.6, true), (0.7, false), (0.4, false), (0.5, true)]));
        assert_eq!((direction.n, direction.rises, direction.accuracy), (4, 0.5, 0.625));
        let expected = -(0.6_f64.ln() + 0.3_f64.ln() + 0.6_f64.ln() + 0.5_f64.ln()) / 4.0;
        assert!((direction.log_loss - expected).abs() < 1e-12);
        assert!((direction.brier - (0.16 + 0.49 + 0.16 + 0.25) / 4.0).abs() < 1e-12);
        // Of the four pairs of a rise and a fall, 0.6 and 0.5 are both above 0.4 and both below 0.7.
        assert_eq!(direction.auc, Some(0.5));
        assert_eq!((direction.surest.n, direction.surest.accuracy), (1, 0.0));
    }

    #[test]
    fn who_is_as_sure_as_the_last_of_the_tenth_counts_too() {
        let constant: Vec<(f64, bool)> = (0..30).map(|bar| (0.52, bar % 3 == 0)).collect();
        let surest = Surest::of(calls(&constant).iter());
        assert_eq!(surest.n, 30);
        assert!((surest.accuracy - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!(Surest::of([].iter()), Surest::default());
    }

    proptest! {
        #[test]
        fn every_forecast_is_in_one_bin(ps in proptest::collection::vec((0_u8..20, any::<bool>()), 0..300)) {
            let ps: Vec<(f64, bool)> = ps.into_iter().map(|(p, up)| (f64::from(p) / 20.0, up)).collect();
            let bins = bins(ps.clone());
            prop_assert!(bins.len() <= BINS);
            prop_assert_eq!(bins.iter().map(|bin| bin.n).sum::<usize>(), ps.len());
            prop_assert!(bins.windows(2).all(|pair| pair[0].p_up < pair[1].p_up));
            let rises: f64 = bins.iter().map(|bin| bin.rises * bin.n as f64).sum();
            prop_assert!((rises - ps.iter().filter(|(_, up)| *up).count() as f64).abs() < 1e-9);
        }
    }
}
