//! A small feed-forward network, in builds that have the feature `neural`.

#[cfg(feature = "neural-gpu")]
mod card;
mod place;
mod settings;
#[cfg(feature = "neural")]
mod shape;
#[cfg(all(test, feature = "neural"))]
mod tests;
#[cfg(feature = "neural")]
mod training;

pub use place::Place;
pub use settings::{Device, NeuralConfig};
#[cfg(feature = "neural")]
pub use training::fit;

/// What a network is to make small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Log-loss, of outcomes that are 0 or 1.
    Log,
    /// Squares.
    Squared,
}

/// Name of the candidate, of both targets.
pub const NEURAL: &str = "neural";

/// Whether this build can fit networks.
pub const BUILT: bool = cfg!(feature = "neural");

/// Why `enabled` is refused in a build that cannot.
pub const NOT_BUILT: &str = "this build has no networks: set it to false, or build with --features neural";

/// Whether this build can fit them on a graphics card.
pub const ON_CARDS: bool = cfg!(feature = "neural-gpu");

/// Why `device = "gpu"` is refused in a build that cannot.
pub const NO_CARDS: &str =
    "this build fits networks on no graphics card: set it to auto or cpu, or build with --features neural-gpu";

/// Refuses: what was asked for is never left out in silence.
///
/// # Errors
/// Always, in this build.
#[cfg(not(feature = "neural"))]
pub fn fit(
    _: &super::design::Design,
    _: &crate::dataset::Labels,
    _: std::ops::Range<usize>,
    _: &[f64],
    _: Loss,
    _: &super::FitConfig,
) -> crate::error::Result<wick_schemas::model::Estimator> {
    Err(crate::error::Error::Setting { name: "neural.enabled", reason: NOT_BUILT })
}
