//! The page of features.

use std::fmt::Write;

use super::{FAMILIES, set};
use crate::engine::Engine;

/// What each family speaks of, in the order of the families.
const SPEAKS: [&str; 5] = [
    "Volatility: how much the price moved",
    "Returns: where it went",
    "Volume: who was there, and on which side",
    "Momentum: how far it is from where it was",
    "Calendar: what time it is",
];

/// The page as Markdown: every definition, and how to read it.
#[must_use]
pub fn page() -> String {
    let set = set();
    let mut page = format!(
        "<!-- Generated from the definitions: WICK_BLESS=1 cargo test -p wick-feature-builder --test pages -->\n\n\
         # Features\n\n\
         {} features, known at the close of each 15-minute bar; feature set `{}`, which is the hash of these definitions: a \
         changed formula is another set, kept beside this one.\n\n\
         All of them come of `candles.validated`: one-minute candles of the series `feature_builder.series`. r is the log return of a \
         minute; RV the sum of r² over a bar. A look-back is in bars and ends with the bar just closed; a feature is empty until \
         its look-back is full, and a row is `warm` when none is empty, which takes {} bars. Each costs the same at every bar, \
         whatever its look-back. `wick features list` prints this table, `wick features export` the values, and `wick features \
         verify` proves them from bronze.\n",
        set.definitions.len(),
        set.id,
        Engine::LOOKBACK,
    );
    for (family, speaks) in FAMILIES.iter().zip(SPEAKS) {
        // Writing to a string cannot fail.
        let _ = write!(page, "\n## {speaks}\n\n| name | formula | look-back | unit |\n|---|---|---|---|\n");
        for feature in family.iter().flat_map(|windows| windows.iter()) {
            let one = &feature.definition;
            let formula = one.formula.replace('|', "\\|");
            let _ = writeln!(page, "| `{}` | {formula} | {} | {} |", one.name, one.lookback, one.unit);
        }
    }
    page
}
