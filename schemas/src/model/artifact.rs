//! A trained model, whole: everything that a forecast needs besides the feature vector.

use serde::{Deserialize, Serialize};

use super::chance::sigmoid;
use super::estimator::Estimator;
use super::kept::Kept;
use crate::envelope::hex;
use crate::error::{Error, Result};
use crate::feature::FeatureVector;
use crate::market::Horizon;
use crate::prediction::TAUS;
use crate::time::Timestamp;

/// The shape of artifact that this version reads.
pub const FORMAT: u16 = 1;

/// What was fitted for one horizon, baselines included.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HorizonModel {
    /// The horizon.
    pub horizon: Horizon,
    /// Name of what was chosen for direction; `base_rate` where nothing beat it.
    pub direction_name: String,
    /// Log-odds of a rise.
    pub direction: Estimator,
    /// Name of what was chosen for volatility; `seasonal_har` where nothing beat it.
    pub volatility_name: String,
    /// Log variance per bar.
    pub volatility: Estimator,
    /// Share of rises in the training window.
    pub base_rate: f64,
    /// Log variance per bar by the exponentially weighted mean.
    pub ewma: Estimator,
    /// Log variance per bar by HAR.
    pub har: Estimator,
    /// Log variance per bar by seasonal HAR.
    pub seasonal_har: Estimator,
    /// GARCH; none in what was trained before there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub garch: Option<Garch>,
    /// Mean ratio of actual variance to `exp(log forecast)`, out of sample, for volatility, ewma, har and
    /// seasonal_har: where the level correction starts.
    pub levels: [f64; 4],
    /// On how many outcomes the levels rest: as many as these weigh beside what comes later.
    #[serde(default = "before_it_was_told")]
    pub level_outcomes: usize,
    /// Quantiles at [`TAUS`] of return / sqrt(forecast variance), out of sample: where the intervals start.
    pub residual_quantiles: Vec<f64>,
    /// Quantiles at [`TAUS`] of the return in the last 90 days of the training window.
    pub return_quantiles: Vec<f64>,
}

/// The GARCH of a horizon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Garch {
    /// Log variance per bar.
    pub estimator: Estimator,
    /// As [`HorizonModel::levels`].
    pub level: f64,
}

/// A row with the scores that it must give after every load.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Canary {
    /// The moment of the row, for its season.
    pub as_of: Timestamp,
    /// The feature values.
    pub values: Vec<f64>,
    /// The scores, one for each horizon.
    pub expected: Vec<RawScore>,
}

/// A trained model. Data, never code; known by the hash of its JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Artifact {
    /// [`FORMAT`] of its writer.
    pub format: u16,
    /// Id of the feature set that it reads.
    pub feature_set: String,
    /// The features, in order.
    pub names: Vec<String>,
    /// The moment whose knowledge it used.
    pub trained_at: Timestamp,
    /// One for each horizon, nearest first.
    pub horizons: Vec<HorizonModel>,
    /// What of it was learnt for a model before it; nothing in most.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<Kept>,
    /// Rows that prove a loaded artifact right.
    pub canaries: Vec<Canary>,
}

/// What a model says of one row and horizon, before level correction and intervals.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RawScore {
    /// The horizon.
    pub horizon: Horizon,
    /// Probability of a rise.
    pub p_up: f64,
    /// Log variance per bar.
    pub log_variance: f64,
    /// The same by the exponentially weighted mean.
    pub ewma: f64,
    /// The same by HAR.
    pub har: f64,
    /// The same by seasonal HAR.
    pub seasonal_har: f64,
    /// The same by GARCH, where the model has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub garch: Option<f64>,
}

