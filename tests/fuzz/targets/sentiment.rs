//! Any words get a sentiment within its bounds, the same each time, alone or among others.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use wick_validator::language::Language;
use wick_validator::sentiment::Scorer;

static SCORER: LazyLock<Scorer> = LazyLock::new(Scorer::default);

fuzz_target!(|words: (&str, &str)| {
    let (title, body) = words;
    let judged = SCORER.judge(title, body);
    assert!((-1.0..=1.0).contains(&judged.score) && (0.0..=1.0).contains(&judged.confidence), "{judged:?}");
    assert_eq!(SCORER.judge_all(&[("bitcoin soars", ""), (title, body)]).pop(), Some(judged));
    let _ = Language::detect(body);
    let _ = Language::of_tag(title);
});
