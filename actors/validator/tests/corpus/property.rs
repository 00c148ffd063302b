//! What holds of any datum at all: one verdict, the same again, by a rule of the list; and a checkpoint in mid-stream
//! changes nothing that comes after it.

use proptest::prelude::*;
use wick_schemas::candle::RawCandle;
use wick_schemas::time::{DAY, MINUTE};
use wick_schemas::{Candle, CandleReceived, Origin, Reading, ReadingReceived, Text, Timestamp, Venue};
use wick_validator::reading_rule::{ReadingConfig, ReadingRules};
use wick_validator::refusal::{READING_RULES, RULES, TEXT_RULES};
use wick_validator::rules::{Rules, RulesConfig, Verdict};
use wick_validator::spoilt;
use wick_validator::text_rule::{TextConfig, TextRules};

use crate::{NOW, text};

/// Any number, but mostly near 100.
fn number() -> impl Strategy<Value = Option<f64>> {
    prop_oneof![8 => (90.0_f64..110.0).prop_map(Some), 1 => any::<f64>().prop_map(Some), 1 => Just(None)]
}

/// Any moment, but mostly of the next hour and often of a minute.
fn moment(step: i64) -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        8 => (0_i64..60).prop_map(move |steps| NOW.shift(steps * step)),
        1 => (0_i64..3_600_000).prop_map(|millis| NOW.shift(millis)),
        1 => any::<i64>().prop_map(Timestamp),
    ]
}

fn candle() -> impl Strategy<Value = CandleReceived> {
    let venue = prop::sample::select(&[Venue::Kraken, Venue::Binance, Venue::Simulated, Venue::Consensus][..]);
    let numbers = (number(), number(), number(), number(), number());
    let shaped = any::<bool>();
    (venue, moment(MINUTE), numbers, shaped, moment(MINUTE), any::<bool>()).prop_map(
        |(venue, open_time, (open, mut high, mut low, close, volume), shaped, other, learnt_late)| {
            if shaped {
                let prices = [open, high, low, close].map(|price| price.unwrap_or(100.0));
                high = prices.into_iter().reduce(f64::max);
                low = prices.into_iter().reduce(f64::min);
            }
            let candle = RawCandle { venue, open_time, open, high, low, close, volume };
            let ingest_time = if learnt_late { other } else { open_time.shift(MINUTE) };
            CandleReceived { candle, origin: Origin::Replay, ingest_time }
        },
    )
}

fn article() -> impl Strategy<Value = (Text, Timestamp)> {
    let words = || prop_oneof![4 => "[a-z ]{3,40}", 1 => any::<String>()];
    let time = prop_oneof![moment(MINUTE).prop_map(Some), Just(None)];
    let tag = prop_oneof![3 => Just(None), 1 => any::<Option<String>>(), 3 => Just(Some("en-GB".to_owned()))];
    let url = prop_oneof![4 => Just(None), 1 => any::<String>().prop_map(Some)];
    (0_usize..8, words(), words(), time, tag, url, moment(MINUTE)).prop_map(
        |(number, title, body, published, language, url, ingest_time)| {
            let mut text = Text { title, body, published, language, ..text::ordinary(number) };
            if let Some(url) = url {
                (text.id, text.url) = (Text::identity(&url), url);
            }
            (text, ingest_time)
        },
    )
}

fn reading() -> impl Strategy<Value = ReadingReceived> {
    let name = prop_oneof![8 => Just("fear_greed".to_owned()), 1 => any::<String>()];
    (name, moment(DAY), number(), any::<bool>()).prop_map(|(name, at, value, is_early)| ReadingReceived {
        reading: Reading { name, at, value },
        origin: Origin::Live,
        ingest_time: at.shift(if is_early { -DAY } else { DAY }),
    })
}

/// A copy by way of JSON, as a checkpoint is kept.
fn kept<T: serde::Serialize + serde::de::DeserializeOwned>(state: &T) -> T {
    serde_json::from_str(&serde_json::to_string(state).expect("JSON")).expect("reads")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn candles(stream in prop::collection::vec(candle(), 1..60)) {
        let mut rules = Rules::recovered(RulesConfig::default(), None);
        let mut last = std::collections::BTreeMap::new();
        for received in stream {
            let mut again = Rules::recovered(RulesConfig::default(), Some(kept(&rules)));
            let verdict = rules.judge(&received);
            // As text: NaN is not equal to itself.
            prop_assert_eq!(format!("{:?}", again.judge(&received)), format!("{verdict:?}"));
            prop_assert_eq!(&again, &rules);
            match verdict {
                Verdict::Clean(clean) => {
                    let Candle { venue, open_time, open, high, low, close, volume } = clean.candle;
                    prop_assert!(low > 0.0 && low <= open.min(close) && open.max(close) <= high && high.is_finite());
                    prop_assert!(volume >= 0.0 && volume.is_finite() && (volume > 0.0 || high <= low));
                    prop_assert!(open_time.on_grid(MINUTE) && open_time <= received.ingest_time);
                    prop_assert!(venue != Venue::Consensus);
                    prop_assert!(last.insert(venue, open_time).is_none_or(|last| last < open_time));
                }
                Verdict::Reject(rejected) => {
                    prop_assert!(RULES.contains(&rejected.rule.as_str()));
                    prop_assert!(!rejected.value.is_empty() && !rejected.reason.is_empty());
                }
            }
        }
    }

    #[test]
    fn texts(stream in prop::collection::vec(article(), 1..40)) {
        // Few are remembered, so that some are forgotten.
        let config = TextConfig { remembered: 3, ..TextConfig::default() };
        let mut rules = TextRules::recovered(config.clone(), None);
        let mut clean = Vec::new();
        for (text, ingest_time) in stream {
            let mut again = TextRules::recovered(config.clone(), Some(kept(&rules)));
            let verdict = rules.judge(&text, ingest_time);
            prop_assert_eq!(&again.judge(&text, ingest_time), &verdict);
            prop_assert_eq!(&again, &rules);
            match verdict {
                Ok(()) => {
                    prop_assert!(!clean.iter().rev().take(3).any(|id| *id == text.id));
                    prop_assert!(spoilt::encoding(&text.title).is_none() && text.url.starts_with("http"));
                    clean.push(text.id);
                }
                Err(refusal) => {
                    prop_assert!(TEXT_RULES.contains(&refusal.rule) && !refusal.reason.is_empty());
                    prop_assert!(refusal.value.chars().count() <= 200);
                }
            }
        }
    }

    #[test]
    fn readings(stream in prop::collection::vec(reading(), 1..40)) {
        let mut rules = ReadingRules::default();
        let mut last = None;
        for received in stream {
            let mut again = ReadingRules::recovered(ReadingConfig::default(), Some(kept(&rules)));
            let verdict = rules.judge(&received);
            prop_assert_eq!(&again.judge(&received), &verdict);
            prop_assert_eq!(&again, &rules);
            match verdict {
                Ok(clean) => {
                    prop_assert!((0.0..=100.0).contains(&clean.value) && last < Some(clean.at));
                    last = Some(clean.at);
                }
                Err(refusal) => prop_assert!(READING_RULES.contains(&refusal.rule) && !refusal.reason.is_empty()),
            }
        }
    }
}
