//! Where an owner's tables are: in a file of the data folder, or in a schema of a PostgreSQL server.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::Deserialize;
use sqlx::postgres::PgConnectOptions;

use crate::config::Config;
use crate::error::{Error, Result};

/// What an address may say behind its question mark. The driver logs what it does not know, secret or not, so that is
/// refused before; and a password has its place before the host, where it is known to be one.
const KNOWN: [&str; 9] =
    ["sslmode", "sslrootcert", "sslcert", "sslkey", "application_name", "host", "port", "user", "dbname"];
/// How safe the way there must be.
const MODES: [&str; 6] = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];
/// The longest name that PostgreSQL does not cut.
const LONGEST: usize = 63;

/// `[silver]`. Not for printing: the address may hold a password.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SilverConfig {
    /// A PostgreSQL server, as `postgres://user:password@host/database`; empty: a file in the data folder.
    url: String,
}

/// Where tables are. Printed without the password.
#[derive(Clone)]
pub enum Location {
    /// A SQLite file.
    File(PathBuf),
    /// A schema of a PostgreSQL server.
    Server {
        /// How to get there.
        options: Box<PgConnectOptions>,
        /// The schema.
        schema: String,
    },
}

impl Location {
    /// Where the validator keeps silver.
    ///
    /// Houses that share a server, such as a replay and the live one, have schemas of their own there, as they have keys
    /// of their own on the bus.
    ///
    /// # Errors
    /// Where `[silver]` makes no sense.
    pub fn silver(config: &Config) -> Result<Self> {
        let silver: SilverConfig = config.section("silver")?;
        if silver.url.is_empty() {
            return Ok(Self::File(config.data_dir.join("silver.sqlite")));
        }
        let options = read(&silver.url).map_err(|reason| {
            Error::Config(format!("silver.url: {reason}: write postgres://user:password@host:5432/database"))
        })?;
        let schema = schema(&config.bus.prefix, "silver", config.instrument.as_str());
        let options = options.options([("search_path", &schema)]);
        Ok(Self::Server { options: Box::new(options), schema })
    }
}

/// Reads an address. What it says of a bad one holds nothing of the address.
fn read(url: &str) -> std::result::Result<PgConnectOptions, String> {
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        return Err("no address of a PostgreSQL server".into());
    }
    let query = url.split_once('?').map_or("", |(_, query)| query);
    for (place, pair) in query.split('&').enumerate().filter(|(_, pair)| !pair.is_empty()) {
        let key = pair.split_once('=').map_or(pair, |(key, _)| key);
        if key == "password" {
            return Err("the password belongs before the host, or into PGPASSWORD".into());
        }
        if !KNOWN.contains(&key) {
            return Err(format!("parameter {} is none of {}", place + 1, KNOWN.join(", ")));
        }
    }
    // The driver quotes what it does not understand, and that may be a part of a password.
    let options = PgConnectOptions::from_str(url)
        .map_err(|_| format!("no address: a port is a number, sslmode one of {}", MODES.join(", ")))?;
    // A password with such signs in it, as it is, ends where they stand: the rest would pass for a database.
    if options.get_database().is_some_and(|name| name.contains(['@', '/'])) {
        return Err("in a password, write @ as %40, / as %2F, ? as %3F and # as %23".into());
    }
    Ok(options)
}

/// The name of a house's schema: `silver_btc_usd`, `replay_silver_btc_usd` for the prefix `replay:`. Where signs had to
/// be changed two prefixes could look alike, so such a name ends with a part of its hash.
fn schema(prefix: &str, layer: &str, instrument: &str) -> String {
    let plain = |text: &str| text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let fit = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    let name: String = format!("{prefix}{layer}_{instrument}").chars().map(fit).collect();
    let unchanged = prefix.is_empty() || prefix.strip_suffix(':').is_some_and(plain);
    let digits = prefix.starts_with(|c: char| c.is_ascii_digit());
    if unchanged && !digits && name.len() <= LONGEST {
        return name;
    }
    let hash = blake3::hash(format!("{prefix}{layer}:{instrument}").as_bytes()).to_hex();
    let kept: String = name.trim_start_matches(|c: char| !c.is_ascii_lowercase()).chars().take(LONGEST - 9).collect();
    format!("{kept}_{}", &hash[..8])
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Server { options, schema } => {
                let host =
                    options.get_socket().map_or(options.get_host().to_owned(), |path| path.display().to_string());
                let database = options.get_database().unwrap_or(options.get_username());
                write!(f, "postgres://{host}:{}/{database}, schema {schema}", options.get_port())
            }
        }
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Location({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn silver(flags: &[(&str, &str)]) -> Result<Location> {
        let flags: Vec<_> = flags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Location::silver(&Config::load(None, &flags).expect("settings"))
    }

    #[test]
    fn without_an_address_it_is_a_file_of_the_data_folder() {
        assert_eq!(silver(&[("data_dir", "/d")]).expect("a place").to_string(), "/d/silver.sqlite");
        assert!(silver(&[("silver.nonsense", "1")]).expect_err("unknown").to_string().contains("nonsense"));
    }

    #[test]
    fn an_address_is_shown_without_its_password() {
        let at = silver(&[("silver.url", "postgres://wick:hunter2@db.example:6432/lake?sslmode=require")]);
        let at = at.expect("a place");
        assert_eq!(at.to_string(), "postgres://db.example:6432/lake, schema silver_btc_usd");
        assert!(!format!("{at:?} {at:#?}").contains("hunter2"));
    }

    #[test]
    fn what_is_no_address_is_refused_without_a_word_of_it() {
        for url in [
            "mysql://wick:hunter2@host/lake",
            "hunter2",
            "postgres://wick:hunter2@host:port/lake",
            "postgres://wick:1/hunter2@host/lake",
            "postgres://host/lake?password=hunter2",
            "postgres://host/lake?pasword=hunter2",
            "postgres://host/lake?hunter2",
            "postgres://wick:1?hunter2@host/lake",
            "postgres://wick:1?sslmode=hunter2@host/lake",
        ] {
            let error = silver(&[("silver.url", url)]).expect_err(url).to_string();
            assert!(error.starts_with("configuration: silver.url: "), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn every_house_has_a_schema_of_its_own_that_needs_no_quotes() {
        let long = format!("{}:", "n".repeat(64));
        let prefixes =
            ["", "replay:", "simulated:", "a:b:", "a_b:", "a-b:", "ab", "ab:", "7:", "A:", "a:", "é:", &long];
        let mut names: Vec<String> = prefixes.iter().map(|prefix| schema(prefix, "silver", "BTC-USD")).collect();
        assert_eq!(names[..3], ["silver_btc_usd", "replay_silver_btc_usd", "simulated_silver_btc_usd"]);
        assert_ne!(schema("", "silver", "ETH-USD"), names[0]);
        for name in &names {
            assert!(name.len() <= LONGEST && name.starts_with(|c: char| c.is_ascii_lowercase()), "{name}");
            assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'), "{name}");
        }
        names.sort();
        names.dedup();
        assert_eq!(names.len(), prefixes.len(), "{names:?}");
    }
}
