//! GARCH(1,1), the textbook's baseline for volatility.
//!
//! With x the realised variance of a bar, the next bar's expected variance is μ' = ω + α x + β μ: Bollerslev's (1986)
//! recursion, fed with the realised variance of a bar where the textbook has the square of its one return, which says
//! less of the same (Engle and Gallo 2006, the multiplicative error model). α and β are those of greatest Gaussian
//! quasi-likelihood; ω follows from them and the mean variance of the window (variance targeting, Engle and Mezrich 1996).
//!
//! A forecast sees one row of features and no state. Unrolled, the recursion is a sum over past bars with weights α β^k;
//! rows hold the mean variance of the last 1, 2, 4 … bars, so each stretch between two of these look-backs gets the mean
//! of its weights, and what is older than the longest the mean variance. Fit and forecast use the same sum.

use std::ops::Range;

use argmin::core::{CostFunction, Executor, State};
use argmin::solver::neldermead::NelderMead;
use wick_schemas::model::{Estimator, Share, sigmoid};
use wick_schemas::time::BAR;

use super::baseline::HAR_INPUTS;
use crate::dataset::{Labels, Rows};
use crate::error::{Error, Result};

/// What the columns' names begin with that hold the log of the mean variance of a bar over so many bars.
const INPUT: &str = "log_rv_";
/// The longest look-back that is used, in bars.
const LONGEST: usize = 672;
/// Rows of the likelihood: more say the same and take longer.
const MOST_ROWS: usize = 20_000;
/// Fewer rows than this are fitted nothing: they get [`USUAL`].
const LEAST_ROWS: usize = 200;
/// α + β and α's share of it, where there is too little to fit.
const USUAL: Persistence = Persistence { sum: 0.98, share: 0.15 };
/// Steps of the search; some forty are enough.
const STEPS: u64 = 120;

/// α and β, as what they add up to and what α is of it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Persistence {
    sum: f64,
    share: f64,
}

/// The look-backs that the rows have, shortest first: bars and column.
#[derive(Clone, Debug, PartialEq)]
struct LookBacks(Vec<(usize, usize)>);

/// The weighted sum of one step: what is added, and the weight of each look-back.
#[derive(Clone, Debug, PartialEq)]
struct Sum {
    constant: f64,
    weights: Vec<f64>,
}

/// Rows beside the next bar's variance.
struct Likelihood<'a> {
    look_backs: &'a LookBacks,
    mean: f64,
    /// Variances of the look-backs, row after row.
    inputs: Vec<f64>,
    next: Vec<f64>,
}

/// Fits GARCH on the rows of `train`, for the mean variance of a bar over the labels' horizon.
///
/// # Errors
/// Where the rows lack one of [`HAR_INPUTS`], or the search breaks off.
pub fn fit(rows: &Rows, labels: &Labels, train: Range<usize>) -> Result<Estimator> {
    let look_backs = LookBacks::of(rows)?;
    let likelihood = Likelihood::of(rows, &labels.row[train], &look_backs);
    let persistence = if likelihood.next.len() < LEAST_ROWS { USUAL } else { likelihood.most_likely()? };
    let one = persistence.one_step(&look_backs, likelihood.mean);
    // The expected variance falls back to the mean by (α + β) a step; this is the mean over the horizon's steps.
    let (sum, bars) = (persistence.sum, labels.horizon.bars() as f64);
    let kept = (1.0 - sum.powf(bars)) / (bars * (1.0 - sum));
    let share =
        |(weight, (_, column)): (&f64, &(usize, usize))| Share { column: *column as u32, weight: kept * weight };
    Ok(Estimator::LogSum {
        shares: one.weights.iter().zip(&look_backs.0).map(share).collect(),
        constant: likelihood.mean * (1.0 - kept) + kept * one.constant,
    })
}

impl LookBacks {
    fn of(rows: &Rows) -> Result<Self> {
        for name in HAR_INPUTS {
            rows.column(name)?;
        }
        let look_back = |(column, name): (usize, &String)| {
            let bars: usize = name.strip_prefix(INPUT)?.parse().ok()?;
            (1..=LONGEST).contains(&bars).then_some((bars, column))
        };
        let mut found: Vec<(usize, usize)> = rows.names().iter().enumerate().filter_map(look_back).collect();
        found.sort_unstable();
        Ok(Self(found))
    }
}

