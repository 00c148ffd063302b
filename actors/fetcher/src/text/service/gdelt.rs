//! GDELT: headlines of the world's press by a search. Open; gives no summaries.

use std::time::Duration;

use chrono::NaiveDateTime;
use serde_json::Value;
use wick_schemas::Timestamp;

use super::{Request, Service, base, json, list, words};
use crate::http::Answer;
use crate::text::config::TextConfig;
use crate::text::item::{Item, Kind, Page};

struct Gdelt {
    base: String,
    search: String,
    every: Duration,
}

pub(super) fn add(config: &TextConfig, all: &mut Vec<Box<dyn Service>>) {
    let own = &config.gdelt;
    if own.enabled {
        let base = base(&own.base, "https://api.gdeltproject.org");
        // It is renewed every quarter of an hour, and asks for one question in five seconds at most.
        let every = config.every().max(Duration::from_secs(900));
        all.push(Box::new(Gdelt { base, search: own.search.clone(), every }));
    }
}

impl Service for Gdelt {
    fn name(&self) -> &str {
        "gdelt"
    }

    fn base(&self) -> &str {
        &self.base
    }

    fn every(&self) -> Duration {
        self.every
    }

    fn request(&self, _: Option<&str>) -> Request {
        let fixed =
            [("mode", "artlist"), ("format", "json"), ("sort", "datedesc"), ("maxrecords", "250"), ("timespan", "1d")];
        let query = [("query", self.search.clone())];
        let query = query.into_iter().chain(fixed.map(|(name, value)| (name, value.to_owned())));
        Request { path: "api/v2/doc/doc".into(), query: query.collect(), ..Request::default() }
    }

    fn read(&self, answer: &Answer) -> Result<Page, String> {
        // What was not understood is answered with a sentence, and nothing found with an empty object.
        let answer = json(answer)?;
        let mut page = Page::default();
        if answer.as_object().is_some_and(serde_json::Map::is_empty) {
            return Ok(page);
        }
        for one in list(&answer, "/articles")? {
            page.take(item(one));
        }
        Ok(page)
    }
}

fn item(one: &Value) -> Result<Item, &'static str> {
    let seen = NaiveDateTime::parse_from_str(&words(one, "/seendate"), "%Y%m%dT%H%M%SZ").ok();
    let language = words(one, "/language");
    Ok(Item {
        kind: Kind::Article,
        url: words(one, "/url"),
        title: words(one, "/title"),
        body: String::new(),
        published: seen.map(|moment| Timestamp(moment.and_utc().timestamp_millis())),
        language: Some(if language == "English" { "en".into() } else { language }),
        votes: None,
    })
}
