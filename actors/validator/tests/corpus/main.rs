//! Every way in which a datum was ever bad, with the rule that must find it and the words that must say why.
//!
//! `cargo nextest run --workspace -E 'package(wick-validator) & binary(corpus)' --no-capture` prints the table.

mod candle;
mod malformed;
mod property;
mod reading;
mod text;

use wick_schemas::Timestamp;

/// The moment that the corpus speaks of: 2024-05-01T00:00:00Z.
const NOW: Timestamp = Timestamp(1_714_521_600_000);

/// What was found of a bad datum.
struct Found {
    rule: String,
    value: String,
    reason: String,
}

/// A kind of bad datum: its name, what was found of it, the rule and the words that should have been.
struct Kind {
    name: &'static str,
    found: Option<Found>,
    rule: &'static str,
    words: &'static str,
}

#[test]
fn every_kind_of_bad_datum_gets_its_rule_and_its_reason() {
    let kinds: Vec<(&str, Kind)> = [
        ("candle", candle::kinds()),
        ("article or post", text::kinds()),
        ("reading", reading::kinds()),
        ("message", malformed::kinds()),
    ]
    .into_iter()
    .flat_map(|(table, kinds)| kinds.into_iter().map(move |kind| (table, kind)))
    .collect();
    let mut wrong = Vec::new();
    println!("| datum | what is wrong | rule | value | reason |\n|---|---|---|---|---|");
    for (table, Kind { name, found, rule, words }) in &kinds {
        let Some(Found { rule: got, value, reason }) = found else {
            wrong.push(format!("{table}, {name}: passed, where {rule} should have refused it"));
            continue;
        };
        println!("| {table} | {name} | {got} | {} | {reason} |", value.chars().take(40).collect::<String>());
        if got != rule || !reason.contains(words) {
            wrong.push(format!("{table}, {name}: {got} ({reason}), where {rule} should say '{words}'"));
        }
    }
    println!("{} kinds", kinds.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
    let mut names: Vec<_> = kinds.iter().map(|(table, kind)| (table, kind.name)).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), kinds.len(), "a name twice");
    assert!(kinds.len() >= 60);
}
