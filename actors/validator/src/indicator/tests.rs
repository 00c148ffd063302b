//! Indicators against numbers that were computed apart from this code, from the definitions, over the whole list.

use proptest::prelude::*;
use wick_schemas::time::MINUTE;

use super::*;

const START: Timestamp = Timestamp(1_704_067_200_000);

fn candle(minute: i64, low: f64, high: f64, close: f64, volume: f64) -> Candle {
    let open_time = START.shift(minute * MINUTE);
    Candle { venue: Venue::Kraken, open_time, open: close, high, low, close, volume }
}

/// The last minute of a quarter hour, standing for all of it: a swinging, rising price.
fn swing(bar: i64) -> Candle {
    let cents = |number: f64| (number * 100.0).round() / 100.0;
    let close = cents(100.0 + 10.0 * (bar as f64 * 0.7).sin() + bar as f64 * 0.3);
    let high = cents(close + 1.0 + (bar % 3) as f64 * 0.5);
    let low = cents(close - 1.0 - (bar % 4) as f64 * 0.25);
    candle(bar * 15 + 14, low, high, close, (10 + bar % 5) as f64)
}

fn all(candles: impl IntoIterator<Item = Candle>) -> Vec<IndicatorRow> {
    let mut indicators = Indicators::default();
    candles.into_iter().flat_map(|candle| indicators.take(&candle)).collect()
}

fn near(found: Option<f64>, expected: f64) {
    assert!((found.expect("warm") - expected).abs() < 1e-9, "{found:?} {expected}");
}

#[test]
fn forty_quarter_hours_give_the_numbers_of_the_definitions() {
    let rows = all((0..40).map(swing));
    assert_eq!(rows.len(), 40);
    let last = &rows[39];
    assert_eq!((last.close, last.time), (119.97, START.shift(40 * BAR)));
    near(last.sma_20, 109.7825);
    near(last.ema_12, 112.2358712707969);
    near(last.ema_26, 109.23208418088281);
    near(last.macd, 3.0037870899140984);
    near(last.macd_signal, 1.726566206402748);
    near(last.macd_histogram, 1.2772208835113503);
    near(last.rsi_14, 60.37837440215942);
    near(last.bollinger_upper, 124.87009606431721);
    near(last.bollinger_lower, 94.69490393568279);
    near(last.atr_14, 5.845563790540578);
    near(Some(last.obv), -38.0);
    near(rows[14].rsi_14, 50.43436293436294);
    near(rows[14].atr_14, 5.995714285714286);
    near(rows[33].macd_signal, 1.429126910731701);
    near(rows[25].macd, 0.22314069950959947);
}

#[test]
fn nothing_is_given_before_enough_was_seen() {
    let rows = all((0..40).map(swing));
    let first =
        |of: fn(&IndicatorRow) -> Option<f64>| rows.iter().position(|row| of(row).is_some()).map(|place| place + 1);
    assert_eq!(first(|row| row.sma_20), Some(20));
    assert_eq!(first(|row| row.bollinger_upper), Some(20));
    assert_eq!(first(|row| row.bollinger_lower), Some(20));
    assert_eq!(first(|row| row.ema_12), Some(12));
    assert_eq!(first(|row| row.ema_26), Some(26));
    assert_eq!(first(|row| row.macd), Some(26));
    assert_eq!(first(|row| row.macd_signal), Some(34));
    assert_eq!(first(|row| row.macd_histogram), Some(34));
    // Fourteen changes need fifteen closes.
    assert_eq!(first(|row| row.rsi_14), Some(15));
    assert_eq!(first(|row| row.atr_14), Some(15));
}

#[test]
fn a_price_that_rises_falls_or_stands_has_the_strength_of_it() {
    let last = |step: f64| {
        let close = |bar: i64| 1_000.0 + step * bar as f64;
        let row = all((0..30).map(|bar| candle(bar * 15 + 14, close(bar), close(bar), close(bar), 1.0))).pop();
        row.map(|row| (row.rsi_14, row.obv)).expect("a row")
    };
    assert_eq!(last(1.0), (Some(100.0), 29.0));
    assert_eq!(last(-1.0), (Some(0.0), -29.0));
    assert_eq!(last(0.0), (Some(50.0), 0.0));
}

