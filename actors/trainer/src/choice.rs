//! What is served of a horizon: a mean of candidates that is proved better than every baseline, another that is proved better
//! than that, or else the baseline.

use wick_schemas::Horizon;
use wick_schemas::dm::diebold_mariano;
use wick_schemas::model_event::CellMetric;

use crate::evaluate::{Evaluation, Losses, mean};
use crate::fit::volatility::BOOSTING_MEAN;
use crate::fit::{BASE_RATE, FitConfig, MEAN, SEASONAL_HAR};
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
    /// The candidate that is served unless another is proved better.
    mean: &'static str,
    all: &'a [Losses],
    others: &'a [Losses],
}

impl Evaluation {
    /// Takes for each target the mean of the candidates, where it is proved better than the best of the baselines, and no
    /// candidate is proved better than it. Else what lost least of those that are proved better; where none is, the baseline.
    ///
    /// Of candidates that are nearly equally good, that which lost least did so by luck, and a mean of them is hardly ever
    /// far from the best (Stock and Watson 2004, Smith and Wallis 2009).
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
        let direction =
            Cell { horizon, target: "direction", loss_name: "log_loss", baseline: BASE_RATE, mean: MEAN, all, others };
        let (all, others) = (&self.volatility, &self.baselines);
        let (baseline, mean) = (SEASONAL_HAR, BOOSTING_MEAN);
        let volatility = Cell { horizon, target: "volatility", loss_name: "qlike", baseline, mean, all, others };
        [direction, volatility]
    }
}

impl Cell<'_> {
    fn choose(&self, config: &FitConfig) -> (usize, CellMetric) {
        let place = self.chosen(config);
        (place, self.metric(place))
    }

    fn chosen(&self, config: &FitConfig) -> usize {
        // On few rows a baseline with many parameters may be a bad one: to beat it alone would prove nothing.
        let baselines = self.all.iter().take(1).chain(self.others);
        let Some(rival) = baselines.min_by(|a, b| mean(&a.values).total_cmp(&mean(&b.values))) else { return 0 };
        let candidates: Vec<usize> = (1..self.all.len()).collect();
        let proved = self.better_than(rival, &candidates, config);
        let Some(default) = proved.iter().copied().find(|place| self.all[*place].name == self.mean) else {
            return self.least(&proved).unwrap_or(0);
        };
        self.least(&self.better_than(&self.all[default], &proved, config)).unwrap_or(default)
    }

    /// Which of these are proved to lose less.
    fn better_than(&self, rival: &Losses, places: &[usize], config: &FitConfig) -> Vec<usize> {
        let against =
            |place: &usize| rival.values.iter().zip(&self.all[*place].values).map(|(rival, own)| rival - own).collect();
        let differences: Vec<Vec<f64>> = places.iter().map(against).collect();
        let proofs = superior::p_values(&differences, self.horizon.bars(), config.seed);
        places.iter().zip(proofs).filter(|(_, p)| *p < config.alpha).map(|(place, _)| *place).collect()
    }

    /// Which of these lost least.
    fn least(&self, places: &[usize]) -> Option<usize> {
        let loss = |place: usize| mean(&self.all[place].values);
        places.iter().copied().min_by(|a, b| loss(*a).total_cmp(&loss(*b)))
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

    fn noise(place: usize) -> f64 {
        (place * 7919 % 101) as f64 / 101.0
    }

    fn losses(name: &'static str, loss: impl Fn(usize) -> f64) -> Losses {
        Losses { name, values: (0..400).map(loss).collect() }
    }

    /// The name of what is chosen, of a baseline and these.
    fn chosen(candidates: &[Losses], others: &[Losses]) -> String {
        let all: Vec<Losses> = std::iter::once(losses("base", noise)).chain(candidates.iter().cloned()).collect();
        let (horizon, target, loss_name) = (Horizon::M15, "t", "l");
        let cell = Cell { horizon, target, loss_name, baseline: "base", mean: "mean", all: &all, others };
        cell.choose(&FitConfig::default()).1.chosen
    }

    #[test]
    fn the_best_is_taken_only_where_it_is_proved_better() {
        let better = losses("better", |place| noise(place) - 0.05 * noise(place + 5));
        assert_eq!(chosen(std::slice::from_ref(&better), &[]), "better");
        assert_eq!(chosen(&[losses("luck", |place| noise(place + 13) - 0.001)], &[]), "base");
        assert_eq!(chosen(&[losses("worse", |place| noise(place) + 0.1)], &[]), "base");
        // Better than the baseline that is served, but not than another one.
        assert_eq!(chosen(&[better], &[losses("other", |place| noise(place) - 0.05)]), "base");
    }

    #[test]
    fn a_mean_is_left_only_for_what_is_proved_better_than_it() {
        let mean = losses("mean", |place| noise(place) - 0.05 * noise(place + 5));
        let luckier = losses("luckier", |place| noise(place) - 0.05 * noise(place + 29) - 0.0001);
        let better = losses("better", |place| mean.values[place] - 0.03 * noise(place + 7));
        assert_eq!(chosen(&[luckier.clone(), mean.clone()], &[]), "mean");
        assert_eq!(chosen(&[luckier.clone(), better, mean], &[]), "better");
        // A mean that is not proved better than the baseline stands in nobody's way.
        assert_eq!(chosen(&[luckier, losses("mean", |place| noise(place + 13))], &[]), "luckier");
    }
}
