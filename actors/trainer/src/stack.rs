//! Stacking (Wolpert 1992, Breiman 1996): weights of candidates, learnt from their forecasts of rows that they had not seen.
//!
//! The forecasts of earlier test blocks of the walk-forward give the weights for the next block, and those of all blocks the
//! weights of the model. Weights minimise the loss by which candidates are judged: log-loss of direction (a logistic
//! regression on log-odds), and QLIKE of volatility (a gamma regression with a logarithmic link on log variances). They are
//! shrunk towards plain means, which are hard to beat (Stock and Watson 2004).

use ndarray::{Array1, Array2, ArrayView1};
use wick_schemas::model::{Estimator, sigmoid};
use wick_schemas::{Horizon, Timestamp};

use crate::dataset::Labels;
use crate::fit::normal::solve;
use crate::fit::{Fitted, Named, STACK, direction, volatility};
use crate::memo::Memo;

/// The candidates of direction that are weighted, as far as they are there.
pub const DIRECTION: [&str; 3] = [direction::LOGISTIC, direction::BOOSTING, direction::FOREST];
/// Those of volatility. A plain mean leaves out the first, which the others start from.
pub const VOLATILITY: [&str; 3] = [volatility::EXTENDED_HAR, volatility::EXTENDED_BOOSTING, volatility::EXTENDED_GAMMA];

/// Pull towards plain means, in rows of one bar: multiplied by the bars of a horizon, whose outcomes overlap.
const PULL: f64 = 1_000.0;
/// Rows of one bar below which plain means are taken: multiplied likewise.
const ENOUGH: usize = 1_000;
/// Steps after which the iteration stops whether or not it has settled.
const MOST_STEPS: usize = 50;
/// Change of every weight below which it has settled.
const SETTLED: f64 = 1e-9;
/// An actual variance counts as at most so many times the forecast while weights are sought: one storm is not to decide.
const MOST_RATIO: f64 = 33.0;

/// Out-of-sample forecasts of a horizon, in time order.
#[derive(Clone, Debug, PartialEq)]
pub struct Stack {
    horizon: Horizon,
    as_of: Vec<Timestamp>,
    direction: Said,
    volatility: Said,
}

/// What the candidates of one target said, and what came.
#[derive(Clone, Debug, Default, PartialEq)]
struct Said {
    /// A value for each candidate, row by row.
    forecasts: Vec<f64>,
    /// 1 for a rise, or log variance per bar.
    outcomes: Vec<f64>,
}

/// Which loss is minimised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Loss {
    Log,
    Qlike,
}

impl Stack {
    /// Of a horizon, without forecasts yet.
    #[must_use]
    pub fn new(horizon: Horizon) -> Self {
        Self { horizon, as_of: Vec::new(), direction: Said::default(), volatility: Said::default() }
    }

    /// Adds to what was fitted the weighted means, by what had come of earlier forecasts at `now`.
    pub fn join(&self, fitted: &mut Fitted, now: Timestamp) {
        let known = self.as_of.partition_point(|as_of| as_of.shift(self.horizon.millis()) <= now);
        let direction = parts(&fitted.direction, &DIRECTION);
        let plain = direction::weights(names(&fitted.direction, &DIRECTION));
        fitted.direction.extend(self.weighted(&direction, &plain, &self.direction, known, Loss::Log));
        let volatility = parts(&fitted.volatility, &VOLATILITY);
        let mut plain = vec![1.0 / volatility.len().saturating_sub(1).max(1) as f64; volatility.len()];
        if let Some(first) = plain.first_mut() {
            *first = 0.0;
        }
        fitted.volatility.extend(self.weighted(&volatility, &plain, &self.volatility, known, Loss::Qlike));
    }

