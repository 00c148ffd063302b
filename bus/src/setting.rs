//! Settings that come as text: from the environment and from flags.

use figment::providers::Env;
use figment::util::nest;
use figment::value::{Dict, Map, Value};
use figment::{Metadata, Profile, Provider};

/// Pairs of a dotted key and a text that is read as a TOML value where it is one, and else stands for itself.
pub struct Words {
    whence: &'static str,
    pairs: Vec<(String, String)>,
}

impl Words {
    /// Those of the environment: `WICK_BUS__URL` is `bus.url`.
    #[must_use]
    pub fn of_environment() -> Self {
        // WICK_CONFIG belongs to the command line, these to tests and tools.
        let others = ["data", "redis_server", "moto", "python", "bless", "axe", "chromium", "screenshots"];
        let ours = Env::prefixed("WICK_").ignore(&others).ignore(&["config"]).split("__");
        let pairs = ours.iter().map(|(key, text)| (key.into_string(), text)).collect();
        Self { whence: "`WICK_` environment variable(s)", pairs }
    }

    /// Those of flags, the last of which wins.
    #[must_use]
    pub fn of_flags(flags: &[(String, String)]) -> Self {
        Self { whence: "flags", pairs: flags.to_vec() }
    }
}

impl Provider for Words {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.whence)
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let mut whole = figment::Figment::new();
        for (key, text) in &self.pairs {
            if key.split('.').any(str::is_empty) {
                return Err(format!("'{key}' is no key: write section.key").into());
            }
            let dict = nest(key, read(text)).into_dict().unwrap_or_default();
            whole = whole.merge(figment::providers::Serialized::defaults(dict));
        }
        whole.data()
    }
}

/// A text as a TOML value: a number, yes or no, a list, a quoted text; else the text.
fn read(text: &str) -> Value {
    let whole = toml::from_str::<toml::Table>(&format!("value = {text}"));
    // More than the value is a text with line breaks that happens to read as TOML.
    let value = whole.ok().filter(|table| table.len() == 1).and_then(|mut table| table.remove("value"));
    value.and_then(|value| Value::serialize(plain(value)).ok()).unwrap_or_else(|| Value::from(text))
}

/// TOML knows moments, which settings do not: they are the texts that they were written as.
fn plain(value: toml::Value) -> toml::Value {
    match value {
        toml::Value::Datetime(moment) => toml::Value::String(moment.to_string()),
        toml::Value::Array(values) => toml::Value::Array(values.into_iter().map(plain).collect()),
        toml::Value::Table(table) => {
            toml::Value::Table(table.into_iter().map(|(key, value)| (key, plain(value))).collect())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_is_what_toml_says_or_itself() {
        for (text, value) in [
            ("7", Value::from(7_i64)),
            ("0.5", Value::from(0.5)),
            ("true", Value::from(true)),
            ("\"7\"", Value::from("7")),
            ("info,wick_bus=debug", Value::from("info,wick_bus=debug")),
            ("https://example.com/#a", Value::from("https://example.com/#a")),
            ("2024-01-31", Value::from("2024-01-31")),
            ("[\"a\", \"b\"]", Value::from(vec!["a", "b"])),
            ("\"größe\"", Value::from("größe")),
            ("\"co\u{fffd}\\\\\"", Value::from("co\u{fffd}\\")),
            ("1\nother = 2", Value::from("1\nother = 2")),
            ("", Value::from("")),
        ] {
            assert_eq!(read(text), value, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_brings_it_down(key in "\\PC{0,12}", text in "\\PC{0,60}") {
            let _ = Words::of_flags(&[(key, text)]).data();
        }
    }
}
