//! The best figures of a walk-forward evaluation, each with its sampling error.

use wick_schemas::Horizon;
use wick_schemas::auc::placements;
use wick_schemas::dm::diebold_mariano;

use crate::dataset::Labels;
use crate::evaluate::{Evaluation, Losses, mean};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Area under the ROC curve of the direction.
    Auc,
    /// Share of right directions; a probability of one half is half right.
    Accuracy,
    /// Share of the QLIKE of the strongest baseline that is saved.
    QlikeSkill,
}

impl Measure {
    /// What is forecast.
    #[must_use]
    pub fn target(self) -> &'static str {
        match self {
            Self::Auc | Self::Accuracy => "direction",
            Self::QlikeSkill => "volatility",
        }
    }

    /// Its name for programs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Auc => "auc",
            Self::Accuracy => "accuracy",
            Self::QlikeSkill => "qlike_skill",
        }
    }

    /// Its name for people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Auc => "AUC",
            Self::Accuracy => "accuracy",
            Self::QlikeSkill => "QLIKE skill against the strongest baseline",
        }
    }
}

/// The best that a candidate reached out of sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// The horizon.
    pub horizon: Horizon,
    /// What is measured.
    pub measure: Measure,
    /// Whose it is.
    pub candidate: &'static str,
    /// How much.
    pub value: f64,
    /// How much takes no skill: half of the pairs, the share of the more frequent direction, nothing of the loss.
    pub unskilled: f64,
    /// Standard deviation of its sampling error: Newey and West's, as outcomes overlap. 0 where no row differs.
    pub deviation: f64,
    /// Number of outcomes.
    pub rows: usize,
}

