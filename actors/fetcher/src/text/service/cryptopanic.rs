//! CryptoPanic: headlines of many publishers with the votes of its readers. Needs a token.

use std::time::Duration;

use serde_json::Value;

use super::{Request, Service, base, json, list, moment, words};
use crate::http::Answer;
use crate::text::config::{Secret, TextConfig};
use crate::text::item::{Item, Kind, Page};

struct CryptoPanic {
    base: String,
    token: Secret,
    every: Duration,
}

pub(super) fn add(config: &TextConfig, all: &mut Vec<Box<dyn Service>>) {
    let own = &config.cryptopanic;
    if own.token.is_set() {
        let base = base(&own.base, "https://cryptopanic.com");
        all.push(Box::new(CryptoPanic { base, token: own.token.clone(), every: config.every() }));
    }
}

impl Service for CryptoPanic {
    fn name(&self) -> &str {
        "cryptopanic"
    }

    fn base(&self) -> &str {
        &self.base
    }

    fn every(&self) -> Duration {
        self.every
    }

    fn request(&self, cursor: Option<&str>) -> Request {
        let mut query = vec![("public", "true".into()), ("currencies", "BTC".into()), ("kind", "news".into())];
        query.extend(cursor.map(|page| ("page", page.to_owned())));
        Request {
            path: "api/developer/v2/posts/".into(),
            query,
            secret_query: vec![("auth_token", self.token.reveal().to_owned())],
            ..Request::default()
        }
    }

    fn read(&self, answer: &Answer) -> Result<Page, String> {
        let answer = json(answer)?;
        let mut page = Page::default();
        for one in list(&answer, "/results")? {
            page.take(item(one));
        }
        // The address of the next page carries the token, so only its number is taken.
        let next = words(&answer, "/next");
        page.next = next.split(['?', '&']).find_map(|part| part.strip_prefix("page=")).map(str::to_owned);
        Ok(page)
    }
}

fn item(one: &Value) -> Result<Item, &'static str> {
    let url = [words(one, "/original_url"), words(one, "/url")].into_iter().find(|url| !url.is_empty());
    let votes = one.get("votes").and_then(Value::as_object);
    let count = |name: &str| votes.and_then(|votes| votes.get(name)?.as_i64()).unwrap_or(0);
    Ok(Item {
        kind: Kind::Article,
        url: url.ok_or("no address")?,
        title: words(one, "/title"),
        body: words(one, "/description"),
        published: moment(one, "/published_at"),
        language: None,
        votes: votes.map(|_| count("positive") - count("negative")),
    })
}
