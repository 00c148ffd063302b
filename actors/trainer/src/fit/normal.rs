//! Normal equations: sums over rows that say all that a least squares fit needs to know of them.
//!
//! They add up and subtract, so that a fit on all rows but some costs no second pass over all.

use std::ops::{Range, SubAssign};

use ndarray::{Array1, s};
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
        let right = products(design, rows.clone(), &y[rows.clone()]);
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

/// Products of each column over a range of rows with one value for each of them.
///
/// Row after row, as they lie in memory: a product with the transpose goes down one column after the other, and fetches every
/// row as often as there are columns.
#[must_use]
pub fn products(design: &Design, rows: Range<usize>, y: &[f64]) -> Vec<f64> {
    let mut products = Array1::zeros(design.width());
    for (row, value) in design.values().slice(s![rows, ..]).outer_iter().zip(y) {
        products.scaled_add(*value, &row);
    }
    products.to_vec()
}

/// Solves a symmetric positive definite system by Cholesky.
///
/// # Errors
/// [`Error::Fit`] where the matrix is not positive definite or the solution is not finite.
pub fn solve(what: &'static str, matrix: Vec<f64>, right: Vec<f64>) -> Result<Vec<f64>> {
    Root::of(what, right.len(), matrix)?.solve(right)
}

/// The lower triangular root of a symmetric positive definite matrix: found once, it solves for any number of right sides.
pub struct Root {
    what: &'static str,
    size: usize,
    /// Row by row.
    values: Vec<f64>,
}

impl Root {
    /// That of a matrix of this size, given row by row.
    ///
    /// # Errors
    /// [`Error::Fit`] where the matrix is not positive definite.
    pub fn of(what: &'static str, size: usize, matrix: Vec<f64>) -> Result<Self> {
        let failed = |error: smartcore::error::Failed| Error::Fit { what, reason: error.to_string() };
        let matrix = DenseMatrix::new(size, size, matrix, false).map_err(failed)?;
        let values = matrix.cholesky_mut().map_err(failed)?.L().iterator(0).copied().collect();
        Ok(Self { what, size, values })
    }

    /// Solves by substitution, forwards and backwards. smartcore's own needs the matrix, and finds its root again.
    ///
    /// # Errors
    /// [`Error::Fit`] where the solution is not finite.
    pub fn solve(&self, mut right: Vec<f64>) -> Result<Vec<f64>> {
        let root = |row: usize, column: usize| self.values[row * self.size + column];
        for row in 0..self.size {
            let known = (0..row).fold(right[row], |left, other| left - right[other] * root(row, other));
            right[row] = known / root(row, row);
        }
        for row in (0..self.size).rev() {
            let known = (row + 1..self.size).fold(right[row], |left, other| left - right[other] * root(other, row));
            right[row] = known / root(row, row);
        }
        if right.iter().all(|value| value.is_finite()) {
            Ok(right)
        } else {
            Err(Error::Fit { what: self.what, reason: "its normal matrix is singular: raise its penalty".into() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_solves_to_the_bit_as_the_library_does() {
        let size = 12;
        let chance = |place: usize| ((place * 2_654_435_761) % 1_009) as f64 / 1_009.0 - 0.5;
        let product =
            |row: usize, column: usize| (0..30).map(|k| chance(row * 31 + k) * chance(column * 31 + k)).sum::<f64>();
        let mut matrix: Vec<f64> = (0..size * size).map(|place| product(place / size, place % size)).collect();
        (0..size).for_each(|place| matrix[place * size + place] += 0.1);
        let root = Root::of("test", size, matrix.clone()).expect("a root");
        for salt in 0..3 {
            let right: Vec<f64> = (0..size).map(|place| chance(salt * 97 + place)).collect();
            let whole = DenseMatrix::new(size, size, matrix.clone(), false).expect("a matrix");
            let column = DenseMatrix::new(size, 1, right.clone(), false).expect("a column");
            let solved = whole.cholesky_solve_mut(column).expect("solves");
            let wanted: Vec<u64> = solved.iterator(0).map(|value| value.to_bits()).collect();
            let ours: Vec<u64> = root.solve(right).expect("solves").into_iter().map(f64::to_bits).collect();
            assert_eq!(ours, wanted);
        }
    }

    #[test]
    fn what_has_no_root_is_told() {
        assert!(solve("test", vec![1.0, 2.0, 2.0, 1.0], vec![1.0, 1.0]).is_err());
        let singular = solve("test", vec![0.0], vec![1.0]).expect_err("singular").to_string();
        assert!(singular.contains("raise its penalty"), "{singular}");
    }
}
