//! A training whose networks are all fitted at one place: what is judged and what serves come of the same sums.

use crate::assemble::{self, Trained};
use crate::dataset::Dataset;
use crate::error::{Error, Result};
use crate::fit::{Device, FitConfig};

/// Trains as [`assemble::train`] does, and says where networks were fitted, if any were asked for.
///
/// Where it was left open and a graphics card fails, everything is done again on the processor: `progress` begins anew.
///
/// # Errors
/// As [`assemble::train`]; [`Error::NoCard`] and [`Error::Card`] where it must be a card.
pub fn train(
    data: &Dataset,
    config: &FitConfig,
    progress: &(dyn Fn(f64) + Sync),
    cancelled: &(dyn Fn() -> bool + Sync),
) -> Result<(Trained, Option<String>)> {
    begun(data, config, config.neural.device, progress, cancelled)
}

/// The same, begun at what this setting comes to.
pub(crate) fn begun(
    data: &Dataset,
    config: &FitConfig,
    device: Device,
    progress: &(dyn Fn(f64) + Sync),
    cancelled: &(dyn Fn() -> bool + Sync),
) -> Result<(Trained, Option<String>)> {
    config.validate()?;
    let (placed, place) = config.placed(device)?;
    match assemble::train(data, &placed, progress, cancelled) {
        Err(Error::Card { card, reason }) if config.neural.device == Device::Auto => {
            tracing::warn!(
                card,
                reason,
                "a graphics card failed in the middle of a fit: training anew on the processor"
            );
            let (placed, place) = config.placed(Device::Cpu)?;
            let trained = assemble::train(data, &placed, progress, cancelled)?;
            Ok((trained, place.map(|place| format!("{place}, after {card} failed: {reason}"))))
        }
        ended => ended.map(|trained| (trained, place)),
    }
}
