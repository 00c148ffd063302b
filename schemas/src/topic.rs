//! Every stream of the house: its name, who publishes it, who reads it.
//!
//! This list is the one source of the topic table in `docs/topics.md`, of `asyncapi.yaml`, and of what the
//! runner believes about who waits for whom.

/// The actors, by name.
pub mod actor {
    /// Takes in what the outside world says.
    pub const FETCHER: &str = "fetcher";
    /// Judges it.
    pub const VALIDATOR: &str = "validator";
    /// Turns it into features and targets.
    pub const FEATURE_BUILDER: &str = "feature_builder";
    /// Makes forecasts.
    pub const PREDICTOR: &str = "predictor";
    /// Scores them and asks for retraining.
    pub const DRIFT_MONITOR: &str = "drift_monitor";
    /// Trains, compares and promotes models.
    pub const TRAINER: &str = "trainer";
    /// Answers HTTP.
    pub const GATEWAY: &str = "gateway";
    /// Shows in a browser what the gateway answers.
    pub const DASHBOARD: &str = "dashboard";
    /// A person at the command line.
    pub const OPERATOR: &str = "operator";

    /// Those who hold a lease while they work, in the order of the way of a candle. The gateway and the dashboard hold none:
    /// they may run many times.
    pub const LEASED: [&str; 6] = [FETCHER, VALIDATOR, FEATURE_BUILDER, PREDICTOR, DRIFT_MONITOR, TRAINER];
}

use actor::{DRIFT_MONITOR, FEATURE_BUILDER, FETCHER, GATEWAY, OPERATOR, PREDICTOR, TRAINER, VALIDATOR};

/// A stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Topic {
    /// Its name, the stem of its Redis key.
    pub name: &'static str,
    /// The version of its message.
    pub version: u16,
    /// Who publishes it. The first one's watermark says how far the stream is complete.
    pub publishers: &'static [&'static str],
    /// Who reads it through a consumer group of that name.
    pub consumers: &'static [&'static str],
    /// What it says.
    pub says: &'static str,
}

impl Topic {
    /// The `dataschema` of its messages: `/schemas/<name>/v<version>`.
    #[must_use]
    pub fn schema(&self) -> String {
        format!("/schemas/{}/v{}", self.name, self.version)
    }

    /// The topic of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        ALL.iter().copied().find(|topic| topic.name == name)
    }
}

