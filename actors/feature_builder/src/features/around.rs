//! The mood of the market, and what other venues pay.

use wick_schemas::feature::Definition;

use super::{Feature, Now, single};
use crate::window::Total;

/// Days after which a reading is as good as none.
const STALE: f64 = 30.0;

const MOOD: &[Feature] = &[
    around(
        "fear_greed",
        "V / 50 - 1, V = the reading (0 to 100) of the newest day known, known as a text is; 0 where there is none",
        "1",
        "Whether people are greedy, 1, or afraid, -1.",
        "readings",
        |now, _| now.around.mood.map_or(0.0, |mood| mood.value / 50.0 - 1.0),
    ),
    around(
        "fear_greed_change",
        "(V - V of the newest day at least a week earlier, or of the oldest day known) / 50; 0 where there is none",
        "1",
        "Whether the mood has turned.",
        "readings",
        |now, _| now.around.mood.map_or(0.0, |mood| (mood.value - mood.week_ago) / 50.0),
    ),
    around(
        "fear_greed_age",
        "min(days since a reading of that day was first seen, 30); 30 where there is none",
        "days",
        "How fresh it is.",
        "readings",
        |now, _| now.around.mood.map_or(STALE, |mood| mood.age.min(STALE)),
    ),
];

const VENUES: &[Feature] = &[
    around(
        "venue_spread",
        "(mean of ln of other venues' last closes in the bar - ln C) / d, d as in scaled_return; 0 where there is none",
        "standard deviations of a bar",
        "What others pay: who is behind catches up.",
        "other venues",
        |now, _| now.around.venues.spread / now.deviation(),
    ),
    around(
        "venue_dispersion",
        "(highest - lowest of ln C and ln of other venues' last closes in the bar) / d, d as in scaled_return",
        "standard deviations of a bar",
        "Whether the venues agree.",
        "other venues",
        |now, _| now.around.venues.dispersion / now.deviation(),
    ),
    around(
        "venues",
        "number of other venues with a candle in the bar",
        "venues",
        "How many were heard.",
        "other venues",
        |now, _| now.around.venues.count,
    ),
];

pub(super) const FAMILY: &[&[Feature]] = &[MOOD, VENUES];

/// There from the first bar on: that nothing was heard is known, too.
const fn around(
    name: &'static str,
    formula: &'static str,
    unit: &'static str,
    doc: &'static str,
    source: &'static str,
    value: fn(&Now, &Total) -> f64,
) -> Feature {
    let feature = single(name, formula, unit, doc, 1, 1, value);
    Feature { definition: Definition { source, ..feature.definition }, ..feature }
}
