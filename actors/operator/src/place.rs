//! Where the house is that a command asks: which data folder, which keys, which bus.

use std::path::{Path, PathBuf};

use redis::aio::MultiplexedConnection;
use redis::cmd;
use tokio::sync::watch;
use url::Url;
use wick_bus::{Config, House, server, session, stream};
use wick_schemas::Timestamp;
use wick_schemas::topic::actor::LEASED;

use crate::error::{Error, Result};

/// What the data folder and the keys of the simulated market are called.
pub const SIMULATED: &str = "simulated";

/// The house that a command asks.
pub struct Place {
    /// Its settings, names and paths.
    pub house: House,
    /// The data folder that was named.
    named: PathBuf,
    bus: Option<MultiplexedConnection>,
    /// Why there is none.
    trouble: Option<wick_bus::Error>,
}

/// How much speaks for a place, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Life {
    Nothing,
    Files,
    Bus,
    Memory,
    Actors,
}

impl Place {
    /// Finds the house that these settings mean. `wick up` keeps a simulated market apart from what was really
    /// traded, in a folder and under keys of its own; so where no actor is at home in the named folder, the one of
    /// the simulated market below it is asked.
    ///
    /// # Errors
    /// Where the settings make no sense. An absent bus is none: what is kept in files can be asked without.
    pub async fn find(config: &Config) -> Result<Self> {
        let named = config.data_dir.as_path();
        let mut best: Option<(Life, Self)> = None;
        for config in candidates(config)? {
            let mut place = Self::at(config, named).await?;
            let life = place.life().await;
            if best.as_ref().is_none_or(|(known, _)| life > *known) {
                best = Some((life, place));
            }
        }
        best.map(|(_, place)| place).ok_or_else(|| Error::Config("no data folder is named".into()))
    }

    async fn at(config: Config, named: &Path) -> Result<Self> {
        if let Err(error) = redis::Client::open(server::url_for(&config)) {
            return Err(Error::Config(format!("bus.url '{}': {error}", veil(&config.bus.url))));
        }
        let url = server::url_for(&config);
        let (bus, trouble) = match session::connect(&url).await {
            Ok(bus) => (Some(bus), None),
            Err(error) => (None, Some(error)),
        };
        // Nobody tells this process to stop but its terminal.
        let (_, stop) = watch::channel(false);
        Ok(Self { house: House::new(config, url, stop)?, named: named.to_owned(), bus, trouble })
    }

    async fn life(&mut self) -> Life {
        let kept = ["serving.sqlite", "models.sqlite", "monitoring.sqlite"];
        let files = kept.iter().any(|name| self.house.path(name).is_file());
        let Some(bus) = &mut self.bus else { return if files { Life::Files } else { Life::Nothing } };
        if holders(&self.house, bus).await.is_ok_and(|all| all.iter().any(|(_, holder)| holder.is_some())) {
            return Life::Actors;
        }
        let marks = stream::read_watermarks(&self.house, bus).await;
        if marks.is_ok_and(|marks| !marks.is_empty()) { Life::Memory } else { Life::Bus }
    }

    /// The bus.
    ///
    /// # Errors
    /// [`Error::Away`] where it does not answer.
    pub fn bus(&self) -> Result<MultiplexedConnection> {
        let config = &self.house.config;
        self.bus.clone().ok_or_else(|| {
            Error::Away(if config.bus.url.is_empty() {
                format!("no wick is running on {}: start one with `wick up`", self.named.display())
            } else {
                let why = self.trouble.as_ref().map_or_else(String::new, |error| format!(" ({error})"));
                let place = veil(&config.bus.url);
                format!("the bus at {place} does not answer{why}: check bus.url, and that Redis runs there")
            })
        })
    }

    /// Whether this is the simulated market's house.
    #[must_use]
    pub fn simulated(&self) -> bool {
        self.house.config.bus.prefix.trim_end_matches(':').ends_with(SIMULATED)
    }

    /// How far the features are built: what the house calls now. The clock's time where none have been built.
    ///
    /// # Errors
    /// Where Redis is absent.
    pub async fn now(&self) -> Result<Timestamp> {
        let marks = stream::read_watermarks(&self.house, &mut self.bus()?).await?;
        let built = marks.get(wick_schemas::topic::FEATURES_BUILT.name).copied();
        Ok(said(built).unwrap_or_else(|| self.house.clock.now()))
    }
}

