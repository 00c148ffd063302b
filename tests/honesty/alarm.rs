//! A training that learns from a leak is found out by its own figures, and an honest one is left in peace.

use wick_schemas::{FeatureVector, Horizon, Target};
use wick_trainer::alarm::LeakAlarm;
use wick_trainer::config::TrainerConfig;
use wick_trainer::dataset::Dataset;
use wick_trainer::evaluate::evaluate;
use wick_trainer::figure::figures;
use wick_trainer::fit::FitConfig;

use crate::learning::{market, planted, quick};

/// What the alarm, as it is shipped, says of a walk-forward of the next bar.
fn told(vectors: &[FeatureVector], targets: &[Target]) -> Vec<String> {
    let config = wick_bus::Config::load(None, &[]).expect("settings");
    let alarm: LeakAlarm = config.section::<TrainerConfig>("trainer").expect("a section").leak_alarm;
    let data = Dataset::new(vectors, targets, vectors.last().expect("a bar").as_of, 365).expect("rows");
    let config = FitConfig { forest: false, ..quick() };
    let evaluation = evaluate(&data, Horizon::M15, &config, &|| Ok(())).expect("losses").expect("folds");
    let found = figures(&evaluation, data.labels_of(Horizon::M15));
    assert_eq!(found.len(), 3, "every measure is looked at");
    alarm.rings(&found).into_iter().map(|figure| alarm.words(figure)).collect()
}

/// One test, as all of it is of the same market.
#[test]
fn features_that_are_one_bar_too_new_ring_and_an_honest_market_and_a_little_skill_do_not() {
    let (vectors, targets) = market();
    assert_eq!(told(vectors, targets), [""; 0]);
    assert_eq!(told(vectors, &planted(8)), [""; 0]);
    let mut newer = vectors.clone();
    for (vector, next) in newer.iter_mut().zip(&vectors[1..]) {
        vector.values.clone_from(&next.values);
    }
    let told = told(&newer, targets);
    assert!(told.iter().any(|alarm| alarm.contains("15m direction by") && alarm.contains("AUC")), "{told:#?}");
}
