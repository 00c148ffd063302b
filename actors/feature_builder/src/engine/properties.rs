//! What holds for every stream of candles.

use proptest::prelude::*;
use wick_schemas::CandleValidated;
use wick_schemas::time::{BAR, MINUTE, Timestamp};

use super::{Closed, Engine};
use crate::samples::candle_with_wicks;

/// Steps of a stream: minutes since the last candle, log return, wick, volume.
type Step = (i64, f64, f64, f64);

fn step() -> impl Strategy<Value = Step> {
    let minutes = prop_oneof![12 => Just(1), 3 => 2..20_i64, 1 => 20..100_i64];
    let log_return = prop_oneof![1 => Just(0.0), 6 => -0.01..0.01];
    let volume = prop_oneof![1 => Just(0.0), 6 => 0.001..500.0];
    (minutes, log_return, 0.0..0.004, volume)
}

fn stream(steps: &[Step]) -> Vec<CandleValidated> {
    let (mut minute, mut log_price) = (0, 10.0_f64);
    let candle = |&(minutes, log_return, wick, volume): &Step| {
        minute += minutes;
        log_price += log_return;
        candle_with_wicks(minute, log_price.exp(), wick, volume)
    };
    steps.iter().map(candle).collect()
}

fn streams(candles: std::ops::Range<usize>) -> impl Strategy<Value = Vec<CandleValidated>> {
    prop::collection::vec(step(), candles).prop_map(|steps| stream(&steps))
}

fn push_all(engine: &mut Engine, candles: &[CandleValidated]) -> Vec<Closed> {
    candles.iter().flat_map(|candle| engine.push(candle)).collect()
}

/// Equality to the last bit, which `==` is not where zeros have signs.
fn same(left: &[Closed], right: &[Closed]) -> bool {
    let bits = |closed: &Closed| {
        let targets = closed.matured.targets.iter().flat_map(|target| [target.log_return, target.realised_variance]);
        let numbers = closed.vector.values.iter().map(|value| value.unwrap_or(f64::NAN)).chain(targets);
        numbers.map(f64::to_bits).collect::<Vec<_>>()
    };
    left == right && left.iter().map(bits).eq(right.iter().map(bits))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn an_engine_read_back_goes_on_as_the_one_that_was_written(
        candles in streams(2..4000), share in 0.0..1.0_f64,
    ) {
        let cut = (candles.len() as f64 * share) as usize;
        let mut whole = Engine::new();
        push_all(&mut whole, &candles[..cut]);
        let written = serde_json::to_string(&whole).expect("JSON");
        let mut read: Engine = serde_json::from_str(&written).expect("reads back");
        prop_assert_eq!(&read, &whole);
        prop_assert!(same(&push_all(&mut read, &candles[cut..]), &push_all(&mut whole, &candles[cut..])));
        prop_assert_eq!(serde_json::to_string(&read).expect("JSON"), serde_json::to_string(&whole).expect("JSON"));
    }

    #[test]
    fn nothing_that_comes_later_changes_what_was_said(
        past in prop::collection::vec(step(), 1..2000),
        futures in prop::array::uniform2(prop::collection::vec(step(), 1..300)),
    ) {
        let known = stream(&past);
        let until = known.last().expect("a candle").candle.close_time();
        let [one, other] = futures.map(|future| {
            let candles = stream(&[past.as_slice(), &future].concat());
            push_all(&mut Engine::new(), &candles)
        });
        let said = |closed: &[Closed]| -> Vec<Closed> {
            closed.iter().filter(|closed| closed.vector.as_of <= until).cloned().collect()
        };
        // Both streams go on, but perhaps not far enough to reveal the bar that `until` leaves unfinished: its end
        // is later, so that it is in neither list.
        prop_assert!(same(&said(&one), &said(&other)));
    }

    #[test]
    fn bars_have_no_holes_and_count_every_candle(candles in streams(1..2000)) {
        let mut engine = Engine::new();
        let closed = push_all(&mut engine, &candles);
        let first = candles[0].candle.open_time.next(BAR);
        for (number, closed) in closed.iter().enumerate() {
            let as_of = first + number as i64 * BAR;
            prop_assert_eq!((closed.vector.as_of, closed.matured.at), (as_of, as_of));
            let inside = |candle: &&CandleValidated| {
                (as_of - BAR..as_of).contains(&candle.candle.open_time)
            };
            prop_assert_eq!(closed.vector.minutes as usize, candles.iter().filter(inside).count());
            let newest = candles.iter().rev().find(|candle| candle.candle.close_time() <= as_of).expect("a candle");
            prop_assert_eq!(closed.vector.price, newest.candle.close);
            prop_assert_eq!(closed.vector.ingest_time, newest.ingest_time);
            prop_assert_eq!(closed.vector.warm, number + 1 >= Engine::LOOKBACK);
        }
        let last = candles.last().expect("a candle").candle.close_time();
        prop_assert_eq!(closed.last().map_or(first - BAR, |closed| closed.vector.as_of), last.floor(BAR));
    }

    #[test]
    fn an_outcome_is_what_the_candles_after_its_origin_did(candles in streams(200..3000)) {
        let mut engine = Engine::new();
        for closed in push_all(&mut engine, &candles) {
            for target in &closed.matured.targets {
                let until = |moment: Timestamp| move |candle: &&CandleValidated| candle.candle.close_time() <= moment;
                let price = |moment| candles.iter().rev().find(until(moment)).expect("a candle").candle.close;
                prop_assert_eq!(target.log_return, price(closed.matured.at).ln() - price(target.origin).ln());
                let moves = candles.windows(2).filter(|pair| {
                    let end = pair[1].candle.open_time + MINUTE;
                    target.origin < end && end <= closed.matured.at
                });
                let rv: f64 = moves.map(|pair| (pair[1].candle.close / pair[0].candle.close).ln().powi(2)).sum();
                prop_assert!((target.realised_variance - rv).abs() <= 1e-9 * rv + 1e-15);
            }
        }
    }
}