impl Artifact {
    /// The artifact's JSON: its one canonical form.
    ///
    /// # Errors
    /// Where a number is not finite.
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string(self).map_err(|error| Error::Artifact(error.to_string()))
    }

    /// Reads an artifact and proves it: hash, format, soundness and canaries.
    ///
    /// # Errors
    /// [`Error::Artifact`] with what differs.
    pub fn from_json(json: &str, hash: &str) -> Result<Self> {
        let found = Self::hash_of(json);
        if found != hash {
            return Err(Error::Artifact(format!("its hash is {found}, not {hash}: the file was changed or cut")));
        }
        let artifact: Self = serde_json::from_str(json).map_err(|error| Error::Artifact(error.to_string()))?;
        artifact.prove()?;
        Ok(artifact)
    }

    /// The hash that a JSON text is known by: 64 hexadecimal digits.
    #[must_use]
    pub fn hash_of(json: &str) -> String {
        hex(blake3::hash(json.as_bytes()).as_bytes())
    }

    /// Whether the artifact is sound and its canaries give what they gave when it was made.
    ///
    /// # Errors
    /// [`Error::Artifact`] with the first thing that differs.
    pub fn prove(&self) -> Result<()> {
        if self.format != FORMAT {
            return Err(Error::Artifact(format!("format {} where this version reads {FORMAT}", self.format)));
        }
        if self.horizons.iter().map(|model| model.horizon).ne(Horizon::ALL) {
            return Err(Error::Artifact("not one model for each horizon".into()));
        }
        let columns = self.names.len();
        for model in &self.horizons {
            let parts = [&model.direction, &model.volatility, &model.ewma, &model.har, &model.seasonal_har];
            let whole = parts.into_iter().all(|part| part.is_sound(columns))
                && [&model.residual_quantiles, &model.return_quantiles].into_iter().all(|q| rising(q))
                && model.levels.iter().all(|level| level.is_finite() && *level > 0.0)
                && model.garch.as_ref().is_none_or(|garch| garch.is_sound(columns))
                && (0.0..=1.0).contains(&model.base_rate);
            if !whole {
                return Err(Error::Artifact(format!("its {} model is not sound", model.horizon)));
            }
        }
        for canary in &self.canaries {
            if self.score_row(&canary.values, canary.as_of) != canary.expected {
                return Err(Error::Artifact(format!("its canary of {} scores otherwise here", canary.as_of)));
            }
        }
        Ok(())
    }

    /// Scores a complete row.
    #[must_use]
    pub fn score_row(&self, row: &[f64], as_of: Timestamp) -> Vec<RawScore> {
        // The season is that of the hour in which the bar just closed began.
        let hour = as_of.shift(-1).hour_of_week();
        let say = |model: &HorizonModel| RawScore {
            horizon: model.horizon,
            p_up: sigmoid(model.direction.value(row, hour)),
            log_variance: model.volatility.value(row, hour),
            ewma: model.ewma.value(row, hour),
            har: model.har.value(row, hour),
            seasonal_har: model.seasonal_har.value(row, hour),
            garch: model.garch.as_ref().map(|garch| garch.estimator.value(row, hour)),
        };
        self.horizons.iter().map(say).collect()
    }
}

/// Scores a feature vector: the one function that trainer and predictor share.
///
/// # Errors
/// Where the vector belongs to another feature set, or a value is missing.
pub fn score(artifact: &Artifact, vector: &FeatureVector) -> Result<Vec<RawScore>> {
    if artifact.feature_set != vector.feature_set {
        return Err(Error::FeatureSetMismatch {
            wanted: artifact.feature_set.clone(),
            found: vector.feature_set.clone(),
        });
    }
    let row: Option<Vec<f64>> = vector.values.iter().copied().collect();
    match row {
        Some(row) if row.len() == artifact.names.len() => Ok(artifact.score_row(&row, vector.as_of)),
        _ => Err(Error::impossible("values", vector.values.len(), "a value is missing: the look-backs are not full")),
    }
}

/// On how many outcomes the levels of an artifact rest that does not say so.
fn before_it_was_told() -> usize {
    500
}

impl Garch {
    fn is_sound(&self, columns: usize) -> bool {
        self.estimator.is_sound(columns) && self.level.is_finite() && self.level > 0.0
    }
}

fn rising(quantiles: &[f64]) -> bool {
    quantiles.len() == TAUS.len()
        && quantiles.iter().all(|value| value.is_finite())
        && quantiles.windows(2).all(|pair| pair[0] <= pair[1])
}
