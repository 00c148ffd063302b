//! What people write, of silver, and how it sounds.

use serde::Serialize;
use utoipa::ToSchema;
use wick_bus::Result;
use wick_bus::database::Row;
use wick_schemas::{Origin, Timestamp};

use super::{Tables, count};
use crate::openapi::one;

/// An article or a post.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Written {
    /// What makes it the same text wherever it turns up.
    pub id: String,
    /// `article` or `post`.
    pub kind: String,
    /// Its title; empty for a post that has none.
    pub title: String,
    /// Its address.
    pub url: String,
    /// Where it was published: the name of a feed or of a service.
    pub source: String,
    /// When it says that it was published, in milliseconds since 1970.
    #[schema(value_type = Option<i64>)]
    pub published: Option<Timestamp>,
    /// When we first saw it: from then on it counts.
    #[schema(value_type = i64)]
    pub ingest_time: Timestamp,
    /// How it reached us.
    #[schema(schema_with = one::<Origin>)]
    pub origin: Origin,
    /// How it sounds, where it was judged.
    pub sentiment: Option<Sounds>,
}

/// How a text sounds about the price.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Sounds {
    /// From -1 (bearish) by 0 (neutral) to 1 (bullish).
    pub score: f64,
    /// How sure the method is, from 0 to 1.
    pub confidence: f64,
    /// What judged.
    pub method: String,
}

/// A reading of an index.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Reading {
    /// The index, as in `fear_greed`.
    pub name: String,
    /// The moment that it speaks of, in milliseconds since 1970.
    #[schema(value_type = i64)]
    pub at: Timestamp,
    /// Its value.
    pub value: f64,
    /// When we learnt it.
    #[schema(value_type = i64)]
    pub ingest_time: Timestamp,
}

/// Articles and posts alike; the newest judgement of each.
const TEXTS: &str = "\
    SELECT t.id, t.kind, t.title, t.url, t.source, t.published, t.ingest_time, t.origin, s.score, s.confidence, s.method \
    FROM (SELECT id, 'article' AS kind, title, url, source, published, ingest_time, origin FROM articles \
          WHERE ingest_time >= $1 AND ingest_time < $2 \
          UNION ALL \
          SELECT id, 'post' AS kind, title, url, source, published, ingest_time, origin FROM posts \
          WHERE ingest_time >= $1 AND ingest_time < $2) t \
    LEFT JOIN sentiments s ON s.text = t.id AND s.method = (SELECT max(method) FROM sentiments m WHERE m.text = t.id \
      AND m.ingest_time = (SELECT max(ingest_time) FROM sentiments n WHERE n.text = t.id)) \
    ORDER BY t.ingest_time DESC, t.id LIMIT $3";

impl Tables {
    /// Articles and posts first seen from `from` up to before `to`, the newest first.
    ///
    /// # Errors
    /// Where silver does not read.
    pub async fn texts(&self, from: Timestamp, to: Timestamp, limit: usize) -> Result<Vec<Written>> {
        let Some(silver) = self.silver().await? else { return Ok(Vec::new()) };
        silver.select(TEXTS, &[from.millis().into(), to.millis().into(), count(limit).into()], written).await
    }

    /// The newest reading of each index.
    ///
    /// # Errors
    /// Where silver does not read.
    pub async fn readings(&self) -> Result<Vec<Reading>> {
        let Some(silver) = self.silver().await? else { return Ok(Vec::new()) };
        let query = "SELECT r.name, r.at, r.value, r.ingest_time FROM readings r \
                     WHERE r.at = (SELECT max(at) FROM readings o WHERE o.name = r.name) \
                     AND r.ingest_time = (SELECT max(ingest_time) FROM readings o WHERE o.name = r.name AND o.at = r.at) \
                     ORDER BY r.name";
        let read = |row: &Row| {
            Ok(Reading {
                name: row.get("name")?,
                at: Timestamp(row.get("at")?),
                value: row.get("value")?,
                ingest_time: Timestamp(row.get("ingest_time")?),
            })
        };
        silver.select(query, &[], read).await
    }
}

fn written(row: &Row) -> sqlx::Result<Written> {
    let score: Option<f64> = row.get("score")?;
    let sentiment = match score {
        Some(score) => Some(Sounds { score, confidence: row.get("confidence")?, method: row.get("method")? }),
        None => None,
    };
    Ok(Written {
        id: row.get("id")?,
        kind: row.get("kind")?,
        title: row.get("title")?,
        url: row.get("url")?,
        source: row.get("source")?,
        published: row.get::<Option<i64>>("published")?.map(Timestamp),
        ingest_time: Timestamp(row.get("ingest_time")?),
        origin: row.word("origin")?,
        sentiment,
    })
}
