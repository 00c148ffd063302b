//! What comes in, and what it is worth: sources, gaps, rules, suites, features.

use prometheus::{GaugeVec, IntCounterVec, IntGauge, IntGaugeVec, Result};
use wick_schemas::Timestamp;

use super::Metrics;
use super::book::Book;
use super::pipeline::seconds;

/// What is known of the data.
#[derive(Debug)]
pub(super) struct Data {
    errors: IntCounterVec,
    connections: IntCounterVec,
    skew: GaugeVec,
    gaps: IntGaugeVec,
    gaps_opened: IntCounterVec,
    rejected: IntCounterVec,
    quality: IntCounterVec,
    heard: GaugeVec,
    built: GaugeVec,
    missing: IntGauge,
    parity: IntCounterVec,
}

impl Data {
    pub(super) fn in_book(book: &mut Book) -> Result<Self> {
        let source = ["source"];
        Ok(Self {
            errors: book.counter(
                "wick_source_errors_total",
                "what went wrong with a venue or a service, by kind: trouble (to be tried again), malformed (messages), \
                 short (holes that history does not fill), late (candles changed afterwards), skipped (rows)",
                &["source", "kind"],
            )?,
            connections: book.counter(
                "wick_source_connections_total",
                "streams opened to a venue: all but the first are reconnects",
                &source,
            )?,
            skew: book.gauges(
                "wick_source_clock_skew_seconds",
                "by how much a venue's clock is ahead of ours, where the two have parted",
                &source,
            )?,
            gaps: book.levels("wick_gaps_open", "1 while minutes of a venue are missing", &source)?,
            gaps_opened: book.counter("wick_gaps_opened_total", "gaps that were noticed", &source)?,
            rejected: book.counter("wick_rows_rejected_total", "rows in quarantine, by rule", &["rule"])?,
            quality: book.counter(
                "wick_quality_reports_total",
                "batches judged by a suite, by result: met, missed",
                &["suite", "result"],
            )?,
            heard: book.gauges(
                "wick_feature_input_timestamp_seconds",
                "event time of the newest of each kind that features were told of: candles, articles, posts, readings",
                &["input"],
            )?,
            built: book.moment("wick_features_timestamp_seconds", "close of the bar of the newest feature vector")?,
            missing: book.level("wick_features_missing", "features that are empty in the newest vector")?,
            parity: book.counter_from_zero(
                "wick_parity_rows_total",
                "feature vectors compared with bronze, by result: equal, different, missing",
                "result",
                &["equal", "different", "missing"],
            )?,
        })
    }
}

impl Metrics {
    /// So many things went wrong with a source.
    pub fn troubled(&self, source: &str, kind: &str, count: u64) {
        self.data.errors.with_label_values(&[source, kind]).inc_by(count);
    }

    /// A stream to a source was opened.
    pub fn connected(&self, source: &str) {
        self.data.connections.with_label_values(&[source]).inc();
    }

    /// A source's clock is so many milliseconds ahead of ours.
    pub fn skewed(&self, source: &str, ahead: i64) {
        self.data.skew.with_label_values(&[source]).set(ahead as f64 / 1000.0);
    }

    /// A gap is open, or is not any more.
    pub fn gap(&self, source: &str, open: bool) {
        self.data.gaps.with_label_values(&[source]).set(i64::from(open));
    }

    /// A gap was noticed.
    pub fn gap_opened(&self, source: &str) {
        self.data.gaps_opened.with_label_values(&[source]).inc();
        self.gap(source, true);
    }

    /// A row went to quarantine.
    pub fn rejected(&self, rule: &str) {
        self.data.rejected.with_label_values(&[rule]).inc();
    }

    /// A batch was judged by a suite.
    pub fn judged(&self, suite: &str, met: bool) {
        self.data.quality.with_label_values(&[suite, if met { "met" } else { "missed" }]).inc();
    }

    /// Features were told of something that happened then.
    pub fn heard(&self, input: &str, at: Timestamp) {
        self.data.heard.with_label_values(&[input]).set(seconds(at));
    }

    /// Features are built up to this moment.
    pub fn features_to(&self, as_of: Timestamp) {
        self.data.built.with_label_values::<&str>(&[]).set(seconds(as_of));
    }

    /// A feature vector was built, of which so many values are empty.
    pub fn built(&self, as_of: Timestamp, missing: usize) {
        self.features_to(as_of);
        self.data.missing.set(i64::try_from(missing).unwrap_or(i64::MAX));
    }

    /// Feature vectors were compared with what bronze gives.
    pub fn compared(&self, result: &str, count: u64) {
        self.data.parity.with_label_values(&[result]).inc_by(count);
    }
}
