//! What a trial does: learns from some rows and is judged by later ones.

use std::ops::Range;

use wick_schemas::Horizon;
use wick_schemas::model::{Estimator, sigmoid};
use wick_schemas::score::log_loss;

use super::Target;
use crate::dataset::{Dataset, Labels};
use crate::error::Result;
use crate::evaluate::mean;
use crate::fit::{self, FitConfig, Growth};

/// The rows, and what there is to be learnt of them.
pub struct Task<'a> {
    pub horizon: Horizon,
    pub target: Target,
    data: &'a Dataset,
    labels: &'a Labels,
    learnt: Range<usize>,
    judged: Range<usize>,
    /// What trees are to learn of each row learnt from.
    y: Vec<f64>,
    /// What they stand on, for volatility.
    line: Option<Estimator>,
    seed: u64,
}

impl<'a> Task<'a> {
    /// A horizon's, between these rows.
    pub fn new(
        data: &'a Dataset,
        horizon: Horizon,
        target: Target,
        learnt: Range<usize>,
        judged: Range<usize>,
        config: &FitConfig,
    ) -> Result<Self> {
        let labels = data.labels_of(horizon);
        let (y, line) = match target {
            Target::Direction => (learnt.clone().map(|place| f64::from(u8::from(labels.up(place)))).collect(), None),
            Target::Volatility => {
                let (line, residual) = fit::extended_har(data, labels, learnt.clone(), config)?;
                (residual, Some(line))
            }
        };
        Ok(Self { horizon, target, data, labels, learnt, judged, y, line, seed: config.seed })
    }

    /// What trees lose that grow so on the newest share of the rows.
    pub fn loss(&self, growth: Growth, share: f64) -> Result<f64> {
        let skipped = self.learnt.len() - (self.learnt.len() as f64 * share) as usize;
        let rows = self.learnt.start + skipped..self.learnt.end;
        let trees = fit::boosted(self.data, self.labels, rows, &self.y[skipped..], self.target, growth, self.seed)?;
        let said = |place: usize| fit::value(&trees, self.data, self.labels, place);
        Ok(match &self.line {
            None => mean(
                &self
                    .judged
                    .clone()
                    .map(|place| log_loss(sigmoid(said(place)), self.labels.up(place)))
                    .collect::<Vec<_>>(),
            ),
            Some(line) => {
                // QLIKE where the mean ratio of actual to forecast is one: a level would be corrected anyway.
                let ratio = |place: usize| {
                    let log = said(place) + fit::value(line, self.data, self.labels, place);
                    self.labels.log_variance[place] - log
                };
                let logs: Vec<f64> = self.judged.clone().map(ratio).collect();
                mean(&logs.iter().map(|log| log.exp()).collect::<Vec<_>>()).ln() - mean(&logs)
            }
        })
    }
}
