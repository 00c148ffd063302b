//! The operator: a person at the command line, who asks the house and tells it what to do.
//!
//! - **Consumes** nothing as a member of a group: it looks at streams, and reads the tables of every layer.
//! - **Publishes** `commands.retrain`, `commands.promote`, `commands.rollback`, and dead letters again.
//! - **Owns** nothing but the file of keys (`keys.json`), which the gateway reads, so it has nothing to recover.
//! - **Fails** with the exit codes of [`exit::Exit`] and a line that names cause and cure.
//!
//! The commands that start actors are only worded here ([`start`]): the program's `main` starts them.

pub mod cli;
pub mod error;
pub mod exit;
pub mod features;
pub mod lake;
pub mod page;
pub mod parity;
pub mod place;
pub mod start;

mod ask;
mod card;
mod completions;
mod dead_letters;
mod drift;
mod forecast;
mod keys;
mod man;
pub mod model;
mod predict;
pub mod quality;
pub mod registry;
pub mod report;
mod retrain;
mod schema;
mod scoreboard;
pub mod settings;
mod status;
mod streams;
mod tell;
mod top;
mod words;

#[cfg(test)]
mod tests;

pub use ask::{ask, ask_on, evaluate};
pub use cli::{Cli, Command, overlay};
pub use error::{Error, Result};
pub use exit::Exit;
pub use start::{BackfillArgs, EVERYONE, ReplayArgs, RunArgs, Source, TraceArgs, UpArgs};