#[test]
fn a_quarter_hour_is_all_its_minutes_and_ends_with_its_last_or_with_a_later_one() {
    let mut indicators = Indicators::default();
    for minute in 0..14 {
        assert!(indicators.take(&candle(minute, 90.0 + minute as f64, 120.0, 100.0 + minute as f64, 1.0)).is_empty());
    }
    let row = indicators.take(&candle(14, 110.0, 130.0, 125.0, 1.0)).remove(0);
    assert_eq!((row.close, row.time), (125.0, START.shift(BAR)));
    let last = indicators.engine.last.expect("closed");
    assert_eq!((last.low, last.high, last.volume), (90.0, 130.0, 15.0));
    // Its last minutes are missing.
    assert!(indicators.take(&candle(20, 100.0, 100.0, 100.0, 1.0)).is_empty());
    let row = indicators.take(&candle(31, 100.0, 100.0, 101.0, 1.0)).remove(0);
    assert_eq!((row.close, row.time), (100.0, START.shift(2 * BAR)));
    // What comes after the end of its quarter hour comes too late.
    assert!(indicators.take(&candle(5, 1.0, 1.0, 1.0, 1.0)).is_empty());
}

#[test]
fn a_short_hole_is_bridged_and_after_a_long_one_everything_begins_anew() {
    let mut rows = all((0..20).chain(24..26).map(swing));
    assert_eq!(rows.len(), 26);
    assert!(rows.windows(2).all(|pair| pair[1].time.millis() - pair[0].time.millis() == BAR));
    assert_eq!((rows[21].close, rows[21].obv), (rows[19].close, rows[19].obv));
    rows = all((0..20).chain(25..45).map(swing));
    assert_eq!(rows.len(), 40);
    assert!(rows[19].sma_20.is_some() && rows[20].sma_20.is_none() && rows[38].sma_20.is_none());
    assert_eq!(rows[20].obv, 0.0);
    // As if it had begun there.
    assert_eq!(rows[20..], all((25..45).map(swing)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Step by step is as all at once: an indicator read back in mid-stream goes on as the one that was written; and
    /// what has a range keeps to it.
    #[test]
    fn a_checkpoint_in_mid_stream_changes_nothing(
        steps in prop::collection::vec((1_i64..40, -0.1_f64..0.1, 0.0_f64..0.05, 0.0_f64..100.0), 1..200),
        cut in 0_usize..200,
    ) {
        let (mut minute, mut close) = (0, 10_000.0);
        let candles: Vec<Candle> = steps.into_iter().map(|(step, change, wick, volume)| {
            minute += step;
            close *= f64::exp(change);
            candle(minute, close * (-wick).exp(), close * wick.exp(), close, volume)
        }).collect();
        let whole = all(candles.iter().copied());
        let mut indicators = Indicators::default();
        let (past, future) = candles.split_at(cut.min(candles.len()));
        let mut parts: Vec<IndicatorRow> = past.iter().flat_map(|candle| indicators.take(candle)).collect();
        let kept = serde_json::to_string(&indicators).expect("JSON");
        let mut again: Indicators = serde_json::from_str(&kept).expect("reads");
        parts.extend(future.iter().flat_map(|candle| again.take(candle)));
        prop_assert_eq!(&parts, &whole);
        for row in &whole {
            prop_assert!(row.rsi_14.is_none_or(|strength| (0.0..=100.0).contains(&strength)));
            prop_assert!(row.atr_14.is_none_or(|range| range >= 0.0));
            prop_assert!(row.bollinger_lower <= row.sma_20 && row.sma_20 <= row.bollinger_upper);
        }
    }
}
