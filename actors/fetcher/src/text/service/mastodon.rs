//! Mastodon: public posts with a hashtag on one server. Authors are not kept.

use std::time::Duration;

use serde_json::Value;

use super::{Request, Service, base, json, list, moment, words};
use crate::http::Answer;
use crate::text::config::TextConfig;
use crate::text::item::{Item, Kind, Page};

struct Hashtag {
    base: String,
    tag: String,
    every: Duration,
}

pub(super) fn add(config: &TextConfig, all: &mut Vec<Box<dyn Service>>) {
    let own = &config.mastodon;
    if !own.tag.is_empty() {
        let base = base(&own.base, "https://mastodon.social");
        all.push(Box::new(Hashtag { base, tag: own.tag.clone(), every: config.every() }));
    }
}

impl Service for Hashtag {
    fn name(&self) -> &str {
        "mastodon"
    }

    fn base(&self) -> &str {
        &self.base
    }

    fn every(&self) -> Duration {
        self.every
    }

    fn request(&self, cursor: Option<&str>) -> Request {
        let mut query = vec![("limit", "40".into())];
        query.extend(cursor.map(|id| ("max_id", id.to_owned())));
        Request { path: format!("api/v1/timelines/tag/{}", self.tag), query, ..Request::default() }
    }

    fn read(&self, answer: &Answer) -> Result<Page, String> {
        let answer = json(answer)?;
        let all = list(&answer, "")?;
        let mut page = Page::default();
        for one in all {
            page.take(item(one));
        }
        page.next = all.last().map(|last| words(last, "/id")).filter(|id| !id.is_empty());
        Ok(page)
    }
}

fn item(one: &Value) -> Result<Item, &'static str> {
    if !one.get("reblog").is_none_or(Value::is_null) {
        return Err("somebody else's post, passed on");
    }
    let url = [words(one, "/url"), words(one, "/uri")].into_iter().find(|url| !url.is_empty());
    Ok(Item {
        kind: Kind::Post,
        url: url.ok_or("no address")?,
        title: words(one, "/spoiler_text"),
        body: words(one, "/content"),
        published: moment(one, "/created_at"),
        language: Some(words(one, "/language")),
        votes: one.get("favourites_count").and_then(Value::as_i64),
    })
}