    /// Learns what candidates say of rows later than any that they, or this, know. With the candidates of each target come
    /// their values, of so many rows before those too.
    pub fn learn<'a>(
        &mut self,
        labels: &Labels,
        places: &[usize],
        direction: (&'a [Named], &mut Memo<'a>, usize),
        volatility: (&'a [Named], &mut Memo<'a>, usize),
    ) {
        let columns = |(candidates, memo, before): (&'a [Named], &mut Memo<'a>, usize), names: &[&str]| {
            let find = |name: &&str| candidates.iter().find(|one| one.name == *name);
            let parts: Vec<_> = names.iter().filter_map(find).map(|one| memo.values(&one.estimator)).collect();
            move |row: usize| parts.iter().map(|part| part[before + row]).collect::<Vec<f64>>()
        };
        let (direction, volatility) = (columns(direction, &DIRECTION), columns(volatility, &VOLATILITY));
        for (row, place) in places.iter().enumerate() {
            self.as_of.push(labels.as_of[*place]);
            self.direction.forecasts.extend(direction(row));
            self.direction.outcomes.push(f64::from(u8::from(labels.up(*place))));
            self.volatility.forecasts.extend(volatility(row));
            self.volatility.outcomes.push(labels.log_variance[*place]);
        }
    }

    fn weighted(&self, parts: &[Estimator], plain: &[f64], said: &Said, known: usize, loss: Loss) -> Option<Named> {
        if parts.len() < 2 {
            return None;
        }
        let bars = self.horizon.bars();
        let learnt = (known >= ENOUGH * bars).then(|| said.weights(plain, known, PULL * bars as f64, loss)).flatten();
        let mut weights = learnt.unwrap_or_else(|| plain.iter().copied().chain([0.0]).collect());
        let intercept = weights.pop().unwrap_or(0.0);
        let estimator = Estimator::Weighted { parts: parts.to_vec(), weights, intercept };
        Some(Named { name: STACK, estimator })
    }
}

/// Those of these names that are among the candidates.
fn names<'a>(candidates: &'a [Named], names: &'a [&'static str]) -> impl Iterator<Item = &'static str> + 'a {
    names.iter().copied().filter(|name| candidates.iter().any(|one| one.name == *name))
}

/// The candidates of these names, in the order of the names.
fn parts(candidates: &[Named], names: &[&str]) -> Vec<Estimator> {
    let find = |name: &&str| candidates.iter().find(|one| one.name == *name).map(|one| one.estimator.clone());
    names.iter().filter_map(find).collect()
}

impl Said {
    /// The weights of the candidates and last the constant, by Newton's method from the first `known` rows; `None` where it
    /// does not end in numbers.
    fn weights(&self, plain: &[f64], known: usize, pull: f64, loss: Loss) -> Option<Vec<f64>> {
        let width = plain.len() + 1;
        let mut x = Array2::ones((known, width));
        for (mut row, forecasts) in x.rows_mut().into_iter().zip(self.forecasts.chunks(plain.len())) {
            row.iter_mut().zip(forecasts).for_each(|(value, forecast)| *value = *forecast);
        }
        let start: Vec<f64> = plain.iter().copied().chain([0.0]).collect();
        let mut weights = start.clone();
        for _ in 0..MOST_STEPS {
            let said = x.dot(&ArrayView1::from(&weights));
            let slopes = said.iter().zip(&self.outcomes).map(|(said, outcome)| loss.slope(*said, *outcome));
            let (slopes, curvatures): (Vec<f64>, Vec<f64>) = slopes.unzip();
            let mut gradient = x.t().dot(&Array1::from(slopes)).to_vec();
            let bent = &x * &Array1::from(curvatures).insert_axis(ndarray::Axis(1));
            let mut matrix: Vec<f64> = x.t().dot(&bent).into_iter().collect();
            for place in 0..width - 1 {
                gradient[place] -= pull * (weights[place] - start[place]);
                matrix[place * width + place] += pull;
            }
            let step = solve("stack", matrix, gradient).ok()?;
            weights.iter_mut().zip(&step).for_each(|(weight, change)| *weight += change);
            if step.iter().all(|change| change.abs() < SETTLED) {
                break;
            }
        }
        weights.iter().all(|weight| weight.is_finite()).then_some(weights)
    }
}

