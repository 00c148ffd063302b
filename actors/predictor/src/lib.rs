//! wick-predictor

pub mod conformal;
pub mod fallback;
pub mod level;
pub mod outcome;
pub mod pending;
pub mod scorer;
pub mod trail;
