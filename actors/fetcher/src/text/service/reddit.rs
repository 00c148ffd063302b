//! Reddit: the newest posts of subreddits. Authors are not kept.

use std::time::Duration;

use serde_json::Value;
use wick_schemas::Timestamp;

use super::{Request, Service, base, json, list, words};
use crate::http::Answer;
use crate::text::config::TextConfig;
use crate::text::item::{Item, Kind, Page};

struct Subreddits {
    base: String,
    names: String,
    every: Duration,
}

pub(super) fn add(config: &TextConfig, all: &mut Vec<Box<dyn Service>>) {
    let own = &config.reddit;
    if !own.names.is_empty() {
        let base = base(&own.base, "https://www.reddit.com");
        all.push(Box::new(Subreddits { base, names: own.names.join("+"), every: config.every() }));
    }
}

impl Service for Subreddits {
    fn name(&self) -> &str {
        "reddit"
    }

    fn base(&self) -> &str {
        &self.base
    }

    fn every(&self) -> Duration {
        self.every
    }

    fn request(&self, cursor: Option<&str>) -> Request {
        let mut query = vec![("limit", "100".into()), ("raw_json", "1".into())];
        query.extend(cursor.map(|after| ("after", after.to_owned())));
        Request { path: format!("r/{}/new.json", self.names), query, ..Request::default() }
    }

    fn read(&self, answer: &Answer) -> Result<Page, String> {
        let answer = json(answer)?;
        let mut page = Page::default();
        for one in list(&answer, "/data/children")? {
            page.take(item(one.get("data").unwrap_or(&Value::Null)));
        }
        page.next = Some(words(&answer, "/data/after")).filter(|after| !after.is_empty());
        Ok(page)
    }
}

fn item(one: &Value) -> Result<Item, &'static str> {
    if one.get("stickied").and_then(Value::as_bool) == Some(true) {
        return Err("a notice of the moderators");
    }
    if !one.get("removed_by_category").is_none_or(Value::is_null) {
        return Err("removed by the moderators");
    }
    let permalink = words(one, "/permalink");
    if permalink.is_empty() {
        return Err("no address");
    }
    let created = one.get("created_utc").and_then(Value::as_f64);
    Ok(Item {
        kind: Kind::Post,
        // Where it is discussed, not what it links to: that is somebody's article.
        url: format!("https://www.reddit.com{permalink}"),
        title: words(one, "/title"),
        body: words(one, "/selftext"),
        published: created.filter(|seconds| seconds.abs() < 1e11).map(|seconds| Timestamp((seconds * 1000.0) as i64)),
        language: None,
        votes: one.get("score").and_then(Value::as_i64),
    })
}
