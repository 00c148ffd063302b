//! No peeking: nothing at a moment knows what came later, and where there is nothing to learn nothing is learnt.

use proptest::prelude::*;
use wick_feature_builder::engine::{Closed, Engine};
use wick_fetcher::source::simulated::market::Market;
use wick_schemas::candle::RawCandle;
use wick_schemas::{Candle, CandleValidated, FeatureVector, Origin, Target, Timestamp};
use wick_trainer::assemble::train;
use wick_trainer::dataset::Dataset;
use wick_trainer::fit::FitConfig;

/// So many minutes of a simulated market.
fn minutes(count: usize) -> Vec<CandleValidated> {
    let mut market = Market::new(11, Timestamp::parse("2024-01-01").expect("a date"));
    (0..count).map(|_| validated(market.minute().candle)).collect()
}

fn validated(raw: RawCandle) -> CandleValidated {
    let candle = Candle::new(raw).expect("a candle");
    CandleValidated { candle, origin: Origin::Simulated, ingest_time: candle.close_time() }
}

fn fold(candles: &[CandleValidated]) -> Vec<Closed> {
    let mut engine = Engine::new();
    candles.iter().flat_map(|candle| engine.push(candle)).collect()
}

/// The candle with all its numbers changed.
fn changed(candle: &CandleValidated, factor: f64) -> CandleValidated {
    let by = |value: Option<f64>| value.map(|value| value * factor);
    let raw = candle.candle.raw();
    validated(RawCandle {
        open: by(raw.open),
        high: by(raw.high),
        low: by(raw.low),
        close: by(raw.close),
        volume: by(raw.volume),
        ..raw
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Changing every candle after a moment changes no feature and no outcome at or before it.
    #[test]
    fn the_future_changes_nothing(cut in 1_usize..14_000, factor in prop_oneof![0.5..0.99, 1.01..2.0]) {
        let real = minutes(14_000);
        let mut other = real.clone();
        for candle in &mut other[cut..] {
            *candle = changed(candle, factor);
        }
        let known = real[cut - 1].candle.close_time();
        let until = |closed: Vec<Closed>| -> Vec<Closed> {
            closed.into_iter().take_while(|closed| closed.vector.as_of <= known).collect()
        };
        let (before, after) = (fold(&real), fold(&other));
        let later = after.iter().zip(&before).filter(|(a, b)| a.vector.as_of > known && a != b).count();
        prop_assert!(later > 0 || cut > 13_900, "the change reached nothing at all");
        prop_assert_eq!(until(before), until(after));
    }
}

/// Fast, and enough to find what there is to find.
fn quick() -> FitConfig {
    let mut config = FitConfig { min_rows: 1_000, forest_trees: 5, forest_rows: 1_000, ..FitConfig::default() };
    config.direction_boosting.trees = 10;
    config.volatility_boosting.trees = 10;
    config
}

#[test]
fn shuffled_outcomes_leave_no_skill_and_true_ones_some() {
    let closed = fold(&minutes(60 * 1440));
    let vectors: Vec<FeatureVector> = closed.iter().map(|closed| closed.vector.clone()).collect();
    let targets: Vec<Target> = closed.iter().flat_map(|closed| closed.matured.targets.clone()).collect();
    let at = vectors.last().expect("a bar").as_of;
    let skilled = |targets: &[Target]| {
        let data = Dataset::new(&vectors, targets, at, 365).expect("rows");
        let trained = train(&data, &quick(), &|_| {}, &|| false).expect("trains");
        let chosen = |metric: &&wick_schemas::model_event::CellMetric| metric.chosen != metric.baseline;
        trained.metrics.iter().filter(chosen).count()
    };
    // Something to learn: the next bar mostly goes where the last one went.
    let mut planted = targets;
    for (_, target) in planted.iter_mut().enumerate().filter(|(number, _)| mixed(*number as u64) % 10 < 6) {
        let place = vectors.partition_point(|vector| vector.as_of < target.origin);
        let vector = &vectors[place];
        if let Some(last) = vector.value("return_1").filter(|last| *last != 0.0) {
            target.log_return = target.log_return.abs() * last.signum();
        }
    }
    assert!(skilled(&planted) > 0, "nothing was learnt where there is something to learn");

    // Each horizon's outcomes are dealt out anew over the same moments, in an order that is the same in every run.
    let mut shuffled = planted.clone();
    for horizon in wick_schemas::Horizon::ALL {
        let places: Vec<usize> = (0..planted.len()).filter(|place| planted[*place].horizon == horizon).collect();
        for (step, place) in places.iter().enumerate() {
            let drawn = mixed(step as u64) as usize % (places.len() - step);
            let other = places[step + drawn];
            let (a, b) = (shuffled[*place], shuffled[other]);
            shuffled[*place] = Target { origin: a.origin, ..b };
            shuffled[other] = Target { origin: b.origin, ..a };
        }
    }
    assert_eq!(skilled(&shuffled), 0, "something was learnt where there is nothing to learn");
}

/// A well-mixed number of a number (the finaliser of MurmurHash3).
fn mixed(seed: u64) -> u64 {
    let mut x = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 33)).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    x = (x ^ (x >> 33)).wrapping_mul(0xC4CE_B9FE_1A85_EC53);
    x ^ (x >> 33)
}
