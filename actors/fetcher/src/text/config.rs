//! `[fetcher.text]`: who is read, and how often.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;

/// `[fetcher.text]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextConfig {
    /// Whether anything written is read at all.
    pub enabled: bool,
    /// How often a service is asked, in seconds; some are asked less often.
    pub every_seconds: u64,
    /// Older pages that are read at once, at most, where everything on a page is new.
    pub pages: usize,
    /// Feeds.
    pub feeds: Vec<FeedConfig>,
    /// `[fetcher.text.cryptopanic]`.
    pub cryptopanic: Token,
    /// `[fetcher.text.newsapi]`.
    pub newsapi: Keyed,
    /// `[fetcher.text.gdelt]`.
    pub gdelt: Searched,
    /// `[fetcher.text.reddit]`.
    pub reddit: Named,
    /// `[fetcher.text.mastodon]`.
    pub mastodon: Tagged,
    /// `[fetcher.text.bluesky]`.
    pub bluesky: Search,
    /// `[fetcher.text.fear_greed]`.
    pub fear_greed: Open,
}

impl TextConfig {
    /// How often a service is asked.
    #[must_use]
    pub fn every(&self) -> Duration {
        Duration::from_secs(self.every_seconds.max(1))
    }
}

/// A feed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedConfig {
    /// What its articles are filed under.
    pub name: String,
    /// Its address.
    pub url: String,
}

/// A service that wants a token.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// The token; without one the service is off.
    pub token: Secret,
    /// Its base address, where that is another one.
    pub base: String,
}

/// A service that wants a key and a search.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keyed {
    /// The key; without one the service is off.
    pub key: Secret,
    /// What is searched for.
    pub search: String,
    /// Its base address, where that is another one.
    pub base: String,
}

/// An open service with a search.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Searched {
    /// Whether it is asked.
    pub enabled: bool,
    /// What is searched for.
    pub search: String,
    /// Its base address, where that is another one.
    pub base: String,
}

/// A service with named parts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// Which parts of it; with none it is off.
    pub names: Vec<String>,
    /// Its base address, where that is another one.
    pub base: String,
}

/// A service with hashtags.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tagged {
    /// The hashtag; without one it is off.
    pub tag: String,
    /// Its base address, where that is another one.
    pub base: String,
}

/// A service that is searched.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Search {
    /// What is searched for; without it the service is off.
    pub search: String,
    /// Its base address, where that is another one.
    pub base: String,
}

/// An open service.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Open {
    /// Whether it is asked.
    pub enabled: bool,
    /// Its base address, where that is another one.
    pub base: String,
}

/// Something that must not be shown.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Whether there is one.
    #[must_use]
    pub fn is_set(&self) -> bool {
        !self.0.is_empty()
    }

    /// The secret itself: for the request alone.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_set() { "(set)" } else { "(not set)" })
    }
}
