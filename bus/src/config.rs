//! The settings of the house: compiled-in defaults, overlaid by a file, the environment and flags.
//!
//! Each section is typed by whoever uses it, and a key that nobody knows is refused.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Format, Serialized, Toml};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use wick_schemas::Instrument;

use crate::error::{Error, Result};
use crate::setting::Words;

/// The defaults: every setting with its meaning.
pub const DEFAULTS: &str = include_str!("../../deploy/engine.toml");

/// The sections that actors read; [`Config::load`] refuses any other.
const SECTIONS: [&str; 14] = [
    "lake",
    "silver",
    "fetcher",
    "validator",
    "feature_builder",
    "parity",
    "trainer",
    "tracking",
    "lineage",
    "predictor",
    "drift_monitor",
    "gateway",
    "dashboard",
    "operator",
];

/// `[bus]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BusConfig {
    /// Where Redis is; empty: a server of our own, in the data folder.
    pub url: String,
    /// What every key begins with.
    pub prefix: String,
    /// When the embedded server's append-only file reaches the disk: `always`, `everysec` or `no`.
    pub append_fsync: String,
    /// Messages read, handled and flushed at once, at most.
    pub batch: usize,
    /// How long a message may be tried before it goes to the dead letters, in deliveries.
    pub deliveries: usize,
    /// Entries that a stream keeps behind its slowest reader.
    pub keep_entries: usize,
    /// How long a silent instance stays the active one, in milliseconds.
    pub lease_ms: u64,
}

/// `[telemetry]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TelemetryConfig {
    /// What is logged, as in `info,wick_bus=debug`.
    pub log: String,
    /// `text` or `json`.
    pub format: String,
    /// Where Prometheus finds this process.
    pub metrics: SocketAddr,
    /// Where an OpenTelemetry collector takes traces over HTTP; empty: nowhere.
    pub otlp_endpoint: String,
}

/// All settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where everything is kept.
    pub data_dir: PathBuf,
    /// What is forecast.
    pub instrument: Instrument,
    /// `[bus]`.
    pub bus: BusConfig,
    /// `[telemetry]`.
    pub telemetry: TelemetryConfig,
    figment: Figment,
}

impl Config {
    /// Reads the settings: defaults, then `file`, then `WICK_…`, then `flags` (dotted key, TOML value).
    ///
    /// In the environment two underscores part section and key: `WICK_BUS__URL`.
    ///
    /// # Errors
    /// [`Error::Config`] that names the key and where it came from.
    pub fn load(file: Option<&Path>, flags: &[(String, String)]) -> Result<Self> {
        let mut figment = Figment::new().merge(Toml::string(DEFAULTS));
        if let Some(file) = file {
            if !file.is_file() {
                return Err(Error::Config(format!("{} is not a file: check --config", file.display())));
            }
            figment = figment.merge(Toml::file(file));
        }
        figment = figment.merge(Words::of_environment()).merge(Words::of_flags(flags));
        Self::from_figment(figment)
    }

    fn from_figment(figment: Figment) -> Result<Self> {
        let known =
            |key: &str| ["data_dir", "instrument", "bus", "telemetry"].contains(&key) || SECTIONS.contains(&key);
        let whole: figment::value::Dict = figment.extract().map_err(explain)?;
        if let Some(stranger) = whole.keys().find(|key| !known(key)) {
            return Err(Error::Config(format!("unknown key '{stranger}': see `wick config show` for those there are")));
        }
        let part = |key: &str| figment.clone().focus(key);
        let bus: BusConfig = part("bus").extract().map_err(|error| explain_in("bus", error))?;
        if !["always", "everysec", "no"].contains(&bus.append_fsync.as_str()) {
            let told = format!("bus.append_fsync is '{}': write always, everysec or no", bus.append_fsync);
            return Err(Error::Config(told));
        }
        if bus.batch == 0 || bus.deliveries == 0 || bus.lease_ms < 100 {
            return Err(Error::Config("bus.batch and bus.deliveries must be at least 1, bus.lease_ms 100".into()));
        }
        Ok(Self {
            data_dir: figment.extract_inner("data_dir").map_err(explain)?,
            instrument: figment.extract_inner("instrument").map_err(explain)?,
            telemetry: part("telemetry").extract().map_err(|error| explain_in("telemetry", error))?,
            bus,
            figment,
        })
    }

