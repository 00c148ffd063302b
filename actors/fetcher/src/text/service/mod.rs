//! The services: each a file, and a line in [`services`].

mod bluesky;
mod cryptopanic;
mod fear_greed;
mod feed;
mod gdelt;
mod mastodon;
mod newsapi;
mod reddit;

use std::time::Duration;

use serde_json::Value;
use wick_schemas::Timestamp;

use super::config::TextConfig;
use super::item::Page;
use crate::http::Answer;

/// What a service is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The path below the base address; the base itself where it is empty.
    pub path: String,
    /// Query parameters that may be shown.
    pub query: Vec<(&'static str, String)>,
    /// Query parameters that are secret.
    pub secret_query: Vec<(&'static str, String)>,
    /// Headers; none of them is ever shown.
    pub headers: Vec<(&'static str, String)>,
    /// Media types that are wanted.
    pub accept: Option<&'static str>,
}

/// Somebody who publishes what people write, or an index. Pure: the life of asking is elsewhere.
pub trait Service: Send + Sync {
    /// What its items are filed under: `coindesk`, `reddit`.
    fn name(&self) -> &str;
    /// Its base address.
    fn base(&self) -> &str;
    /// How often it is asked.
    fn every(&self) -> Duration;
    /// The question for the newest page, or for the older one that begins at a cursor.
    fn request(&self, cursor: Option<&str>) -> Request;
    /// What an answer says.
    ///
    /// # Errors
    /// Where the answer has another shape: what the decoder said.
    fn read(&self, answer: &Answer) -> Result<Page, String>;
}

/// Every service that the settings name.
#[must_use]
pub fn services(config: &TextConfig) -> Vec<Box<dyn Service>> {
    let mut all: Vec<Box<dyn Service>> = Vec::new();
    feed::add(config, &mut all);
    cryptopanic::add(config, &mut all);
    newsapi::add(config, &mut all);
    gdelt::add(config, &mut all);
    reddit::add(config, &mut all);
    mastodon::add(config, &mut all);
    bluesky::add(config, &mut all);
    fear_greed::add(config, &mut all);
    all
}

/// The answer as JSON.
fn json(answer: &Answer) -> Result<Value, String> {
    serde_json::from_slice(&answer.frame.payload).map_err(|error| error.to_string())
}

/// A list below this pointer.
fn list<'a>(value: &'a Value, pointer: &str) -> Result<&'a Vec<Value>, String> {
    value.pointer(pointer).and_then(Value::as_array).ok_or_else(|| {
        let said: String = value.to_string().chars().take(120).collect();
        format!("no list at '{pointer}' in {said}")
    })
}

/// The words at this pointer; empty where there are none.
fn words(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The moment at this pointer, as RFC 3339 writes it.
fn moment(value: &Value, pointer: &str) -> Option<Timestamp> {
    let text = value.pointer(pointer)?.as_str()?;
    chrono::DateTime::parse_from_rfc3339(text).ok().map(|moment| Timestamp(moment.timestamp_millis()))
}

/// A base address of the settings, or the service's own.
fn base(configured: &str, own: &str) -> String {
    if configured.is_empty() { own.to_owned() } else { configured.to_owned() }
}
