//! Every loss beside every baseline.

use serde::{Deserialize, Serialize};

use super::case::Case;
use super::compared::{Compared, difference};
use super::crps::crps;
use super::path::{Path, thinned};
use crate::market::Horizon;
use crate::scoreboard::{garch, qlikes};

/// A loss beside a baseline's, with its test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The horizon.
    pub horizon: Horizon,
    /// `direction`, `volatility` or `return`.
    pub target: String,
    /// `log_loss`, `brier`, `qlike`, `pinball`, `crps` or `squared_error`.
    pub loss_name: String,
    /// The baseline's name.
    pub baseline: String,
    /// Whether no other baseline of this loss loses less.
    pub strongest: bool,
    /// Over all forecasts.
    #[serde(flatten)]
    pub all: Compared,
    /// The p-value that holds for all tests of the report together, by Holm; `None` where there was no test.
    pub p_holm: Option<f64>,
    /// Skill in each year.
    pub years: Vec<YearSkill>,
}

/// A year's skill.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct YearSkill {
    /// The year.
    pub year: i32,
    /// Number of forecasts.
    pub n: usize,
    /// `1 - loss / baseline_loss` in it.
    pub skill: Option<f64>,
}

/// How the losses of a target, summed over time, fell behind those of its strongest baseline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LossPath {
    /// `direction`, `volatility` or `return`.
    pub target: String,
    /// The loss.
    pub loss_name: String,
    /// The strongest baseline.
    pub baseline: String,
    /// Sum of baseline − forecast up to each moment; it rises where the forecast is the better one.
    pub path: Path,
}

/// A loss, a baseline, and where a case has the two.
struct Kind {
    target: &'static str,
    loss_name: &'static str,
    baseline: &'static str,
    losses: fn(&Case) -> Option<(f64, f64)>,
}

/// What is compared, in the order of the rows.
const KINDS: [Kind; 9] = [
    Kind {
        target: "direction",
        loss_name: "log_loss",
        baseline: "base_rate",
        losses: |case| Some((case.score.log_loss, case.score.base_log_loss)),
    },
    Kind {
        target: "direction",
        loss_name: "brier",
        baseline: "base_rate",
        losses: |case| Some((case.score.brier, case.score.base_brier)),
    },
    Kind {
        target: "volatility",
        loss_name: "qlike",
        baseline: "ewma",
        losses: |case| qlikes(&case.score).map(|[loss, ewma, ..]| (loss, ewma)),
    },
    Kind { target: "volatility", loss_name: "qlike", baseline: "garch", losses: |case| garch(&case.score) },
    Kind {
        target: "volatility",
        loss_name: "qlike",
        baseline: "har",
        losses: |case| qlikes(&case.score).map(|[loss, _, har, _]| (loss, har)),
    },
    Kind {
        target: "volatility",
        loss_name: "qlike",
        baseline: "seasonal_har",
        losses: |case| qlikes(&case.score).map(|[loss, .., seasonal_har]| (loss, seasonal_har)),
    },
    Kind {
        target: "return",
        loss_name: "pinball",
        baseline: "rolling_quantiles",
        losses: |case| Some((case.score.pinball, case.score.rolling_pinball)),
    },
    Kind {
        target: "return",
        loss_name: "crps",
        baseline: "rolling_quantiles",
        losses: |case| {
            let (actual, served) = (case.score.log_return, case.served?);
            Some((crps(actual, &served.quantiles), crps(actual, &served.rolling)))
        },
    },
    Kind {
        target: "return",
        loss_name: "squared_error",
        baseline: "zero_return",
        losses: |case| {
            let (actual, served) = (case.score.log_return, case.served?);
            Some(((actual - served.expected_return).powi(2), actual.powi(2)))
        },
    },
];

/// The losses that pictures follow over time.
const FOLLOWED: [&str; 3] = ["log_loss", "qlike", "pinball"];

/// Every comparison of a horizon's cases, in time order; `p_holm` is left to who knows all tests.
#[must_use]
pub fn comparisons(horizon: Horizon, sorted: &[Case]) -> Vec<Comparison> {
    let mut rows: Vec<Comparison> = KINDS.iter().filter_map(|kind| one(horizon, kind, sorted)).collect();
    for place in 0..rows.len() {
        let own = rows[place].all.baseline_loss;
        let rivals = |other: &&Comparison| other.loss_name == rows[place].loss_name;
        rows[place].strongest = rows.iter().filter(rivals).all(|other| own <= other.all.baseline_loss);
    }
    rows
}

