//! What every actor of a process shares.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::sync::watch;
use wick_schemas::{Instrument, Topic};

use crate::clock::Clock;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::metrics::Metrics;
use crate::telemetry::traces::{Deed, Traces};

/// The house: settings, clock, names, metrics, and the door that is closed at shutdown.
#[derive(Clone, Debug)]
pub struct House {
    /// All settings.
    pub config: Arc<Config>,
    /// What time it is.
    pub clock: Clock,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Who tells a collector what happened.
    pub traces: Traces,
    /// Where Redis is.
    pub redis_url: String,
    /// Whether this is a replay of the past: nothing is live, and history does not run ahead of its readers.
    pub replay: bool,
    /// Whether a replay's forecasts wait for the model that was due; not where nobody trains.
    pub holds: bool,
    stop: watch::Receiver<bool>,
    failures: Arc<Mutex<HashMap<(&'static str, String), usize>>>,
}

impl House {
    /// A house with these settings whose bus is at `redis_url`. `stop` turning true ends it.
    ///
    /// # Errors
    /// Where the metrics cannot be registered.
    pub fn new(config: Config, redis_url: String, stop: watch::Receiver<bool>) -> Result<Self> {
        Ok(Self {
            config: Arc::new(config),
            clock: Clock::System,
            metrics: Arc::new(Metrics::new().map_err(|error| Error::Config(error.to_string()))?),
            traces: Traces::default(),
            redis_url,
            replay: false,
            holds: true,
            failures: Arc::default(),
            stop,
        })
    }

    /// What is forecast.
    #[must_use]
    pub fn instrument(&self) -> &Instrument {
        &self.config.instrument
    }

    /// A path below the data folder.
    #[must_use]
    pub fn path(&self, below: &str) -> PathBuf {
        self.config.data_dir.join(below)
    }

    /// A Redis key: `<prefix><stem>:{<instrument>}`. The braces put all of an instrument's keys in one slot.
    #[must_use]
    pub fn key(&self, stem: &str) -> String {
        format!("{}{stem}:{{{}}}", self.config.bus.prefix, self.instrument())
    }

    /// The key of a topic's stream.
    #[must_use]
    pub fn stream(&self, topic: &Topic) -> String {
        self.key(topic.name)
    }

    /// How often an actor's handler has died of an entry that it was given alone; `more` are added first.
    #[must_use]
    pub fn failures(&self, actor: &'static str, entry: &str, more: usize) -> usize {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let count = failures.entry((actor, entry.to_owned())).or_default();
        *count += more;
        *count
    }

    /// What an actor has just done, and that it took so long.
    #[must_use]
    pub fn deed(&self, actor: &'static str, took: Duration) -> Deed {
        let now = u64::try_from(self.clock.now().millis()).unwrap_or_default();
        let ended = SystemTime::UNIX_EPOCH + Duration::from_millis(now);
        Deed { actor, began: ended - took, ended }
    }

    /// Whether the house is being shut down.
    #[must_use]
    pub fn stopping(&self) -> bool {
        *self.stop.borrow()
    }

    /// Waits until the house is being shut down.
    pub async fn stopped(&self) {
        let mut stop = self.stop.clone();
        // An error means that whoever could say stop is gone, which is the same.
        let _ = stop.wait_for(|stop| *stop).await;
    }

    /// The same house, with another say over when it stops: actors are stopped one by one.
    #[must_use]
    pub fn with_stop(&self, stop: watch::Receiver<bool>) -> Self {
        Self { stop, ..self.clone() }
    }
}
