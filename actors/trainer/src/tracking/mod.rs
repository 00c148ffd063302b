//! The registry as an MLflow server shows it.
//!
//! The registry of the trainer is the truth; with `tracking.mlflow_url` set, MLflow is made to look like it: an experiment for
//! the instrument, a run for each trained model with its parameters, metrics and artifact, a registered model with a
//! version for each that ever served, and the aliases `champion` and `former`. What is there is asked of MLflow itself, so
//! a server that was away, or was wiped, is brought up to date when it is there again. Training never waits for it.

mod client;
mod config;
mod mirror;
mod registry;

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use wick_bus::{House, Result};

pub use self::client::Error;
pub use self::config::TrackingConfig;
pub use self::mirror::Mirror;

/// How often the registry is looked at.
const LOOK: Duration = Duration::from_secs(10);

/// Keeps MLflow like the registry; returns at once where no server is named, and else never.
///
/// # Errors
/// Where `[tracking]` makes no sense.
pub async fn follow(house: House) -> Result<()> {
    let config = TrackingConfig::of(&house)?;
    if config.mlflow_url.is_empty() {
        return Ok(());
    }
    let mut mirror = Mirror::new(&house, &config)?;
    let pauses = || {
        let pauses = ExponentialBuilder::default().with_min_delay(LOOK).with_max_delay(30 * LOOK);
        pauses.with_jitter().without_max_times().build()
    };
    let mut pause = pauses();
    loop {
        let wait = match mirror.update().await {
            Ok(0) => {
                pause = pauses();
                LOOK
            }
            Ok(changed) => {
                tracing::info!(changed, "MLflow is like the registry again");
                LOOK
            }
            Err(error) => {
                let wait = pause.next().unwrap_or(LOOK);
                tracing::warn!(%error, wait_s = wait.as_secs(), "MLflow is not up to date; models are trained all the same");
                wait
            }
        };
        tokio::time::sleep(wait).await;
    }
}
