//! What broke a rule: the datum as it came, with the rule, the value and the reason; and what a person let out again.

use wick_bus::database::{Cell, Kind, Table};
use wick_schemas::{ArticleRejected, CandleRejected, Origin, PostRejected, ReadingRejected, Timestamp};

/// The table.
pub const TABLE: Table<10> = Table {
    name: "quarantine",
    columns: [
        ("id", Kind::Text),
        ("kind", Kind::Text),
        ("source", Kind::Text),
        ("at", Kind::Whole),
        ("datum", Kind::Text),
        ("origin", Kind::Text),
        ("ingest_time", Kind::Whole),
        ("rule", Kind::Text),
        ("value", Kind::Text),
        ("reason", Kind::Text),
    ],
};

/// Marks a datum as let out, once.
pub const RELEASE: &str = "UPDATE quarantine SET released_at = $1, released_by = $2, released_why = $3 \
                           WHERE id = $4 AND released_at IS NULL";

/// Something that broke a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// The id of the message that told of it.
    pub id: String,
    /// `candle`, `article`, `post` or `reading`.
    pub kind: &'static str,
    /// Its venue, publisher or name.
    pub source: String,
    /// Of when it is.
    pub at: Timestamp,
    /// What came, as JSON.
    pub datum: String,
    /// How it reached us.
    pub origin: Origin,
    /// When it came.
    pub ingest_time: Timestamp,
    /// The rule.
    pub rule: String,
    /// The offending value.
    pub value: String,
    /// The reason.
    pub reason: String,
}

/// Something that a person let out of quarantine.
#[derive(Clone, Debug, PartialEq)]
pub struct Released {
    /// Its id in quarantine.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// Who let it out.
    pub by: String,
    /// Why.
    pub why: String,
}

macro_rules! held {
    ($($rejected:ident is $kind:literal at $datum:ident: $source:expr, $at:expr;)*) => {$(
        impl From<(String, $rejected)> for Held {
            fn from((id, rejected): (String, $rejected)) -> Self {
                let (source, at): (String, Timestamp) = ($source(&rejected), $at(&rejected));
                let $rejected { $datum, origin, ingest_time, rule, value, reason } = rejected;
                let datum = serde_json::to_string(&$datum).unwrap_or_default();
                Self { id, kind: $kind, source, at, datum, origin, ingest_time, rule, value, reason }
            }
        }
    )*};
}

held! {
    CandleRejected is "candle" at candle: |one: &CandleRejected| one.candle.venue.to_string(),
        |one: &CandleRejected| one.candle.open_time;
    ArticleRejected is "article" at article: |one: &ArticleRejected| one.article.source.clone(),
        |one: &ArticleRejected| one.ingest_time;
    PostRejected is "post" at post: |one: &PostRejected| one.post.source.clone(),
        |one: &PostRejected| one.ingest_time;
    ReadingRejected is "reading" at reading: |one: &ReadingRejected| one.reading.name.clone(),
        |one: &ReadingRejected| one.reading.at;
}

/// A datum as a row.
pub fn cells(held: &Held) -> [Cell<'_>; 10] {
    [
        (&held.id).into(),
        held.kind.into(),
        (&held.source).into(),
        held.at.millis().into(),
        (&held.datum).into(),
        held.origin.as_str().into(),
        held.ingest_time.millis().into(),
        (&held.rule).into(),
        (&held.value).into(),
        (&held.reason).into(),
    ]
}

/// The values of [`RELEASE`].
pub fn release(released: &Released) -> [Cell<'_>; 4] {
    [released.at.millis().into(), (&released.by).into(), (&released.why).into(), (&released.id).into()]
}
