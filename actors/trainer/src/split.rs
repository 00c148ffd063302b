//! Walk-forward folds: learn on what came before, leave a gap, test on what came after.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use wick_schemas::{Horizon, Timestamp};

use crate::fit::FitConfig;

/// What a fold learns from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// Everything before the test block.
    Expanding,
    /// As many rows as the first fold has.
    Rolling,
}

/// Places among the outcomes of one horizon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fold {
    /// What is learnt from.
    pub train: Range<usize>,
    /// What is forecast, all of it after every outcome in `train`.
    pub test: Range<usize>,
}

/// Cuts the last share of the outcomes into consecutive test blocks. No outcome of a training row reaches into its
/// test block (purge), nor into the embargo before it. Folds that would have nothing to learn from are left out.
///
/// `as_of` are the moments of the outcomes' rows, rising. Where a rival was trained at a moment inside what is tested, with
/// enough outcomes since to compare by, the last block begins there: what forecasts it then knows as much as the rival did.
#[must_use]
pub fn folds(as_of: &[Timestamp], horizon: Horizon, config: &FitConfig, rival: Option<Timestamp>) -> Vec<Fold> {
    let rows = as_of.len();
    let tested = ((rows as f64 * config.test_share) as usize).min(rows);
    let (first, mut count) = (rows - tested, config.folds.max(1));
    let since = rival.map(|moment| as_of.partition_point(|as_of| *as_of < moment));
    let last = since.filter(|place| *place > first && place + config.min_judged_rows <= rows);
    if last.is_some() {
        count = count.max(2);
    }
    let edge = |fold: usize| match last {
        Some(_) if fold == count => rows,
        Some(last) => first + (last - first) * fold / (count - 1),
        None => first + tested * fold / count,
    };
    let gap = horizon.millis() * (1 + i64::from(config.embargo_horizons));
    let purged = |start: usize| as_of[..start].partition_point(|moment| moment.shift(gap) <= as_of[start]);
    let mut length = None;
    (0..count)
        .map(|fold| edge(fold)..edge(fold + 1))
        .filter(|test| !test.is_empty())
        .filter_map(|test| {
            let end = purged(test.start);
            let start = match config.window {
                Window::Expanding => 0,
                Window::Rolling => end - end.min(*length.get_or_insert(end)),
            };
            (start < end).then_some(Fold { train: start..end, test })
        })
        .collect()
}

#[cfg(test)]
mod overlap;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use wick_schemas::time::BAR;

    use super::*;

    proptest! {
        #[test]
        fn no_training_outcome_reaches_into_its_test(
            steps in proptest::collection::vec(1_i64..9, 0..400),
            folds_wanted in 1_usize..6,
            share in 0.1_f64..0.9,
            embargo in 0_u32..3,
            rolling in any::<bool>(),
            which in 0_usize..4,
            trained in proptest::option::of(0_i64..2_000),
        ) {
            let mut bar = 0;
            let as_of: Vec<_> = steps.iter().map(|step| { bar += step; Timestamp(bar * BAR) }).collect();
            let horizon = Horizon::ALL[which];
            let window = if rolling { Window::Rolling } else { Window::Expanding };
            let config =
                FitConfig { folds: folds_wanted, test_share: share, embargo_horizons: embargo, window, ..FitConfig::default() };
            let rival = trained.map(|bar| Timestamp(bar * BAR));
            let cut = folds(&as_of, horizon, &config, rival);
            for fold in &cut {
                prop_assert!(!fold.train.is_empty() && !fold.test.is_empty());
                let last = as_of[fold.train.end - 1];
                let gap = horizon.millis() * (1 + i64::from(embargo));
                prop_assert!(last.shift(gap) <= as_of[fold.test.start]);
                // Nothing that could have been learnt from is thrown away.
                let next = as_of[fold.train.end];
                prop_assert!(fold.train.end == fold.test.start || next.shift(gap) > as_of[fold.test.start]);
            }
            prop_assert!(cut.windows(2).all(|pair| pair[0].test.end == pair[1].test.start));
            prop_assert!(cut.last().is_none_or(|fold| fold.test.end == as_of.len()));
            if rolling {
                prop_assert!(cut.iter().all(|fold| fold.train.len() == cut[0].train.len()));
            } else {
                prop_assert!(cut.iter().all(|fold| fold.train.start == 0));
            }
            let first = as_of.len() - (as_of.len() as f64 * share) as usize;
            if let (Some(rival), Some(last)) = (rival, cut.last())
                && as_of.iter().filter(|moment| **moment >= rival).count() >= config.min_judged_rows
                && as_of.get(first).is_some_and(|moment| *moment < rival)
            {
                prop_assert!(as_of[last.test.start] >= rival && as_of[last.test.start - 1] < rival);
            }
        }
    }
}
