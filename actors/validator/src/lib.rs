//! The validator: lets nothing past silver that cannot be.
//!
//! - **Consumes** `candles.received`.
//! - **Publishes** `candles.validated`, `candles.rejected`.
//! - **Owns** silver ([`silver`]): clean candles and the quarantine.
//! - **Recovers** from its checkpoint, which is all that its [`rules`] remember.
//! - **Fails** on no candle, however odd: what breaks a rule is kept in quarantine with its reason.

pub mod actor;
pub mod config;
pub mod consensus;
pub mod jump;
pub mod refusal;
pub mod rules;
pub mod silver;

pub use actor::Validator;
