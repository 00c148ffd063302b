//! The feature builder: folds clean candles into bars, features and outcomes.
//!
//! - **Consumes** `candles.validated`, `articles.validated`, `posts.validated`, `readings.validated`.
//! - **Publishes** `features.built`, `targets.matured`.
//! - **Owns** gold ([`gold`]): every feature vector and outcome; the newest vector is also in a Redis hash,
//!   `online.<feature set>`.
//! - **Recovers** from a snapshot of its [`engine`], the candles of silver since then, and what its checkpoint says was
//!   known besides: the fold goes on bit for bit.
//! - **Fails** when silver, the layer below, cannot be read.

pub mod actor;
pub mod averages;
pub mod bar;
pub mod chatter;
pub mod config;
pub mod context;
pub mod engine;
pub mod features;
pub mod gold;
#[cfg(test)]
mod samples;
pub mod season;
pub mod targets;
pub mod window;

pub use actor::FeatureBuilder;