impl Persistence {
    /// From two numbers without bounds: the space of the search. The sum stays below 1, or there would be no mean.
    fn of(free: &[f64]) -> Self {
        let at = |place: usize| sigmoid(free.get(place).copied().unwrap_or_default());
        Self { sum: (0.9999 * at(0)).max(1e-4), share: at(1).clamp(1e-4, 1.0 - 1e-4) }
    }

    /// The expected variance of the next bar.
    fn one_step(self, look_backs: &LookBacks, mean: f64) -> Sum {
        let alpha = self.sum * self.share;
        let beta = self.sum - alpha;
        let power = |bars: usize| beta.powf(bars as f64);
        let omega = mean * (1.0 - self.sum);
        let mut from = 0;
        // The mean weight of the bars between two look-backs.
        let mut stretches: Vec<f64> = Vec::with_capacity(look_backs.0.len() + 1);
        for (bars, _) in &look_backs.0 {
            stretches.push(alpha * (power(from) - power(*bars)) / ((1.0 - beta) * (bars - from) as f64));
            from = *bars;
        }
        stretches.push(0.0);
        // A look-back's mean is over all its bars, the shorter ones' too: it gets what its stretch weighs more than the next.
        let weights =
            look_backs.0.iter().zip(stretches.windows(2)).map(|((bars, _), pair)| *bars as f64 * (pair[0] - pair[1]));
        Sum { weights: weights.collect(), constant: omega / (1.0 - beta) + alpha * power(from) / (1.0 - beta) * mean }
    }
}

impl<'a> Likelihood<'a> {
    fn of(rows: &Rows, places: &[usize], look_backs: &'a LookBacks) -> Self {
        let column = look_backs.0.first().map_or(0, |(_, column)| *column);
        let follows = |pair: &&[usize]| pair[1] == pair[0] + 1 && rows.as_of()[pair[1]] - rows.as_of()[pair[0]] == BAR;
        let pairs: Vec<&[usize]> = places.windows(2).filter(follows).collect();
        let next = |pair: &[usize]| rows.row(pair[1])[column].exp();
        let mean = pairs.iter().map(|pair| next(pair)).sum::<f64>() / pairs.len().max(1) as f64;
        let step = pairs.len().div_ceil(MOST_ROWS).max(1);
        let mut likelihood =
            Self { look_backs, mean: mean.max(f64::MIN_POSITIVE), inputs: Vec::new(), next: Vec::new() };
        for pair in pairs.into_iter().step_by(step) {
            likelihood.inputs.extend(look_backs.0.iter().map(|(_, column)| rows.row(pair[0])[*column].exp()));
            likelihood.next.push(next(pair));
        }
        likelihood
    }

    fn most_likely(&self) -> Result<Persistence> {
        let broken = |error: argmin::core::Error| Error::Fit { what: "garch", reason: error.to_string() };
        // Three corners of a triangle about what is usual.
        let corners = vec![vec![4.0, -1.7], vec![5.0, -1.7], vec![4.0, -0.7]];
        let solver = NelderMead::new(corners).with_sd_tolerance(1e-9).map_err(broken)?;
        let search = Executor::new(self, solver).configure(|state| state.max_iters(STEPS)).run().map_err(broken)?;
        Ok(search.state().get_best_param().map_or(USUAL, |best| Persistence::of(best)))
    }

    /// Mean of ln μ + x / μ: twice the negative Gaussian log-likelihood, but for a constant; QLIKE but for another.
    fn mean_loss(&self, persistence: Persistence) -> f64 {
        let sum = persistence.one_step(self.look_backs, self.mean);
        let losses = self.inputs.chunks_exact(sum.weights.len().max(1)).zip(&self.next).map(|(inputs, next)| {
            let expected =
                sum.constant + inputs.iter().zip(&sum.weights).map(|(input, weight)| input * weight).sum::<f64>();
            expected.ln() + next / expected
        });
        losses.sum::<f64>() / self.next.len().max(1) as f64
    }
}