impl Loss {
    /// How fast the loss falls as the forecast rises, and how fast that changes.
    fn slope(self, said: f64, outcome: f64) -> (f64, f64) {
        match self {
            Self::Log => {
                let chance = sigmoid(said);
                (outcome - chance, chance * (1.0 - chance))
            }
            // QLIKE of ratio x = exp(outcome − said) is x − ln x − 1.
            Self::Qlike => {
                let ratio = (outcome - said).exp().min(MOST_RATIO);
                // Never flat: a step too long does not come back.
                (ratio - 1.0, ratio.max(0.2))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wick_schemas::time::BAR;

    /// Numbers around zero that look drawn.
    fn drawn(place: usize, salt: u64) -> f64 {
        let mixed = (place as u64 ^ salt.wrapping_mul(0x9E37_79B9_7F4A_7C15)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        ((mixed ^ (mixed >> 31)).wrapping_mul(0x94D0_49BB_1331_11EB) >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }

    /// Two candidates, the second of which says nothing.
    fn said(rows: usize, outcome: impl Fn(usize, f64) -> f64) -> Said {
        let mut said = Said::default();
        for place in 0..rows {
            let signal = 2.0 * drawn(place, 1);
            said.forecasts.extend([signal, 2.0 * drawn(place, 2)]);
            said.outcomes.push(outcome(place, signal));
        }
        said
    }

    #[test]
    fn weight_goes_to_who_knows_and_by_the_loss_that_counts() {
        let rises = said(30_000, |place, signal| f64::from(u8::from((drawn(place, 3) + 1.0) / 2.0 < sigmoid(signal))));
        let weights = rises.weights(&[0.5, 0.5], 30_000, 1.0, Loss::Log).expect("weights");
        assert!((weights[0] - 1.0).abs() < 0.05 && weights[1].abs() < 0.05 && weights[2].abs() < 0.05, "{weights:?}");
        // Variances whose mean, not whose logarithm, is what the first says: the constant makes up for it.
        let noise = |place: usize| 0.8 * (drawn(place, 4) + drawn(place, 5) + drawn(place, 6));
        let storms = said(30_000, |place, signal| signal + noise(place));
        let weights = storms.weights(&[0.5, 0.5], 30_000, 1.0, Loss::Qlike).expect("weights");
        let wanted = ((0..30_000).map(|place| noise(place).exp()).sum::<f64>() / 30_000.0).ln();
        assert!((weights[0] - 1.0).abs() < 0.03 && weights[1].abs() < 0.03, "{weights:?}");
        assert!((weights[2] - wanted).abs() < 0.03, "{weights:?} {wanted}");
    }

    #[test]
    fn a_strong_pull_leaves_the_plain_mean() {
        let rises = said(3_000, |place, signal| f64::from(u8::from(drawn(place, 3) < signal)));
        let weights = rises.weights(&[0.5, 0.5], 3_000, 1e9, Loss::Log).expect("weights");
        assert!(weights[..2].iter().all(|weight| (weight - 0.5).abs() < 1e-3), "{weights:?}");
    }

    #[test]
    fn what_had_not_come_yet_has_no_weight() {
        let rows = 3_000;
        let said = said(rows, |place, signal| f64::from(u8::from(drawn(place, 3) < signal)));
        let as_of: Vec<Timestamp> = (0..rows).map(|place| Timestamp(place as i64 * BAR)).collect();
        let stack = Stack { horizon: Horizon::M15, as_of, direction: said, volatility: Said::default() };
        let mut other = stack.clone();
        other.direction.outcomes[2_000..].iter_mut().for_each(|outcome| *outcome = 1.0 - *outcome);
        let constant = Estimator::Constant { value: 1.0 };
        let fitted = || Fitted {
            base_rate: 0.5,
            ewma: constant.clone(),
            har: constant.clone(),
            garch: constant.clone(),
            direction: DIRECTION[..2].iter().map(|name| Named { name, estimator: constant.clone() }).collect(),
            volatility: Vec::new(),
        };
        let weights = |stack: &Stack, bars: i64| {
            let mut fitted = fitted();
            stack.join(&mut fitted, Timestamp(bars * BAR));
            assert!(fitted.volatility.is_empty(), "a mean of nothing");
            fitted.direction.pop().expect("a stack")
        };
        assert_eq!(weights(&stack, 2_000), weights(&other, 2_000));
        assert_ne!(weights(&stack, 2_001), weights(&other, 2_001));
        let few = weights(&stack, 900);
        let plain = Estimator::Weighted { parts: vec![constant.clone(); 2], weights: vec![0.25, 0.75], intercept: 0.0 };
        assert_eq!((few.name, few.estimator), (STACK, plain));
    }
}
