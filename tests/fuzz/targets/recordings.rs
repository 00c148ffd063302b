//! A CSV file of candles that is none, or half of one: a clear error, or a candle for a line at most. What is out of order is
//! given as it is: it is the validator's to refuse.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wick_fetcher::source::Source;
use wick_fetcher::source::replay::{Replay, Settings};

fuzz_target!(|data: &[u8]| {
    let folder = tempfile::tempdir_in("/dev/shm").expect("a folder");
    let path = folder.path().join("kraken_btcusd_1m.csv");
    std::fs::write(&path, data).expect("written");
    let Ok(mut replay) = Replay::open(&[path], Settings::default(), None) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let (mut given, lines) = (0, data.split(|byte| matches!(byte, b'\n' | b'\r')).count());
    while let Ok(Some(chunk)) = runtime.block_on(replay.next()) {
        given += chunk.candles.len();
        assert!(given <= lines, "{given} candles of {lines} lines");
    }
});
