//! What is written: articles of feeds and posts of people, and what is said of them on their way through the house.
//!
//! A text holds from the moment that we first saw it, not from the one that its publisher printed on it: feeds date back
//! and forward, and a forecast may know only what could be known. So `ingest_time` is the event time of its messages.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::envelope::{Payload, hex};
use crate::market::Origin;
use crate::sentiment::Sentiment;
use crate::time::Timestamp;
use crate::topic::{self, Topic};

/// A piece of text as its source gave it, in plain words: markup and entities are gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Text {
    /// Where it was published: the name of a feed (`coindesk`) or of a service (`reddit`).
    pub source: String,
    /// What makes it the same text wherever it turns up: see [`Text::identity`].
    pub id: String,
    /// Its canonical address: without tracking parameters and fragment.
    pub url: String,
    /// Its title; empty for a post that has none.
    pub title: String,
    /// Its summary or its words, cut to 4,000 characters.
    pub body: String,
    /// When it says that it was published.
    pub published: Option<Timestamp>,
    /// Its language as the source gives it, as in `en`.
    pub language: Option<String>,
    /// Likes, points or votes when it was read, where the source counts them.
    pub votes: Option<i64>,
}

/// The longest body, in characters.
pub const LONGEST_BODY: usize = 4_000;

impl Text {
    /// The identity of what is found at a canonical address: 128 bits in hexadecimal.
    #[must_use]
    pub fn identity(canonical_url: &str) -> String {
        hex(&blake3::hash(canonical_url.as_bytes()).as_bytes()[..16])
    }
}

/// `articles.received`: an article as a feed gave it, kept in bronze, not yet judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ArticleReceived {
    /// The article, as received.
    pub article: Text,
    /// How it reached us.
    pub origin: Origin,
    /// When we first saw it.
    pub ingest_time: Timestamp,
}

/// `articles.validated`: an article that passed every rule, with its sentiment, kept in silver.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ArticleValidated {
    /// The article.
    pub article: Text,
    /// What its title and summary make one feel about the price.
    pub sentiment: Sentiment,
    /// How it reached us.
    pub origin: Origin,
    /// When we first saw it.
    pub ingest_time: Timestamp,
}

/// `articles.rejected`: an article that broke a rule; it stays in quarantine with this reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ArticleRejected {
    /// The article, as received.
    pub article: Text,
    /// How it reached us.
    pub origin: Origin,
    /// When we first saw it.
    pub ingest_time: Timestamp,
    /// The rule's name: stable, for programs.
    pub rule: String,
    /// The offending value, cut to 200 characters.
    pub value: String,
    /// The reason, for people.
    pub reason: String,
}

/// `posts.received`: a post as a service gave it, kept in bronze, not yet judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PostReceived {
    /// The post, as received, without its author.
    pub post: Text,
    /// How it reached us.
    pub origin: Origin,
    /// When we first saw it.
    pub ingest_time: Timestamp,
}

/// `posts.validated`: a post that passed every rule, with its sentiment, kept in silver.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PostValidated {
    /// The post.
    pub post: Text,
    /// What its words make one feel about the price.
    pub sentiment: Sentiment,
    /// How it reached us.
    pub origin: Origin,
    /// When we first saw it.
    pub ingest_time: Timestamp,
}

/// `posts.rejected`: a post that broke a rule; it stays in quarantine with this reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PostRejected {
    /// The post, as received.
    pub post: Text,
    /// How it reached us.
    pub origin: Origin,
    /// When we first saw it.
    pub ingest_time: Timestamp,
    /// The rule's name: stable, for programs.
    pub rule: String,
    /// The offending value, cut to 200 characters.
    pub value: String,
    /// The reason, for people.
    pub reason: String,
}

macro_rules! seen {
    ($($payload:ident on $topic:ident),* $(,)?) => {$(
        impl Payload for $payload {
            const TOPIC: Topic = topic::$topic;
            fn event_time(&self) -> Timestamp {
                self.ingest_time
            }
        }
    )*};
}

seen! {
    ArticleReceived on ARTICLES_RECEIVED,
    ArticleValidated on ARTICLES_VALIDATED,
    ArticleRejected on ARTICLES_REJECTED,
    PostReceived on POSTS_RECEIVED,
    PostValidated on POSTS_VALIDATED,
    PostRejected on POSTS_REJECTED,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_is_one_text() {
        let id = Text::identity("https://example.com/a");
        assert_eq!(id.len(), 32);
        assert_eq!(id, Text::identity("https://example.com/a"));
        assert_ne!(id, Text::identity("https://example.com/b"));
    }
}
