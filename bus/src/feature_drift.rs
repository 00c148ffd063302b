//! How far the features of the last week have drifted from what a model learnt: gold beside the model's profile.

use serde::Serialize;
use wick_schemas::Timestamp;
use wick_schemas::profile::{Drift, FeatureProfile, Profile, WEEK};
use wick_schemas::time::BAR;

use crate::error::Result;
use crate::house::House;
use crate::lake::{FeatureRow, Shelf, features_root};
use crate::registry;

/// How far the features of a model have drifted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FeatureDrifts {
    /// The newest bar that was looked at; none where there was nothing to look at.
    pub at: Option<Timestamp>,
    /// The first row that the model learnt from.
    pub from: Timestamp,
    /// The last one.
    pub to: Timestamp,
    /// How many there were.
    pub rows: usize,
    /// The features, the one that has drifted most first.
    pub features: Vec<FeatureDrift>,
}

/// How far a feature has drifted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FeatureDrift {
    /// Its name.
    pub name: String,
    /// Population stability index of the last week over the deciles of what was learnt from.
    pub statistic: f64,
    /// What 95 % of the weeks that were learnt from had at most.
    pub usual: f64,
    /// What the strangest of them had.
    pub most: f64,
    /// What that says.
    pub level: Drift,
}

/// Looks at the last week of features up to `until` beside the profile of the model of this hash; `None` for a model that was
/// trained before profiles were kept.
///
/// # Errors
/// Where gold, the model or its profile cannot be read.
pub fn look(house: &House, hash: &str, until: Option<Timestamp>) -> Result<Option<FeatureDrifts>> {
    let Some(profile) = registry::profile(house, hash)? else { return Ok(None) };
    let set = registry::load(house, hash)?.feature_set;
    // Twice as long, for bars that were left out.
    let span = 2 * i64::try_from(WEEK).unwrap_or(i64::MAX / BAR) * BAR;
    let from = until.map_or(Timestamp::MIN, |until| until.shift(-span));
    // The whole shelf: what came last is in a journal beside the sets.
    let rows = Shelf::<FeatureRow>::read(&features_root(house), from, until.unwrap_or(Timestamp::MAX))?;
    let warm: Vec<_> =
        rows.iter().map(|row| &row.0).filter(|vector| vector.feature_set == set && vector.warm).collect();
    let week = &warm[warm.len().saturating_sub(WEEK)..];
    let rows: Vec<&[Option<f64>]> = week.iter().map(|vector| vector.values.as_slice()).collect();
    Ok(Some(FeatureDrifts::of(&profile, week.last().map(|vector| vector.as_of), &rows)))
}

impl FeatureDrifts {
    /// How far the features of these rows, in time order up to `at`, have drifted from those of a profile.
    #[must_use]
    pub fn of(profile: &Profile, at: Option<Timestamp>, rows: &[&[Option<f64>]]) -> Self {
        let one = |(place, feature): (usize, &FeatureProfile)| {
            let values: Vec<f64> = rows.iter().filter_map(|row| row.get(place).copied().flatten()).collect();
            let statistic = feature.index(&values);
            let [_, usual, most] = feature.usual;
            FeatureDrift { name: feature.name.clone(), statistic, usual, most, level: feature.judge(statistic) }
        };
        // Of nothing nothing is said.
        let looked = profile.features.iter().enumerate().filter(|_| at.is_some());
        let mut features: Vec<FeatureDrift> = looked.map(one).collect();
        features.sort_by(|a, b| b.level.cmp(&a.level).then(b.statistic.total_cmp(&a.statistic)));
        Self { at, from: profile.from, to: profile.to, rows: profile.rows, features }
    }

    /// The share of the features that have drifted.
    #[must_use]
    pub fn share(&self) -> f64 {
        let drifted = self.features.iter().filter(|feature| feature.level == Drift::Drifted).count();
        drifted as f64 / self.features.len().max(1) as f64
    }
}
