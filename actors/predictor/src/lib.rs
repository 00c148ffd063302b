//! The predictor: says what may come, with what it was said, and how sure it is.
//!
//! - **Consumes** `targets.matured`, `models.promoted`, `models.rolled_back`, `features.built`.
//! - **Publishes** `predictions.made`.
//! - **Owns** serving ([`serving`]): every forecast, and every outcome that its corrections learn from.
//! - **Recovers** from its checkpoint (who serves, which forecasts wait) and from the outcomes it kept.
//! - **Fails** softly: a model that does not load leaves the former one serving, a vector that no model can score
//!   gets a forecast at level `baseline`.

pub mod actor;
pub mod champion;
pub mod conformal;
pub mod corrections;
pub mod fallback;
pub mod level;
pub mod outcome;
pub mod pending;
pub mod scorer;
pub mod serving;
pub mod slope;
pub mod tracker;
pub mod trail;

pub use actor::Predictor;
