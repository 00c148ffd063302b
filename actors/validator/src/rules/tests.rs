//! Candles that pass, and every way to spoil one.

use super::*;
use crate::refusal::{ABSURD_JUMP, DUPLICATE, HIGH_LOW, NEGATIVE_VOLUME, NOT_A_NUMBER, NOT_POSITIVE, OFF_GRID, RULES};
use proptest::prelude::*;
use wick_schemas::candle::RawCandle;
use wick_schemas::{Origin, Timestamp};

const START: i64 = 1_704_067_200_000;

/// A flat candle of the minute with that number, learnt as it closed.
fn flat(minute: i64, price: f64) -> CandleReceived {
    let open_time = Timestamp(START + minute * MINUTE);
    let some = Some(price);
    CandleReceived {
        candle: RawCandle {
            venue: Venue::Kraken,
            open_time,
            open: some,
            high: some,
            low: some,
            close: some,
            volume: Some(1.0),
        },
        origin: Origin::Live,
        ingest_time: open_time + MINUTE,
    }
}

fn rules() -> Rules {
    Rules::recovered(RulesConfig::default(), None)
}

/// The broken rule's name; empty where none was.
fn verdict(rules: &mut Rules, received: &CandleReceived) -> String {
    match rules.judge(received) {
        Verdict::Clean(clean) => {
            assert_eq!((clean.candle.raw(), clean.ingest_time), (received.candle, received.ingest_time));
            String::new()
        }
        Verdict::Reject(refused) => {
            // As text: NaN is not equal to itself.
            assert_eq!(format!("{:?}", refused.candle), format!("{:?}", received.candle));
            assert!(RULES.contains(&refused.rule.as_str()));
            assert!(!refused.value.is_empty() && !refused.reason.is_empty());
            refused.rule
        }
    }
}

type Spoil = fn(&mut CandleReceived);

/// Every way to spoil a candle that does not count as a jump, with the rule that must find it.
const SPOILT: [(Spoil, &str); 23] = [
    (|r| r.candle.open = None, NOT_A_NUMBER),
    (|r| r.candle.high = Some(f64::INFINITY), NOT_A_NUMBER),
    (|r| r.candle.close = Some(f64::NAN), NOT_A_NUMBER),
    (|r| r.candle.volume = None, NOT_A_NUMBER),
    (|r| r.candle.open = Some(0.0), NOT_POSITIVE),
    (|r| r.candle.low = Some(-1.0), NOT_POSITIVE),
    (|r| r.candle.volume = Some(-1e-9), NEGATIVE_VOLUME),
    (|r| r.candle.high = r.candle.low.map(|low| low * 0.99), HIGH_LOW),
    (|r| r.candle.low = r.candle.close.map(|close| close * 1.01), HIGH_LOW),
    (|r| r.candle.open = r.candle.high.map(|high| high * 1.01), HIGH_LOW),
    (|r| r.candle.open_time = r.candle.open_time + 1, OFF_GRID),
    (|r| r.ingest_time = r.ingest_time - MINUTE - 1, FROM_THE_FUTURE),
    (|r| r.ingest_time = Timestamp(0), FROM_THE_FUTURE),
    (|r| r.candle.open_time = r.candle.open_time - MINUTE, DUPLICATE),
    (|r| r.candle.open_time = r.candle.open_time - 2 * MINUTE, OUT_OF_ORDER),
    (|r| r.candle.open_time = Timestamp(0), TOO_OLD),
    (|r| r.candle.venue = Venue::Consensus, NOT_A_SOURCE),
    (|r| r.candle.venue = Venue::Simulated, NOT_A_SOURCE),
    (|r| r.candle.high = Some(1e10), OUT_OF_RANGE),
    (|r| r.candle.volume = Some(1e9), OUT_OF_RANGE),
    (|r| (r.candle.volume, r.candle.high) = (Some(0.0), r.candle.high.map(|high| high * 1.01)), NO_VOLUME),
    (|r| r.candle.high = r.candle.high.map(|high| high * 10.0), ABSURD_WICK),
    (|r| r.candle.low = r.candle.low.map(|low| low / 10.0), ABSURD_WICK),
];

