//! The page of features.

use std::fmt::Write;

use super::{FAMILIES, set};
use crate::engine::Engine;

/// The page as Markdown: every definition, and how to read it.
#[must_use]
pub fn page() -> String {
    let set = set();
    let mut page = format!(
        "<!-- Generated from the definitions: WICK_BLESS=1 cargo test -p wick-feature-builder --test pages -->\n\n\
         # Features\n\n\
         {} features, known at the close of each 15-minute bar and never changed afterwards; feature set `{}`, which is the hash \
         of what is said here but for the last column: a changed formula is another set, kept beside this one. A version \
         with another set builds the past of it from silver before it goes on, so that its first training has all rows. Smaller \
         sets are selections of these features, named in `[feature_builder.sets]`: built side by side from the same fold, kept and \
         shown under ids of their own, and served where `feature_builder.main` says so (`wick features sets`).\n\n\
         A look-back is in bars and ends with the bar just closed. A feature is there once its warm-up is over; where that is \
         shorter than its look-back, it is content with what there is at first. A row is `warm` when none is empty, which takes \
         {} bars. Each costs the same at every bar, whatever its look-back. `wick features list` prints this table, `wick features \
         export` the values, and `wick features verify` proves them from bronze; while the house runs, each batch of new rows is \
         compared with bronze by itself (`wick status`, `wick_parity_rows_total`).\n\n\
         `r_m` is the log return of a minute, `RV_w` the sum of squares of those of the last `w` bars, `C`, `H` and `L` a bar's \
         last, highest and lowest price. A minute without a candle has no return: that of the next candle is since the last \
         close, however long ago, and `r_(m-1)` is that of the candle before. In a bar without a candle the last price stands \
         and nothing is traded. What is written `E <- E + a (x - E)` starts at the first `x`. A variance of `w` values \
         is their mean square about their mean, and a standard deviation its root. `tests/oracle` computes every feature by these words.\n",
        set.definitions.len(),
        set.id,
        Engine::LOOKBACK,
    );
    for (heading, lists) in FAMILIES {
        let header = "| name | formula | unit | look-back | warm-up | source | what for |";
        // Writing to a string cannot fail.
        let _ = write!(page, "\n## {heading}\n\n{header}\n|---|---|---|---|---|---|---|\n");
        for feature in lists.iter().copied().flatten() {
            let one = &feature.definition;
            let formula = one.formula.replace('|', "\\|");
            let _ = writeln!(
                page,
                "| `{}` | {formula} | {} | {} | {} | {} | {} |",
                one.name, one.unit, one.lookback, one.warm_up, one.source, one.doc
            );
        }
    }
    page
}
