//! Elastic net (Zou and Hastie 2005): a line on few of many columns, for volatility.

use smartcore::linalg::basic::arrays::Array;
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::linalg::traits::cholesky::CholeskyDecomposable;
use smartcore::linear::elastic_net::{ElasticNet, ElasticNetParameters};
use wick_schemas::model::Estimator;

use super::design::Design;
use super::normal::Normal;
use crate::error::{Error, Result};

/// A weight below this is none: the library walks towards zero and does not arrive.
const NONE: f64 = 1e-5;
/// Steps of the library at most, and the relative gap at which it stops.
const MOST_STEPS: usize = 200;
const SETTLED: f64 = 1e-6;

/// Minimises `Σ (y − b − x·w)² + l1·Σ|w| + l2·|w|²`.
///
/// What the library is given are not the rows but a square root of their normal equations, whose squares differ from the
/// rows' by a constant: as many rows as columns, instead of a hundred thousand. They are given once more with the other
/// sign, so that their mean is zero, which the library takes for the intercept.
///
/// # Errors
/// Where the normal matrix has no root, or the library refuses it.
pub fn fit(design: &Design, y: &[f64], l1: f64, l2: f64) -> Result<Estimator> {
    let failed = |reason: String| Error::Fit { what: "elastic_net", reason };
    let normal = Normal::of(design, 0..design.len(), y);
    let (width, columns, count) = (normal.width, normal.width - 1, design.len() as f64);
    // The last column is that of ones: its products are sums.
    let sum = |place: usize| normal.gram[place * width + columns];
    let total = normal.right[columns];
    let mut gram = Vec::with_capacity(columns * columns);
    for place in 0..columns {
        gram.extend((0..columns).map(|other| normal.gram[place * width + other] - sum(place) * sum(other) / count));
        // Columns that say the same leave it without a root: so little is nothing beside `l2`.
        gram[place * columns + place] += 1e-3;
    }
    let right: Vec<f64> = (0..columns).map(|place| normal.right[place] - sum(place) * total / count).collect();
    let matrix = DenseMatrix::new(columns, columns, gram, false).map_err(|error| failed(error.to_string()))?;
    let root = matrix.cholesky().map_err(|error| failed(error.to_string()))?.L();
    // z with L z = right, by substitution.
    let mut z = vec![0.0; columns];
    for place in 0..columns {
        let known: f64 = (0..place).map(|other| root.get((place, other)) * z[other]).sum();
        z[place] = (right[place] - known) / root.get((place, place));
    }
    let half = std::f64::consts::FRAC_1_SQRT_2;
    let rows = |sign: f64| (0..columns).map(move |row| (sign * half, row));
    let both: Vec<(f64, usize)> = rows(1.0).chain(rows(-1.0)).collect();
    let line = |(scale, row): &(f64, usize)| {
        let (scale, row) = (*scale, *row);
        (0..columns).map(|column| scale * root.get((column, row))).collect::<Vec<f64>>()
    };
    let x = both.iter().flat_map(line).collect();
    let x = DenseMatrix::new(2 * columns, columns, x, false).map_err(|error| failed(error.to_string()))?;
    let z: Vec<f64> = both.iter().map(|(scale, row)| scale * z[*row]).collect();
    let parameters = ElasticNetParameters::default()
        .with_alpha((l1 + l2) / (2 * columns) as f64)
        .with_l1_ratio(l1 / (l1 + l2))
        .with_normalize(false)
        .with_max_iter(MOST_STEPS)
        .with_tol(SETTLED);
    let net = ElasticNet::fit(&x, &z, parameters).map_err(|error| failed(error.to_string()))?;
    let weights: Vec<f64> =
        net.coefficients().iterator(0).map(|weight| if weight.abs() < NONE { 0.0 } else { *weight }).collect();
    if weights.iter().any(|weight| !weight.is_finite()) {
        return Err(failed("its weights are not finite".into()));
    }
    let explained: f64 = weights.iter().enumerate().map(|(place, weight)| weight * sum(place)).sum();
    let inputs = design.weighted(&weights).into_iter().filter(|input| input.weight != 0.0).collect();
    Ok(Estimator::Linear { inputs, intercept: (total - explained) / count, season: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn the_weights_meet_the_conditions_of_the_minimum() {
        let data = testing::market(900, 6).planted().dataset();
        let labels = &data.labels[0];
        let columns: Vec<usize> = (0..8).collect();
        let design = Design::new(&data.rows, labels, 0..labels.len(), &columns, 6.0);
        let (y, l1, l2) = (&labels.log_variance, 60.0, 5.0);
        let Estimator::Linear { inputs, intercept, .. } = fit(&design, y, l1, l2).expect("a fit") else {
            panic!("a line")
        };
        assert!((2..8).contains(&inputs.len()), "{inputs:?}");
        let all = design.weighted(&vec![0.0; design.width()]);
        let weights: Vec<f64> = all
            .iter()
            .map(|one| inputs.iter().find(|input| input.column == one.column).map_or(0.0, |input| input.weight))
            .collect();
        let miss = |row: usize| {
            let said: f64 = design.row(row).iter().zip(&weights).map(|(value, weight)| value * weight).sum();
            y[row] - intercept - said
        };
        assert!((0..design.len()).map(miss).sum::<f64>().abs() < 1e-6);
        for (place, weight) in weights.iter().enumerate() {
            let slope: f64 = (0..design.len()).map(|row| 2.0 * design.row(row)[place] * miss(row)).sum();
            let pull = slope - 2.0 * l2 * weight;
            if *weight == 0.0 {
                assert!(pull.abs() <= l1 * 1.001, "{place}: {pull}");
            } else {
                assert!((pull - l1 * weight.signum()).abs() < 0.01 * l1, "{place}: {pull} {weight}");
            }
        }
    }
}
