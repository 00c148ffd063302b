//! The fetcher: takes in what the outside world says and keeps it raw, for ever.
//!
//! - **Consumes** nothing from the bus; listens to one [`source`]: an exchange, a file, or the simulated market.
//! - **Publishes** `candles.received`.
//! - **Owns** bronze ([`bronze`]): every candle as received, with both times.
//! - **Recovers** by publishing again what bronze holds beyond its checkpoint, then asking its source for
//!   everything after bronze's newest candle: catching up and living are one code.
//! - **Fails** when a file is not what it says it is, or a setting makes no sense. An absent exchange or an absent
//!   bus is waited for; bronze goes on being filled meanwhile.

pub mod actor;
pub mod arrived;
pub mod bronze;
pub mod config;
pub mod error;
pub mod flow;
pub mod frame;
pub mod housekeeping;
pub mod http;
pub mod listening;
pub mod rendezvous;
pub mod source;
pub mod text;
pub mod venues;

pub use actor::Fetcher;
