//! Requests, by route and not by path: there are few routes.

use std::time::Duration;

use prometheus::{HistogramVec, IntCounterVec, Result};

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

impl Metrics {
    /// A request was answered.
    pub fn answered(&self, route: &str, status: u16, took: Duration) {
        self.http.requests.with_label_values(&[route, &status.to_string()]).inc();
        self.http.seconds.with_label_values(&[route]).observe(took.as_secs_f64());
    }
}