/// For each measure the candidate that reached most; without those of too few outcomes to tell how sure they are.
#[must_use]
pub fn figures(evaluation: &Evaluation, labels: &Labels) -> Vec<Figure> {
    let ups: Vec<bool> = evaluation.places.iter().map(|place| labels.up(*place)).collect();
    // The base rate is no candidate.
    let called = || evaluation.direction.iter().map(|losses| losses.name).zip(&evaluation.p_up).skip(1);
    let best = |measure, unskilled, contributions: Vec<(&'static str, Vec<f64>)>| {
        let of = |(candidate, series): (&'static str, Vec<f64>)| (candidate, mean(&series), series);
        let (candidate, value, series) = contributions.into_iter().map(of).max_by(|a, b| a.1.total_cmp(&b.1))?;
        let deviation = deviation(&series, evaluation.horizon)?;
        let (horizon, rows) = (evaluation.horizon, series.len());
        Some(Figure { horizon, measure, candidate, value, unskilled, deviation, rows })
    };
    let areas = called().filter_map(|(name, p_up)| Some((name, area(p_up, &ups)?))).collect();
    let rights = called().map(|(name, p_up)| (name, rights(p_up, &ups))).collect();
    let rises = ups.iter().filter(|up| **up).count() as f64 / ups.len().max(1) as f64;
    [
        best(Measure::Auc, 0.5, areas),
        best(Measure::Accuracy, rises.max(1.0 - rises), rights),
        best(Measure::QlikeSkill, 0.0, skills(evaluation)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Each row's part in the area: their mean is the area, and their spread that of its sampling error (DeLong, DeLong and
/// Clarke-Pearson 1988).
fn area(p_up: &[f64], ups: &[bool]) -> Option<Vec<f64>> {
    let calls: Vec<(f64, bool)> = p_up.iter().copied().zip(ups.iter().copied()).collect();
    let placed = placements(&calls)?;
    let rises = ups.iter().filter(|up| **up).count() as f64;
    let area = placed.iter().zip(ups).filter(|(_, up)| **up).map(|(place, _)| *place).sum::<f64>() / rises;
    let share = rises / ups.len() as f64;
    let part = |(place, up): (&f64, &bool)| area + (place - area) / if *up { share } else { 1.0 - share };
    Some(placed.iter().zip(ups).map(part).collect())
}

fn rights(p_up: &[f64], ups: &[bool]) -> Vec<f64> {
    let right = |(p_up, up): (&f64, &bool)| match *p_up {
        0.5 => 0.5,
        p_up => f64::from(u8::from((p_up > 0.5) == *up)),
    };
    p_up.iter().zip(ups).map(right).collect()
}

/// Each row's part in the skill, by the same token: the ratio of two means, linear near them.
fn skills(evaluation: &Evaluation) -> Vec<(&'static str, Vec<f64>)> {
    let baselines = evaluation.volatility.iter().take(1).chain(&evaluation.baselines);
    let Some(rival) = baselines.min_by(|a, b| mean(&a.values).total_cmp(&mean(&b.values))) else { return Vec::new() };
    let base = mean(&rival.values);
    if base <= 0.0 {
        return Vec::new();
    }
    let of = |own: &Losses| {
        let ratio = mean(&own.values) / base;
        let part = |(own, rival): (&f64, &f64)| 1.0 - ratio + (ratio * rival - own) / base;
        (own.name, own.values.iter().zip(&rival.values).map(part).collect())
    };
    evaluation.volatility.iter().skip(1).map(of).collect()
}

/// Of the mean of a series; `None` where it is too short to tell.
fn deviation(series: &[f64], horizon: Horizon) -> Option<f64> {
    if series.len() < 2 * horizon.bars() + 2 {
        return None;
    }
    // What never differs has no spread: a forecast that is always right is sure of itself.
    let spread = diebold_mariano(series, horizon.bars()).map(|test| test.mean / test.t);
    Some(spread.filter(|spread| spread.is_finite()).unwrap_or(0.0))
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    use super::*;
    use crate::evaluate::evaluate;
    use crate::fit::FitConfig;
    use crate::testing;

    #[test]
    fn an_area_is_the_mean_of_its_parts_and_as_sure_as_it_says() {
        let mut chance = StdRng::seed_from_u64(3);
        let (mut areas, mut said) = (Vec::new(), Vec::new());
        for _ in 0..300 {
            let p_up: Vec<f64> = (0..200).map(|_| chance.random()).collect();
            let ups: Vec<bool> = p_up.iter().map(|p_up| chance.random::<f64>() < 0.3 + 0.3 * p_up).collect();
            let calls: Vec<(f64, bool)> = p_up.iter().copied().zip(ups.iter().copied()).collect();
            let parts = area(&p_up, &ups).expect("both sides");
            assert!((mean(&parts) - wick_schemas::auc::auc(&calls).expect("both sides")).abs() < 1e-12);
            areas.push(mean(&parts));
            said.push(deviation(&parts, Horizon::M15).expect("long enough"));
        }
        let centre = mean(&areas);
        let spread = mean(&areas.iter().map(|area| (area - centre).powi(2)).collect::<Vec<_>>()).sqrt();
        assert!((0.85..1.15).contains(&(mean(&said) / spread)), "{} {spread}", mean(&said));
    }

    #[test]
    fn figures_are_those_of_the_losses() {
        let data = testing::market(900, 31).planted().dataset();
        let config = FitConfig { forest: false, ..testing::config() };
        let labels = data.labels_of(Horizon::M15);
        let evaluation = evaluate(&data, Horizon::M15, &config, &|| Ok(())).expect("losses").expect("folds");
        let [area, right, skill] = figures(&evaluation, labels).try_into().expect("three");
        let metrics = evaluation.metrics();
        // Seasonal HAR may not be the strongest baseline.
        let most = metrics.iter().filter(|metric| metric.target == "volatility").map(|metric| metric.skill);
        assert!(skill.value > 0.05 && skill.value <= most.fold(0.0, f64::max) + 1e-12, "{skill:?}");
        assert!((0.65..0.85).contains(&area.value) && (0.65..0.85).contains(&right.value), "{area:?} {right:?}");
        let rows = labels.len() as f64 / 2.0;
        // A coin's, and less where more is known.
        assert!((0.7..1.1).contains(&(right.deviation / (0.25 / rows).sqrt())), "{right:?}");
        assert!(right.unskilled >= 0.5 && right.unskilled < 0.6 && area.unskilled == 0.5, "{right:?}");
    }

    #[test]
    fn what_is_always_right_is_sure_and_what_is_too_short_says_nothing() {
        assert_eq!(deviation(&[1.0; 100], Horizon::M15), Some(0.0));
        assert_eq!(deviation(&[1.0; 100], Horizon::H24), None);
    }
}
