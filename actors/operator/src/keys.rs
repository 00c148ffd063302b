//! `wick keys`: who may ask the gateway, and who may tell it something.

use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;
use wick_bus::keys::{Key, KeyFile, Scope};
use wick_schemas::Timestamp;
use wick_schemas::time::DAY;

use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::page::Page;
use crate::page::Side::Left;
use crate::place::Place;
use crate::words;

/// The longest life of a key that has an end, in days.
const MOST_DAYS: i64 = 36_500;

/// `wick keys`.
#[derive(Subcommand, Clone, Debug)]
#[command(
    after_help = "Example:\n  wick keys create dashboard --scope read\n  wick keys list\n  wick keys revoke 7fQk2Zp0"
)]
pub enum Keys {
    /// Make a key, and show it: this once, because only its hash is kept.
    ///
    /// A gateway that runs takes it within a second.
    #[command(after_help = "Example:\n  wick keys create ci --scope operate --expires 30\n  \
                            curl -H \"Authorization: Bearer $(wick keys create me --scope read)\" \
                            http://127.0.0.1:8080/v1/models")]
    Create(CreateArgs),
    /// Take a key back: a gateway that runs refuses it within a second.
    #[command(after_help = "Example:\n  wick keys revoke 7fQk2Zp0")]
    Revoke {
        /// The public part of the key, as listed: what stands between the two lines in wick_…_….
        id: String,
    },
    /// The keys, the oldest first: their names, what they are good for and how long; their secrets are nowhere.
    #[command(
        after_help = "Example:\n  wick keys list\n  wick keys list --json | jq '.[] | select(.state == \"good\")'"
    )]
    List,
}

/// `wick keys create`.
#[derive(Args, Clone, Debug)]
pub struct CreateArgs {
    /// Whose it is, or what for.
    name: String,
    /// What it is good for: to read, or to read and to give commands.
    #[arg(long, value_name = "SCOPE")]
    scope: Good,
    /// Days until it is good for nothing; for ever where it is not given.
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(i64).range(1..=MOST_DAYS))]
    expires: Option<i64>,
}

/// What a key is good for.
#[derive(ValueEnum, Clone, Copy, Debug)]
enum Good {
    /// To ask.
    Read,
    /// To ask, and to give commands.
    Operate,
}

/// A key as it is shown; `key` is the whole of it, this once.
#[derive(Serialize)]
struct Shown<'a> {
    id: &'a str,
    name: &'a str,
    scopes: &'a [Scope],
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
}

impl<'a> Shown<'a> {
    fn of(key: &'a Key, now: Timestamp) -> Self {
        let state = match key {
            Key { revoked_at: Some(_), .. } => "revoked",
            Key { expires_at: Some(at), .. } if *at <= now => "expired",
            _ => "good",
        };
        let Key { id, name, scopes, created_at, expires_at, revoked_at, .. } = key;
        Self {
            id,
            name,
            scopes,
            created_at: *created_at,
            expires_at: *expires_at,
            revoked_at: *revoked_at,
            state,
            key: None,
        }
    }
}

/// Makes a key, takes one back, or lists them.
///
/// # Errors
/// [`Error::NotFound`] where there is no such key; where the file of keys can be neither read nor written.
pub fn keys(place: &Place, what: &Keys, page: &mut Page<'_>) -> Result<Exit> {
    let file = KeyFile::of(&place.house.config.data_dir);
    let now = place.house.clock.now();
    match what {
        Keys::Create(args) => create(&file, args, now, page)?,
        Keys::Revoke { id } => revoke(&file, id, now, page)?,
        Keys::List => list(&file.read()?.0, now, page)?,
    }
    Ok(Exit::Done)
}

fn create(file: &KeyFile, args: &CreateArgs, now: Timestamp, page: &mut Page<'_>) -> Result<()> {
    let scope = match args.scope {
        Good::Read => Scope::Read,
        Good::Operate => Scope::Operate,
    };
    let expires_at = args.expires.map(|days| now.shift(days * DAY));
    let issued = file.change(|ring| {
        let mut issued = Key::issue(&args.name, scope, now, expires_at)?;
        // One in 200 million million: but then two would be taken back at once.
        while ring.0.iter().any(|known| known.id == issued.key.id) {
            issued = Key::issue(&args.name, scope, now, expires_at)?;
        }
        ring.0.push(issued.key.clone());
        Ok(issued)
    })?;
    if page.json {
        return page.document(&Shown { key: Some(&issued.secret), ..Shown::of(&issued.key, now) });
    }
    page.remark(&format!("key {} is shown this once: keep it where secrets are kept", issued.key.id));
    page.line(&issued.secret)
}

