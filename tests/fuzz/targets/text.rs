//! Any words as an article: one verdict, the same again, by a rule of the list; and a page that shows it as text only.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wick_schemas::{Text, Timestamp};
use wick_validator::datadocs::{Day, Quarantined, page};
use wick_validator::refusal::TEXT_RULES;
use wick_validator::text_rule::TextRules;

fuzz_target!(|input: (&str, &str, &str, &str, Option<&str>, Option<i64>, i64)| {
    let (source, url, title, body, language, published, seen) = input;
    let text = Text {
        source: source.to_owned(),
        id: Text::identity(url),
        url: url.to_owned(),
        title: title.to_owned(),
        body: body.to_owned(),
        published: published.map(Timestamp),
        language: language.map(str::to_owned),
        votes: None,
    };
    let mut rules = TextRules::default();
    let verdict = rules.clone().judge(&text, Timestamp(seen));
    assert_eq!(rules.judge(&text, Timestamp(seen)), verdict);
    if let Err(refusal) = verdict {
        assert!(TEXT_RULES.contains(&refusal.rule) && refusal.value.chars().count() <= 200);
        let one = Quarantined {
            table: "articles".to_owned(),
            at: Timestamp(seen),
            rule: refusal.rule.to_owned(),
            value: refusal.value,
            reason: refusal.reason,
            datum: title.to_owned(),
        };
        let html = page(&Day { quarantine: vec![one], ..Day::default() });
        assert!(!html.contains("<script") && !html.contains("<img"));
    }
});
