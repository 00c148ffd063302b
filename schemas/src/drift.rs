//! Signs that a model no longer fits the world.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::envelope::Payload;
use crate::market::Horizon;
use crate::time::Timestamp;
use crate::topic::{self, Topic};

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
