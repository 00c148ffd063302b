//! The gateway: what the house says, over HTTP, and what a person says to the house.
//!
//! - **Consumes** `candles.validated`, `features.built`, `predictions.made`, `predictions.scored`, `drift.detected`,
//!   `skill.degraded`, `coverage.missed`, `models.trained`, `models.promoted`, `models.refused`, `models.rolled_back`: without
//!   a consumer group, because every instance reads everything. Reads, but never writes, the tables of serving, monitoring, models and silver.
//! - **Publishes** `commands.retrain`, `commands.promote`, `commands.rollback`, each by the word of a person who has an
//!   operator key.
//! - **Owns** nothing but the operator keys, and reads those that `wick keys` makes ([`auth`]): its [`view`] is folded anew at every start.
//! - **Recovers** from the tables and the newest entry of each stream; goes on from its last entry where the bus was
//!   away.
//! - **Fails** on a taken port or unreadable keys at the start, and then no more: without the bus it answers from what
//!   it last knew, and says how old that is.

pub mod actor;
pub mod auth;
pub mod config;
pub mod door;
pub mod error;
pub mod listener;
pub mod live;
pub mod middleware;
pub mod openapi;
pub mod problem;
pub mod query;
pub mod readiness;
pub mod routes;
pub mod said;
pub mod scoring;
pub mod tables;
#[cfg(test)]
mod tests;
pub mod view;

pub use door::{Serving, serve, serve_metrics};
pub use error::{Error, Result};
pub use routes::Builder;
