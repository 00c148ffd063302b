//! `[gateway]`.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;
use wick_bus::House;
use wick_schemas::topic::actor::GATEWAY;

use crate::error::{Error, Result};
use crate::middleware::cors::is_origin;

/// The gateway's settings.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewayConfig {
    /// Where it listens; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Threads that answer requests.
    pub workers: usize,
    /// The file of operator keys' hashes; empty: `operator.keys` in the data folder.
    pub operator_key_file: PathBuf,
    /// How long a request may take, in milliseconds.
    pub request_timeout_ms: u64,
    /// How long a request's body may be, in bytes.
    pub body_bytes: usize,
    /// Whether reading needs a key, too.
    pub read_key_required: bool,
    /// Requests a second of a key, or of an address where no key is shown; 0: as many as they like.
    pub requests_per_second: u32,
    /// Requests at once of the same; 0: as many as in a second.
    pub burst: u32,
    /// Connections that are answered at once; more wait.
    pub max_connections: usize,
    /// Listeners to what happens (`/v1/live`), at most.
    pub max_listeners: usize,
    /// Origins whose pages may ask from within a browser.
    pub cors_origins: Vec<String>,
    /// How long the gateway says that it is not ready before it is closed, in milliseconds.
    pub drain_ms: u64,
}

impl GatewayConfig {
    /// Reads the section.
    ///
    /// # Errors
    /// [`Error::House`] that names the key that is wrong.
    pub fn of(house: &House) -> Result<Self> {
        let config: Self = house.config.section(GATEWAY)?;
        if config.workers == 0 || config.request_timeout_ms == 0 || config.body_bytes == 0 {
            let what = "gateway.workers, gateway.request_timeout_ms and gateway.body_bytes must be at least 1";
            return Err(Error::House(wick_bus::Error::Config(what.into())));
        }
        if config.max_connections == 0 || config.max_listeners >= config.max_connections {
            let what =
                "gateway.max_connections must be more than gateway.max_listeners: others want to be answered, too";
            return Err(Error::House(wick_bus::Error::Config(what.into())));
        }
        if let Some(wrong) = config.cors_origins.iter().find(|origin| !is_origin(origin)) {
            let what = format!("gateway.cors_origins: '{wrong}' is no origin: write one as https://example.org, or *");
            return Err(Error::House(wick_bus::Error::Config(what)));
        }
        Ok(config)
    }

    /// Where the hashes of the operator keys are.
    #[must_use]
    pub fn keys(&self, house: &House) -> PathBuf {
        if self.operator_key_file.as_os_str().is_empty() {
            house.path("operator.keys")
        } else {
            self.operator_key_file.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::watch;
    use wick_bus::Config;

    fn house(flags: &[(&str, &str)]) -> House {
        let flags: Vec<_> = flags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        House::new(Config::load(None, &flags).expect("settings"), String::new(), watch::channel(false).1)
            .expect("house")
    }

    #[test]
    fn the_defaults_are_on_loopback_with_the_keys_in_the_data_folder() {
        let house = house(&[("data_dir", "/d")]);
        let config = GatewayConfig::of(&house).expect("defaults");
        assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
        assert_eq!((config.workers, config.body_bytes), (2, 65_536));
        assert_eq!(config.keys(&house), PathBuf::from("/d/operator.keys"));
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_name() {
        for (key, value) in [
            ("workers", "0"),
            ("listen", "nowhere"),
            ("lisen", "1"),
            ("max_connections", "2000"),
            ("cors_origins", "[\"example.org\"]"),
        ] {
            let error = GatewayConfig::of(&house(&[(&format!("gateway.{key}"), value)])).expect_err(key).to_string();
            assert!(error.contains(key), "{error}");
        }
    }
}
