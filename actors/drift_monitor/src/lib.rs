//! The drift monitor: sets forecasts beside what came, and asks for retraining when it is due.
//!
//! - **Consumes** `predictions.made`, `targets.matured`, `features.built`.
//! - **Publishes** `predictions.scored`, `skill.degraded`, `commands.retrain`.
//! - **Owns** monitoring ([`monitoring`]): every score, and every retraining asked for.
//! - **Recovers** from its checkpoint and from the forecasts in serving that still wait for their outcome.
//! - **Fails** on nothing that a forecast can say.

pub mod actor;
pub mod config;
pub mod monitoring;
pub mod policy;
pub mod skill;

pub use actor::DriftMonitor;