/// Candles as received.
pub const CANDLES_RECEIVED: Topic = Topic {
    name: "candles.received",
    version: 1,
    publishers: &[FETCHER],
    consumers: &[VALIDATOR],
    says: "a final one-minute candle as a source gave it, with both times",
};
/// Articles as received.
pub const ARTICLES_RECEIVED: Topic = Topic {
    name: "articles.received",
    version: 1,
    publishers: &[FETCHER],
    consumers: &[VALIDATOR],
    says: "an article as a feed gave it, with both times",
};
/// Posts as received.
pub const POSTS_RECEIVED: Topic = Topic {
    name: "posts.received",
    version: 1,
    publishers: &[FETCHER],
    consumers: &[VALIDATOR],
    says: "a post as a service gave it, with both times",
};
/// Readings as received.
pub const READINGS_RECEIVED: Topic = Topic {
    name: "readings.received",
    version: 1,
    publishers: &[FETCHER],
    consumers: &[VALIDATOR],
    says: "a reading of an index as its source gave it",
};
/// Holes.
pub const GAPS_OPENED: Topic = Topic {
    name: "gaps.opened",
    version: 1,
    publishers: &[FETCHER],
    consumers: &[PREDICTOR],
    says: "a hole in a venue: from when, why, and who stands in",
};
/// The ends of holes.
pub const GAPS_CLOSED: Topic = Topic {
    name: "gaps.closed",
    version: 1,
    publishers: &[FETCHER],
    consumers: &[PREDICTOR],
    says: "the end of a hole, and whether it was healed",
};
/// Candles that passed every rule.
pub const CANDLES_VALIDATED: Topic = Topic {
    name: "candles.validated",
    version: 1,
    publishers: &[VALIDATOR],
    consumers: &[FEATURE_BUILDER],
    says: "a candle that passed every rule",
};
/// Candles that broke a rule.
pub const CANDLES_REJECTED: Topic = Topic {
    name: "candles.rejected",
    version: 1,
    publishers: &[VALIDATOR],
    consumers: &[],
    says: "a candle that broke a rule: the rule, the offending value, the reason",
};
/// Articles that passed every rule.
pub const ARTICLES_VALIDATED: Topic = Topic {
    name: "articles.validated",
    version: 1,
    publishers: &[VALIDATOR],
    consumers: &[FEATURE_BUILDER],
    says: "an article that passed every rule, with its sentiment",
};
/// Articles that broke a rule.
pub const ARTICLES_REJECTED: Topic = Topic {
    name: "articles.rejected",
    version: 1,
    publishers: &[VALIDATOR],
    consumers: &[],
    says: "an article that broke a rule: the rule, the offending value, the reason",
};
/// Posts that passed every rule.
pub const POSTS_VALIDATED: Topic = Topic {
    name: "posts.validated",
    version: 1,
    publishers: &[VALIDATOR],
    consumers: &[FEATURE_BUILDER],
    says: "a post that passed every rule, with its sentiment",
};
/// Posts that broke a rule.
pub const POSTS_REJECTED: Topic = Topic {
    name: "posts.rejected",
    version: 1,
    publishers: &[VALIDATOR],
    consumers: &[],
    says: "a post that broke a rule: the rule, the offending value, the reason",
};
/// Readings that passed every rule.
pub const READINGS_VALIDATED: Topic = Topic {
    name: "readings.validated",
    version: 1,
    publishers: &[VALIDATOR],
    consumers: &[FEATURE_BUILDER],
    says: "a reading that passed every rule",
};
/// Readings that broke a rule.
pub const READINGS_REJECTED: Topic = Topic {
    name: "readings.rejected",
    version: 1,
    publishers: &[VALIDATOR],
    consumers: &[],
    says: "a reading that broke a rule: the rule, the offending value, the reason",
};
/// Results of expectation suites.
pub const QUALITY_REPORTED: Topic = Topic {
    name: "quality.reported",
    version: 1,
    publishers: &[VALIDATOR],
    consumers: &[],
    says: "how a batch met what is expected of its table, in the shape of Great Expectations",
};
/// Let this out of the quarantine.
pub const COMMANDS_RELEASE: Topic = Topic {
    name: "commands.release",
    version: 1,
    publishers: &[OPERATOR],
    consumers: &[VALIDATOR],
    says: "let a datum out of the quarantine, with who asked and why",
};
/// Something is let out of the quarantine.
pub const QUARANTINE_RELEASED: Topic = Topic {
    name: "quarantine.released",
    version: 1,
    publishers: &[VALIDATOR],
    consumers: &[],
    says: "a datum that a person let out of the quarantine",
};
/// Something stays in it.
pub const QUARANTINE_KEPT: Topic = Topic {
    name: "quarantine.kept",
    version: 1,
    publishers: &[VALIDATOR],
    consumers: &[],
    says: "a datum that stays in the quarantine although a person asked, with the reason",
};
/// Feature vectors.
pub const FEATURES_BUILT: Topic = Topic {
    name: "features.built",
    version: 1,
    publishers: &[FEATURE_BUILDER],
    consumers: &[PREDICTOR, DRIFT_MONITOR],
    says: "the feature vector of a closed 15-minute bar",
};
/// Outcomes.
pub const TARGETS_MATURED: Topic = Topic {
    name: "targets.matured",
    version: 1,
    publishers: &[FEATURE_BUILDER],
    consumers: &[PREDICTOR, DRIFT_MONITOR],
    says: "the outcomes that a closed bar completes: return, direction and volatility for each horizon",
};
/// Forecasts.
pub const PREDICTIONS_MADE: Topic = Topic {
    name: "predictions.made",
    version: 1,
    publishers: &[PREDICTOR],
    consumers: &[DRIFT_MONITOR],
    says: "for each horizon: probability of a rise, expected return, quantiles, volatility",
};
/// Forecasts beside what came.
pub const PREDICTIONS_SCORED: Topic = Topic {
    name: "predictions.scored",
    version: 1,
    publishers: &[DRIFT_MONITOR],
    consumers: &[],
    says: "forecasts, their outcomes, their losses and the baselines' losses",
};
/// Features unlike those that were learnt from.
pub const DRIFT_DETECTED: Topic = Topic {
    name: "drift.detected",
    version: 1,
    publishers: &[DRIFT_MONITOR],
    consumers: &[],
    says: "a week of features unlike those that the model learnt from: statistic, threshold, window, evidence",
};
/// Lost skill.
pub const SKILL_DEGRADED: Topic = Topic {
    name: "skill.degraded",
    version: 1,
    publishers: &[DRIFT_MONITOR],
    consumers: &[],
    says: "a forecast that has lost its edge over its baseline: statistic, threshold, window, evidence",
};
/// Intervals that miss their share.
pub const COVERAGE_MISSED: Topic = Topic {
    name: "coverage.missed",
    version: 1,
    publishers: &[DRIFT_MONITOR],
    consumers: &[],
    says: "an interval that holds too few outcomes, or too many: statistic, threshold, window, evidence",
};
/// Train now.
pub const COMMANDS_RETRAIN: Topic = Topic {
    name: "commands.retrain",
    version: 1,
    publishers: &[DRIFT_MONITOR, GATEWAY, OPERATOR],
    consumers: &[TRAINER],
    says: "train a challenger, with cause and who asked",
};
/// Serve this model.
pub const COMMANDS_PROMOTE: Topic = Topic {
    name: "commands.promote",
    version: 1,
    publishers: &[OPERATOR, GATEWAY],
    consumers: &[TRAINER],
    says: "make the named model the champion",
};
/// Serve the former model.
pub const COMMANDS_ROLLBACK: Topic = Topic {
    name: "commands.rollback",
    version: 1,
    publishers: &[OPERATOR, GATEWAY],
    consumers: &[TRAINER],
    says: "make the former champion the champion again",
};
/// A model was fitted.
pub const MODELS_TRAINED: Topic = Topic {
    name: "models.trained",
    version: 1,
    publishers: &[TRAINER],
    consumers: &[],
    says: "a challenger was fitted: hash, data range, metrics",
};
/// A model serves from now.
pub const MODELS_PROMOTED: Topic = Topic {
    name: "models.promoted",
    version: 1,
    publishers: &[TRAINER],
    consumers: &[PREDICTOR],
    says: "the champion from a stated event time on, with the reasons",
};
/// A model was refused.
pub const MODELS_REFUSED: Topic = Topic {
    name: "models.refused",
    version: 1,
    publishers: &[TRAINER],
    consumers: &[],
    says: "a challenger or a command was refused, with the reasons",
};
/// The former model serves again.
pub const MODELS_ROLLED_BACK: Topic = Topic {
    name: "models.rolled_back",
    version: 1,
    publishers: &[TRAINER],
    consumers: &[PREDICTOR],
    says: "the former champion serves again",
};

