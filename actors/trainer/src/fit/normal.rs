//! Normal equations: sums over rows that say all that a least squares fit needs to know of them.
//!
//! They add up and subtract, so that a fit on all rows but some costs no second pass over all.

use std::ops::{Range, SubAssign};

use ndarray::{ArrayView1, s};
use smartcore::linalg::basic::arrays::Array;
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::linalg::traits::cholesky::CholeskyDecomposable;

use super::design::Design;
use crate::error::{Error, Result};

/// Hours of a week.
pub const HOURS: usize = 168;

/// Sums over some rows of a design and what is to be explained of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Normal {
    /// Number of columns.
    pub width: usize,
    /// Products of each two columns, row by row.
    pub gram: Vec<f64>,
    /// Products of each column and the outcome.
    pub right: Vec<f64>,
    /// The columns themselves, for each hour of the week.
    pub sums: Vec<f64>,
    /// The outcome, for each hour.
    pub totals: Vec<f64>,
    /// Rows of each hour.
    pub counts: Vec<f64>,
}

impl Normal {
    /// Those of a range of rows.
    #[must_use]
    pub fn of(design: &Design, rows: Range<usize>, y: &[f64]) -> Self {
        let width = design.width();
        let (mut sums, mut totals, mut counts) = (vec![0.0; HOURS * width], vec![0.0; HOURS], vec![0.0; HOURS]);
        for place in rows.clone() {
            let hour = design.hours()[place];
            let sum = &mut sums[hour * width..(hour + 1) * width];
            sum.iter_mut().zip(design.row(place)).for_each(|(sum, value)| *sum += value);
            totals[hour] += y[place];
            counts[hour] += 1.0;
        }
        let right = design.values().slice(s![rows.clone(), ..]).t().dot(&ArrayView1::from(&y[rows.clone()])).to_vec();
        Self { width, gram: gram(design, rows), right, sums, totals, counts }
    }
}

impl SubAssign<&Self> for Normal {
    fn sub_assign(&mut self, other: &Self) {
        let take = |from: &mut Vec<f64>, other: &[f64]| from.iter_mut().zip(other).for_each(|(a, b)| *a -= b);
        take(&mut self.gram, &other.gram);
        take(&mut self.right, &other.right);
        take(&mut self.sums, &other.sums);
        take(&mut self.totals, &other.totals);
        take(&mut self.counts, &other.counts);
    }
}

/// Products of each two columns over a range of rows, row by row.
#[must_use]
pub fn gram(design: &Design, rows: Range<usize>) -> Vec<f64> {
    let x = design.values().slice_move(s![rows, ..]);
    x.t().dot(&x).into_iter().collect()
}

/// Solves a symmetric positive definite system by Cholesky.
///
/// # Errors
/// [`Error::Fit`] where the matrix is not positive definite or the solution is not finite.
pub fn solve(what: &'static str, matrix: Vec<f64>, right: Vec<f64>) -> Result<Vec<f64>> {
    let failed = |error: smartcore::error::Failed| Error::Fit { what, reason: error.to_string() };
    let size = right.len();
    let matrix = DenseMatrix::new(size, size, matrix, false).map_err(failed)?;
    let right = DenseMatrix::new(size, 1, right, false).map_err(failed)?;
    let solution: Vec<f64> = matrix.cholesky_solve_mut(right).map_err(failed)?.iterator(0).copied().collect();
    if solution.iter().all(|value| value.is_finite()) {
        Ok(solution)
    } else {
        Err(Error::Fit { what, reason: "its normal matrix is singular: raise its penalty".into() })
    }
}
