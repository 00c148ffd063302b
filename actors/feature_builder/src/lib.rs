//! The feature builder: folds clean candles into bars, features and outcomes.
//!
//! - **Consumes** `candles.validated`.
//! - **Publishes** `features.built`, `targets.matured`.
//! - **Owns** gold ([`gold`]): every feature vector and outcome; the newest vector is also in a Redis hash,
//!   `online.<feature set>`.
//! - **Recovers** from a snapshot of its [`engine`] and the candles of silver since then: the fold goes on bit for
//!   bit.
//! - **Fails** when silver, the layer below, cannot be read.

pub mod actor;
pub mod averages;
pub mod bar;
pub mod config;
pub mod engine;
pub mod features;
pub mod gold;
#[cfg(test)]
mod samples;
pub mod season;
pub mod targets;
pub mod window;

pub use actor::FeatureBuilder;
