//! The fear & greed index of alternative.me: a number from 0 (fear) to 100 (greed) for each day.

use std::time::Duration;

use serde_json::Value;
use wick_schemas::{Reading, Timestamp};

use super::{Request, Service, base, json, list};
use crate::http::Answer;
use crate::text::config::TextConfig;
use crate::text::item::{Page, Skipped};

/// What its readings are called.
const NAME: &str = "fear_greed";

struct FearGreed {
    base: String,
    every: Duration,
}

pub(super) fn add(config: &TextConfig, all: &mut Vec<Box<dyn Service>>) {
    let own = &config.fear_greed;
    if own.enabled {
        // A new one comes once a day.
        let every = config.every().max(Duration::from_secs(600));
        all.push(Box::new(FearGreed { base: base(&own.base, "https://api.alternative.me"), every }));
    }
}

impl Service for FearGreed {
    fn name(&self) -> &str {
        NAME
    }

    fn base(&self) -> &str {
        &self.base
    }

    fn every(&self) -> Duration {
        self.every
    }

    fn request(&self, _: Option<&str>) -> Request {
        Request { path: "fng/".into(), query: vec![("limit", "30".into())], ..Request::default() }
    }

    fn read(&self, answer: &Answer) -> Result<Page, String> {
        let answer = json(answer)?;
        let mut page = Page::default();
        for one in list(&answer, "/data")? {
            match seconds(one) {
                // A value that is no number is kept: what it is worth is for others to say.
                Some(seconds) => page.readings.push(Reading {
                    name: NAME.into(),
                    at: Timestamp(seconds.saturating_mul(1000)),
                    value: one.get("value").and_then(number),
                }),
                None => page.skipped.push(Skipped("no date")),
            }
        }
        page.readings.sort_by_key(|reading| reading.at);
        Ok(page)
    }
}

fn seconds(one: &Value) -> Option<i64> {
    let stamp = one.get("timestamp")?;
    stamp.as_i64().or_else(|| stamp.as_str()?.parse().ok())
}

fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())
}
