//! Whether the features of the last week are like those that the model which serves has learnt from.
//!
//! A single feature is stranger than 95 % of its weeks in one week of twenty, and of some two hundred there are always some
//! that are. So the set is judged as a whole: by the share of its features that are further away than in any of the weeks
//! that were learnt from ([`wick_schemas::profile::Drift::Drifted`]).

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use wick_bus::feature_drift::FeatureDrifts;
use wick_bus::lake::{FeatureRow, Shelf, features_root};
use wick_bus::{House, Result, registry};
use wick_schemas::profile::{Drift, Profile, WEEK};
use wick_schemas::time::{BAR, DAY};
use wick_schemas::{DriftDetected, DriftedFeature, FeatureVector, Timestamp};

use crate::once::{Once, State};

/// Features that are named as evidence, at most.
const NAMED: usize = 10;

/// How far back a week of complete vectors may reach: twice as long, for bars that were left out.
const REACH: i64 = 2 * WEEK as i64 * BAR;

/// `[drift_monitor.features]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FeaturesConfig {
    /// Days between two looks, each at a midnight (UTC); 0 never looks.
    pub every_days: u32,
    /// Share of the features that must have drifted for the set to have.
    pub share: f64,
    /// Whole weeks that a model must have learnt from. Of features like those it has learnt from, one in so many weeks and
    /// one more is still stranger than all of them.
    pub min_weeks: usize,
    /// Days after which drift is said again where it lasts.
    pub cooldown_days: u32,
}

impl Default for FeaturesConfig {
    fn default() -> Self {
        Self { every_days: 1, share: 0.15, min_weeks: 52, cooldown_days: 7 }
    }
}

/// What is kept of it: the week of vectors is read from gold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FeaturesState {
    said: Once,
    /// The newest vector taken in.
    taken: Option<Timestamp>,
    /// Id of the feature set of the week.
    feature_set: String,
}

/// Watches the features.
#[derive(Debug, Default)]
pub struct Features {
    config: FeaturesConfig,
    state: FeaturesState,
    /// The last week of complete vectors.
    week: VecDeque<(Timestamp, Vec<Option<f64>>)>,
    /// What was last read of a model: its hash, and its profile where it has one.
    profile: Option<(String, Option<Profile>)>,
    /// Whether this life has looked yet: what is measured must be shown after a start, and not only at the next midnight.
    looked: bool,
}

/// What a look has shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// How far each feature has drifted.
    pub drifts: FeatureDrifts,
    /// What is to be said, where the set has drifted, whether or not it was said before.
    pub detected: Option<DriftDetected>,
    /// Whether it is to be said now.
    pub news: bool,
}

impl Features {
    /// Goes on where the state ends, with the week that gold holds.
    ///
    /// # Errors
    /// Where gold cannot be read.
    pub fn recovered(house: &House, config: FeaturesConfig, state: FeaturesState) -> Result<Self> {
        let mut features = Self { config, ..Self::default() };
        if let Some(taken) = state.taken.filter(|_| config.every_days > 0) {
            let rows = Shelf::<FeatureRow>::read(&features_root(house), taken.shift(-REACH), taken)?;
            // Other sets are built beside that which is published.
            let of_set = rows.into_iter().filter(|row| row.0.feature_set == state.feature_set);
            of_set.for_each(|row| features.take(&row.0));
        }
        features.state = state;
        Ok(features)
    }

    /// What is needed to go on.
    #[must_use]
    pub fn state(&self) -> FeaturesState {
        self.state.clone()
    }

    /// Takes in a vector; one that is incomplete, or not newer than the last, is passed over.
    pub fn take(&mut self, vector: &FeatureVector) {
        if self.config.every_days == 0 || self.state.taken >= Some(vector.as_of) {
            return;
        }
        self.state.taken = Some(vector.as_of);
        if !vector.warm {
            return;
        }
        if self.state.feature_set != vector.feature_set {
            self.week.clear();
            self.state.feature_set.clone_from(&vector.feature_set);
        }
        if self.week.len() == WEEK {
            self.week.pop_front();
        }
        self.week.push_back((vector.as_of, vector.values.clone()));
    }

    /// Looks at the week up to a moment beside what the model that serves has learnt from; nothing where it is not yet time,
    /// or the week or the profile is not there, or is of another set. The first look of a life comes as soon as it can be had,
    /// and detects nothing where it is not time for that.
    pub fn look(&mut self, house: &House, at: Timestamp, model: &str, feature_set: &str) -> Option<Look> {
        let every = i64::from(self.config.every_days) * DAY;
        let due = every > 0 && at.on_grid(every);
        if every == 0 || (self.looked && !due) || self.state.feature_set != feature_set {
            return None;
        }
        while self.week.front().is_some_and(|(oldest, _)| *oldest < at.shift(-REACH)) {
            self.week.pop_front();
        }
        let newest = self.week.back().map(|(newest, _)| *newest);
        if self.week.len() < WEEK {
            return None;
        }
        if self.profile.as_ref().is_none_or(|(known, _)| known != model) {
            let profile = registry::profile(house, model).unwrap_or_else(|error| {
                tracing::warn!(model, %error, "no profile: drift is not looked for");
                None
            });
            self.profile = Some((model.to_owned(), profile));
        }
        let (_, profile) = self.profile.as_ref()?;
        let profile = profile.as_ref()?;
        let rows: Vec<&[Option<f64>]> = self.week.iter().map(|(_, values)| values.as_slice()).collect();
        let drifts = FeatureDrifts::of(profile, newest, &rows);
        self.looked = true;
        if !due || profile.rows / WEEK < self.config.min_weeks {
            return Some(Look { drifts, detected: None, news: false });
        }
        let (share, threshold) = (drifts.share(), self.config.share);
        let state = match share {
            far if far > threshold => State::Bad,
            far if far <= 0.5 * threshold => State::Well,
            _ => State::Between,
        };
        let news = self.state.said.say(at, state, self.config.cooldown_days);
        let detected = (state == State::Bad).then(|| DriftDetected {
            at,
            statistic: share,
            threshold,
            window: WEEK,
            features: drifts.features.len(),
            evidence: furthest(&drifts),
            model: model.to_owned(),
            feature_set: feature_set.to_owned(),
        });
        Some(Look { drifts, detected, news })
    }
}

/// The features that have drifted furthest beyond the strangest week that was learnt from.
fn furthest(drifts: &FeatureDrifts) -> Vec<DriftedFeature> {
    let drifted = drifts.features.iter().filter(|feature| feature.level == Drift::Drifted);
    let mut drifted: Vec<DriftedFeature> = drifted
        .map(|one| DriftedFeature { name: one.name.clone(), statistic: one.statistic, threshold: one.most })
        .collect();
    let beyond = |one: &DriftedFeature| one.statistic / one.threshold.max(f64::MIN_POSITIVE);
    drifted.sort_by(|a, b| beyond(b).total_cmp(&beyond(a)).then_with(|| a.name.cmp(&b.name)));
    drifted.truncate(NAMED);
    drifted
}

/// What was detected, in words.
#[must_use]
pub fn words(detected: &DriftDetected) -> String {
    let DriftDetected { statistic, threshold, features, evidence, .. } = detected;
    let furthest: Vec<String> = evidence
        .iter()
        .take(3)
        .map(|one| format!("{} ({:.2}, at most {:.2} before)", one.name, one.statistic, one.threshold))
        .collect();
    format!(
        "{:.1} % of {features} features have drifted, above {:.1} %; furthest {}",
        100.0 * statistic,
        100.0 * threshold,
        furthest.join(", ")
    )
}

#[cfg(test)]
mod tests;
