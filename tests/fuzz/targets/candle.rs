//! Any JSON lines as candles: each gets one verdict, by rules and expectations that nothing upsets.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use wick_schemas::CandleReceived;
use wick_validator::expectation::{Quality, Row, Suites};
use wick_validator::indicator::Indicators;
use wick_validator::refusal::RULES;
use wick_validator::rules::{Rules, RulesConfig, Verdict};

static SUITES: LazyLock<Suites> = LazyLock::new(Suites::default);

fuzz_target!(|text: &str| {
    let mut rules = Rules::recovered(RulesConfig::default(), None);
    let mut quality = Quality::recovered(SUITES.clone(), None);
    let mut indicators = Indicators::default();
    for received in text.lines().filter_map(|line| serde_json::from_str::<CandleReceived>(line).ok()) {
        match rules.judge(&received) {
            Verdict::Clean(clean) => {
                quality.see(&Row::Candle(&received), None);
                indicators.take(&clean.candle);
            }
            Verdict::Reject(rejected) => {
                assert!(RULES.contains(&rejected.rule.as_str()));
                quality.see(&Row::Candle(&received), Some(&rejected.rule));
            }
        }
    }
    let kept = serde_json::to_string(&quality).expect("JSON");
    assert_eq!(serde_json::from_str::<Quality>(&kept).expect("reads"), quality);
});
