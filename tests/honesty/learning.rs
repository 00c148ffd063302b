//! Where there is nothing to learn nothing is learnt.

use std::sync::OnceLock;

use wick_feature_builder::engine::Engine;
use wick_schemas::model_event::CellMetric;
use wick_schemas::{FeatureVector, Horizon, Target};
use wick_trainer::assemble::train;
use wick_trainer::dataset::Dataset;
use wick_trainer::fit::FitConfig;

use crate::chance::mixed;
use crate::world::minutes;

/// Sixty days of the simulated market: what was known at each close, and what came of it.
pub fn market() -> &'static (Vec<FeatureVector>, Vec<Target>) {
    static MARKET: OnceLock<(Vec<FeatureVector>, Vec<Target>)> = OnceLock::new();
    MARKET.get_or_init(|| {
        let mut engine = Engine::new();
        let (mut vectors, mut targets) = (Vec::new(), Vec::new());
        for closed in minutes(60 * 1440).iter().flat_map(|candle| engine.push(candle)) {
            targets.extend(closed.matured.targets);
            vectors.push(closed.vector);
        }
        (vectors, targets)
    })
}

/// Outcomes of which something can be known: after a bar that moved, so many of a hundred go where it went.
pub fn planted(share: u64) -> Vec<Target> {
    let (vectors, targets) = market();
    let mut planted = targets.clone();
    for (_, target) in planted.iter_mut().enumerate().filter(|(number, _)| mixed(*number as u64) % 100 < share) {
        let place = vectors.partition_point(|vector| vector.as_of < target.origin);
        if let Some(last) = vectors[place].value("return_1").filter(|last| *last != 0.0) {
            target.log_return = target.log_return.abs() * last.signum();
        }
    }
    planted
}

/// Fast, and enough to find what there is to find.
pub fn quick() -> FitConfig {
    let mut config = FitConfig { min_rows: 1_000, forest_trees: 5, forest_rows: 1_000, ..FitConfig::default() };
    config.direction_boosting.trees = 10;
    config.volatility_boosting.trees = 10;
    config
}

#[test]
fn outcomes_that_belong_to_other_rows_leave_no_skill_and_true_ones_some() {
    let vectors = &market().0;
    let at = vectors.last().expect("a bar").as_of;
    // What was chosen because it beats its baseline.
    let skilled = |targets: &[Target]| -> Vec<CellMetric> {
        let data = Dataset::new(vectors, targets, at, 365).expect("rows");
        let trained = train(&data, &quick(), &|_| {}, &|| false).expect("trains");
        trained.metrics.into_iter().filter(|metric| metric.chosen != metric.baseline).collect()
    };
    let planted = planted(60);
    assert!(!skilled(&planted).is_empty(), "nothing was learnt where there is something to learn");

    // In an order that is the same in every run.
    let shuffled = dealt(&planted, |count| {
        let mut places: Vec<usize> = (0..count).collect();
        for step in 0..count {
            places.swap(step, step + mixed(step as u64) as usize % (count - step));
        }
        places
    });
    let found = skilled(&shuffled);
    assert!(found.is_empty(), "something was learnt where there is nothing to learn: {found:#?}");

    // By an odd number of bars, or the hour of the day would come along; beyond the memory of the market's variance.
    // Unlike the shuffled, these outcomes still hang together from bar to bar.
    let shifted = dealt(&planted, |count| (0..count).map(|place| (place + 1_441) % count).collect());
    let found = skilled(&shifted);
    assert!(found.is_empty(), "something was learnt of what happened a fortnight later: {found:#?}");
}

/// Each horizon's outcomes dealt out anew over the same moments: `order` tells for so many moments whose outcome each gets.
fn dealt(targets: &[Target], order: impl Fn(usize) -> Vec<usize>) -> Vec<Target> {
    let mut dealt = targets.to_vec();
    for horizon in Horizon::ALL {
        let places: Vec<usize> = (0..targets.len()).filter(|place| targets[*place].horizon == horizon).collect();
        for (place, from) in places.iter().zip(order(places.len())) {
            dealt[*place] = Target { origin: targets[*place].origin, ..targets[places[from]] };
        }
    }
    dealt
}
