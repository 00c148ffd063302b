//! What is counted, and what it is called: every metric name of Wick stands below this folder, a file for each subject.
//!
//! `docs/metrics.md` is written from these names, and alerts and dashboards are checked against them by tests.

mod book;
mod data;
mod drift;
mod forecast;
mod http;
mod page;
mod pipeline;
mod state;
mod training;

use prometheus::{Encoder, Registry, Result, TextEncoder};

use self::book::Book;
pub use self::book::Family;
use self::data::Data;
use self::drift::Drift;
use self::forecast::Forecasts;
pub use self::http::Answers;
use self::http::Http;
pub use self::page::page;
use self::pipeline::Pipeline;
pub use self::state::Seen;
use self::state::State;
use self::training::Training;

/// The metrics of a process.
#[derive(Debug)]
pub struct Metrics {
    /// What `/metrics` shows.
    pub registry: Registry,
    families: Vec<Family>,
    pipeline: Pipeline,
    state: State,
    data: Data,
    forecasts: Forecasts,
    drift: Drift,
    training: Training,
    http: Http,
}

impl Metrics {
    /// New metrics in a registry of their own.
    ///
    /// # Errors
    /// Where two have one name, which a test would see.
    pub fn new() -> Result<Self> {
        let mut book = Book::default();
        let pipeline = Pipeline::in_book(book.about("Pipeline"))?;
        let state = State::in_book(book.about("Bus"))?;
        let data = Data::in_book(book.about("Data"))?;
        let forecasts = Forecasts::in_book(book.about("Forecasts"))?;
        let drift = Drift::in_book(book.about("Drift"))?;
        let training = Training::in_book(book.about("Training"))?;
        let http = Http::in_book(book.about("HTTP"))?;
        book.about("Process").process()?;
        let (registry, families) = book.close();
        Ok(Self { registry, families, pipeline, state, data, forecasts, drift, training, http })
    }

    /// Every family that is registered, whether or not it has a value yet.
    #[must_use]
    pub fn families(&self) -> &[Family] {
        &self.families
    }

    /// The text that Prometheus reads.
    #[must_use]
    pub fn text(&self) -> String {
        let mut buffer = Vec::new();
        match TextEncoder::new().encode(&self.registry.gather(), &mut buffer) {
            Ok(()) => String::from_utf8_lossy(&buffer).into_owned(),
            Err(error) => format!("# {error}\n"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_shown() {
        let metrics = Metrics::new().expect("names are unique");
        metrics.received("validator", "candles.received", 3);
        metrics.rejected("off_grid");
        let text = metrics.text();
        assert!(text.contains("wick_messages_in_total{actor=\"validator\",topic=\"candles.received\"} 3"), "{text}");
        assert!(text.contains("wick_rows_rejected_total{rule=\"off_grid\"} 1"));
        let build = format!("wick_build_info{{version=\"{}\"}} 1", env!("CARGO_PKG_VERSION"));
        assert!(text.contains(&build), "{text}");
    }

    #[test]
    fn names_follow_the_conventions_of_prometheus() {
        for Family { name, kind, labels, help, .. } in Metrics::new().expect("metrics").families() {
            assert!(name.starts_with("wick_") || name.starts_with("process_"), "{name}");
            assert_eq!(name.ends_with("_total"), *kind == "counter", "{name} is a {kind}");
            for unit in ["milliseconds", "_ms", "minutes", "hours", "percent", "kilobytes"] {
                assert!(!name.contains(unit), "{name}: base units only");
            }
            assert!(*kind != "histogram" || name.ends_with("_seconds"), "{name}");
            assert!(!help.is_empty() && !help.ends_with('.'), "{name}: {help}");
            assert!(labels.iter().all(|label| !["le", "quantile", "job", "instance"].contains(&label.as_str())));
        }
    }
}
