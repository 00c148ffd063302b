//! Where networks are fitted, once it is known.

#[cfg(feature = "neural-gpu")]
use std::sync::Arc;

#[cfg(feature = "neural-gpu")]
use super::card::{self, Card};
use super::settings::Device;
use crate::error::{Error, Result};

/// What a setting comes to in this build, on this machine.
#[derive(Clone, Debug)]
pub enum Place {
    /// One thread of the processor.
    Cpu,
    /// A graphics card.
    #[cfg(feature = "neural-gpu")]
    Card(Arc<Card>),
}

impl Place {
    /// Looks for it.
    ///
    /// # Errors
    /// [`Error::NoCard`] where there must be a card, and there is none.
    pub fn of(device: Device) -> Result<Self> {
        match device {
            Device::Cpu => Ok(Self::Cpu),
            Device::Auto => Ok(found(false).unwrap_or(Self::Cpu)),
            Device::Gpu => found(true).map_err(|reason| Error::NoCard { reason }),
        }
    }

    /// The setting that names it.
    pub fn device(&self) -> Device {
        match self {
            Self::Cpu => Device::Cpu,
            #[cfg(feature = "neural-gpu")]
            Self::Card(_) => Device::Gpu,
        }
    }

    /// What it is called in what is kept of a training.
    pub fn name(&self) -> &str {
        match self {
            Self::Cpu => "cpu",
            #[cfg(feature = "neural-gpu")]
            Self::Card(card) => &card.name,
        }
    }
}

/// A card, or why there is none. One in software will do where `software`.
#[cfg(feature = "neural-gpu")]
fn found(software: bool) -> std::result::Result<Place, String> {
    card::find(software).map(Place::Card)
}

#[cfg(not(feature = "neural-gpu"))]
fn found(_: bool) -> std::result::Result<Place, String> {
    Err(super::NO_CARDS.to_owned())
}