#[test]
fn a_clock_a_little_behind_is_forgiven_and_one_minute_is_the_most() {
    let mut late = flat(0, 100.0);
    late.ingest_time = late.ingest_time - MINUTE;
    assert_eq!(verdict(&mut rules(), &late), "");
    late.ingest_time = late.ingest_time - 1;
    assert_eq!(verdict(&mut rules(), &late), FROM_THE_FUTURE);
}

#[test]
fn the_ends_of_time_break_nothing() {
    let mut rules = rules();
    let at = |open_time: i64| {
        let mut odd = flat(0, 100.0);
        odd.candle.open_time = Timestamp(open_time).floor(MINUTE);
        odd
    };
    assert_eq!(verdict(&mut rules, &at(i64::MAX)), FROM_THE_FUTURE);
    assert_eq!(verdict(&mut rules, &at(i64::MIN + MINUTE)), TOO_OLD);
    assert_eq!(verdict(&mut rules, &flat(0, 100.0)), "");
}

#[test]
fn venues_do_not_know_each_other() {
    let mut rules = rules();
    assert_eq!(verdict(&mut rules, &flat(5, 100.0)), "");
    let mut other = flat(3, 900.0);
    other.candle.venue = Venue::Bitfinex;
    assert_eq!(verdict(&mut rules, &other), "");
}

#[test]
fn a_wild_but_real_minute_passes_and_a_shifted_decimal_point_does_not() {
    let mut rules = rules();
    assert_eq!(verdict(&mut rules, &flat(0, 5_000.0)), "");
    assert_eq!(verdict(&mut rules, &flat(1, 4_300.0)), "");
    for (minute, price) in [(2, 430.0), (3, 43_000.0), (4_000, 43_000.0), (4_001, 430.0)] {
        assert_eq!(verdict(&mut rules, &flat(minute, price)), ABSURD_JUMP, "{price}");
    }
    assert_eq!(verdict(&mut rules, &flat(4_002, 4_300.0)), "");
}

#[test]
fn a_hole_allows_a_longer_way() {
    let mut short = rules();
    assert_eq!(verdict(&mut short, &flat(0, 100.0)), "");
    assert_eq!(verdict(&mut short.clone(), &flat(1, 150.0)), ABSURD_JUMP);
    assert_eq!(verdict(&mut short, &flat(9, 150.0)), "");
}

#[test]
fn the_open_counts_too() {
    let mut rules = rules();
    verdict(&mut rules, &flat(0, 100.0));
    let mut spike = flat(1, 100.0);
    (spike.candle.open, spike.candle.high) = (Some(200.0), Some(200.0));
    assert_eq!(verdict(&mut rules, &spike), ABSURD_JUMP);
}

#[test]
fn a_real_re_pricing_blocks_for_five_candles_and_no_longer() {
    let mut rules = rules();
    verdict(&mut rules, &flat(0, 100.0));
    for minute in 1..=5 {
        assert_eq!(verdict(&mut rules, &flat(minute, 400.0)), ABSURD_JUMP);
        // The same candle again is no second witness.
        assert_eq!(verdict(&mut rules, &flat(minute, 400.0)), ABSURD_JUMP);
    }
    assert_eq!(verdict(&mut rules, &flat(6, 404.0)), "");
    assert_eq!(verdict(&mut rules, &flat(7, 404.0)), "");
    assert_eq!(verdict(&mut rules, &flat(8, 100.0)), ABSURD_JUMP);
}

#[test]
fn jumps_that_do_not_agree_are_never_believed() {
    let mut rules = rules();
    verdict(&mut rules, &flat(0, 100.0));
    for minute in 1..50 {
        let price = if minute % 2 == 0 { 400.0 } else { 1_000.0 };
        assert_eq!(verdict(&mut rules, &flat(minute, price)), ABSURD_JUMP);
    }
    assert_eq!(verdict(&mut rules, &flat(50, 101.0)), "");
}

