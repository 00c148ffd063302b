//! A number that somebody publishes now and then, such as the fear & greed index.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::envelope::Payload;
use crate::market::Origin;
use crate::time::Timestamp;
use crate::topic::{self, Topic};

/// A reading of an index.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reading {
    /// The index, as in `fear_greed`.
    pub name: String,
    /// What it speaks of: the start of its day.
    pub at: Timestamp,
    /// The number, where it is one.
    pub value: Option<f64>,
}

/// `readings.received`: a reading as its source gave it, kept in bronze, not yet judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReadingReceived {
    /// The reading, as received.
    pub reading: Reading,
    /// How it reached us.
    pub origin: Origin,
    /// When we first saw it: it holds from then on.
    pub ingest_time: Timestamp,
}

/// `readings.validated`: a reading that passed every rule, kept in silver.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReadingValidated {
    /// The index.
    pub name: String,
    /// What it speaks of: the start of its day.
    pub at: Timestamp,
    /// The number.
    pub value: f64,
    /// How it reached us.
    pub origin: Origin,
    /// When we first saw it: it holds from then on.
    pub ingest_time: Timestamp,
}

/// `readings.rejected`: a reading that broke a rule; it stays in quarantine with this reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReadingRejected {
    /// The reading, as received.
    pub reading: Reading,
    /// How it reached us.
    pub origin: Origin,
    /// When we first saw it.
    pub ingest_time: Timestamp,
    /// The rule's name: stable, for programs.
    pub rule: String,
    /// The offending value.
    pub value: String,
    /// The reason, for people.
    pub reason: String,
}

impl Payload for ReadingReceived {
    const TOPIC: Topic = topic::READINGS_RECEIVED;
    fn event_time(&self) -> Timestamp {
        self.ingest_time
    }
}

impl Payload for ReadingValidated {
    const TOPIC: Topic = topic::READINGS_VALIDATED;
    fn event_time(&self) -> Timestamp {
        self.ingest_time
    }
}

impl Payload for ReadingRejected {
    const TOPIC: Topic = topic::READINGS_REJECTED;
    fn event_time(&self) -> Timestamp {
        self.ingest_time
    }
}
