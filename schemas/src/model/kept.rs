//! What of a model was taken over from the one before it, because it was proved better than what had been learnt anew.

use serde::{Deserialize, Serialize};

use super::artifact::Artifact;
use crate::market::Horizon;

/// What is learnt of a horizon besides its baselines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Learnt {
    /// The log-odds of a rise.
    Direction,
    /// The log variance, its level and the quantiles of what it leaves over.
    Volatility,
}

impl Learnt {
    /// Its name, as metrics call it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Direction => "direction",
            Self::Volatility => "volatility",
        }
    }
}

/// A part that was taken over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Of which horizon.
    pub horizon: Horizon,
    /// What.
    pub learnt: Learnt,
    /// The hash of the model that it was learnt for.
    pub model: String,
}

impl Artifact {
    /// Takes a part over from a model that reads the same features, which is known by `hash`. Baselines stay as they are,
    /// and the canaries are those of before.
    pub fn keep(&mut self, horizon: Horizon, learnt: Learnt, from: &Self, hash: &str) {
        let place = horizon.index();
        let (Some(own), Some(other)) = (self.horizons.get_mut(place), from.horizons.get(place)) else { return };
        match learnt {
            Learnt::Direction => {
                own.direction_name.clone_from(&other.direction_name);
                own.direction = other.direction.clone();
            }
            Learnt::Volatility => {
                own.volatility_name.clone_from(&other.volatility_name);
                own.volatility = other.volatility.clone();
                own.levels[0] = other.levels[0];
                own.residual_quantiles.clone_from(&other.residual_quantiles);
            }
        }
        // It may have been taken over before.
        let known = from.kept.iter().find(|kept| (kept.horizon, kept.learnt) == (horizon, learnt));
        let model = known.map_or(hash, |kept| &kept.model).to_owned();
        self.kept.push(Kept { horizon, learnt, model });
    }
}
