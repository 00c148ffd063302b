//! Requests, by route and not by path: there are few routes.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use prometheus::{Histogram, HistogramVec, IntCounter, IntCounterVec, Result};

use super::Metrics;
use super::book::Book;

/// What is known of requests.
#[derive(Debug)]
pub(super) struct Http {
    requests: IntCounterVec,
    seconds: HistogramVec,
}

impl Http {
    pub(super) fn in_book(book: &mut Book) -> Result<Self> {
        Ok(Self {
            requests: book.counter("wick_http_requests_total", "requests answered", &["route", "status"])?,
            // From half a millisecond to eight seconds.
            seconds: book.seconds(
                "wick_http_request_seconds",
                "time until a request was answered: of one that goes on, as events do, until its beginning",
                &["route"],
                (0.000_5, 2.0, 15),
            )?,
        })
    }
}

/// A thread's own list of what it counts: to find a counter by its labels takes longer than to count.
pub struct Answers {
    metrics: Arc<Metrics>,
    found: RefCell<HashMap<String, Route>>,
}

/// The counters of a route.
struct Route {
    seconds: Histogram,
    requests: Vec<(u16, IntCounter)>,
}

impl Answers {
    /// An empty list.
    #[must_use]
    pub fn of(metrics: &Arc<Metrics>) -> Self {
        Self { metrics: Arc::clone(metrics), found: RefCell::default() }
    }

    /// A request was answered.
    pub fn count(&self, route: &str, status: u16, took: Duration) {
        let http = &self.metrics.http;
        let mut found = self.found.borrow_mut();
        if !found.contains_key(route) {
            let seconds = http.seconds.with_label_values(&[route]);
            found.insert(route.to_owned(), Route { seconds, requests: Vec::new() });
        }
        let Some(counters) = found.get_mut(route) else { return };
        counters.seconds.observe(took.as_secs_f64());
        match counters.requests.iter().find(|(known, _)| *known == status) {
            Some((_, requests)) => requests.inc(),
            None => {
                let requests = http.requests.with_label_values(&[route, &status.to_string()]);
                requests.inc();
                counters.requests.push((status, requests));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_that_count_apart_are_shown_together_by_route_and_status() {
        let metrics = Arc::new(Metrics::new().expect("metrics"));
        let lists = [Answers::of(&metrics), Answers::of(&metrics)];
        for (list, route, status, took) in [
            (0, "/v1/models", 200, 3),
            (1, "/v1/models", 200, 3),
            (0, "/v1/models", 404, 1000),
            (0, "/v1/models", 200, 3),
            (1, "/v1/models", 404, 1000),
            (1, "/v1/models/{hash}", 200, 3),
        ] {
            lists[list].count(route, status, Duration::from_millis(took));
        }
        let text = metrics.text();
        let shown: Vec<&str> = text.lines().filter(|line| line.starts_with("wick_http_requests_total{")).collect();
        let wanted = [
            "wick_http_requests_total{route=\"/v1/models\",status=\"200\"} 3",
            "wick_http_requests_total{route=\"/v1/models\",status=\"404\"} 2",
            "wick_http_requests_total{route=\"/v1/models/{hash}\",status=\"200\"} 1",
        ];
        assert_eq!(shown, wanted);
        for line in [
            "wick_http_request_seconds_bucket{route=\"/v1/models\",le=\"0.002\"} 0",
            "wick_http_request_seconds_bucket{route=\"/v1/models\",le=\"0.004\"} 3",
            "wick_http_request_seconds_count{route=\"/v1/models\"} 5",
            "wick_http_request_seconds_count{route=\"/v1/models/{hash}\"} 1",
        ] {
            assert!(text.contains(&format!("{line}\n")), "{line}\n{text}");
        }
    }
}
