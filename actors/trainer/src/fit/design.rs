//! Standardised columns and their normal matrix: what every linear fit starts from.

use smartcore::linalg::basic::arrays::Array;
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::linalg::traits::cholesky::CholeskyDecomposable;
use wick_schemas::model::Input;

use crate::dataset::{Labels, Rows, season_hour};
use crate::error::{Error, Result};

/// Hours of a week.
pub const HOURS: usize = 168;

/// No clipping. A finite number, as JSON has no infinity.
pub const UNCLIPPED: f64 = 1e12;

/// Rows standardised by their own mean and deviation, clipped, with a column of ones at the end, and their Gram
/// matrix. The mean and deviation are of these rows alone: a test row never moves them.
pub struct Design {
    inputs: Vec<Input>,
    width: usize,
    values: Vec<f64>,
    hours: Vec<usize>,
    gram: Vec<f64>,
}

impl Design {
    /// The given columns of the given outcomes' rows. A column that never changes is left out: it says nothing, and
    /// it could not be scaled.
    #[must_use]
    pub fn new(rows: &Rows, labels: &Labels, train: std::ops::Range<usize>, columns: &[usize], clip: f64) -> Self {
        let places = &labels.row[train.clone()];
        let inputs = standardise(rows, places, columns, clip);
        let width = inputs.len() + 1;
        let mut values = Vec::with_capacity(places.len() * width);
        for place in places {
            let row = rows.row(*place);
            let scaled = |input: &Input| {
                ((row[input.column as usize] - input.center) / input.scale).clamp(-input.clip, input.clip)
            };
            values.extend(inputs.iter().map(scaled));
            values.push(1.0);
        }
        let hours = labels.as_of[train].iter().map(|as_of| season_hour(*as_of)).collect();
        let mut gram = vec![0.0; width * width];
        for row in values.chunks_exact(width) {
            for (place, value) in row.iter().enumerate() {
                // Only the lower triangle is summed; it is mirrored below.
                let sums = &mut gram[place * width..=place * width + place];
                sums.iter_mut().zip(row).for_each(|(sum, other)| *sum += value * other);
            }
        }
        for place in 0..width {
            for other in 0..place {
                gram[other * width + place] = gram[place * width + other];
            }
        }
        Self { inputs, width, values, hours, gram }
    }

    /// Number of columns, that of ones included as the last.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// The rows, each of [`Design::width`] values.
    pub fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.values.chunks_exact(self.width)
    }

    /// The rows' hours of the week.
    #[must_use]
    pub fn hours(&self) -> &[usize] {
        &self.hours
    }

    /// The Gram matrix, row by row.
    #[must_use]
    pub fn gram(&self) -> &[f64] {
        &self.gram
    }

    /// The columns with these weights. The last weight is that of the ones and is not among them.
    #[must_use]
    pub fn weighted(&self, weights: &[f64]) -> Vec<Input> {
        let with = |(input, weight): (&Input, &f64)| Input { weight: *weight, ..input.clone() };
        self.inputs.iter().zip(weights).map(with).collect()
    }
}

fn standardise(rows: &Rows, places: &[usize], columns: &[usize], clip: f64) -> Vec<Input> {
    let count = places.len().max(1) as f64;
    let mut centers = vec![0.0; columns.len()];
    for place in places {
        let row = rows.row(*place);
        centers.iter_mut().zip(columns).for_each(|(sum, column)| *sum += row[*column]);
    }
    centers.iter_mut().for_each(|sum| *sum /= count);
    let mut variances = vec![0.0; columns.len()];
    for place in places {
        let row = rows.row(*place);
        for ((sum, column), center) in variances.iter_mut().zip(columns).zip(&centers) {
            *sum += (row[*column] - center).powi(2);
        }
    }
    let input = |((column, center), sum): ((&usize, &f64), &f64)| {
        let scale = (sum / count).sqrt();
        let changes = scale > 1e-12 * center.abs().max(1e-6);
        changes.then_some(Input { column: *column as u32, center: *center, scale, clip, weight: 0.0 })
    };
    columns.iter().zip(&centers).zip(&variances).filter_map(input).collect()
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
