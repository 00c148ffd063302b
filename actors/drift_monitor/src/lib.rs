//! The drift monitor: sets forecasts beside what came and features beside those that were learnt from, says where either
//! no longer fits, and asks for retraining when it is due.
//!
//! - **Consumes** `predictions.made`, `targets.matured`, `features.built`.
//! - **Publishes** `predictions.scored`, `drift.detected`, `skill.degraded`, `coverage.missed`, `commands.retrain`.
//! - **Owns** monitoring ([`monitoring`]): every score, and every retraining asked for.
//! - **Recovers** from its checkpoint, from the forecasts in serving that still wait for their outcome, and from the last
//!   week of features in gold.
//! - **Fails** on nothing that a forecast can say.

pub mod actor;
pub mod config;
pub mod coverage;
pub mod days;
pub mod features;
pub mod monitoring;
pub mod once;
pub mod policy;
pub mod skill;

pub use actor::DriftMonitor;