/// The sums of what was saved over time, for one loss of each target.
#[must_use]
pub fn loss_paths(comparisons: &[Comparison], sorted: &[Case]) -> Vec<LossPath> {
    let followed = |row: &&Comparison| row.strongest && FOLLOWED.contains(&row.loss_name.as_str());
    let path = |row: &Comparison| {
        let kind = KINDS.iter().find(|kind| kind.loss_name == row.loss_name && kind.baseline == row.baseline)?;
        let mut sum = 0.0;
        let points = sorted.iter().filter_map(|case| {
            let (loss, baseline) = (kind.losses)(case)?;
            sum += difference(loss, baseline);
            Some((case.score.origin, sum))
        });
        Some(LossPath {
            target: row.target.clone(),
            loss_name: row.loss_name.clone(),
            baseline: row.baseline.clone(),
            path: thinned(points.collect()),
        })
    };
    comparisons.iter().filter(followed).filter_map(path).collect()
}

fn one(horizon: Horizon, kind: &Kind, sorted: &[Case]) -> Option<Comparison> {
    let losses: Vec<(i32, (f64, f64))> =
        sorted.iter().filter_map(|case| Some((case.year(), (kind.losses)(case)?))).collect();
    let pairs = |part: &[(i32, (f64, f64))]| part.iter().map(|(_, pair)| *pair).collect::<Vec<_>>();
    let years = losses.chunk_by(|one, other| one.0 == other.0).filter_map(|year| {
        let compared = Compared::untested(&pairs(year))?;
        Some(YearSkill { year: year.first()?.0, n: compared.n, skill: compared.skill })
    });
    Some(Comparison {
        horizon,
        target: kind.target.to_owned(),
        loss_name: kind.loss_name.to_owned(),
        baseline: kind.baseline.to_owned(),
        strongest: false,
        all: Compared::of(&pairs(&losses), horizon.bars())?,
        p_holm: None,
        years: years.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{case, noise};
    use crate::testing::score;
    use crate::time::DAY;

    fn cases(bars: i64) -> Vec<Case> {
        (0..bars)
            .map(|bar| Case { score: score(Horizon::M15, bar, 1.0 + noise(bar)), ..case(Horizon::M15, bar) })
            .collect()
    }

    #[test]
    fn half_the_loss_is_half_the_skill_in_every_year() {
        // 400 days from 1970-01-01 on: all of a year and a month of the next.
        let cases: Vec<Case> = cases(400)
            .into_iter()
            .zip(0..)
            .map(|(mut case, day)| {
                case.score.origin.0 = day * DAY;
                case
            })
            .collect();
        let rows = comparisons(Horizon::M15, &cases);
        let log_loss = &rows[0];
        assert_eq!((log_loss.loss_name.as_str(), log_loss.all.n), ("log_loss", 400));
        assert!((log_loss.all.skill.expect("skill") - 0.5).abs() < 1e-12);
        assert!(log_loss.all.dm.expect("proved").t > 5.0);
        let years: Vec<(i32, usize)> = log_loss.years.iter().map(|year| (year.year, year.n)).collect();
        assert_eq!(years, [(1970, 365), (1971, 35)]);
        assert!(log_loss.years.iter().all(|year| (year.skill.expect("skill") - 0.5).abs() < 1e-12));
    }

    #[test]
    fn the_strongest_baseline_is_the_one_of_least_loss() {
        let rows = comparisons(Horizon::M15, &cases(50));
        let strongest: Vec<&str> = rows.iter().filter(|row| row.strongest).map(|row| row.baseline.as_str()).collect();
        assert_eq!(
            strongest,
            ["base_rate", "base_rate", "seasonal_har", "rolling_quantiles", "rolling_quantiles", "zero_return"]
        );
        // What is served is the baseline itself: no skill, and nothing to test.
        let zero = rows.last().expect("a row");
        assert_eq!((zero.all.skill, zero.all.dm), (Some(0.0), None));
    }

    #[test]
    fn a_path_ends_at_the_sum_of_what_was_saved() {
        let cases = cases(1_000);
        let paths = loss_paths(&comparisons(Horizon::M15, &cases), &cases);
        let named: Vec<(&str, &str)> =
            paths.iter().map(|path| (path.loss_name.as_str(), path.baseline.as_str())).collect();
        assert_eq!(named, [("log_loss", "base_rate"), ("qlike", "seasonal_har"), ("pinball", "rolling_quantiles")]);
        let saved: f64 = cases.iter().map(|case| case.score.base_log_loss - case.score.log_loss).sum();
        let (at, end) = paths[0].path.last().copied().expect("points");
        assert_eq!(at, cases[999].score.origin);
        assert!((end - saved).abs() < 1e-9);
    }

    #[test]
    fn what_serving_no_longer_has_is_left_out() {
        let mut cases = cases(20);
        cases.iter_mut().for_each(|case| case.served = None);
        assert_eq!(comparisons(Horizon::M15, &cases).len(), 7);
        assert!(comparisons(Horizon::M15, &[]).is_empty());
    }
}
