//! Models as data: what a trainer writes down and a predictor reads, and the one [`score`] that both use.

mod artifact;
mod chance;
mod ensemble;
mod estimator;
mod kept;
mod level;
mod network;
mod tree;

pub use artifact::{Artifact, Canary, Garch, HorizonModel, RawScore, score};
pub use chance::{calibrated, log_odds, sigmoid};
pub use ensemble::Ensemble;
pub use estimator::{Estimator, Input, Share};
pub use kept::{Kept, Learnt};
pub use level::{LEVEL_DAYS, LEVEL_OUTCOMES};
pub use network::{Layer, Network};
pub use tree::{Node, Tree};
