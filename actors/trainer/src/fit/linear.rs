//! Ridge regression with a season: for volatility.

use std::ops::Range;

use ndarray::ArrayView1;
use wick_schemas::model::Estimator;

use super::design::Design;
use super::normal::{HOURS, Normal, solve};
use crate::error::Result;

/// Penalties on the sum of squares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Penalty {
    /// Of the columns' weights.
    pub weights: f64,
    /// Of the addends for the hours of the week; `None` for a model without season.
    pub season: Option<f64>,
}

/// A fitted line: weights of the columns, that of the ones last, and addends for the hours of the week or none.
struct Line {
    weights: Vec<f64>,
    season: Vec<f64>,
}

/// Minimises `Σ (y − b − x·w − s[hour])² + weights·|w|² + season·|s|²`.
///
/// # Errors
/// Where the normal equations cannot be solved.
pub fn fit(what: &'static str, design: &Design, y: &[f64], penalty: Penalty) -> Result<Estimator> {
    line(what, &Normal::of(design, 0..design.len(), y), penalty).map(|line| line.estimator(design))
}

/// The same, and what is left over of each row by a line that was fitted without it: on all but its block of rows and
/// `gap` more on either side, whose outcomes overlap with the block's. Where hardly a row is left so, the line of all rows
/// has to do.
///
/// # Errors
/// Where the normal equations cannot be solved.
pub fn fit_and_leave_over(
    what: &'static str,
    design: &Design,
    y: &[f64],
    penalty: Penalty,
    blocks: usize,
    gap: usize,
) -> Result<(Estimator, Vec<f64>)> {
    let rows = design.len();
    let whole = Normal::of(design, 0..rows, y);
    let mut left_over = Vec::with_capacity(rows);
    for block in 0..blocks {
        let edge = |block: usize| rows * block / blocks;
        let held = edge(block)..edge(block + 1);
        let mut others = whole.clone();
        others -= &Normal::of(design, held.start.saturating_sub(gap)..(held.end + gap).min(rows), y);
        let enough = others.counts.iter().sum::<f64>() >= 2.0 * design.width() as f64;
        let line = line(what, if enough { &others } else { &whole }, penalty)?;
        left_over.extend(line.left_over(design, y, held));
    }
    Ok((line(what, &whole, penalty)?.estimator(design), left_over))
}

/// The addends of the season are solved for in closed form and put into the normal equations (Frisch and Waugh), so
/// that the system has as many unknowns as there are columns, not 168 more: the same numbers as with dummies.
fn line(what: &'static str, normal: &Normal, penalty: Penalty) -> Result<Line> {
    let width = normal.width;
    let (mut matrix, mut right) = (normal.gram.clone(), normal.right.clone());
    for place in 0..width - 1 {
        matrix[place * width + place] += penalty.weights;
    }
    let Some(season_penalty) = penalty.season else {
        return Ok(Line { weights: solve(what, matrix, right)?, season: Vec::new() });
    };
    let of_hour = |hour: usize| &normal.sums[hour * width..(hour + 1) * width];
    let share = |hour: usize| 1.0 / (normal.counts[hour] + season_penalty);
    for hour in 0..HOURS {
        let (sums, share) = (of_hour(hour), share(hour));
        for (place, sum) in sums.iter().enumerate() {
            right[place] -= share * sum * normal.totals[hour];
            let line = &mut matrix[place * width..(place + 1) * width];
            line.iter_mut().zip(sums).for_each(|(value, other)| *value -= share * sum * other);
        }
    }
    let weights = solve(what, matrix, right)?;
    let explained = |hour: usize| of_hour(hour).iter().zip(&weights).map(|(sum, weight)| sum * weight).sum::<f64>();
    let season = (0..HOURS).map(|hour| (normal.totals[hour] - explained(hour)) * share(hour)).collect();
    Ok(Line { weights, season })
}

impl Line {
    fn left_over(&self, design: &Design, y: &[f64], rows: Range<usize>) -> Vec<f64> {
        let weights = ArrayView1::from(&self.weights);
        let said = |place: usize| {
            let addend = self.season.get(design.hours()[place]).copied().unwrap_or(0.0);
            design.row(place).dot(&weights) + addend
        };
        rows.map(|place| y[place] - said(place)).collect()
    }

    fn estimator(self, design: &Design) -> Estimator {
        // A design has its column of ones, so there is a last weight.
        let intercept = self.weights.last().copied().unwrap_or(0.0);
        Estimator::Linear { inputs: design.weighted(&self.weights), intercept, season: self.season }
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
            .hours()
            .iter()
            .enumerate()
            .map(|(place, hour)| {
                let mut wide = design.row(place).to_vec();
                wide.pop();
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

    #[test]
    fn what_is_left_over_is_that_of_a_line_which_never_saw_the_row() {
        let data = testing::market(300, 3).dataset();
        let labels = &data.labels[0];
        let columns: Vec<usize> = (0..4).collect();
        let design = Design::new(&data.rows, labels, 0..labels.len(), &columns, 6.0);
        let penalty = Penalty { weights: 5.0, season: Some(5.0) };
        let left = |y: &[f64]| fit_and_leave_over("ridge", &design, y, penalty, 3, 4).expect("a fit").1;
        let (y, held) = (&labels.log_variance, labels.len() / 3..2 * labels.len() / 3);
        let before = left(y);
        // Neither the block's own outcomes nor their neighbours move what the line says of the block.
        let mut other = y.clone();
        other[held.start - 4..held.end + 4].iter_mut().for_each(|y| *y += 7.0);
        let after = left(&other);
        for place in held.clone() {
            assert!((after[place] - before[place] - 7.0).abs() < 1e-9);
        }
        assert!((after[held.start - 5] - before[held.start - 5]).abs() > 1e-3);
        let whole = fit("ridge", &design, y, penalty).expect("a fit");
        assert_eq!(fit_and_leave_over("ridge", &design, y, penalty, 3, 4).expect("a fit").0, whole);
    }
}
