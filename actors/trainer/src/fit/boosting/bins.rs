//! Columns sorted into bins, once for all trees of a horizon: they are what trees ask about.

use std::cell::OnceCell;

use forust_ml::Matrix;
use forust_ml::binning::{BinnedData, bin_matrix};

use crate::dataset::Rows;
use crate::error::{Error, Result};

/// Values of a column are sorted into so many bins, at most.
const BINS: u16 = 128;

/// Trees are grown on every so-manieth row where so many rows say hardly more than one: those of a day's horizon share
/// all but a quarter of an hour of it. No stride has a factor in common with the 672 quarters of an hour of a week, so
/// that every hour is drawn alike.
const STRIDES: [usize; 3] = [1, 5, 11];

/// The rows that trees learn from.
pub struct Bins {
    pub(super) data: BinnedData<f64>,
    pub(super) rows: usize,
    pub(super) width: usize,
    /// Columns that are not the same everywhere: nothing can be asked about the others.
    pub(super) asked: Vec<usize>,
    /// Rows that are left out before the first, and how far apart those are that are not.
    skipped: usize,
    stride: usize,
    /// How many of the rows say hardly more than one.
    pub(super) alike: f64,
    /// How many said so before some were left out.
    pub(super) overlap: f64,
}

impl Bins {
    /// Of rows in these places, of which `overlap` say hardly more than one.
    ///
    /// # Errors
    /// Where the library refuses what it is given.
    pub fn new(rows: &Rows, places: &[usize], overlap: f64) -> Result<Self> {
        let most = 1.0 + overlap.sqrt();
        let stride = STRIDES.into_iter().rev().find(|stride| *stride as f64 <= most).unwrap_or(1);
        // From the newest backwards.
        let skipped = places.len().saturating_sub(1) % stride;
        let places: Vec<usize> = places.iter().copied().skip(skipped).step_by(stride).collect();
        let width = rows.names().len();
        let values = rows.columns(&places);
        let (x, weights) = (Matrix::new(&values, places.len(), width), vec![1.0; places.len()]);
        let data = bin_matrix(&x, &weights, BINS, f64::NAN, false)
            .map_err(|error| Error::Fit { what: "boosting", reason: error.to_string() })?;
        let alone = |column: usize| {
            let bins = &data.binned_data[column * places.len()..(column + 1) * places.len()];
            bins.windows(2).all(|two| two[0] == two[1])
        };
        let asked = (0..width).filter(|column| !alone(*column)).collect();
        Ok(Self { rows: places.len(), width, asked, skipped, stride, alike: overlap / stride as f64, overlap, data })
    }

    /// What belongs to the rows that are not left out.
    pub(super) fn pick(&self, y: &[f64]) -> Vec<f64> {
        y.iter().copied().skip(self.skipped).step_by(self.stride).collect()
    }
}

/// Bins that are made when they are first asked for, and kept.
pub struct Lazy<'a> {
    rows: &'a Rows,
    places: &'a [usize],
    overlap: f64,
    made: OnceCell<Bins>,
}

impl<'a> Lazy<'a> {
    /// Of rows in these places, of which `overlap` say hardly more than one.
    pub fn new(rows: &'a Rows, places: &'a [usize], overlap: f64) -> Self {
        Self { rows, places, overlap, made: OnceCell::new() }
    }

    /// The bins.
    ///
    /// # Errors
    /// Where the library refuses what it is given.
    pub fn get(&self) -> Result<&Bins> {
        if let Some(made) = self.made.get() {
            return Ok(made);
        }
        let made = Bins::new(self.rows, self.places, self.overlap)?;
        Ok(self.made.get_or_init(|| made))
    }
}

#[cfg(test)]
mod tests {
    use wick_schemas::Timestamp;

    use super::*;

    #[test]
    fn nothing_is_asked_of_a_column_that_never_changes() {
        let mut rows = Rows::new("a set", ["changes", "never", "is_rare"].map(str::to_owned).to_vec());
        for row in 0..400 {
            let rare = f64::from(u8::from(row % 200 == 7));
            rows.push(Timestamp(row), &[row as f64, 3.0, rare]).expect("a row");
        }
        let places: Vec<usize> = (0..400).collect();
        let bins = Bins::new(&rows, &places, 1.0).expect("bins");
        assert_eq!(bins.asked[0], 0);
        assert!(!bins.asked.contains(&1));
        let lazy = Lazy::new(&rows, &places, 1.0);
        assert!(std::ptr::eq(lazy.get().expect("bins"), lazy.get().expect("the same")));
    }
}