/// The features that forget within their warm-up depend on it only: an engine begun late agrees bit for bit.
#[test]
fn a_late_beginning_is_forgotten_after_a_week() {
    let candles = crate::samples::walk(24_000);
    let early = push_all(&mut Engine::new(), &candles);
    // From inside a bar, so that the first whole bar, and its first return, is the same in both.
    let late = push_all(&mut Engine::new(), &candles[8_007..]);
    // Exponential averages forget all but a trace, and what is measured in units of one shares it.
    let averages = ["macd_12", "macd_48", "rsi_14", "rsi_56", "log_ewma_rv"];
    let units = ["d as in scaled_return", "0.03 (RV_1 - E)", "in d of scaled_return"];
    let definition = |place: usize| &Engine::feature_set().definitions[place];
    let traced = |place: usize| {
        averages.contains(&definition(place).name) || units.iter().any(|unit| definition(place).formula.contains(unit))
    };
    // What looks back further than its warm-up remembers the beginning.
    let slow = |place: usize| {
        definition(place).lookback > definition(place).warm_up || definition(place).formula.contains("season expected")
    };
    let warm = &late[Engine::LOOKBACK..];
    assert!(warm.len() > 100);
    for (one, other) in early.iter().rev().zip(warm.iter().rev()) {
        assert_eq!(one.matured, other.matured);
        let values = one.vector.values.iter().zip(&other.vector.values);
        for (place, (name, (one, other))) in one.vector.names.iter().zip(values).enumerate() {
            let (one, other) = (one.expect("warm"), other.expect("warm"));
            if slow(place) {
                continue;
            }
            if traced(place) {
                assert!((one - other).abs() <= 1e-4, "{name}: {one} and {other}");
            } else {
                assert_eq!(one.to_bits(), other.to_bits(), "{name}");
            }
        }
    }
}
