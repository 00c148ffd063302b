//! What people write, and how fresh it is.

use wick_schemas::feature::Definition;

use super::{Feature, Now, single};
use crate::chatter::Heard;
use crate::season::MEMORY;
use crate::window::{Total, WEEK};

/// The same features of articles and of posts.
macro_rules! of_texts {
    ($name:literal, $source:literal, $heard:ident) => {
        &[
            text(concat!($name, "_count_4"), COUNT_4, "ln(count)", MUCH, $source, 40, |now, _| {
                count(&now.around.$heard, 0)
            }),
            text(concat!($name, "_count_24"), COUNT_24, "ln(count)", MUCH, $source, 240, |now, _| {
                count(&now.around.$heard, 1)
            }),
            text(concat!($name, "_count_96"), COUNT_96, "ln(count)", MUCH, $source, 960, |now, _| {
                count(&now.around.$heard, 2)
            }),
            text(concat!($name, "_sentiment_4"), SENTIMENT_4, "1", SOUND, $source, 40, |now, _| {
                sentiment(&now.around.$heard, 0)
            }),
            text(concat!($name, "_sentiment_24"), SENTIMENT_24, "1", SOUND, $source, 240, |now, _| {
                sentiment(&now.around.$heard, 1)
            }),
            text(concat!($name, "_sentiment_96"), SENTIMENT_96, "1", SOUND, $source, 960, |now, _| {
                sentiment(&now.around.$heard, 2)
            }),
            text(concat!($name, "_surprise"), SURPRISE, "log ratio", UNUSUAL, $source, MEMORY, |now, _| {
                surprise(&now.around.$heard)
            }),
            text(concat!($name, "_age"), AGE, "ln(bars)", FRESH, $source, WEEK, |now, _| age(&now.around.$heard)),
        ]
    };
}

const COUNT_4: &str = "ln(1 + N), N = sum over texts known of 0.5^(hours since first seen / 1); known = first seen a minute before the close or earlier";
const COUNT_24: &str = "the same, halved every 6 hours";
const COUNT_96: &str = "the same, halved every 24 hours";
const SENTIMENT_4: &str = "S / (N + 1), S = sum over texts known of their score (-1 to 1) times 0.5^(hours since first seen / 1), N as in the count";
const SENTIMENT_24: &str = "the same, halved every 6 hours";
const SENTIMENT_96: &str = "the same, halved every 24 hours";
const SURPRISE: &str = "ln((N + 0.5) / (M / 30 + 0.5)), N and M = counts halved every 24 hours and every 30 days";
const AGE: &str =
    "ln(1 + A), A = bars since the last text known was first seen, at most 672, and 672 where there never was one";
const MUCH: &str = "How much is being said.";
const SOUND: &str = "How it sounds, drawn towards nothing where little was said.";
const UNUSUAL: &str = "Whether more is said than usual.";
const FRESH: &str = "How fresh the news is, or that nobody listens.";

pub(super) const FAMILY: &[&[Feature]] =
    &[of_texts!("news", "articles", articles), of_texts!("social", "posts", posts)];

/// There from the first bar on: that nothing was heard is known, too.
const fn text(
    name: &'static str,
    formula: &'static str,
    unit: &'static str,
    doc: &'static str,
    source: &'static str,
    lookback: usize,
    value: fn(&Now, &Total) -> f64,
) -> Feature {
    let feature = single(name, formula, unit, doc, lookback, 1, value);
    Feature { definition: Definition { source, warm_up: 1, ..feature.definition }, ..feature }
}

fn count(heard: &Heard, place: usize) -> f64 {
    heard.counts[place].ln_1p()
}

fn sentiment(heard: &Heard, place: usize) -> f64 {
    heard.scores[place] / (heard.counts[place] + 1.0)
}

fn surprise(heard: &Heard) -> f64 {
    ((heard.counts[2] + 0.5) / (heard.usual(2) + 0.5)).ln()
}

fn age(heard: &Heard) -> f64 {
    heard.age.map_or(WEEK as f64, |bars| bars.min(WEEK as f64)).ln_1p()
}
