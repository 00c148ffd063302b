//! What a model's features looked like when it learnt, to see how far they have drifted since.
//!
//! The measure is the population stability index over the deciles of the training window, `Σ (a − e) ln(a / e)`. Its usual
//! thresholds (0.1, 0.2) are for rows that do not depend on each other; those of a market do, and any single week looks drifted
//! by them. So a profile says besides what the weeks of the training window themselves had, and a week is judged beside those.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// Rows of a week of bars: as many are judged together.
pub const WEEK: usize = 7 * 96;
/// Groups that a feature's values are sorted into.
const GROUPS: usize = 10;
/// Features whose values are gathered together: those that share a line of the processor's cache.
const TOGETHER: usize = 8;

/// What a model's features looked like when it learnt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// The first row's time.
    pub from: Timestamp,
    /// The last row's time.
    pub to: Timestamp,
    /// Number of rows.
    pub rows: usize,
    /// One for each feature, in the model's order.
    pub features: Vec<FeatureProfile>,
}

/// How the values of a feature were spread.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeatureProfile {
    /// Its name.
    pub name: String,
    /// The values between groups, rising: the deciles, each once.
    pub edges: Vec<f64>,
    /// The share of each group, one more than there are edges.
    pub shares: Vec<f64>,
    /// The index of the training window's own weeks: half of them had less than the first, 95 % less than the second, all less
    /// than the third or as much. Zeros where there was no whole week.
    pub usual: [f64; 3],
}

/// How far a feature has drifted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Drift {
    /// As in 95 % of the weeks that were learnt from.
    Stable,
    /// As in the strangest of them.
    Moderate,
    /// As in none of them.
    Drifted,
}

impl Profile {
    /// The profile of rows in time order.
    #[must_use]
    pub fn of<'a>(names: &[String], as_of: &[Timestamp], rows: impl Fn(usize) -> &'a [f64]) -> Self {
        let count = as_of.len();
        let mut features = Vec::with_capacity(names.len());
        for (block, names) in names.chunks(TOGETHER).enumerate() {
            let mut columns = vec![Vec::with_capacity(count); names.len()];
            for row in 0..count {
                let values = &rows(row)[block * TOGETHER..][..names.len()];
                columns.iter_mut().zip(values).for_each(|(column, value)| column.push(*value));
            }
            features.extend(names.iter().zip(&columns).map(|(name, column)| FeatureProfile::of(name, column)));
        }
        let ends = as_of.first().zip(as_of.last());
        let (from, to) = ends.map_or((Timestamp(0), Timestamp(0)), |(first, last)| (*first, *last));
        Self { from, to, rows: count, features }
    }
}

impl FeatureProfile {
    fn of(name: &str, values: &[f64]) -> Self {
        let mut edges = deciles(values);
        // A flag or a count has few values.
        edges.dedup();
        let mut profile = Self { name: name.to_owned(), edges, shares: Vec::new(), usual: [0.0; 3] };
        let counts: Vec<Vec<usize>> = values.chunks(WEEK).map(|week| profile.counts(week)).collect();
        let total = values.len().max(1) as f64;
        let of_group = |group: usize| counts.iter().map(|week| week[group]).sum::<usize>();
        profile.shares = (0..=profile.edges.len()).map(|group| of_group(group) as f64 / total).collect();
        let whole = &counts[..values.len() / WEEK];
        let mut weeks: Vec<f64> = whole.iter().map(|week| profile.index_of(week, WEEK)).collect();
        weeks.sort_by(f64::total_cmp);
        if let Some(most) = weeks.last() {
            profile.usual = [weeks[weeks.len() / 2], weeks[weeks.len() * 95 / 100], *most];
        }
        profile
    }

    fn counts(&self, values: &[f64]) -> Vec<usize> {
        let mut counts = vec![0; self.edges.len() + 1];
        for value in values {
            counts[self.edges.partition_point(|edge| edge <= value)] += 1;
        }
        counts
    }

    /// The population stability index of some values against those that were learnt from; half a row is added to each group, so
    /// that an empty one is no infinity.
    #[must_use]
    pub fn index(&self, values: &[f64]) -> f64 {
        self.index_of(&self.counts(values), values.len())
    }

    fn index_of(&self, counts: &[usize], values: usize) -> f64 {
        let total = values as f64 + 0.5 * counts.len() as f64;
        let pairs = counts.iter().zip(&self.shares);
        pairs
            .map(|(count, share)| {
                let actual = (*count as f64 + 0.5) / total;
                let expected = share.max(0.5 / total);
                (actual - expected) * (actual / expected).ln()
            })
            .sum()
    }

