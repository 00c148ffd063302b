//! How good the distributions of the return were.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::case::{Case, mean};
use super::crps::crps;
use crate::prediction::TAUS;

/// What the thirds of the forecasts by their variance are called, calmest first.
const TERCILES: [&str; 3] = ["calm", "middle", "wild"];

/// Figures of the return quantiles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Returns {
    /// Number of forecasts.
    pub n: usize,
    /// Mean pinball loss over the published quantiles, as a log return.
    pub pinball: f64,
    /// Mean CRPS ([`crps`]), as a log return.
    pub crps: Option<f64>,
    /// Mean width of the 80 % interval, as a log return.
    pub width_80: Option<f64>,
    /// Mean width of the 95 % interval, as a log return.
    pub width_95: Option<f64>,
    /// Shares inside the intervals, of all.
    pub coverage: Coverage,
    /// The same in each third by forecast variance.
    pub terciles: Vec<Coverage>,
    /// The same in each quarter (UTC).
    pub quarters: Vec<Coverage>,
    /// The same in each year (UTC).
    pub years: Vec<Coverage>,
    /// For each published quantile, its probability and the share of outcomes at or below it.
    pub calibration: Vec<Calibration>,
}

/// Shares of outcomes inside the intervals.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    /// Of which forecasts: `all`, `calm`, `2024`, `2024 Q1`.
    pub of: String,
    /// Their number.
    pub n: usize,
    /// Share inside the 80 % interval.
    pub inside_80: f64,
    /// Share inside the 95 % interval.
    pub inside_95: f64,
}

/// A quantile beside what fell at or below it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// The quantile's probability.
    pub tau: f64,
    /// Share of outcomes at or below it.
    pub share: f64,
}

impl Returns {
    /// The figures of some forecasts.
    #[must_use]
    pub fn of(cases: &[Case]) -> Self {
        let served: Vec<_> = cases.iter().filter_map(|case| Some((case.score.log_return, case.served?))).collect();
        let share = |value: &dyn Fn(f64, &[f64; 7]) -> f64| {
            (!served.is_empty()).then(|| mean(served.iter().map(|(actual, one)| value(*actual, &one.quantiles))))
        };
        let calibration = TAUS.iter().enumerate().filter_map(|(place, tau)| {
            let at_or_below = |actual: f64, quantiles: &[f64; 7]| f64::from(u8::from(actual <= quantiles[place]));
            Some(Calibration { tau: *tau, share: share(&at_or_below)? })
        });
        Self {
            n: cases.len(),
            pinball: mean(cases.iter().map(|case| case.score.pinball)),
            crps: share(&crps),
            width_80: share(&|_, quantiles| quantiles[5] - quantiles[1]),
            width_95: share(&|_, quantiles| quantiles[6] - quantiles[0]),
            coverage: Coverage::of("all".into(), cases.iter()),
            terciles: terciles(cases),
            quarters: grouped(cases, |case| format!("{} Q{}", case.score.origin.year(), case.score.origin.quarter())),
            years: grouped(cases, |case| case.year().to_string()),
            calibration: calibration.collect(),
        }
    }
}

impl Coverage {
    fn of<'a>(of: String, cases: impl Iterator<Item = &'a Case> + Clone) -> Self {
        let share = |inside: fn(&Case) -> bool| mean(cases.clone().map(|case| f64::from(u8::from(inside(case)))));
        Self {
            of,
            n: cases.clone().count(),
            inside_80: share(|case| case.score.inside_80),
            inside_95: share(|case| case.score.inside_95),
        }
    }
}

fn terciles(cases: &[Case]) -> Vec<Coverage> {
    let mut sorted: Vec<&Case> = cases.iter().collect();
    sorted.sort_by(|one, other| one.score.variance.total_cmp(&other.score.variance));
    let thirds = TERCILES.iter().enumerate().map(|(third, name)| {
        let part = &sorted[sorted.len() * third / 3..sorted.len() * (third + 1) / 3];
        Coverage::of((*name).to_owned(), part.iter().copied())
    });
    thirds.filter(|third| third.n > 0).collect()
}

fn grouped(cases: &[Case], key: impl Fn(&Case) -> String) -> Vec<Coverage> {
    let mut groups: BTreeMap<String, Vec<&Case>> = BTreeMap::new();
    for case in cases {
        groups.entry(key(case)).or_default().push(case);
    }
    groups.into_iter().map(|(of, cases)| Coverage::of(of, cases.into_iter())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::Horizon;
    use crate::report::testing::case;
    use crate::time::Timestamp;

    fn cases(n: i64) -> Vec<Case> {
        let made = |bar: i64| {
            let mut case = case(Horizon::M15, bar);
            case.score.variance = (n - bar) as f64;
            case.score.inside_80 = bar % 2 == 0;
            case
        };
        (0..n).map(made).collect()
    }

    #[test]
    fn thirds_are_by_forecast_variance_calmest_first() {
        let mut cases = cases(9);
        // The three of the least variance are the last three.
        cases[6..].iter_mut().for_each(|case| case.score.inside_95 = false);
        let terciles = Returns::of(&cases).terciles;
        let shown: Vec<_> = terciles.iter().map(|third| (third.of.as_str(), third.n, third.inside_95)).collect();
        assert_eq!(shown, [("calm", 3, 0.0), ("middle", 3, 1.0), ("wild", 3, 1.0)]);
    }

    #[test]
    fn quarters_and_years_are_those_of_the_calendar() {
        let mut cases = cases(4);
        let dates = ["2023-12-31", "2024-01-01", "2024-03-31", "2024-04-01"];
        for (case, date) in cases.iter_mut().zip(dates) {
            case.score.origin = Timestamp::parse(date).expect("a date");
        }
        let returns = Returns::of(&cases);
        let shown = |groups: &[Coverage]| groups.iter().map(|one| (one.of.clone(), one.n)).collect::<Vec<_>>();
        let named = |name: &str, n: usize| (name.to_owned(), n);
        assert_eq!(shown(&returns.quarters), [named("2023 Q4", 1), named("2024 Q1", 2), named("2024 Q2", 1)]);
        assert_eq!(shown(&returns.years), [named("2023", 1), named("2024", 3)]);
        assert_eq!(returns.coverage.inside_80, 0.5);
    }

    #[test]
    fn widths_and_calibration_are_counted() {
        let quantiles = [-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0];
        let mut cases = cases(4);
        for (case, actual) in cases.iter_mut().zip([-4.0, -1.0, 0.5, 9.0]) {
            case.score.log_return = actual;
            case.served.as_mut().expect("served").quantiles = quantiles;
        }
        let returns = Returns::of(&cases);
        assert_eq!((returns.width_80, returns.width_95), (Some(4.0), Some(6.0)));
        let shares: Vec<f64> = returns.calibration.iter().map(|one| one.share).collect();
        assert_eq!(shares, [0.25, 0.25, 0.5, 0.5, 0.75, 0.75, 0.75]);
        let by_hand = [-4.0, -1.0, 0.5, 9.0].map(|actual| crps(actual, &quantiles)).iter().sum::<f64>() / 4.0;
        assert_eq!(returns.crps, Some(by_hand));
        cases.iter_mut().for_each(|case| case.served = None);
        let returns = Returns::of(&cases);
        assert_eq!((returns.crps, returns.width_80, returns.calibration.len()), (None, None, 0));
    }
}
