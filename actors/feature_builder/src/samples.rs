//! Candles for tests: by hand, and by a walk that every language computes alike.

use wick_schemas::time::{MINUTE, Timestamp};
use wick_schemas::{Candle, CandleValidated, Origin, Venue};

/// Monday 2024-01-01T00:00Z, where the tests' minutes begin.
pub(crate) const START: Timestamp = Timestamp(1_704_067_200_000);

/// The candle of the `minute`-th minute, in which the price stood at `close` throughout.
pub(crate) fn candle(minute: i64, close: f64, volume: f64) -> CandleValidated {
    candle_with_wicks(minute, close, 0.0, volume)
}

/// The same with a high and a low a share of `wick` away.
pub(crate) fn candle_with_wicks(minute: i64, close: f64, wick: f64, volume: f64) -> CandleValidated {
    let open_time = START + minute * MINUTE;
    let (high, low) = (close * (1.0 + wick), close / (1.0 + wick));
    CandleValidated {
        candle: Candle { venue: Venue::Simulated, open_time, open: close, high, low, close, volume },
        origin: Origin::Simulated,
        ingest_time: open_time + MINUTE + 1_000,
    }
}

/// A walk in whole cents, with missing minutes, missing hours and minutes without trades. It is made of integers
/// only, so that the reference implementation walks it to the last digit.
pub(crate) fn walk(candles: usize) -> Vec<CandleValidated> {
    let mut state = 1_u64;
    let mut draw = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) % below) as i64
    };
    let (mut minute, mut cents) = (7, 5_000_000);
    let step = |_| {
        cents += draw(2001) - 1000;
        let (high, low) = (cents + draw(500), cents - draw(500));
        let volume = if draw(10) == 0 { 0 } else { draw(100_000) };
        let mut message = candle(minute, cents as f64 / 100.0, volume as f64 / 1000.0);
        (message.candle.high, message.candle.low) = (high as f64 / 100.0, low as f64 / 100.0);
        minute += match draw(200) {
            0 => 40,
            1..5 => 2,
            _ => 1,
        };
        message
    };
    (0..candles).map(step).collect()
}
