//! What a datum may be refused for.

/// The result of this crate's constructors and decoders.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a datum or a message was refused. Never a question of chance: the same input is refused again.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// A value that cannot be.
    #[error("{what}: {value} ({reason})")]
    Impossible {
        /// The field.
        what: &'static str,
        /// The offending value, as text.
        value: String,
        /// Why it cannot be.
        reason: &'static str,
    },
    /// A message of a type that this version does not know.
    #[error(
        "unknown message '{found}' (this version reads '{expected}'): upgrade this reader, or drop the message with `wick dead-letters drop`"
    )]
    UnknownMessage {
        /// The schema that the message names.
        found: String,
        /// The schema that the reader knows.
        expected: String,
    },
    /// A message whose data does not have the shape of its type.
    #[error("malformed {schema}: {reason}")]
    Malformed {
        /// The schema that it claims.
        schema: String,
        /// What the decoder said.
        reason: String,
    },
    /// A vector was given to a model that was made for other features.
    #[error(
        "the model wants feature set {wanted}, the vector has {found}: retrain, or serve the model with the feature set that it was made for"
    )]
    FeatureSetMismatch {
        /// The model's feature set.
        wanted: String,
        /// The vector's feature set.
        found: String,
    },
    /// An artifact that does not say what it says it says.
    #[error("model artifact refused: {0}")]
    Artifact(String),
}

impl Error {
    /// A value that cannot be, with its reason.
    pub fn impossible(what: &'static str, value: impl ToString, reason: &'static str) -> Self {
        Self::Impossible { what, value: value.to_string(), reason }
    }
}
