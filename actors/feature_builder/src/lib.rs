//! The feature builder: folds clean candles into bars, features and outcomes.
//!
//! - **Consumes** `candles.validated`, `articles.validated`, `posts.validated`, `readings.validated`.
//! - **Publishes** `features.built`, `targets.matured`.
//! - **Owns** gold ([`gold`]): every feature vector of each of its [`sets`], and every outcome; the newest vector is also
//!   in a Redis hash, `online.<feature set>`. The main set alone is published.
//! - **Recovers** from a snapshot of its [`engine`], the candles of silver since then, and what its checkpoint says was
//!   known besides: the fold goes on bit for bit. Where gold lacks bars of a set, as after an upgrade that brings another
//!   one, they are folded from silver first ([`catch_up`]): nothing is published of them.
//! - **Fails** when silver, the layer below, cannot be read.

pub mod actor;
pub mod averages;
pub mod bar;
pub mod catch_up;
pub mod chatter;
pub mod checkpoint;
pub mod config;
pub mod context;
pub mod coverage;
pub mod engine;
pub mod features;
pub mod gold;
pub mod history;
#[cfg(test)]
mod samples;
pub mod season;
pub mod sets;
pub mod targets;
pub mod told;
pub mod window;

pub use actor::FeatureBuilder;
