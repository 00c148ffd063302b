//! The trainer: learns from matured outcomes, judges what it learnt, and says what serves.
//!
//! - **Consumes** `commands.retrain`, `commands.promote`, `commands.rollback`; reads gold.
//! - **Publishes** `models.trained`, `models.promoted`, `models.refused`, `models.rolled_back`.
//! - **Owns** models ([`models`]): artifacts by content hash, their manifests, and what served from when.
//! - **Recovers** from its checkpoint: who serves. A command whose training was cut off is carried out again.
//! - **Fails** by refusing: a training that comes to nothing is told with its reason, and the champion stays.

pub mod actor;
pub mod alarm;
pub mod assemble;
pub mod choice;
pub mod config;
pub mod dataset;
pub mod error;
pub mod evaluate;
pub mod figure;
pub mod fit;
pub mod history;
mod interval;
pub mod memo;
pub mod models;
pub mod placed;
pub mod progress;
pub mod promotion;
pub mod search;
pub mod split;
pub mod stack;
pub mod superior;
pub mod tracking;

#[cfg(test)]
mod testing;

pub use actor::Trainer;
pub use tracking::follow as track;
