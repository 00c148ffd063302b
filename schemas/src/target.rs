//! What came: the outcomes that forecasts are judged by.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::envelope::Payload;
use crate::market::Horizon;
use crate::time::Timestamp;
use crate::topic::{self, Topic};

/// One outcome: what happened in the horizon that began at `origin`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Target {
    /// The horizon.
    pub horizon: Horizon,
    /// The close of the bar from which it was looked ahead.
    pub origin: Timestamp,
    /// Log return from origin to origin + horizon: `R_h = ln C(t+h) - ln C(t)`.
    pub log_return: f64,
    /// Realised variance over the horizon: the sum of squared one-minute log returns.
    pub realised_variance: f64,
}

impl Target {
    /// Whether the price rose.
    #[must_use]
    pub fn up(&self) -> bool {
        self.log_return > 0.0
    }
}

/// `targets.matured`: the outcomes that a closed bar completes, at most one for each horizon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TargetsMatured {
    /// The close of the completing bar.
    pub at: Timestamp,
    /// The outcomes.
    pub targets: Vec<Target>,
}

impl Payload for TargetsMatured {
    const TOPIC: Topic = topic::TARGETS_MATURED;
    fn event_time(&self) -> Timestamp {
        self.at
    }
}
