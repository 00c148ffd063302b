//! NewsAPI: articles of many publishers by a search. Needs a key.

use std::time::Duration;

use serde_json::Value;

use super::{Request, Service, base, json, list, moment, words};
use crate::http::Answer;
use crate::text::config::{Secret, TextConfig};
use crate::text::item::{Item, Kind, Page};

struct NewsApi {
    base: String,
    key: Secret,
    search: String,
    every: Duration,
}

pub(super) fn add(config: &TextConfig, all: &mut Vec<Box<dyn Service>>) {
    let own = &config.newsapi;
    if own.key.is_set() {
        let base = base(&own.base, "https://newsapi.org");
        // A free key allows a hundred questions a day.
        let every = config.every().max(Duration::from_secs(900));
        all.push(Box::new(NewsApi { base, key: own.key.clone(), search: own.search.clone(), every }));
    }
}

impl Service for NewsApi {
    fn name(&self) -> &str {
        "newsapi"
    }

    fn base(&self) -> &str {
        &self.base
    }

    fn every(&self) -> Duration {
        self.every
    }

    fn request(&self, _: Option<&str>) -> Request {
        Request {
            path: "v2/everything".into(),
            query: vec![
                ("q", self.search.clone()),
                ("sortBy", "publishedAt".into()),
                ("language", "en".into()),
                ("pageSize", "100".into()),
            ],
            headers: vec![("X-Api-Key", self.key.reveal().to_owned())],
            ..Request::default()
        }
    }

    fn read(&self, answer: &Answer) -> Result<Page, String> {
        let answer = json(answer)?;
        let mut page = Page::default();
        for one in list(&answer, "/articles")? {
            page.take(item(one));
        }
        Ok(page)
    }
}

fn item(one: &Value) -> Result<Item, &'static str> {
    let title = words(one, "/title");
    if title == "[Removed]" {
        return Err("removed by its publisher");
    }
    Ok(Item {
        kind: Kind::Article,
        url: words(one, "/url"),
        title,
        body: words(one, "/description"),
        published: moment(one, "/publishedAt"),
        language: Some("en".into()),
        votes: None,
    })
}
