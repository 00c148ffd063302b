//! `wick config`: the settings in force, and whether a file of them makes sense.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::{Value, json};
use wick_bus::Config;

use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::page::Page;
use crate::place::veil;

/// `wick config`.
#[derive(Subcommand, Clone, Debug)]
#[command(after_help = "Example:\n  wick config show > engine.toml\n  wick config check engine.toml")]
pub enum Settings {
    /// The settings in force as TOML, passwords veiled.
    #[command(after_help = "Example:\n  wick config show --set bus.batch=500")]
    Show,
    /// Whether a file overlays the defaults well; exits with 3 where it does not.
    #[command(after_help = "Example:\n  wick config check engine.toml && wick up --config engine.toml")]
    Check {
        /// The file.
        file: PathBuf,
    },
}

/// Shows or checks settings.
///
/// # Errors
/// [`Error::Config`] that names the key.
pub fn settings(config: &Config, what: &Settings, page: &mut Page<'_>) -> Result<Exit> {
    match what {
        Settings::Show => {
            let shown = veiled(config.shown()?);
            if page.json {
                page.document(&shown)?;
            } else {
                page.raw(toml(&shown).as_bytes())?;
            }
        }
        Settings::Check { file } => {
            check(file)?;
            if page.json {
                page.document(&json!({ "file": file, "ok": true }))?;
            } else {
                page.line(&format!("{}: ok", file.display()))?;
            }
        }
    }
    Ok(Exit::Done)
}

/// Every setting has a default, so what the defaults do not know is unknown, and what they hold says of which kind
/// a value is.
fn check(file: &Path) -> Result<()> {
    let config = Config::load(Some(file), &[])?;
    let defaults = Config::load(None, &[])?;
    compare(&defaults.shown()?, &config.shown()?, "").map_err(Error::Config)
}

fn compare(default: &Value, given: &Value, key: &str) -> std::result::Result<(), String> {
    let kind = |value: &Value| match value {
        Value::Bool(_) => "true or false",
        Value::Number(number) if number.is_f64() => "a number",
        Value::Number(_) => "a whole number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a section",
        Value::Null => "nothing",
    };
    match (default, given) {
        (Value::Object(known), Value::Object(given)) => given.iter().try_for_each(|(name, value)| {
            let key = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
            let known = known.get(name);
            let known =
                known.ok_or_else(|| format!("unknown key '{key}': see `wick config show` for those there are"))?;
            compare(known, value, &key)
        }),
        (Value::Number(known), Value::Number(given)) if known.is_f64() || !given.is_f64() => Ok(()),
        _ if kind(default) == kind(given) => Ok(()),
        _ => Err(format!("{key} is {}: write {}", kind(given), kind(default))),
    }
}

/// The same settings without what only their owner may know.
fn veiled(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(veil(&text)),
        Value::Array(values) => Value::Array(values.into_iter().map(veiled).collect()),
        Value::Object(fields) => {
            let secret =
                |key: &str| key == "key" || ["password", "secret", "token"].iter().any(|word| key.contains(word));
            let veil =
                |(key, value): (String, Value)| if secret(&key) { (key, json!("***")) } else { (key, veiled(value)) };
            Value::Object(fields.into_iter().map(veil).collect())
        }
        other => other,
    }
}

/// Writes settings as TOML.
fn toml(settings: &Value) -> String {
    toml::to_string(settings).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("engine.toml");
        std::fs::write(&file, text).expect("written");
        (folder, file)
    }

    #[test]
    fn what_is_shown_reads_back() {
        let config = Config::load(None, &[("bus.batch".into(), "7".into())]).expect("settings");
        let shown = config.shown().expect("shown");
        let (_folder, file) = written(&toml(&shown));
        assert_eq!(Config::load(Some(&file), &[]).expect("reads").shown().expect("shown"), shown);
        check(&file).expect("makes sense");
    }

    #[test]
    fn a_file_is_refused_by_the_name_of_its_wrong_key() {
        for (text, key) in [
            ("[fetcher]\nchunks = 3\n", "fetcher.chunks"),
            ("[fetcher.live]\nprobe_ms = \"long\"\n", "fetcher.live.probe_ms"),
            ("[fetcher]\nchunk = 1.5\n", "fetcher.chunk"),
            ("nonsense = 1\n", "nonsense"),
            ("[bus]\nbatch = 0\n", "bus.batch"),
        ] {
            let (_folder, file) = written(text);
            let error = check(&file).expect_err(text);
            assert_eq!(error.exit().code(), 3);
            assert!(error.to_string().contains(key), "{error}");
        }
        let (_folder, file) = written("[fetcher.replay]\nspeed = 60\n");
        check(&file).expect("a whole number is a number");
    }

    #[test]
    fn no_secret_is_shown() {
        let flags = [("bus.url".to_owned(), "redis://:hunter2@host".to_owned())];
        let config = Config::load(None, &flags).expect("settings");
        let shown = toml(&veiled(config.shown().expect("shown")));
        assert!(shown.contains("redis://:***@host") && !shown.contains("hunter2"), "{shown}");
        assert_eq!(veiled(json!({ "api_token": "x" })), json!({ "api_token": "***" }));
    }
}
