//! What the purge is for: a day's outcomes of neighbouring rows are nearly the same, and a learner that is asked about a row
//! beside one that it knows seems to know the future.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use wick_schemas::time::BAR;

use super::*;

const HORIZON: Horizon = Horizon::H24;
/// Rows of a walk, and how many walks there are.
const ROWS: usize = 1_200;
const WALKS: u64 = 60;
/// Bars before a row that it speaks of.
const BACK: [usize; 3] = [0, 32, 96];

/// Rows of where the price was, and whether it rose in the day after: of a walk of which nothing can be known.
fn rows(seed: u64) -> Vec<([f64; 3], bool)> {
    let mut chance = StdRng::seed_from_u64(seed);
    let mut price = 0.0;
    let walk: Vec<f64> = (0..BACK[2] + ROWS + HORIZON.bars())
        .map(|_| {
            price += chance.random::<f64>() - 0.5;
            price
        })
        .collect();
    let row = |now: usize| (BACK.map(|back| walk[now - back]), walk[now + HORIZON.bars()] > walk[now]);
    (BACK[2]..BACK[2] + ROWS).map(row).collect()
}

/// What became of the row learnt from that is most like it.
fn nearest(known: &[([f64; 3], bool)], row: &[f64; 3]) -> bool {
    let distance = |other: &[f64; 3]| row.iter().zip(other).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
    let like = known.iter().min_by(|a, b| distance(&a.0).total_cmp(&distance(&b.0)));
    like.expect("rows").1
}

/// Share of right directions over all walks, where each row learns from what `learnt` tells of its fold.
fn right(config: &FitConfig, learnt: impl Fn(&Fold) -> Range<usize>) -> f64 {
    let as_of: Vec<Timestamp> = (0..ROWS as i64).map(|bar| Timestamp(bar * BAR)).collect();
    let cut = folds(&as_of, HORIZON, config, None);
    let (mut right, mut asked) = (0, 0);
    for rows in (0..WALKS).map(rows) {
        for fold in &cut {
            for (row, up) in &rows[fold.test.clone()] {
                right += usize::from(nearest(&rows[learnt(fold)], row) == *up);
                asked += 1;
            }
        }
    }
    right as f64 / f64::from(asked)
}

#[test]
fn without_the_purge_a_walk_seems_to_be_known_and_with_it_it_is_not() {
    // A refit every six hours over five days: so many outcomes in all that do not overlap.
    let config = FitConfig { folds: 20, test_share: 0.4, ..FitConfig::default() };
    let error = (0.25 / (WALKS as f64 * 5.0)).sqrt();
    let leaky = right(&config, |fold| 0..fold.test.start);
    assert!(leaky > 0.5 + 6.0 * error, "{leaky} without a purge, give or take {error}");
    let purged = right(&FitConfig { embargo_horizons: 0, ..config.clone() }, |fold| fold.train.clone());
    let embargoed = right(&config, |fold| fold.train.clone());
    for honest in [purged, embargoed] {
        assert!((honest - 0.5).abs() < 2.5 * error, "{honest} with a purge, give or take {error}");
    }
}
