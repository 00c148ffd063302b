//! Any text as a suite: refused in words, or a suite that can be asked.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wick_schemas::candle::RawCandle;
use wick_schemas::time::{DAY, MINUTE};
use wick_schemas::{CandleReceived, Origin, Timestamp, Venue};
use wick_validator::expectation::{Quality, Row, Suites, Table};

fuzz_target!(|text: &str| {
    let suites = match Suites::new(&[(Table::Candles, text.to_owned())]) {
        Ok(suites) => suites,
        Err(error) => {
            assert!(error.to_string().contains("candles"));
            return;
        }
    };
    let mut quality = Quality::recovered(suites, None);
    for minute in 0..40 {
        let (open_time, price) = (Timestamp(minute * MINUTE), Some(100.0 + minute as f64));
        let candle = RawCandle {
            venue: Venue::Kraken,
            open_time,
            open: price,
            high: price,
            low: price,
            close: price,
            volume: price,
        };
        quality.see(
            &Row::Candle(&CandleReceived { candle, origin: Origin::Live, ingest_time: open_time.shift(MINUTE) }),
            None,
        );
    }
    assert!(!quality.pass(Timestamp(10 * DAY)).is_empty());
});
