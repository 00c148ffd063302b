//! Articles and posts, by the day on which we first saw them.

use polars::prelude::{Column, DataFrame, IntoColumn, NamedFrom, PolarsResult, Series};
use serde::{Deserialize, Serialize};
use wick_bus::lake::{Record, hive};
use wick_schemas::{ArticleReceived, Origin, PostReceived, Text, Timestamp};

use super::columns::{arrival, arrivals, no_row, words};

/// An article as received, with its place in the order of arrival.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BronzeArticle {
    /// Grows by one with each article.
    pub sequence: i64,
    /// What came.
    pub received: ArticleReceived,
}

/// A post as received, with its place in the order of arrival.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BronzePost {
    /// Grows by one with each post.
    pub sequence: i64,
    /// What came.
    pub received: PostReceived,
}

macro_rules! record {
    ($record:ident, $received:ident, $field:ident, $kind:literal) => {
        impl Record for $record {
            type Key = i64;
            const FOLDER: &'static str = concat!("kind=", $kind);
            const JOURNAL: &'static str = concat!("_journal.", $kind, ".jsonl");

            fn key(&self) -> i64 {
                self.sequence
            }

            fn time(&self) -> Timestamp {
                self.received.ingest_time
            }

            fn partition(&self) -> String {
                let source = hive(&self.received.$field.source);
                format!("{}/source={source}/date={}", Self::FOLDER, self.received.ingest_time.date())
            }

            fn arrived(&self) -> Option<Timestamp> {
                (self.received.origin == Origin::Live).then_some(self.received.ingest_time)
            }

            fn weight(&self) -> usize {
                self.received.$field.body.len() + self.received.$field.title.len()
            }

            fn frame(rows: &[Self]) -> PolarsResult<DataFrame> {
                let mut columns = texts(rows, |row| &row.received.$field);
                columns.extend(arrival(rows, |row| (row.sequence, row.received.origin, row.received.ingest_time)));
                DataFrame::new(rows.len(), columns)
            }

            fn rows(frame: &DataFrame) -> PolarsResult<Vec<Self>> {
                let (text, arrival) = (text(frame)?, arrivals(frame)?);
                let row = |place: usize| {
                    let ($field, (sequence, origin, ingest_time)) = (text(place)?, arrival(place)?);
                    Some(Self { sequence, received: $received { $field, origin, ingest_time } })
                };
                (0..frame.height()).map(|place| row(place).ok_or_else(|| no_row(place, $kind))).collect()
            }
        }
    };
}

record!(BronzeArticle, ArticleReceived, article, "article");
record!(BronzePost, PostReceived, post, "post");

fn texts<R>(rows: &[R], of: impl Fn(&R) -> &Text) -> Vec<Column> {
    let all: Vec<&Text> = rows.iter().map(of).collect();
    let published: Vec<Option<i64>> = all.iter().map(|text| text.published.map(Timestamp::millis)).collect();
    let languages: Vec<Option<&str>> = all.iter().map(|text| text.language.as_deref()).collect();
    let votes: Vec<Option<i64>> = all.iter().map(|text| text.votes).collect();
    // The folder's `source=` is a column to others, so the name as it was is another one.
    vec![
        words("publisher", &all, |text| &text.source),
        words("id", &all, |text| &text.id),
        words("url", &all, |text| &text.url),
        words("title", &all, |text| &text.title),
        words("body", &all, |text| &text.body),
        Series::new("published".into(), published).into_column(),
        Series::new("language".into(), languages).into_column(),
        Series::new("votes".into(), votes).into_column(),
    ]
}

fn text(frame: &DataFrame) -> PolarsResult<impl Fn(usize) -> Option<Text>> {
    let word = |name: &str| frame.column(name)?.str().cloned();
    let (source, id, url) = (word("publisher")?, word("id")?, word("url")?);
    let (title, body, language) = (word("title")?, word("body")?, word("language")?);
    let published = frame.column("published")?.i64()?.clone();
    let votes = frame.column("votes")?.i64()?.clone();
    Ok(move |place| {
        Some(Text {
            source: source.get(place)?.to_owned(),
            id: id.get(place)?.to_owned(),
            url: url.get(place)?.to_owned(),
            title: title.get(place)?.to_owned(),
            body: body.get(place)?.to_owned(),
            published: published.get(place).map(Timestamp),
            language: language.get(place).map(str::to_owned),
            votes: votes.get(place),
        })
    })
}