fn revoke(file: &KeyFile, id: &str, now: Timestamp, page: &mut Page<'_>) -> Result<()> {
    // Whoever gives the whole key means the same; it is not repeated.
    let id = wick_bus::keys::id_of(id).unwrap_or(id);
    let revoked = file.change(|ring| Ok(ring.revoke(id, now).cloned()))?;
    let key = revoked.ok_or_else(|| {
        let named = if wick_bus::keys::mentions_key(id.as_bytes()) { "such an id" } else { id };
        Error::NotFound(format!("there is no key {named}: see `wick keys list`"))
    })?;
    if page.json {
        return page.document(&Shown::of(&key, now));
    }
    let at = words::moment(key.revoked_at.unwrap_or(now));
    page.line(&format!("revoked: {} ({}), at {at} UTC", key.id, key.name))
}

fn list(keys: &[Key], now: Timestamp, page: &mut Page<'_>) -> Result<()> {
    if page.json {
        return page.document(&keys.iter().map(|key| Shown::of(key, now)).collect::<Vec<_>>());
    }
    if keys.is_empty() {
        return page.line("no keys but the operator's own: wick keys create NAME --scope read");
    }
    let columns =
        [("id", Left), ("scope", Left), ("state", Left), ("created", Left), ("expires", Left), ("name", Left)];
    let rows = keys.iter().map(|key| {
        let shown = Shown::of(key, now);
        let scope = key.scope().map_or("none", Scope::as_str);
        let expires = key.expires_at.map_or_else(|| "never".to_owned(), words::moment);
        vec![key.id.clone(), scope.into(), shown.state.into(), words::moment(key.created_at), expires, key.name.clone()]
    });
    page.table(&columns, rows.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use serde_json::Value;
    use wick_bus::keys::Verdict;

    use crate::cli::Cli;

    /// What a command answers, and what it is told by `--json`.
    async fn say(folder: &std::path::Path, words: &[&str]) -> Result<String> {
        let folder = folder.display().to_string();
        let cli = Cli::try_parse_from([&["wick", "--data-dir", &folder, "keys"][..], words].concat()).expect("parses");
        let config = crate::overlay(&cli).expect("settings");
        let mut out = Vec::new();
        crate::ask_on(&cli, &config, &mut Page::new(&mut out, cli.json, false, true)).await?;
        Ok(String::from_utf8(out).expect("text"))
    }

    #[tokio::test]
    async fn a_key_is_shown_once_and_taken_back_by_its_id() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = folder.path();
        assert!(say(at, &["list"]).await.expect("a list").contains("wick keys create"));
        let made = say(at, &["create", "ci", "--scope", "operate", "--expires", "30", "--json"]).await.expect("made");
        let made: Value = serde_json::from_str(&made).expect("JSON");
        let plain = say(at, &["create", "me", "--scope", "read"]).await.expect("made");
        let (key, other) = (made["key"].as_str().expect("a key"), plain.trim_end());
        let ring = KeyFile::of(at).read().expect("keys");
        let now = wick_bus::Clock::System.now();
        assert!(matches!(ring.judge(key, now), Verdict::Known(known) if known.scope() == Some(Scope::Operate)));
        assert!(matches!(ring.judge(key, now.shift(31 * DAY)), Verdict::Expired(_)));
        assert!(matches!(ring.judge(other, now.shift(31 * DAY)), Verdict::Known(_)));

        let id = made["id"].as_str().expect("an id");
        assert!(say(at, &["revoke", id]).await.expect("revoked").starts_with("revoked: "));
        // By the whole key, and again: the same.
        assert!(!say(at, &["revoke", other]).await.expect("revoked").contains(other));
        say(at, &["revoke", other]).await.expect("still revoked");
        for words in [&["list"][..], &["list", "--json"], &["revoke", id, "--json"]] {
            let told = say(at, words).await.expect("told");
            assert!(told.contains("revoked") && told.contains("ci"), "{told}");
            for secret in [key, &key[14..], other, &other[14..]] {
                assert!(!told.contains(secret), "{told}");
            }
        }
        let error = say(at, &["revoke", "nobody"]).await.expect_err("nobody");
        assert_eq!(error.exit(), Exit::NotFound);
        let error = say(at, &["revoke", &key[..40]]).await.expect_err("half a key").to_string();
        assert!(!error.contains(&key[14..40]), "{error}");
        assert!(say(at, &["create", "", "--scope", "read"]).await.is_err());
    }
}
