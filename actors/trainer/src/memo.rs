//! What estimators say of rows, with every part that several of them share computed once: means and stacks are made of trees
//! that are candidates themselves.

use std::rc::Rc;

use wick_schemas::model::Estimator;

use crate::dataset::{Dataset, Labels};
use crate::fit;

/// The values of estimators at places among a horizon's outcomes.
pub struct Memo<'a> {
    data: &'a Dataset,
    labels: &'a Labels,
    places: Vec<usize>,
    known: Vec<(&'a Estimator, Rc<[f64]>)>,
}

impl<'a> Memo<'a> {
    /// Of these places; nothing is computed yet.
    #[must_use]
    pub fn new(data: &'a Dataset, labels: &'a Labels, places: Vec<usize>) -> Self {
        Self { data, labels, places, known: Vec::new() }
    }

    /// The places.
    #[must_use]
    pub fn places(&self) -> &[usize] {
        &self.places
    }

    /// What the estimator says at each place, to the bit what [`Estimator::value`] says.
    pub fn values(&mut self, estimator: &'a Estimator) -> Rc<[f64]> {
        if let Some((_, values)) = self.known.iter().find(|(known, _)| *known == estimator) {
            return Rc::clone(values);
        }
        let values: Rc<[f64]> = match estimator {
            Estimator::Sum { parts } => self.combined(parts, |said| said.sum()),
            Estimator::Mean { parts } => {
                let count = parts.len().max(1) as f64;
                self.combined(parts, |said| said.sum::<f64>() / count)
            }
            Estimator::Weighted { parts, weights, intercept } => self.combined(parts, |said| {
                intercept + said.zip(weights).map(|(value, weight)| weight * value).sum::<f64>()
            }),
            alone => self.places.iter().map(|place| fit::value(alone, self.data, self.labels, *place)).collect(),
        };
        self.known.push((estimator, Rc::clone(&values)));
        values
    }

    fn combined(
        &mut self,
        parts: &'a [Estimator],
        combine: impl Fn(&mut dyn Iterator<Item = f64>) -> f64,
    ) -> Rc<[f64]> {
        let columns: Vec<Rc<[f64]>> = parts.iter().map(|part| self.values(part)).collect();
        (0..self.places.len()).map(|row| combine(&mut columns.iter().map(|column| column[row]))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::{FitConfig, Wanted};
    use crate::testing;

    #[test]
    fn what_is_remembered_is_what_the_estimator_says_to_the_bit() {
        let data = testing::market(900, 21).planted().dataset();
        let labels = &data.labels[1];
        let config = FitConfig { without: Vec::new(), ..testing::config() };
        let fitted = fit::fit(&data, labels, 0..labels.len(), &config, Wanted::All).expect("a fit");
        let everyone: Vec<Estimator> =
            fitted.direction.iter().chain(&fitted.volatility).map(|one| one.estimator.clone()).collect();
        let weights = (0..everyone.len()).map(|place| 0.1 * place as f64 - 0.2).collect();
        let stack = Estimator::Weighted { parts: everyone.clone(), weights, intercept: 0.3 };
        let mut memo = Memo::new(&data, labels, (0..labels.len()).collect());
        for estimator in everyone.iter().chain([&stack]) {
            let values = memo.values(estimator);
            for (place, value) in values.iter().enumerate() {
                assert_eq!(value.to_bits(), fit::value(estimator, &data, labels, place).to_bits());
            }
        }
    }
}
