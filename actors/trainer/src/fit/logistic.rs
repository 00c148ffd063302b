//! Logistic regression: for direction.

use ndarray::ArrayView1;
use wick_schemas::model::{Estimator, sigmoid};

use super::design::Design;
use super::normal::{Root, gram, products};
use crate::error::Result;

/// Steps after which the iteration stops whether or not it has settled.
const MOST_STEPS: usize = 200;
/// Change of every weight below which it has settled.
const SETTLED: f64 = 1e-8;

/// Minimises `Σ log-loss + penalty/2·|w|²`; the value is the log-odds of a rise.
///
/// Newton's method with the Hessian's upper bound `XᵀX / 4` (Böhning and Lindsay 1988): never overshoots, needs no
/// line search, and its matrix is the one that the ridge has already summed. Returns are so nearly a coin's throw that
/// the bound is nearly the Hessian and a handful of steps do. smartcore's own fit by L-BFGS reaches the same weights
/// (see the test), takes about ten times as long on these columns, and panics where its line search stalls.
///
/// # Errors
/// Where the normal equations cannot be solved.
pub fn fit(design: &Design, up: &[bool], penalty: f64) -> Result<Estimator> {
    let (width, x) = (design.width(), design.values());
    let mut bound: Vec<f64> = gram(design, 0..design.len()).into_iter().map(|value| value / 4.0).collect();
    for place in 0..width - 1 {
        bound[place * width + place] += penalty;
    }
    // The same in every step.
    let bound = Root::of("logistic", width, bound)?;
    let mut weights = vec![0.0; width];
    for _ in 0..MOST_STEPS {
        let log_odds = x.dot(&ArrayView1::from(&weights));
        let miss: Vec<f64> =
            log_odds.iter().zip(up).map(|(odds, up)| f64::from(u8::from(*up)) - sigmoid(*odds)).collect();
        let mut gradient = products(design, 0..design.len(), &miss);
        for (slope, weight) in gradient[..width - 1].iter_mut().zip(&weights) {
            *slope -= penalty * weight;
        }
        let step = bound.solve(gradient)?;
        weights.iter_mut().zip(&step).for_each(|(weight, change)| *weight += change);
        if step.iter().all(|change| change.abs() < SETTLED) {
            break;
        }
    }
    Ok(Estimator::Linear { inputs: design.weighted(&weights), intercept: weights[width - 1], season: Vec::new() })
}

#[cfg(test)]
mod tests {
    use smartcore::linalg::basic::arrays::Array;
    use smartcore::linalg::basic::matrix::DenseMatrix;
    use smartcore::linear::logistic_regression::{LogisticRegression, LogisticRegressionParameters};

    use super::*;
    use crate::testing;

    #[test]
    fn the_weights_are_those_that_a_general_optimiser_finds() {
        let data = testing::market(500, 5).planted().dataset();
        let labels = &data.labels[0];
        let columns: Vec<usize> = (0..4).collect();
        let design = Design::new(&data.rows, labels, 0..labels.len(), &columns, 6.0);
        let up: Vec<bool> = (0..labels.len()).map(|place| labels.up(place)).collect();
        let Estimator::Linear { inputs, intercept, .. } = fit(&design, &up, 2.0).expect("a fit") else {
            panic!("a line")
        };
        let rows: Vec<Vec<f64>> = (0..design.len()).map(|place| design.row(place).to_vec()[..4].to_vec()).collect();
        let classes: Vec<u32> = up.iter().map(|up| u32::from(*up)).collect();
        let x = DenseMatrix::from_2d_vec(&rows).expect("a matrix");
        let parameters = LogisticRegressionParameters::default().with_alpha(2.0);
        let reference = LogisticRegression::fit(&x, &classes, parameters).expect("a reference");
        for (input, wanted) in inputs.iter().zip(reference.coefficients().iterator(0)) {
            assert!((input.weight - wanted).abs() < 1e-4, "{} {wanted}", input.weight);
        }
        assert!((intercept - reference.intercept().get((0, 0))).abs() < 1e-4);
    }
}
