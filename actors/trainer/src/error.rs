//! What can go wrong in training.

use wick_schemas::Horizon;

/// The result of this crate's functions.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a model was not trained.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// Too little has matured, even for the baselines.
    #[error("{have} rows with a matured {horizon} outcome where {need} are needed: wait, or backfill more history")]
    NotEnoughRows {
        /// The horizon that has too few.
        horizon: Horizon,
        /// How many there are.
        have: usize,
        /// How many there must be.
        need: usize,
    },
    /// The baselines read a feature that the rows do not have.
    #[error("the rows have no feature '{name}': train on a feature set that has the inputs of the baselines")]
    MissingFeature {
        /// The feature.
        name: String,
    },
    /// The rows belong to more than one feature set.
    #[error("rows of feature set {found} among rows of {wanted}: rebuild the features, then train on one set")]
    MixedFeatureSets {
        /// The first row's set.
        wanted: String,
        /// Another row's set.
        found: String,
    },
    /// A row that cannot be learnt from.
    #[error("row of {as_of} refused: {reason}")]
    Row {
        /// The row's moment.
        as_of: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A setting that cannot be.
    #[error("setting {name} refused: {reason}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// What it should be.
        reason: &'static str,
    },
    /// An estimator could not be fitted.
    #[error("{what} could not be fitted: {reason}")]
    Fit {
        /// The estimator.
        what: &'static str,
        /// What the solver said.
        reason: String,
    },
    /// A graphics card was asked for, and there is none.
    #[error("trainer.fit.neural.device is gpu, but {reason}: install a driver, or set it to auto or cpu")]
    NoCard {
        /// What was found instead.
        reason: String,
    },
    /// A graphics card did not do its work.
    #[error(
        "{card} failed in the middle of a fit: {reason}: see to its driver, or set trainer.fit.neural.device to cpu"
    )]
    Card {
        /// The card.
        card: String,
        /// What was said of it.
        reason: String,
    },
    /// The fitted artifact failed its own proof.
    #[error(transparent)]
    Artifact(#[from] wick_schemas::Error),
    /// Somebody asked to stop.
    #[error("training was cancelled")]
    Cancelled,
}
