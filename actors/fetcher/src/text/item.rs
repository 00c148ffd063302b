//! What a service gives, and what becomes of it.

use wick_schemas::article::LONGEST_BODY;
use wick_schemas::{ArticleReceived, Origin, PostReceived, Reading, Text, Timestamp};

use super::address::canonical;
use super::plain::plain;

/// The longest title, in characters.
const LONGEST_TITLE: usize = 500;
/// The longest name of a language, in characters.
const LONGEST_LANGUAGE: usize = 35;

/// Whether something is news or one person's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An article.
    Article,
    /// A post.
    Post,
}

/// A piece of text as a service gives it: title and body may be HTML.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Whether it is news or a post.
    pub kind: Kind,
    /// Its address.
    pub url: String,
    /// Its title; empty where it has none.
    pub title: String,
    /// Its summary or its words.
    pub body: String,
    /// When it says that it was published.
    pub published: Option<Timestamp>,
    /// Its language.
    pub language: Option<String>,
    /// Likes, points or votes.
    pub votes: Option<i64>,
}

impl Item {
    /// The text, where it has an address and says anything.
    ///
    /// # Errors
    /// The reason why it is none.
    pub fn into_text(self, source: &str) -> Result<Text, &'static str> {
        let url = canonical(&self.url).ok_or("no address")?;
        let (title, body) = (plain(&self.title, LONGEST_TITLE), plain(&self.body, LONGEST_BODY));
        if title.is_empty() && body.is_empty() {
            return Err("no words");
        }
        let language = self.language.map(|name| name.trim().chars().take(LONGEST_LANGUAGE).collect::<String>());
        Ok(Text {
            source: source.to_owned(),
            id: Text::identity(&url),
            url,
            title,
            body,
            published: self.published,
            language: language.filter(|name| !name.is_empty()),
            votes: self.votes,
        })
    }
}

/// Something that was given and is not taken, with the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped(pub &'static str);

/// What an answer says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// Its items, in its order.
    pub items: Vec<Item>,
    /// Readings of an index, oldest first.
    pub readings: Vec<Reading>,
    /// What was left out, each with its reason.
    pub skipped: Vec<Skipped>,
    /// Where the next, older page begins.
    pub next: Option<String>,
}

impl Page {
    /// Takes an item, or leaves it out for this reason.
    pub fn take(&mut self, item: Result<Item, &'static str>) {
        match item {
            Ok(item) => self.items.push(item),
            Err(reason) => self.skipped.push(Skipped(reason)),
        }
    }
}

/// An article that was just seen.
#[must_use]
pub fn article(article: Text, now: Timestamp) -> ArticleReceived {
    ArticleReceived { article, origin: Origin::Live, ingest_time: now }
}

/// A post that was just seen.
#[must_use]
pub fn post(post: Text, now: Timestamp) -> PostReceived {
    PostReceived { post, origin: Origin::Live, ingest_time: now }
}