/// Every topic, in the order of the flow.
pub const ALL: &[Topic] = &[
    CANDLES_RECEIVED,
    ARTICLES_RECEIVED,
    POSTS_RECEIVED,
    READINGS_RECEIVED,
    GAPS_OPENED,
    GAPS_CLOSED,
    CANDLES_VALIDATED,
    CANDLES_REJECTED,
    ARTICLES_VALIDATED,
    ARTICLES_REJECTED,
    POSTS_VALIDATED,
    POSTS_REJECTED,
    READINGS_VALIDATED,
    READINGS_REJECTED,
    QUALITY_REPORTED,
    COMMANDS_RELEASE,
    QUARANTINE_RELEASED,
    QUARANTINE_KEPT,
    FEATURES_BUILT,
    TARGETS_MATURED,
    PREDICTIONS_MADE,
    PREDICTIONS_SCORED,
    DRIFT_DETECTED,
    SKILL_DEGRADED,
    COVERAGE_MISSED,
    COMMANDS_RETRAIN,
    COMMANDS_PROMOTE,
    COMMANDS_ROLLBACK,
    MODELS_TRAINED,
    MODELS_PROMOTED,
    MODELS_REFUSED,
    MODELS_ROLLED_BACK,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_in_the_grammar() {
        let mut names: Vec<_> = ALL.iter().map(|topic| topic.name).collect();
        assert!(names.iter().all(|name| name.split('.').count() == 2));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ALL.len());
        assert_eq!(Topic::named("candles.received"), Some(CANDLES_RECEIVED));
        assert_eq!(Topic::named("candles"), None);
    }
}
