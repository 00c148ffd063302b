//! The plumbing of Wick: streams (what happens), lake (what is kept), clock (what time it is).
//!
//! Nothing here knows what a candle is. An actor states what it consumes, decides and keeps
//! ([`Resident`], [`Handler`]); the [`runner`] feeds it, keeps its rows, and publishes its messages in the same
//! transaction that acknowledges its inputs.

#![allow(async_fn_in_trait)] // residents live on one thread; their futures need not be `Send`

pub mod actor;
pub mod background;
pub mod clock;
pub mod codec;
pub mod config;
pub mod database;
pub mod dedupe;
pub mod error;
pub mod feature_drift;
pub mod house;
pub mod keys;
pub mod lake;
pub mod merge;
pub mod metrics;
mod pen;
pub mod pool;
pub mod producer;
pub mod registry;
pub mod retention;
pub mod runner;
pub mod sampler;
pub mod server;
pub mod serving;
pub mod session;
mod setting;
pub mod shell;
pub mod stream;
pub mod supervisor;
pub mod telemetry;
pub mod testing;
pub mod trace;

pub use actor::{Handler, Layer, Outbox, Resident, Routes};
pub use clock::Clock;
pub use config::Config;
pub use error::{Error, Kind, Result};
pub use house::House;
