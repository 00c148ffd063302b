//! The validator: lets nothing past silver that cannot be.
//!
//! - **Consumes** `candles.received`, `articles.received`, `posts.received`, `readings.received`.
//! - **Publishes** each of them as `validated`, a text with its sentiment, or as `rejected`.
//! - **Owns** silver ([`silver`]): what is clean, the sentiments, the consensus of the venues, and the quarantine.
//! - **Recovers** from its checkpoint, which is all that its [`rules`] remember.
//! - **Fails** on no datum, however odd: what breaks a rule is kept in quarantine with its reason.

pub mod actor;
pub mod config;
pub mod consensus;
pub mod datadocs;
pub mod expectation;
pub mod indicator;
pub mod jump;
pub mod language;
pub mod reading_rule;
pub mod refusal;
mod release;
pub mod rules;
pub mod seen;
pub mod sentiment;
pub mod silver;
pub mod spoilt;
pub mod text_rule;

pub use actor::Validator;
