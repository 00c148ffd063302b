//! What judging and asking cost: nanoseconds for each candle of a made-up day, four venues.
//!
//! `cargo run --release -p wick-validator --example rate`

use std::time::Instant;

use wick_schemas::candle::RawCandle;
use wick_schemas::time::MINUTE;
use wick_schemas::{CandleReceived, Origin, Timestamp, Venue};
use wick_validator::expectation::{Quality, Row, Suites};
use wick_validator::rules::{Rules, RulesConfig};

fn main() {
    let venues = [Venue::Binance, Venue::Coinbase, Venue::Kraken, Venue::Bitstamp];
    let mut candles = Vec::new();
    for minute in 0..100_000_i64 {
        for venue in venues {
            let open_time = Timestamp(1_704_067_200_000).shift(minute * MINUTE);
            let close = 60_000.0 + (minute * 7_919 % 101) as f64;
            let candle = RawCandle {
                venue,
                open_time,
                open: Some(close - 1.0),
                high: Some(close + 2.0),
                low: Some(close - 2.0),
                close: Some(close),
                volume: Some(1.5),
            };
            candles.push(CandleReceived { candle, origin: Origin::Replay, ingest_time: open_time.shift(MINUTE) });
        }
    }
    let mut rules = Rules::recovered(RulesConfig::default(), None);
    let start = Instant::now();
    for candle in &candles {
        std::hint::black_box(rules.judge(candle));
    }
    let judged = start.elapsed();
    let mut quality = Quality::recovered(Suites::default(), None);
    let (mut reports, mut bytes) = (0, 0);
    let start = Instant::now();
    for candle in &candles {
        for report in quality.see(&Row::Candle(candle), None) {
            reports += 1;
            bytes += serde_json::to_string(&report).map_or(0, |text| text.len());
        }
    }
    let asked = start.elapsed();
    let nanos = |span: std::time::Duration| span.as_nanos() / candles.len() as u128;
    println!("{} candles: rules {} ns, expectations {} ns each", candles.len(), nanos(judged), nanos(asked));
    println!("{reports} reports of {} bytes", bytes / reports.max(1));
    println!("checkpoint: {} bytes", serde_json::to_string(&quality).map_or(0, |text| text.len()));
}
