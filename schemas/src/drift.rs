//! Signs that a model no longer fits the world.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::envelope::Payload;
use crate::market::Horizon;
use crate::time::Timestamp;
use crate::topic::{self, Topic};

/// `drift.detected`: the features of the last week are unlike those that the model which serves has learnt from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DriftDetected {
    /// The moment of the decision.
    pub at: Timestamp,
    /// Share of the features that have drifted: further than in any of the weeks that were learnt from.
    pub statistic: f64,
    /// The share above which it is said.
    pub threshold: f64,
    /// The window, in bars.
    pub window: usize,
    /// Number of features that were looked at.
    pub features: usize,
    /// The features that have drifted furthest beyond those weeks, the furthest first; ten at most.
    pub evidence: Vec<DriftedFeature>,
    /// The model that serves.
    pub model: String,
    /// Id of its feature set.
    pub feature_set: String,
}

/// A feature that has drifted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DriftedFeature {
    /// Its name.
    pub name: String,
    /// Population stability index of the window over the deciles of what was learnt from.
    pub statistic: f64,
    /// What the strangest of the weeks that were learnt from had.
    pub threshold: f64,
}

impl Payload for DriftDetected {
    const TOPIC: Topic = topic::DRIFT_DETECTED;
    fn event_time(&self) -> Timestamp {
        self.at
    }
}

/// `skill.degraded`: a forecast has lost its edge over its baseline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SkillDegraded {
    /// The moment of the decision.
    pub at: Timestamp,
    /// The horizon.
    pub horizon: Horizon,
    /// The loss that was watched.
    pub loss_name: String,
    /// Skill over the window: `1 - loss / baseline loss`.
    pub statistic: f64,
    /// The skill below which it counts as lost.
    pub threshold: f64,
    /// The window, in scored forecasts.
    pub window: usize,
    /// The model that lost it.
    pub model: String,
}

impl Payload for SkillDegraded {
    const TOPIC: Topic = topic::SKILL_DEGRADED;
    fn event_time(&self) -> Timestamp {
        self.at
    }
}

/// `coverage.missed`: outcomes fall inside an interval more or less often than it says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CoverageMissed {
    /// The moment of the decision.
    pub at: Timestamp,
    /// The horizon.
    pub horizon: Horizon,
    /// The interval: the share of outcomes that should fall inside, 0.8 or 0.95.
    pub interval: f64,
    /// The share of outcomes that did.
    pub statistic: f64,
    /// The edge of the band that it has left: the share below which too few are inside, or above which too many.
    pub threshold: f64,
    /// The window, in scored forecasts.
    pub window: usize,
    /// By how many standard errors the share is off, negative where too few are inside. Outcomes overlap, so the error is
    /// that of far fewer forecasts than the window has.
    pub deviations: f64,
    /// The model that serves.
    pub model: String,
}

impl CoverageMissed {
    /// The interval in percent, as metrics and tables name it.
    #[must_use]
    pub fn percent(&self) -> u8 {
        // From 0 to 100.
        (100.0 * self.interval).round() as u8
    }
}

impl Payload for CoverageMissed {
    const TOPIC: Topic = topic::COVERAGE_MISSED;
    fn event_time(&self) -> Timestamp {
        self.at
    }
}
