//! Standardised columns: what every linear fit starts from.

use ndarray::{Array2, ArrayView1, ArrayView2};
use wick_schemas::model::Input;

use crate::dataset::{Labels, Rows, season_hour};

/// No clipping. A finite number, as JSON has no infinity.
pub const UNCLIPPED: f64 = 1e12;

/// Rows standardised by their own mean and deviation, clipped, with a column of ones at the end. The mean and deviation
/// are of these rows alone: a test row never moves them.
pub struct Design {
    inputs: Vec<Input>,
    values: Array2<f64>,
    hours: Vec<usize>,
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
        // So many values were just made, row by row.
        let values = Array2::from_shape_vec((places.len(), width), values).unwrap_or_default();
        let hours = labels.as_of[train].iter().map(|as_of| season_hour(*as_of)).collect();
        Self { inputs, values, hours }
    }

    /// Number of columns, that of ones included as the last.
    #[must_use]
    pub fn width(&self) -> usize {
        self.values.ncols()
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.nrows()
    }

    /// The rows, one under the other.
    #[must_use]
    pub fn values(&self) -> ArrayView2<'_, f64> {
        self.values.view()
    }

    /// One row.
    #[must_use]
    pub fn row(&self, place: usize) -> ArrayView1<'_, f64> {
        self.values.row(place)
    }

    /// The rows' hours of the week.
    #[must_use]
    pub fn hours(&self) -> &[usize] {
        &self.hours
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