impl CostFunction for &Likelihood<'_> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, free: &Vec<f64>) -> std::result::Result<f64, argmin::core::Error> {
        Ok(self.mean_loss(Persistence::of(free)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};
    use wick_schemas::{Horizon, Timestamp};

    const WIDTHS: [usize; 9] = [1, 2, 4, 8, 16, 32, 96, 192, 672];

    /// A market that is GARCH(1,1), its variances, and the rows that a feature builder would make of them.
    fn market(bars: usize, alpha: f64, beta: f64) -> (Rows, Vec<f64>, Vec<f64>) {
        let mut rng = StdRng::seed_from_u64(5);
        let mean = 1e-6;
        let (mut expected, mut variances, mut expectations) = (mean, Vec::new(), Vec::new());
        let mut rows = Rows::new("set", WIDTHS.iter().map(|bars| format!("log_rv_{bars}")).collect());
        for bar in 0..bars {
            expectations.push(expected);
            // Mean 1 and never nothing: half of it is certain.
            let variance = expected * (0.5 - 0.5 * rng.random::<f64>().max(1e-9).ln());
            variances.push(variance);
            expected = mean * (1.0 - alpha - beta) + alpha * variance + beta * expected;
            if bar + 1 >= LONGEST {
                let over = |width: &usize| (variances[bar + 1 - width..].iter().sum::<f64>() / *width as f64).ln();
                let values: Vec<f64> = WIDTHS.iter().map(over).collect();
                rows.push(Timestamp(bar as i64 * BAR), &values).expect("a row");
            }
        }
        expectations.push(expected);
        (rows, variances, expectations)
    }

    fn look_backs() -> LookBacks {
        LookBacks(WIDTHS.iter().copied().zip(0..).collect())
    }

    #[test]
    fn weights_add_up_to_the_mean_where_all_was_the_mean() {
        for (sum, share) in [(0.98, 0.15), (0.5, 0.9), (0.9998, 0.05)] {
            let one = Persistence { sum, share }.one_step(&look_backs(), 3.0);
            let total = one.constant + one.weights.iter().sum::<f64>() * 3.0;
            assert!((total - 3.0).abs() < 1e-9, "{total}");
            assert!(one.weights.iter().all(|weight| *weight >= 0.0));
        }
    }

    #[test]
    fn the_parameters_of_a_garch_market_are_found_and_its_expectation_too() {
        let (rows, _, expectations) = market(20_000, 0.15, 0.8);
        let places: Vec<usize> = (0..rows.len()).collect();
        let look_backs = look_backs();
        let likelihood = Likelihood::of(&rows, &places, &look_backs);
        let found = likelihood.most_likely().expect("found");
        let (alpha, beta) = (found.sum * found.share, found.sum * (1.0 - found.share));
        assert!((alpha - 0.15).abs() < 0.03 && (beta - 0.8).abs() < 0.05, "{alpha} {beta}");
        // By the true recursion, which keeps its state, the expectation is hardly another.
        let one = found.one_step(&look_backs, likelihood.mean);
        let miss = |place: &usize| {
            let values = rows.row(*place).iter().map(|value| value.exp());
            let sum = one.constant + values.zip(&one.weights).map(|(value, weight)| value * weight).sum::<f64>();
            (sum / expectations[place + LONGEST]).ln().abs()
        };
        let mean = places.iter().map(miss).sum::<f64>() / places.len() as f64;
        assert!(mean < 0.05, "{mean}");
    }

    #[test]
    fn far_ahead_it_forecasts_the_mean() {
        let data = testing::market(1_500, 3).dataset();
        let (near, far) = (data.labels_of(Horizon::M15), data.labels_of(Horizon::H24));
        let spread = |labels: &Labels| {
            let model = fit(&data.rows, labels, 0..labels.len()).expect("fitted");
            assert!(model.is_sound(data.rows.names().len()));
            let values: Vec<f64> =
                (0..labels.len()).map(|place| model.value(data.rows.row(labels.row[place]), 0)).collect();
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64
        };
        assert!(spread(far) < 0.5 * spread(near), "{} {}", spread(far), spread(near));
    }

    #[test]
    fn without_rows_it_is_the_usual_one_and_without_inputs_none() {
        let data = testing::market(60, 1).dataset();
        let labels = data.labels_of(Horizon::M15);
        assert!(fit(&data.rows, labels, 0..10).expect("the usual").is_sound(data.rows.names().len()));
        assert!(fit(&data.rows, labels, 0..0).expect("the usual").is_sound(data.rows.names().len()));
        let error = fit(&Rows::new("set", vec!["x".into()]), labels, 0..0).expect_err("no input");
        assert!(error.to_string().contains("log_rv_1"), "{error}");
    }
}
