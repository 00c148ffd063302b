//! Bad readings.

use wick_schemas::time::{DAY, HOUR};
use wick_schemas::{Origin, Reading, ReadingReceived, Timestamp};
use wick_validator::reading_rule::ReadingRules;

use crate::{Found, Kind, NOW};

/// The reading of the day that begins at [`NOW`].
pub fn ordinary() -> ReadingReceived {
    let reading = Reading { name: "fear_greed".to_owned(), at: NOW, value: Some(42.0) };
    ReadingReceived { reading, origin: Origin::Live, ingest_time: NOW.shift(HOUR) }
}

fn found(spoil: fn(&mut ReadingReceived)) -> Option<Found> {
    let mut rules = ReadingRules::default();
    let mut before = ordinary();
    before.reading.at = NOW.shift(-DAY);
    rules.judge(&before).expect("ordinary");
    rules.clone().judge(&ordinary()).expect("ordinary");
    let mut spoilt = ordinary();
    spoil(&mut spoilt);
    let refusal = rules.judge(&spoilt).err()?;
    Some(Found { rule: refusal.rule.to_owned(), value: refusal.value, reason: refusal.reason })
}

type Spoil = fn(&mut ReadingReceived);

const KINDS: &[(&str, Spoil, &str, &str)] = &[
    ("an index that nobody knows", |r| r.reading.name = "hashrate".to_owned(), "unknown_name", "no such index"),
    ("no name", |r| r.reading.name.clear(), "unknown_name", "no such index"),
    ("a name in capitals", |r| r.reading.name = "Fear_Greed".to_owned(), "unknown_name", "no such index"),
    ("no number", |r| r.reading.value = None, "not_a_number", "not a number"),
    ("not a number", |r| r.reading.value = Some(f64::NAN), "not_a_number", "not a number"),
    ("without end", |r| r.reading.value = Some(f64::INFINITY), "not_a_number", "not a number"),
    ("below zero", |r| r.reading.value = Some(-1.0), "out_of_range", "between 0 and 100"),
    ("above the range", |r| r.reading.value = Some(101.0), "out_of_range", "between 0 and 100"),
    ("a time for a number", |r| r.reading.value = Some(1_714_521_600.0), "out_of_range", "between 0 and 100"),
    ("not a day's start", |r| r.reading.at = NOW.shift(-HOUR), "off_grid", "1440 minutes"),
    ("of tomorrow", |r| r.reading.at = NOW.shift(DAY), "from_the_future", "after the one"),
    ("of 1970", |r| r.reading.at = Timestamp(0), "too_old", "in seconds"),
    ("of the same day again", |r| r.reading.at = NOW.shift(-DAY), "duplicate", "the first one stays"),
    ("of a day before the last", |r| r.reading.at = NOW.shift(-5 * DAY), "out_of_order", "backfill"),
];

pub fn kinds() -> Vec<Kind> {
    KINDS.iter().map(|&(name, spoil, rule, words)| Kind { name, found: found(spoil), rule, words }).collect()
}
