//! What becomes of models.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::command::Cause;
use crate::envelope::Payload;
use crate::market::Horizon;
use crate::time::Timestamp;
use crate::topic::{self, Topic};

/// How a candidate did against its baseline for one target, on rows that it was not fitted on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CellMetric {
    /// The horizon.
    pub horizon: Horizon,
    /// `direction` or `volatility`.
    pub target: String,
    /// The loss: `log_loss` or `qlike`.
    pub loss_name: String,
    /// What was chosen for this cell; the baseline's own name where nothing beat it.
    pub chosen: String,
    /// Mean loss of what was chosen.
    pub loss: f64,
    /// The baseline's name.
    pub baseline: String,
    /// Mean loss of the baseline.
    pub baseline_loss: f64,
    /// `1 - loss / baseline_loss`.
    pub skill: f64,
    /// Diebold-Mariano statistic of the difference, positive where the choice is better.
    pub dm_t: f64,
    /// Its two-sided p-value.
    pub dm_p: f64,
    /// Number of out-of-sample rows.
    pub rows: usize,
}

/// How a reason begins that speaks of a figure which is too good to be true.
pub const SUSPECT: &str = "too good to be true, suspect a leak";

/// `models.trained`: a challenger was fitted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ModelTrained {
    /// The moment whose knowledge it used.
    pub at: Timestamp,
    /// The artifact's hash.
    pub model: String,
    /// Id of the feature set.
    pub feature_set: String,
    /// The first row's time.
    pub from: Timestamp,
    /// The last row's time.
    pub to: Timestamp,
    /// Number of rows.
    pub rows: usize,
    /// Why it was trained.
    pub cause: Cause,
    /// One for each horizon and target.
    pub metrics: Vec<CellMetric>,
    /// Out-of-sample figures that are too good to be true, in words; mostly none.
    #[serde(default)]
    pub alarms: Vec<String>,
}

impl Payload for ModelTrained {
    const TOPIC: Topic = topic::MODELS_TRAINED;
    fn event_time(&self) -> Timestamp {
        self.at
    }
}

/// `models.promoted`: the champion from `serves_from` on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ModelPromoted {
    /// The event time from which it serves: the command's, plus a fixed allowance for the training.
    pub serves_from: Timestamp,
    /// The artifact's hash.
    pub model: String,
    /// The champion before it, if any.
    pub previous: Option<String>,
    /// Id of the feature set.
    pub feature_set: String,
    /// Why it was trained or chosen.
    pub cause: Cause,
    /// Who asked.
    pub requested_by: String,
    /// Why it was promoted.
    pub reasons: Vec<String>,
    /// Which of the trainer's decisions this is, from 1: a later one voids what earlier ones have put off beyond its own
    /// `serves_from`. 0 of those that were made before decisions were counted.
    #[serde(default)]
    pub number: u64,
}

impl Payload for ModelPromoted {
    const TOPIC: Topic = topic::MODELS_PROMOTED;
    fn event_time(&self) -> Timestamp {
        self.serves_from
    }
}

/// `models.refused`: the champion stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ModelRefused {
    /// The command's time.
    pub at: Timestamp,
    /// The refused artifact's hash; empty where no model came of the command.
    pub model: String,
    /// Why the command was given.
    pub cause: Cause,
    /// Why it was refused.
    pub reasons: Vec<String>,
}

impl Payload for ModelRefused {
    const TOPIC: Topic = topic::MODELS_REFUSED;
    fn event_time(&self) -> Timestamp {
        self.at
    }
}

/// `models.rolled_back`: the former champion serves again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ModelRolledBack {
    /// The event time from which it serves.
    pub serves_from: Timestamp,
    /// The artifact that serves again.
    pub model: String,
    /// The artifact that it replaces.
    pub replaced: String,
    /// Why.
    pub cause: Cause,
    /// Who asked.
    pub requested_by: String,
    /// Which of the trainer's decisions this is, from 1: a later one voids what earlier ones have put off beyond its own
    /// `serves_from`. 0 of those that were made before decisions were counted.
    #[serde(default)]
    pub number: u64,
}

impl Payload for ModelRolledBack {
    const TOPIC: Topic = topic::MODELS_ROLLED_BACK;
    fn event_time(&self) -> Timestamp {
        self.serves_from
    }
}
