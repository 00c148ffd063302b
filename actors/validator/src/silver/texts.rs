//! Clean articles and posts: two tables of one shape.

use wick_bus::database::{Cell, Kind, Table};
use wick_schemas::{ArticleValidated, Origin, PostValidated, Sentiment, Text, Timestamp};

const COLUMNS: [(&str, Kind); 11] = [
    ("id", Kind::Text),
    ("source", Kind::Text),
    ("url", Kind::Text),
    ("title", Kind::Text),
    ("body", Kind::Text),
    ("published", Kind::Whole),
    ("language", Kind::Text),
    ("votes", Kind::Whole),
    ("origin", Kind::Text),
    ("ingest_time", Kind::Whole),
    ("message", Kind::Text),
];

/// The table of articles.
pub const ARTICLES: Table<11> = Table { name: "articles", columns: COLUMNS };
/// The table of posts.
pub const POSTS: Table<11> = Table { name: "posts", columns: COLUMNS };

/// A clean text and what it makes one feel.
pub struct Written {
    /// The message that brought it.
    pub message: String,
    /// What is written.
    pub text: Text,
    /// What it makes one feel about the price.
    pub sentiment: Sentiment,
    /// How it reached us.
    pub origin: Origin,
    /// When we first saw it.
    pub ingest_time: Timestamp,
}

impl Written {
    /// An article.
    pub fn article(message: String, validated: ArticleValidated) -> Self {
        let ArticleValidated { article: text, sentiment, origin, ingest_time } = validated;
        Self { message, text, sentiment, origin, ingest_time }
    }

    /// A post.
    pub fn post(message: String, validated: PostValidated) -> Self {
        let PostValidated { post: text, sentiment, origin, ingest_time } = validated;
        Self { message, text, sentiment, origin, ingest_time }
    }
}

/// A text as a row.
pub fn cells(Written { message, text, origin, ingest_time, .. }: &Written) -> [Cell<'_>; 11] {
    [
        (&text.id).into(),
        (&text.source).into(),
        (&text.url).into(),
        (&text.title).into(),
        (&text.body).into(),
        text.published.map(Timestamp::millis).into(),
        text.language.as_deref().into(),
        text.votes.into(),
        origin.as_str().into(),
        ingest_time.millis().into(),
        message.into(),
    ]
}
