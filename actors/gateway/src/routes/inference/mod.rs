//! The Open Inference Protocol, version 2: forecasts for whoever speaks it, tensors in and tensors out.

pub mod infer;
pub mod model;
pub mod server;
mod tensors;
pub mod words;

use super::{Gate, registry};
use crate::problem::Problem;
use crate::scoring;

/// What the model is called; its versions are hashes.
const NAME: &str = "wick";

/// The hash that is meant.
async fn version(gate: &Gate, model: &str, version: Option<&str>) -> Result<String, Problem> {
    if model != NAME {
        return Err(Problem::no_model_called(model, NAME));
    }
    match version {
        Some(version) => match registry::find(gate, version).await? {
            Some(card) => Ok(card.manifest.hash),
            None => Err(Problem::no_model(version)),
        },
        None => scoring::serving(&gate.seen().view, gate.house.clock.now()),
    }
}
