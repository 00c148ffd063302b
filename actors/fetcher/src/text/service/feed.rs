//! Feeds: RSS, Atom and JSON Feed, any of them by its address.

use std::time::Duration;

use feed_rs::model::{Entry, Feed};
use wick_schemas::Timestamp;

use super::{Request, Service};
use crate::http::Answer;
use crate::text::config::{FeedConfig, TextConfig};
use crate::text::item::{Item, Kind, Page};

const WANTED: &str =
    "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5";

/// A feed.
struct Subscription {
    feed: FeedConfig,
    every: Duration,
}

pub(super) fn add(config: &TextConfig, all: &mut Vec<Box<dyn Service>>) {
    let every = config.every();
    all.extend(
        config.feeds.iter().map(|feed| -> Box<dyn Service> { Box::new(Subscription { feed: feed.clone(), every }) }),
    );
}

impl Service for Subscription {
    fn name(&self) -> &str {
        &self.feed.name
    }

    fn base(&self) -> &str {
        &self.feed.url
    }

    fn every(&self) -> Duration {
        self.every
    }

    fn request(&self, _: Option<&str>) -> Request {
        Request { accept: Some(WANTED), ..Request::default() }
    }

    fn read(&self, answer: &Answer) -> Result<Page, String> {
        // A mark of the byte order is not XML's business.
        let bytes = answer.frame.payload.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&answer.frame.payload);
        let feed = feed_rs::parser::parse(bytes).map_err(|error| error.to_string())?;
        let mut page = Page::default();
        for entry in &feed.entries {
            page.take(item(entry, &feed));
        }
        Ok(page)
    }
}

fn item(entry: &Entry, feed: &Feed) -> Result<Item, &'static str> {
    let alternate = entry.links.iter().find(|link| link.rel.as_deref().is_none_or(|rel| rel == "alternate"));
    // An id that is an address is one, where there is no link.
    let url = alternate.or(entry.links.first()).map_or(entry.id.as_str(), |link| link.href.as_str());
    let summary = entry.summary.as_ref().map(|text| text.content.as_str()).filter(|text| !text.trim().is_empty());
    let content = entry.content.as_ref().and_then(|content| content.body.as_deref());
    let published = entry.published.or(entry.updated).map(|moment| Timestamp(moment.timestamp_millis()));
    let title = entry.title.as_ref().map(|text| text.content.clone()).unwrap_or_default();
    let body = summary.or(content).unwrap_or_default().to_owned();
    let language = feed.language.clone();
    Ok(Item { kind: Kind::Article, url: url.to_owned(), title, body, published, language, votes: None })
}
