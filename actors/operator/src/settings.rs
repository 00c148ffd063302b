//! `wick config`: the settings in force, and whether a file of them makes sense.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::{Value, json};
use wick_bus::Config;

use crate::error::Result;
use crate::exit::Exit;
use crate::page::Page;
use crate::place::veil;

/// `wick config`.
#[derive(Subcommand, Clone, Debug)]
#[command(after_help = "Example:\n  wick config show > engine.toml\n  wick config check engine.toml")]
pub enum Settings {
    /// The settings in force as TOML. What only its owner may know is left out and named.
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
            let shown = config.shown()?;
            if page.json {
                page.document(&veiled(shown))?;
            } else {
                page.raw(toml(shown).as_bytes())?;
            }
        }
        // The program's main has looked at every section: it knows who reads them.
        Settings::Check { file } => {
            Config::load(Some(file), &[])?;
            if page.json {
                page.document(&json!({ "file": file, "ok": true }))?;
            } else {
                page.line(&format!("{}: ok", file.display()))?;
            }
        }
    }
    Ok(Exit::Done)
}

/// The same settings without what only their owner may know.
fn veiled(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(veil(&text)),
        Value::Array(values) => Value::Array(values.into_iter().map(veiled).collect()),
        Value::Object(fields) => {
            let veil = |(key, value): (String, Value)| {
                if is_secret(&key, &value) { (key, json!(VEIL)) } else { (key, veiled(value)) }
            };
            Value::Object(fields.into_iter().map(veil).collect())
        }
        other => other,
    }
}

/// What stands for something that is not shown.
const VEIL: &str = "***";

/// Whether somebody would have to keep it to himself: text of a key of that kind, if there is any.
fn is_secret(key: &str, value: &Value) -> bool {
    let kind = key == "key" || ["password", "secret", "token"].iter().any(|word| key.contains(word));
    kind && value.as_str().is_some_and(|text| !text.is_empty())
}

/// Writes settings as TOML. What is veiled is left out, because the file is to be read again: it is named instead.
fn toml(mut settings: Value) -> String {
    let mut left_out = Vec::new();
    leave_out(&mut settings, "", &mut left_out);
    let told = left_out
        .iter()
        .map(|key| format!("# {key} is set and not shown: say it as WICK_{}\n", key.replace('.', "__").to_uppercase()));
    told.collect::<String>() + &toml::to_string(&settings).unwrap_or_default()
}

/// Takes out what is not shown whole, and names it.
fn leave_out(value: &mut Value, path: &str, left_out: &mut Vec<String>) {
    let Value::Object(fields) = value else { return };
    fields.retain(|name, value| {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let hidden = is_secret(name, value) || value.as_str().is_some_and(|text| veil(text) != text);
        if hidden {
            left_out.push(path);
        } else {
            leave_out(value, &path, left_out);
        }
        !hidden
    });
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
        let (_folder, file) = written(&toml(shown.clone()));
        assert_eq!(Config::load(Some(&file), &[]).expect("reads").shown().expect("shown"), shown);
    }

    #[test]
    fn no_secret_is_shown_and_none_is_written_as_if_it_were_one() {
        let flags = [("bus.url", "redis://:hunter2@host"), ("fetcher.text.newsapi.key", "hunter3")];
        let flags = flags.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let config = Config::load(None, &flags).expect("settings");
        let shown = config.shown().expect("shown");
        let veiled = veiled(shown.clone());
        assert_eq!(
            (&veiled["bus"]["url"], &veiled["fetcher"]["text"]["newsapi"]["key"]),
            (&json!("redis://:***@host"), &json!("***"))
        );
        assert!(!veiled.to_string().contains("hunter"), "{veiled}");
        // A number is no secret, and neither is nothing.
        assert!(veiled["validator"]["sentiment"]["tokens"].is_u64());
        assert_eq!(veiled["fetcher"]["text"]["cryptopanic"]["token"], "");

        let text = toml(shown);
        assert!(!text.contains("hunter") && !text.contains("***"), "{text}");
        assert!(
            text.contains(
                "# fetcher.text.newsapi.key is set and not shown: say it as WICK_FETCHER__TEXT__NEWSAPI__KEY"
            )
        );
        let (_folder, file) = written(&text);
        let read = Config::load(Some(&file), &[]).expect("reads").shown().expect("shown");
        assert_eq!((&read["bus"]["url"], &read["fetcher"]["text"]["newsapi"]["key"]), (&json!(""), &json!("")));
    }
}
