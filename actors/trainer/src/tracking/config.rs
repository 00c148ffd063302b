//! `[tracking]`: where experiments are shown.

use std::fmt;

use serde::Deserialize;
use wick_bus::{House, Result};

/// `[tracking]`.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrackingConfig {
    /// An MLflow server, as `http://127.0.0.1:5000`; empty: none.
    pub mlflow_url: String,
    /// A bearer token that it wants; empty: none.
    pub mlflow_token: String,
    /// The experiment and the registered model; empty: `wick-` and the pair.
    pub name: String,
}

impl TrackingConfig {
    /// `[tracking]` of a house.
    ///
    /// # Errors
    /// Where it makes no sense.
    pub fn of(house: &House) -> Result<Self> {
        let mut config: Self = house.config.section("tracking")?;
        if config.name.is_empty() {
            // Houses that share a server, such as a replay and the live one, are told apart as on the bus.
            let prefix = house.config.bus.prefix.replace(':', "-");
            config.name = format!("wick-{prefix}{}", house.instrument().as_str().to_ascii_lowercase());
        }
        Ok(config)
    }
}

impl fmt::Debug for TrackingConfig {
    /// Without the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrackingConfig").field("mlflow_url", &self.mlflow_url).field("name", &self.name).finish()
    }
}