#[test]
fn a_good_candle_between_them_ends_a_suspicion() {
    let mut rules = rules();
    verdict(&mut rules, &flat(0, 100.0));
    for minute in 1..40 {
        let (price, rule) = if minute % 5 == 0 { (100.0, "") } else { (400.0, ABSURD_JUMP) };
        assert_eq!(verdict(&mut rules, &flat(minute, price)), rule);
    }
}

#[test]
fn unknown_knobs_are_refused() {
    assert!(serde_json::from_str::<RulesConfig>(r#"{"jump_sigmas": 9.0}"#).is_ok());
    assert!(serde_json::from_str::<RulesConfig>(r#"{"jump_sigma": 9.0}"#).is_err());
}

/// Candles of a random walk with holes: returns up to ±15 % in a minute, wicks beyond the body.
fn walk() -> impl Strategy<Value = Vec<CandleReceived>> {
    let step = (1_i64..30, -0.07_f64..0.07, -0.07_f64..0.07, 0.0_f64..0.02, 0.0_f64..0.02, 1e-8_f64..1e4);
    proptest::collection::vec(step, 1..120).prop_map(|steps| {
        let (mut minute, mut price) = (0, 10_000.0_f64);
        let candle = |(minutes, gap, body, up, down, volume): (i64, f64, f64, f64, f64, f64)| {
            minute += minutes;
            let open = price * gap.exp();
            let close = open * body.exp();
            price = close;
            let mut received = flat(minute, close);
            received.candle.open = Some(open);
            received.candle.high = Some(open.max(close) * up.exp());
            received.candle.low = Some(open.min(close) * (-down).exp());
            received.candle.volume = Some(volume);
            received
        };
        steps.into_iter().map(candle).collect()
    })
}

proptest! {
    #[test]
    fn whatever_is_shaped_like_a_market_passes(candles in walk()) {
        let mut rules = rules();
        for received in &candles {
            prop_assert_eq!(verdict(&mut rules, received), "");
        }
    }

    #[test]
    fn whatever_is_spoilt_is_found_and_leaves_no_trace(candles in walk(), kind in 0..SPOILT.len(), ahead in 1_i64..9) {
        let mut rules = rules();
        for received in &candles {
            verdict(&mut rules, received);
        }
        let before = rules.clone();
        let last = candles.last().expect("at least one");
        let minute = (last.candle.open_time.millis() - START) / MINUTE;
        let (spoil, rule) = SPOILT[kind];
        // Those that move the time are told of the next minute, so that "one back" is the last.
        let ahead = if rule == DUPLICATE || rule == OUT_OF_ORDER { 1 } else { ahead };
        let mut spoilt = flat(minute + ahead, last.candle.close.expect("a price"));
        spoil(&mut spoilt);
        prop_assert_eq!(verdict(&mut rules, &spoilt), rule);
        prop_assert_eq!(rules, before);
    }

    #[test]
    fn a_jump_is_found_and_leaves_only_a_suspicion(candles in walk(), up in any::<bool>()) {
        let mut rules = rules();
        for received in &candles {
            verdict(&mut rules, received);
        }
        let mut before = rules.clone();
        let last = candles.last().expect("at least one");
        let minute = (last.candle.open_time.millis() - START) / MINUTE;
        let factor = if up { 10.0 } else { 0.1 };
        let jump = flat(minute + 1, last.candle.close.expect("a price") * factor);
        prop_assert_eq!(verdict(&mut rules, &jump), ABSURD_JUMP);
        for judge in [&mut before, &mut rules] {
            judge.venues.values_mut().for_each(|memory| memory.suspects = None);
        }
        prop_assert_eq!(before, rules);
    }

    #[test]
    fn rules_that_were_kept_and_read_back_judge_alike(candles in walk(), cut in 0_usize..120) {
        let mut rules = rules();
        let (past, future) = candles.split_at(cut.min(candles.len()));
        for received in past {
            verdict(&mut rules, received);
        }
        let text = serde_json::to_string(&rules).expect("JSON");
        let mut again = Rules::recovered(RulesConfig::default(), serde_json::from_str(&text).expect("reads"));
        for received in future {
            prop_assert_eq!(verdict(&mut rules, received), verdict(&mut again, received));
        }
        prop_assert_eq!(rules, again);
    }
}