/// A watermark, if it says anything: one who is at home and has handled nothing yet says zero.
#[must_use]
pub fn said(mark: Option<Timestamp>) -> Option<Timestamp> {
    mark.filter(|mark| mark.millis() > 0)
}

/// Who is the active instance of each actor.
///
/// # Errors
/// Where Redis is absent.
pub async fn holders(house: &House, bus: &mut MultiplexedConnection) -> Result<Vec<(&'static str, Option<String>)>> {
    let mut holders = Vec::with_capacity(LEASED.len());
    for actor in LEASED {
        let key = house.key("lease") + ":" + actor;
        let holder: Option<String> = cmd("GET").arg(key).query_async(bus).await.map_err(wick_bus::Error::from)?;
        holders.push((actor, holder));
    }
    Ok(holders)
}

/// The settings as they are, and those of the simulated market that may stand behind them.
fn candidates(config: &Config) -> Result<Vec<Config>> {
    let prefix = format!("{}{SIMULATED}:", config.bus.prefix);
    let mut candidates = vec![config.clone()];
    if config.data_dir.ends_with(SIMULATED) && config.bus.prefix.is_empty() {
        candidates.push(config.with("bus.prefix", &prefix)?);
    }
    let below = config.data_dir.join(SIMULATED);
    candidates.push(config.with("data_dir", below)?.with("bus.prefix", &prefix)?);
    Ok(candidates)
}

/// An address without its password.
#[must_use]
pub fn veil(address: &str) -> String {
    match Url::parse(address) {
        Ok(mut url) if url.password().is_some() => match url.set_password(Some("***")) {
            Ok(()) => url.to_string(),
            Err(()) => "***".into(),
        },
        Ok(_) => address.to_owned(),
        // What is no address may still hold a password.
        Err(_) if address.contains('@') => "***".into(),
        Err(_) => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(flags: &[(&str, &str)]) -> Config {
        let flags: Vec<_> = flags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Config::load(None, &flags).expect("settings")
    }

    #[test]
    fn the_simulated_market_is_looked_for_below_and_in_its_own_folder() {
        let places = |folder: &str| -> Vec<(String, String)> {
            let candidates = candidates(&config(&[("data_dir", folder)])).expect("candidates");
            candidates.iter().map(|c| (c.data_dir.display().to_string(), c.bus.prefix.clone())).collect()
        };
        let pair = |folder: &str, prefix: &str| (folder.to_owned(), prefix.to_owned());
        assert_eq!(places("/d"), [pair("/d", ""), pair("/d/simulated", "simulated:")]);
        assert_eq!(places("/d/simulated")[1], pair("/d/simulated", "simulated:"));
    }

    #[test]
    fn passwords_are_veiled() {
        assert_eq!(veil("redis://wick:secret@host:6379/0"), "redis://wick:***@host:6379/0");
        assert_eq!(veil("redis://host:6379"), "redis://host:6379");
        assert_eq!(veil("//:secret@host"), "***");
        assert_eq!(veil(""), "");
    }

    #[tokio::test]
    async fn where_nobody_is_at_home_the_error_says_what_to_do() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = Place::find(&config(&[("data_dir", &folder.path().display().to_string())])).await.expect("a place");
        let error = place.bus().expect_err("nobody");
        assert_eq!(error.exit().code(), 4);
        let expected = format!("no wick is running on {}: start one with `wick up`", folder.path().display());
        assert_eq!(error.to_string(), expected);
        std::fs::create_dir_all(folder.path().join("simulated")).expect("a folder");
        std::fs::write(folder.path().join("simulated/serving.sqlite"), "").expect("a file");
        let place = Place::find(&config(&[("data_dir", &folder.path().display().to_string())])).await.expect("a place");
        assert!(place.simulated());
        assert_eq!(place.bus().expect_err("nobody").to_string(), expected);
    }

    #[tokio::test]
    async fn an_address_that_is_none_is_a_matter_of_configuration() {
        let error = Place::find(&config(&[("bus.url", "http://user:secret@host")])).await.err().expect("no address");
        assert_eq!(error.exit().code(), 3);
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}
