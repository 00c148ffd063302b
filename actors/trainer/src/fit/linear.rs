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

/// How a line is fitted and what it leaves over is found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Apart {
    /// The first row that lines are fitted on: those before are long ago, and only left over.
    pub from: usize,
    /// Blocks of the others, each of which is left out in turn.
    pub blocks: usize,
    /// Rows on either side of a block whose outcomes overlap with the block's.
    pub gap: usize,
}

/// The same on the rows from `apart.from` on, and what is left over of each row by a line that was fitted without it: of
/// older rows by that line, of the others by one on all but their block and its gap. Where hardly a row is left so, the
/// line of all blocks has to do.
///
/// # Errors
/// Where the normal equations cannot be solved.
pub fn fit_and_leave_over(
    what: &'static str,
    design: &Design,
    y: &[f64],
    penalty: Penalty,
    apart: Apart,
) -> Result<(Estimator, Vec<f64>)> {
    let Apart { from, blocks, gap } = apart;
    let rows = design.len();
    let whole = Normal::of(design, from..rows, y);
    let of_whole = line(what, &whole, penalty)?;
    let mut left_over = Vec::with_capacity(rows);
    left_over.extend(of_whole.left_over(design, y, 0..from));
    for block in 0..blocks {
        let edge = |block: usize| from + (rows - from) * block / blocks;
        let held = edge(block)..edge(block + 1);
        let mut others = whole.clone();
        others -= &Normal::of(design, held.start.saturating_sub(gap).max(from)..(held.end + gap).min(rows), y);
        let enough = others.counts.iter().sum::<f64>() >= 2.0 * design.width() as f64;
        let line = line(what, if enough { &others } else { &whole }, penalty)?;
        left_over.extend(line.left_over(design, y, held));
    }
    Ok((of_whole.estimator(design), left_over))
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

    const APART: Apart = Apart { from: 0, blocks: 3, gap: 4 };

    #[test]
    fn what_is_left_over_is_that_of_a_line_which_never_saw_the_row() {
        let data = testing::market(300, 3).dataset();
        let labels = &data.labels[0];
        let columns: Vec<usize> = (0..4).collect();
        let design = Design::new(&data.rows, labels, 0..labels.len(), &columns, 6.0);
        let penalty = Penalty { weights: 5.0, season: Some(5.0) };
        let left = |y: &[f64]| fit_and_leave_over("ridge", &design, y, penalty, APART).expect("a fit").1;
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
        assert_eq!(fit_and_leave_over("ridge", &design, y, penalty, APART).expect("a fit").0, whole);
    }

    #[test]
    fn rows_of_long_ago_are_left_over_and_not_learnt_from() {
        let data = testing::market(300, 3).dataset();
        let labels = &data.labels[0];
        let columns: Vec<usize> = (0..4).collect();
        let design = Design::new(&data.rows, labels, 0..labels.len(), &columns, 6.0);
        let penalty = Penalty { weights: 5.0, season: None };
        let from = labels.len() / 4;
        let fit = |y: &[f64]| fit_and_leave_over("line", &design, y, penalty, Apart { from, ..APART }).expect("a fit");
        let (line, left) = fit(&labels.log_variance);
        let mut other = labels.log_variance.clone();
        other[..from].iter_mut().for_each(|y| *y += 7.0);
        let (same, after) = fit(&other);
        assert_eq!(line, same);
        for place in 0..labels.len() {
            let expected = left[place] + if place < from { 7.0 } else { 0.0 };
            assert!((after[place] - expected).abs() < 1e-9, "{place}");
        }
        let said = crate::fit::value(&line, &data, labels, 3);
        assert!((left[3] - (labels.log_variance[3] - said)).abs() < 1e-9);
    }
}
