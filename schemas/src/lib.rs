//! The vocabulary of Wick: what its actors say to each other and what the words mean.
//!
//! Pure types and the functions that define their meaning: no I/O, no async, no clock. Everything
//! that two actors need to agree on lives here, so that neither has to know the other.

pub mod article;
pub mod auc;
pub mod candle;
pub mod command;
pub mod dm;
pub mod document;
pub mod drift;
pub mod envelope;
pub mod error;
pub mod feature;
pub mod gap;
pub mod lineage;
pub mod market;
pub mod model;
pub mod model_event;
pub mod prediction;
pub mod profile;
pub mod quality;
pub mod quarantine;
pub mod reading;
pub mod report;
pub mod score;
pub mod scoreboard;
pub mod sentiment;
pub mod table;
pub mod target;
pub mod testing;
pub mod time;
pub mod topic;

pub use article::{
    ArticleReceived, ArticleRejected, ArticleValidated, PostReceived, PostRejected, PostValidated, Text,
};
pub use candle::{Candle, CandleReceived, CandleRejected, CandleValidated};
pub use command::{Cause, Promote, Retrain, Rollback};
pub use drift::{CoverageMissed, DriftDetected, DriftedFeature, SkillDegraded};
pub use envelope::{Envelope, MessageId, Payload};
pub use error::{Error, Result};
pub use feature::{FeatureSet, FeatureVector};
pub use gap::{GapClosed, GapOpened};
pub use market::{Horizon, Instrument, Origin, Venue};
pub use model::Artifact;
pub use model_event::{ModelPromoted, ModelRefused, ModelRolledBack, ModelTrained};
pub use prediction::{Forecast, Level, Prediction};
pub use quality::{ExpectationResult, QualityMeta, QualityReported, QualityStatistics};
pub use quarantine::{Datum, QuarantineKept, QuarantineReleased, Release};
pub use reading::{Reading, ReadingReceived, ReadingRejected, ReadingValidated};
pub use score::{PredictionsScored, Score};
pub use sentiment::Sentiment;
pub use target::{Target, TargetsMatured};
pub use time::Timestamp;
pub use topic::Topic;