    /// A section, as its user types it.
    ///
    /// # Errors
    /// [`Error::Config`] that names the key: missing, unknown, or of the wrong kind.
    pub fn section<T: DeserializeOwned>(&self, name: &str) -> Result<T> {
        self.figment.clone().focus(name).extract().map_err(|error| explain_in(name, error))
    }

    /// The same settings with one of them changed.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn with(&self, key: &str, value: impl serde::Serialize) -> Result<Self> {
        Self::from_figment(self.figment.clone().merge(Serialized::default(key, value)))
    }

    /// All settings in force, for `wick config show`.
    ///
    /// # Errors
    /// [`Error::Config`] where they do not fit together.
    pub fn shown(&self) -> Result<serde_json::Value> {
        self.figment.extract().map_err(explain)
    }
}

/// The key, what is wrong with it, and where it was set: without the innards of the reader.
fn explain(error: figment::Error) -> Error {
    explain_in("", error)
}

/// The same of a section, whose reader does not know what it is called.
fn explain_in(section: &str, error: figment::Error) -> Error {
    let told = error.into_iter().map(|one| {
        let path = std::iter::once(section).chain(one.path.iter().map(String::as_str));
        let key = path.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(".");
        let place = one.metadata.as_ref().map(|known| known.name.to_string());
        let place = place.filter(|name| name.contains("environment") || name.contains("file"));
        let place = place.map(|name| format!(" (from {name})")).unwrap_or_default();
        if key.is_empty() { format!("{}{place}", one.kind) } else { format!("{key}: {}{place}", one.kind) }
    });
    Error::Config(told.collect::<Vec<String>>().join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Strict {
        #[allow(dead_code)]
        chunk: usize,
    }

    #[test]
    fn the_defaults_make_sense() {
        let config = Config::load(None, &[]).expect("defaults");
        assert_eq!(config.instrument.as_str(), "BTC-USD");
        assert!(config.telemetry.metrics.ip().is_loopback());
    }

    #[test]
    fn a_flag_beats_the_default_and_keeps_its_type() {
        let flags = [("bus.batch".to_owned(), "7".to_owned()), ("data_dir".to_owned(), "/tmp/x".to_owned())];
        let config = Config::load(None, &flags).expect("flags");
        assert_eq!(config.bus.batch, 7);
        assert_eq!(config.data_dir, PathBuf::from("/tmp/x"));
    }

    #[test]
    fn an_unknown_key_is_refused_by_name_wherever_it_stands() {
        for key in ["nonsense", "bus.nonsense"] {
            let error = Config::load(None, &[(key.to_owned(), "1".to_owned())]).expect_err(key);
            assert!(error.to_string().contains("nonsense"), "{error}");
        }
        let flags = ["operator.chunk", "operator.nonsense"].map(|key| (key.to_owned(), "1".to_owned()));
        let config = Config::load(None, &flags).expect("typed by its user");
        assert!(config.section::<Strict>("operator").expect_err("unknown").to_string().contains("nonsense"));
    }

    #[test]
    fn a_bus_that_could_never_work_is_refused() {
        for (key, least) in [("bus.batch", 1), ("bus.deliveries", 1), ("bus.lease_ms", 100)] {
            let with = |value: i32| Config::load(None, &[(key.to_owned(), value.to_string())]);
            assert!(with(least).is_ok(), "{key}");
            let error = with(least - 1).expect_err(key).to_string();
            assert!(error.contains(key), "{error}");
        }
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = Config::load(Some(Path::new("/nowhere.toml")), &[]).expect_err("missing");
        assert!(error.to_string().contains("/nowhere.toml"));
    }
}
