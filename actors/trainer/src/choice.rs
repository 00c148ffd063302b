//! What is served of a horizon: the candidate that is proved better than every baseline, or else the baseline.

use wick_schemas::Horizon;
use wick_schemas::dm::diebold_mariano;
use wick_schemas::model_event::CellMetric;

use crate::evaluate::{Evaluation, Losses, mean};
use crate::fit::{BASE_RATE, FitConfig, SEASONAL_HAR};
use crate::superior;

/// What is served for a horizon, and how it did.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// Place of what was chosen in [`Evaluation::direction`].
    pub direction: usize,
    /// Place of what was chosen in [`Evaluation::volatility`].
    pub volatility: usize,
    /// How both did.
    pub metrics: Vec<CellMetric>,
}

/// A target's candidates, the baseline that is served first, and the other baselines.
struct Cell<'a> {
    horizon: Horizon,
    target: &'static str,
    loss_name: &'static str,
    baseline: &'static str,
    all: &'a [Losses],
    others: &'a [Losses],
}

impl Evaluation {
    /// Takes for each target what lost least of the candidates that are proved better than the best of the baselines; else
    /// the baseline.
    #[must_use]
    pub fn choose(&self, config: &FitConfig) -> Choice {
        let [direction, volatility] = self.cells();
        let (direction, first) = direction.choose(config);
        let (volatility, second) = volatility.choose(config);
        Choice { direction, volatility, metrics: vec![first, second] }
    }

    /// How every candidate did, chosen or not.
    #[must_use]
    pub fn metrics(&self) -> Vec<CellMetric> {
        self.cells().iter().flat_map(|cell| (0..cell.all.len()).map(|place| cell.metric(place))).collect()
    }

    fn cells(&self) -> [Cell<'_>; 2] {
        let horizon = self.horizon;
        let (all, others) = (&self.direction, &[]);
        let direction = Cell { horizon, target: "direction", loss_name: "log_loss", baseline: BASE_RATE, all, others };
        let (all, others) = (&self.volatility, &self.baselines);
        let volatility =
            Cell { horizon, target: "volatility", loss_name: "qlike", baseline: SEASONAL_HAR, all, others };
        [direction, volatility]
    }
}

impl Cell<'_> {
    fn choose(&self, config: &FitConfig) -> (usize, CellMetric) {
        // On few rows a baseline with many parameters may be a bad one: to beat it alone would prove nothing.
        let baselines = self.all.iter().take(1).chain(self.others);
        let rival = baselines.min_by(|a, b| mean(&a.values).total_cmp(&mean(&b.values)));
        if let Some(rival) = rival {
            let against = |own: &Losses| rival.values.iter().zip(&own.values).map(|(base, own)| base - own).collect();
            let differences: Vec<Vec<f64>> = self.all[1..].iter().map(against).collect();
            let proofs = superior::p_values(&differences, self.horizon.bars(), config.seed);
            let proved = (1..self.all.len()).filter(|place| proofs[place - 1] < config.alpha);
            if let Some(best) = proved.min_by(|a, b| mean(&self.all[*a].values).total_cmp(&mean(&self.all[*b].values)))
            {
                return (best, self.metric(best));
            }
        }
        (0, self.metric(0))
    }

    fn metric(&self, place: usize) -> CellMetric {
        let (chosen, base) = (&self.all[place], &self.all[0]);
        let differences: Vec<f64> = base.values.iter().zip(&chosen.values).map(|(base, own)| base - own).collect();
        let test = diebold_mariano(&differences, self.horizon.bars());
        let (dm_t, dm_p) = test.map_or((0.0, 1.0), |test| (test.t, test.p));
        let (loss, baseline_loss) = (mean(&chosen.values), mean(&base.values));
        CellMetric {
            horizon: self.horizon,
            target: self.target.into(),
            loss_name: self.loss_name.into(),
            chosen: chosen.name.into(),
            loss,
            baseline: self.baseline.into(),
            baseline_loss,
            skill: if baseline_loss > 0.0 { 1.0 - loss / baseline_loss } else { 0.0 },
            dm_t,
            dm_p,
            rows: differences.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_is_taken_only_where_it_is_proved_better() {
        let noise = |place: usize| (place * 7919 % 101) as f64 / 101.0;
        let losses = |name, loss: &dyn Fn(usize) -> f64| Losses { name, values: (0..400).map(loss).collect() };
        let base = losses("base", &|place| noise(place));
        let chosen = |second: Losses, others: &[Losses]| {
            let all = [base.clone(), second];
            let cell = Cell { horizon: Horizon::M15, target: "t", loss_name: "l", baseline: "base", all: &all, others };
            cell.choose(&FitConfig::default()).0
        };
        let better = losses("better", &|place| noise(place) - 0.05 * noise(place + 5));
        assert_eq!(chosen(better.clone(), &[]), 1);
        assert_eq!(chosen(losses("luck", &|place| noise(place + 13) - 0.001), &[]), 0);
        assert_eq!(chosen(losses("worse", &|place| noise(place) + 0.1), &[]), 0);
        // Better than the baseline that is served, but not than another one.
        assert_eq!(chosen(better, &[losses("other", &|place| noise(place) - 0.05)]), 0);
    }
}
