//! How a batch of data met what is expected of it, in the shape of Great Expectations' results.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::envelope::Payload;
use crate::time::Timestamp;
use crate::topic::{self, Topic};

/// `quality.reported`: the result of one suite on one batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QualityReported {
    /// Whether every expectation was met.
    pub success: bool,
    /// The suite's name: that of its table.
    pub suite: String,
    /// One result for each expectation, in the suite's order.
    pub results: Vec<ExpectationResult>,
    /// How many were met.
    pub statistics: QualityStatistics,
    /// Which batch.
    pub meta: QualityMeta,
}

/// The result of one expectation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExpectationResult {
    /// The expectation, as in `range`, `unique`, `complete`.
    pub expectation: String,
    /// The column that it speaks of; empty where it speaks of rows.
    pub column: String,
    /// Whether it was met.
    pub success: bool,
    /// Rows that it was asked of.
    pub element_count: u64,
    /// Rows that did not meet it.
    pub unexpected_count: u64,
    /// The share of rows that must meet it, from 0 to 1.
    pub mostly: f64,
    /// Up to ten of the values that did not meet it.
    pub partial_unexpected_list: Vec<String>,
    /// What was measured where it is one number: a share, an age in seconds.
    pub observed_value: Option<f64>,
}

/// How many expectations were met.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QualityStatistics {
    /// How many there are.
    pub evaluated_expectations: u64,
    /// How many were met.
    pub successful_expectations: u64,
    /// How many were not.
    pub unsuccessful_expectations: u64,
    /// The share that was met, in percent.
    pub success_percent: f64,
}

/// Which batch a result speaks of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QualityMeta {
    /// The start of the batch, in event time.
    pub from: Timestamp,
    /// Its end, which it does not include: the event time of this message.
    pub to: Timestamp,
    /// Rows that came in the batch, clean or not.
    pub rows: u64,
    /// Rows that were put in quarantine, by rule.
    pub rejected: BTreeMap<String, u64>,
}

impl Payload for QualityReported {
    const TOPIC: Topic = topic::QUALITY_REPORTED;
    fn event_time(&self) -> Timestamp {
        self.meta.to
    }
}
