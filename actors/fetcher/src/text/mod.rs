//! What people write: news feeds, social services, and the fear & greed index.
//!
//! A [`Service`] is a file in `service/` and a line in [`services`]: where it is, what it is asked, how its answers are
//! read. The life of asking (schedule, pages, conditional requests, trouble) is one for all ([`poller`]), and so is what
//! becomes of an item: a canonical address, plain words, and one text wherever it turns up ([`memory`]).

pub mod address;
pub mod config;
pub mod item;
pub mod memory;
pub mod plain;
pub mod poller;
pub mod reach;
pub mod service;
#[cfg(test)]
mod tests;
pub mod texts;

pub use config::TextConfig;
pub use item::{Item, Kind, Page, Skipped};
pub use memory::Memory;
pub use reach::reach;
pub use service::{Request, Service, services};
pub use texts::{Heard, Texts};
