//! What a model's forecasts rest on: what is lost when a feature is torn away.

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use super::case::mean;
use crate::model::{Estimator, HorizonModel, sigmoid};
use crate::score::{log_loss, qlike};

/// Features that are named.
const NAMED: usize = 12;
/// Rows that are asked, evenly spaced over those given.
const ROWS: usize = 1_500;
/// The seed of the shuffles.
const SEED: u64 = 20_010_101;

/// A row that a model forecast from, and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// The feature values.
    pub values: Vec<f64>,
    /// Hour of the week of the bar.
    pub hour: usize,
    /// Whether the price rose.
    pub up: bool,
    /// Realised variance per bar.
    pub variance: f64,
}

/// What each feature is worth to the two functions of a horizon.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Importance {
    /// The model.
    pub model: String,
    /// Number of rows asked.
    pub rows: usize,
    /// Greatest first, for the log-loss; empty where the call rests on no feature.
    pub direction: Vec<Worth>,
    /// Greatest first, for QLIKE.
    pub volatility: Vec<Worth>,
}

/// A feature's worth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Worth {
    /// The feature.
    pub feature: String,
    /// How much greater the mean loss is without it, as a share of the mean loss.
    pub worth: f64,
}

impl Importance {
    /// Permutation importance (Breiman 2001) of a model on rows that it had not learnt from: the values of one feature
    /// are shuffled among the rows, everything else stays, and the mean loss rises by what the feature was worth. A
    /// feature whose twin is there too seems worth less than it is. `None` without rows.
    #[must_use]
    pub fn of(hash: &str, model: &HorizonModel, names: &[String], known: &[Known]) -> Option<Self> {
        let step = known.len().div_ceil(ROWS).max(1);
        let rows: Vec<&Known> = known.iter().step_by(step).filter(|row| row.values.len() == names.len()).collect();
        if rows.is_empty() {
            return None;
        }
        let log = |row: &Known, values: &[f64]| model.volatility.value(values, row.hour);
        // The level is held still: it is what a feature says of one moment beside another that is asked.
        let level = mean(rows.iter().map(|row| row.variance / log(row, &row.values).exp()));
        let direction =
            |row: &Known, values: &[f64]| Some(log_loss(sigmoid(model.direction.value(values, row.hour)), row.up));
        let volatility = |row: &Known, values: &[f64]| qlike(row.variance, log(row, values).exp() * level);
        Some(Self {
            model: hash.to_owned(),
            rows: rows.len(),
            direction: worths(&model.direction, names, &rows, direction),
            volatility: worths(&model.volatility, names, &rows, volatility),
        })
    }
}

fn worths(
    estimator: &Estimator,
    names: &[String],
    rows: &[&Known],
    loss: impl Fn(&Known, &[f64]) -> Option<f64>,
) -> Vec<Worth> {
    let whole = mean(rows.iter().filter_map(|row| loss(row, &row.values)));
    if whole <= 0.0 {
        return Vec::new();
    }
    let worth = |column: u32| {
        let place = column as usize;
        let feature = names.get(place)?.clone();
        let mut values: Vec<f64> = rows.iter().map(|row| row.values[place]).collect();
        values.shuffle(&mut StdRng::seed_from_u64(SEED));
        let mut torn = Vec::new();
        let losses = rows.iter().zip(values).filter_map(|(row, value)| {
            torn.clone_from(&row.values);
            torn[place] = value;
            loss(row, &torn)
        });
        Some(Worth { feature, worth: mean(losses) / whole - 1.0 })
    };
    let mut worths: Vec<Worth> = estimator.columns().into_iter().filter_map(worth).collect();
    worths.sort_by(|one, other| other.worth.total_cmp(&one.worth));
    worths.truncate(NAMED);
    worths
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::Horizon;
    use crate::model::Input;
    use crate::report::testing::noise;

    fn line(weights: &[f64], intercept: f64) -> Estimator {
        let input =
            |(column, weight): (u32, &f64)| Input { column, center: 0.0, scale: 1.0, clip: 1e9, weight: *weight };
        Estimator::Linear { inputs: (0..).zip(weights).map(input).collect(), intercept, season: vec![] }
    }

    fn model(direction: Estimator, volatility: Estimator) -> HorizonModel {
        HorizonModel {
            horizon: Horizon::M15,
            direction_name: "x".into(),
            volatility_name: "x".into(),
            base_rate: 0.5,
            ewma: direction.clone(),
            har: direction.clone(),
            seasonal_har: direction.clone(),
            garch: None,
            levels: [1.0; 4],
            level_outcomes: 500,
            residual_quantiles: vec![0.0; 7],
            return_quantiles: vec![0.0; 7],
            direction,
            volatility,
        }
    }

    fn known() -> Vec<Known> {
        let row = |bar: i64| {
            let values = vec![noise(bar), noise(bar + 10_000), noise(bar + 20_000)];
            Known { up: values[1] > 0.0, variance: (2.0 * values[0] - 9.0).exp(), hour: 0, values }
        };
        (0..1_000).map(row).collect()
    }

    #[test]
    fn what_a_forecast_rests_on_is_worth_most_and_what_it_does_not_ask_is_not_named() {
        let names = ["variance", "sign", "idle"].map(str::to_owned);
        let model = model(line(&[0.1, 8.0], 0.0), line(&[2.0, 0.0, 0.3], -9.0));
        let importance = Importance::of("m", &model, &names, &known()).expect("rows");
        let shown = |worths: &[Worth]| worths.iter().map(|one| one.feature.clone()).collect::<Vec<_>>();
        assert_eq!(importance.rows, 1_000);
        assert_eq!(shown(&importance.direction), ["sign", "variance"]);
        assert_eq!(importance.volatility[0].feature, "variance");
        assert!(importance.direction[0].worth > 1.0 && importance.direction[1].worth.abs() < 0.05);
        assert_eq!(Importance::of("m", &model, &names, &known()), Some(importance));
    }

    #[test]
    fn the_rise_in_loss_is_that_of_a_shuffle_by_hand() {
        let names = ["variance", "sign", "idle"].map(str::to_owned);
        let model = model(line(&[0.0, 2.0], 0.0), line(&[2.0], -9.0));
        let rows = known();
        let worth = Importance::of("m", &model, &names, &rows).expect("rows").direction[0].worth;
        let loss = |x: f64, up: bool| log_loss(sigmoid(2.0 * x), up);
        let whole = mean(rows.iter().map(|row| loss(row.values[1], row.up)));
        // Against every other row's value at once: what a shuffle is on average.
        let torn = mean(rows.iter().flat_map(|row| rows.iter().map(|other| loss(other.values[1], row.up))));
        assert!((worth - (torn / whole - 1.0)).abs() < 0.05, "{worth} {}", torn / whole - 1.0);
    }

    #[test]
    fn a_baseline_rests_on_nothing() {
        let names = ["variance".to_owned()];
        let constant = || Estimator::Constant { value: -9.0 };
        let rows = vec![Known { values: vec![1.0], hour: 0, up: true, variance: 1e-4 }];
        let importance = Importance::of("m", &model(constant(), constant()), &names, &rows).expect("rows");
        assert_eq!((importance.direction.len(), importance.volatility.len()), (0, 0));
        assert_eq!(Importance::of("m", &model(constant(), constant()), &names, &[]), None);
    }
}
