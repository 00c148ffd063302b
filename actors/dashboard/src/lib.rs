//! The dashboard: what the gateway answers, as a page for people.
//!
//! - **Consumes** nothing but the gateway's HTTP API, of which it is the first client.
//! - **Publishes** nothing, and gives no commands: only `GET` goes through its [`proxy`].
//! - **Owns** nothing: the page, its scripts and styles are in the program ([`assets`]).
//! - **Recovers** from nothing. A browser that has seen the page once shows it, and the last answers, without a network.
//! - **Fails** on a taken port at the start, and then no more: without the gateway it says so.

pub mod assets;
pub mod config;
pub mod door;
pub mod error;
pub mod problem;
pub mod proxy;
#[cfg(test)]
mod tests;

pub use door::{Serving, serve};
pub use error::{Error, Result};
