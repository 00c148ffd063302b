//! Ridge regression with a season: for volatility.

use wick_schemas::model::Estimator;

use super::design::{Design, HOURS, solve};
use crate::error::Result;

/// Penalties on the sum of squares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Penalty {
    /// Of the columns' weights.
    pub weights: f64,
    /// Of the addends for the hours of the week; `None` for a model without season.
    pub season: Option<f64>,
}

/// Minimises `Σ (y − b − x·w − s[hour])² + weights·|w|² + season·|s|²`.
///
/// The addends of the season are solved for in closed form and put into the normal equations (Frisch and Waugh), so
/// that the system has as many unknowns as there are columns, not 168 more: the same numbers as with dummies.
///
/// # Errors
/// Where the normal equations cannot be solved.
pub fn fit(what: &'static str, design: &Design, y: &[f64], penalty: Penalty) -> Result<Estimator> {
    let width = design.width();
    let mut matrix = design.gram().to_vec();
    let mut right = vec![0.0; width];
    for (row, y) in design.rows().zip(y) {
        right.iter_mut().zip(row).for_each(|(sum, value)| *sum += value * y);
    }
    for place in 0..width - 1 {
        matrix[place * width + place] += penalty.weights;
    }
    let Some(season_penalty) = penalty.season else {
        let weights = solve(what, matrix, right)?;
        let intercept = weights[width - 1];
        return Ok(Estimator::Linear { inputs: design.weighted(&weights), intercept, season: Vec::new() });
    };
    let hours = Hours::new(design, y, season_penalty);
    for hour in 0..HOURS {
        let sums = &hours.sums[hour * width..(hour + 1) * width];
        let share = hours.shares[hour];
        for (place, sum) in sums.iter().enumerate() {
            right[place] -= share * sum * hours.totals[hour];
            let line = &mut matrix[place * width..(place + 1) * width];
            line.iter_mut().zip(sums).for_each(|(value, other)| *value -= share * sum * other);
        }
    }
    let weights = solve(what, matrix, right)?;
    let season = (0..HOURS).map(|hour| hours.addend(hour, &weights)).collect();
    Ok(Estimator::Linear { inputs: design.weighted(&weights), intercept: weights[width - 1], season })
}

/// Sums over the rows of each hour of the week.
struct Hours {
    width: usize,
    sums: Vec<f64>,
    totals: Vec<f64>,
    shares: Vec<f64>,
}

impl Hours {
    fn new(design: &Design, y: &[f64], penalty: f64) -> Self {
        let width = design.width();
        let (mut sums, mut totals, mut counts) = (vec![0.0; HOURS * width], vec![0.0; HOURS], vec![0.0; HOURS]);
        for ((row, hour), y) in design.rows().zip(design.hours()).zip(y) {
            let sum = &mut sums[hour * width..(hour + 1) * width];
            sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
            totals[*hour] += y;
            counts[*hour] += 1.0;
        }
        let shares = counts.iter().map(|count| 1.0 / (count + penalty)).collect();
        Self { width, sums, totals, shares }
    }

    fn addend(&self, hour: usize, weights: &[f64]) -> f64 {
        let sums = &self.sums[hour * self.width..(hour + 1) * self.width];
        let explained: f64 = sums.iter().zip(weights).map(|(sum, weight)| sum * weight).sum();
        (self.totals[hour] - explained) * self.shares[hour]
    }
}

#[cfg(test)]
mod tests {
    use smartcore::linalg::basic::arrays::Array;
    use smartcore::linalg::basic::matrix::DenseMatrix;
    use smartcore::linear::ridge_regression::{RidgeRegression, RidgeRegressionParameters, RidgeRegressionSolverName};

    use super::*;
    use crate::testing;

    #[test]
    fn the_weights_are_those_of_a_ridge_with_dummies() {
        let data = testing::market(600, 3).dataset();
        let labels = &data.labels[0];
        let columns: Vec<usize> = (0..4).collect();
        let design = Design::new(&data.rows, labels, 0..labels.len(), &columns, 6.0);
        let y = &labels.log_variance;
        let penalty = Penalty { weights: 5.0, season: Some(5.0) };
        let Estimator::Linear { inputs, intercept, season } = fit("ridge", &design, y, penalty).expect("a fit") else {
            panic!("a line")
        };
        // The reference: every dummy written out, columns and outcome centred so that the intercept is free.
        let (n, width) = (labels.len(), design.width() - 1 + HOURS);
        let mut rows: Vec<Vec<f64>> = design
            .rows()
            .zip(design.hours())
            .map(|(row, hour)| {
                let mut wide = row[..row.len() - 1].to_vec();
                wide.extend((0..HOURS).map(|h| if h == *hour { 1.0 } else { 0.0 }));
                wide
            })
            .collect();
        for column in 0..width {
            let mean = rows.iter().map(|row| row[column]).sum::<f64>() / n as f64;
            rows.iter_mut().for_each(|row| row[column] -= mean);
        }
        let mean = y.iter().sum::<f64>() / n as f64;
        let centred: Vec<f64> = y.iter().map(|y| y - mean).collect();
        let parameters =
            RidgeRegressionParameters { alpha: 5.0, normalize: false, solver: RidgeRegressionSolverName::Cholesky };
        let x = DenseMatrix::from_2d_vec(&rows).expect("a matrix");
        let reference = RidgeRegression::fit(&x, &centred, parameters).expect("a reference");
        let wanted: Vec<f64> = reference.coefficients().iterator(0).copied().collect();
        for (input, wanted) in inputs.iter().zip(&wanted) {
            assert!((input.weight - wanted).abs() < 1e-9, "{} {wanted}", input.weight);
        }
        for (addend, wanted) in season.iter().zip(&wanted[inputs.len()..]) {
            assert!((addend - wanted).abs() < 1e-9, "{addend} {wanted}");
        }
        assert!(intercept.is_finite());
    }
}