    /// What an index of a week says.
    #[must_use]
    pub fn judge(&self, index: f64) -> Drift {
        let [_, often, most] = self.usual;
        if index <= often {
            Drift::Stable
        } else if index <= most {
            Drift::Moderate
        } else {
            Drift::Drifted
        }
    }
}

/// The values that stand at the tenths of the sorted ones: all but these are left unsorted.
fn deciles(values: &[f64]) -> Vec<f64> {
    let mut left = values.to_vec();
    let mut rest = left.as_mut_slice();
    let mut deciles = Vec::new();
    let mut before = 0;
    for place in (1..GROUPS).map(|tenth| tenth * values.len() / GROUPS) {
        // Few values have the same one at several tenths.
        if let Some(last) = deciles.last().copied().filter(|_| place < before) {
            deciles.push(last);
        } else if !rest.is_empty() {
            let (_, decile, above) = rest.select_nth_unstable_by(place - before, f64::total_cmp);
            deciles.push(*decile);
            (rest, before) = (above, place + 1);
        }
    }
    deciles
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn profile(values: &[f64]) -> FeatureProfile {
        FeatureProfile::of("x", values)
    }

    #[test]
    fn a_shift_is_seen_and_the_weeks_that_were_learnt_from_are_not_drifted() {
        // Waves of ten days, so that weeks differ.
        let values: Vec<f64> = (0..20 * WEEK).map(|row| (row as f64 / 150.0).sin() + (row % 7) as f64 / 7.0).collect();
        let known = profile(&values);
        for week in values.chunks_exact(WEEK) {
            assert!(known.judge(known.index(week)) < Drift::Drifted);
        }
        assert!(known.index(&values) < 1e-3);
        let shifted: Vec<f64> = values[..WEEK].iter().map(|value| value + 1.5).collect();
        assert_eq!(known.judge(known.index(&shifted)), Drift::Drifted);
        assert!(known.usual.windows(2).all(|pair| pair[0] <= pair[1]));
    }

    #[test]
    fn a_feature_of_one_value_and_none_at_all_are_profiles_too() {
        let flat = profile(&[2.0; 2 * WEEK]);
        assert_eq!((flat.edges.len(), flat.shares.len()), (1, 2));
        assert_eq!(flat.judge(flat.index(&[2.0; WEEK])), Drift::Stable);
        assert_eq!(flat.judge(flat.index(&[1.0; WEEK])), Drift::Drifted);
        assert_eq!(profile(&[]).usual, [0.0; 3]);
    }

    proptest! {
        #[test]
        fn shares_make_a_whole_and_the_index_is_never_negative(
            values in prop::collection::vec(-1e3..1e3_f64, 1..400), others in prop::collection::vec(-2e3..2e3_f64, 1..400),
        ) {
            let known = profile(&values);
            prop_assert!((known.shares.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            prop_assert!(known.edges.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!(known.index(&others) >= 0.0);
        }

        #[test]
        fn deciles_are_those_of_the_sorted(values in prop::collection::vec(-9..9_i32, 0..60)) {
            let values: Vec<f64> = values.into_iter().map(f64::from).collect();
            let mut sorted = values.clone();
            sorted.sort_by(f64::total_cmp);
            let expected = (1..10).filter_map(|tenth| sorted.get(tenth * sorted.len() / 10).copied());
            prop_assert_eq!(deciles(&values), expected.collect::<Vec<_>>());
        }

        #[test]
        fn features_are_told_apart(columns in 1..20_usize, rows in 1..40_usize) {
            let table: Vec<Vec<f64>> =
                (0..rows).map(|row| (0..columns).map(|column| (row * 31 + column * 1_000) as f64).collect()).collect();
            let names: Vec<String> = (0..columns).map(|column| format!("f{column}")).collect();
            let as_of: Vec<Timestamp> = (0..rows).map(|row| Timestamp(row as i64)).collect();
            let whole = Profile::of(&names, &as_of, |row| &table[row]);
            for (place, feature) in whole.features.iter().enumerate() {
                let column: Vec<f64> = table.iter().map(|row| row[place]).collect();
                prop_assert_eq!(feature, &FeatureProfile::of(&names[place], &column));
            }
            prop_assert_eq!(whole.features.len(), columns);
        }
    }
}
