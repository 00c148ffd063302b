//! Bluesky: public posts by a search. Authors are not kept, beyond what their posts' addresses say.

use std::time::Duration;

use serde_json::Value;

use super::{Request, Service, base, json, list, moment, words};
use crate::http::Answer;
use crate::text::config::TextConfig;
use crate::text::item::{Item, Kind, Page};

struct Search {
    base: String,
    words: String,
    every: Duration,
}

pub(super) fn add(config: &TextConfig, all: &mut Vec<Box<dyn Service>>) {
    let own = &config.bluesky;
    if !own.search.is_empty() {
        let base = base(&own.base, "https://api.bsky.app");
        all.push(Box::new(Search { base, words: own.search.clone(), every: config.every() }));
    }
}

impl Service for Search {
    fn name(&self) -> &str {
        "bluesky"
    }

    fn base(&self) -> &str {
        &self.base
    }

    fn every(&self) -> Duration {
        self.every
    }

    fn request(&self, cursor: Option<&str>) -> Request {
        let mut query = vec![("q", self.words.clone()), ("sort", "latest".into()), ("limit", "100".into())];
        query.extend(cursor.map(|cursor| ("cursor", cursor.to_owned())));
        Request { path: "xrpc/app.bsky.feed.searchPosts".into(), query, ..Request::default() }
    }

    fn read(&self, answer: &Answer) -> Result<Page, String> {
        let answer = json(answer)?;
        let mut page = Page::default();
        for one in list(&answer, "/posts")? {
            page.take(item(one));
        }
        page.next = Some(words(&answer, "/cursor")).filter(|cursor| !cursor.is_empty());
        Ok(page)
    }
}

fn item(one: &Value) -> Result<Item, &'static str> {
    // at://<repository>/app.bsky.feed.post/<key>
    let uri = words(one, "/uri");
    let parts: Vec<&str> = uri.split('/').collect();
    let ["at:", "", repository, "app.bsky.feed.post", key] = parts.as_slice() else { return Err("no address") };
    Ok(Item {
        kind: Kind::Post,
        url: format!("https://bsky.app/profile/{repository}/post/{key}"),
        title: String::new(),
        body: words(one, "/record/text"),
        published: moment(one, "/record/createdAt"),
        language: one.pointer("/record/langs/0").and_then(Value::as_str).map(str::to_owned),
        votes: one.get("likeCount").and_then(Value::as_i64),
    })
}
