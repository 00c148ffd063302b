//! What the house is told to do.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::envelope::Payload;
use crate::time::Timestamp;
use crate::topic::{self, Topic};

/// Why something is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Cause {
    /// No model serves yet.
    NoChampion,
    /// The time has come.
    Schedule,
    /// The forecasts have lost their edge.
    SkillLost {
        /// The statistic, its threshold and its window, in words.
        evidence: String,
    },
    /// The features are unlike those that the model which serves has learnt from.
    FeaturesDrifted {
        /// The statistic, its threshold and what has drifted furthest, in words.
        evidence: String,
    },
    /// A person asked.
    Person {
        /// What they said of it.
        reason: String,
    },
}

impl Cause {
    /// The cause's name, for metrics and tables.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NoChampion => "no_champion",
            Self::Schedule => "schedule",
            Self::SkillLost { .. } => "skill_lost",
            Self::FeaturesDrifted { .. } => "features_drifted",
            Self::Person { .. } => "person",
        }
    }
}

/// `commands.retrain`: train a challenger on what was known at `at`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Retrain {
    /// The moment whose knowledge it may use.
    pub at: Timestamp,
    /// Why.
    pub cause: Cause,
    /// Who asked: an actor, or a person's name.
    pub requested_by: String,
}

impl Payload for Retrain {
    const TOPIC: Topic = topic::COMMANDS_RETRAIN;
    fn event_time(&self) -> Timestamp {
        self.at
    }
}

/// `commands.promote`: make the named model the champion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Promote {
    /// The moment of asking.
    pub at: Timestamp,
    /// The model's hash, or enough of its beginning.
    pub model: String,
    /// Why.
    pub cause: Cause,
    /// Who asked.
    pub requested_by: String,
}

impl Payload for Promote {
    const TOPIC: Topic = topic::COMMANDS_PROMOTE;
    fn event_time(&self) -> Timestamp {
        self.at
    }
}

/// `commands.rollback`: make the former champion the champion again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rollback {
    /// The moment of asking.
    pub at: Timestamp,
    /// Why.
    pub cause: Cause,
    /// Who asked.
    pub requested_by: String,
}

impl Payload for Rollback {
    const TOPIC: Topic = topic::COMMANDS_ROLLBACK;
    fn event_time(&self) -> Timestamp {
        self.at
    }
}
