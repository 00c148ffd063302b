//! What is counted, and what it is called: every metric name of the plumbing stands here.

use std::time::Duration;

use prometheus::{
    Encoder, Gauge, GaugeVec, HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts, Registry, Result,
    TextEncoder,
};
use wick_schemas::{Envelope, Timestamp};

/// The metrics of a process.
#[derive(Debug)]
pub struct Metrics {
    /// What `/metrics` shows.
    pub registry: Registry,
    messages_in: IntCounterVec,
    messages_out: IntCounterVec,
    repeated: IntCounterVec,
    dead: IntCounterVec,
    rows: IntCounterVec,
    restarts: IntCounterVec,
    handle_seconds: HistogramVec,
    flush_seconds: HistogramVec,
    reached: IntGaugeVec,
    rejected: IntCounterVec,
    predictions: IntCounterVec,
    loss: GaugeVec,
    training_seconds: Gauge,
    training_progress: Gauge,
    trainings: IntCounterVec,
    leak_alarms: IntCounterVec,
    http: IntCounterVec,
    parity: IntCounterVec,
}

impl Metrics {
    /// New metrics in a registry of their own.
    ///
    /// # Errors
    /// Where two have one name, which a test would see.
    pub fn new() -> Result<Self> {
        let registry = Registry::new();
        let counter = |name: &str, help: &str, labels: &[&str]| -> Result<IntCounterVec> {
            let counter = IntCounterVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(counter.clone()))?;
            Ok(counter)
        };
        let seconds = |name: &str, help: &str| -> Result<HistogramVec> {
            let buckets = prometheus::exponential_buckets(0.000_1, 4.0, 9)?;
            let histogram = HistogramVec::new(HistogramOpts::new(name, help).buckets(buckets), &["actor"])?;
            registry.register(Box::new(histogram.clone()))?;
            Ok(histogram)
        };
        let reached = IntGaugeVec::new(
            Opts::new("wick_event_time_milliseconds", "event time up to which an actor has handled everything"),
            &["actor"],
        )?;
        registry.register(Box::new(reached.clone()))?;
        let loss = GaugeVec::new(
            Opts::new("wick_loss", "loss of the forecast settled last, by what made it"),
            &["horizon", "loss", "by"],
        )?;
        registry.register(Box::new(loss.clone()))?;
        let training_seconds = Gauge::new("wick_training_seconds", "how long the last training took")?;
        registry.register(Box::new(training_seconds.clone()))?;
        let training_progress = Gauge::new("wick_training_progress_ratio", "share done of the training going on")?;
        registry.register(Box::new(training_progress.clone()))?;
        Ok(Self {
            messages_in: counter("wick_messages_in_total", "messages read", &["actor", "topic"])?,
            messages_out: counter("wick_messages_out_total", "messages published", &["actor", "topic"])?,
            repeated: counter("wick_messages_repeated_total", "messages dropped as known", &["actor", "topic"])?,
            dead: counter("wick_messages_dead_total", "messages put aside", &["actor", "topic"])?,
            rows: counter("wick_rows_kept_total", "rows kept", &["actor"])?,
            restarts: counter("wick_restarts_total", "lives that ended badly", &["actor"])?,
            rejected: counter("wick_candles_rejected_total", "candles in quarantine, by rule", &["rule"])?,
            predictions: counter("wick_predictions_total", "forecasts made, by fallback level", &["level"])?,
            trainings: counter("wick_trainings_total", "trainings, by outcome", &["outcome"])?,
            parity: counter("wick_parity_rows_total", "feature vectors compared with bronze, by result", &["result"])?,
            leak_alarms: counter(
                "wick_leak_alarms_total",
                "figures of trainings that were too good to be true",
                &["horizon", "measure"],
            )?,
            http: counter("wick_http_requests_total", "requests answered", &["route", "status"])?,
            handle_seconds: seconds("wick_handle_seconds", "time to handle a batch")?,
            flush_seconds: seconds("wick_flush_seconds", "time to keep and publish a batch")?,
            reached,
            loss,
            training_seconds,
            training_progress,
            registry,
        })
    }

    /// Messages were read.
    pub fn received(&self, actor: &str, topic: &str, count: u64) {
        self.messages_in.with_label_values(&[actor, topic]).inc_by(count);
    }

    /// A message was known already.
    pub fn repeated(&self, actor: &str, topic: &str) {
        self.repeated.with_label_values(&[actor, topic]).inc();
    }

    /// A message was put aside.
    pub fn dead(&self, actor: &str, topic: &str) {
        self.dead.with_label_values(&[actor, topic]).inc();
    }

    /// A batch was handled.
    pub fn handled(&self, actor: &str, count: usize, took: Duration) {
        if count > 0 {
            self.handle_seconds.with_label_values(&[actor]).observe(took.as_secs_f64());
        }
    }

    /// A batch was kept and published.
    pub fn flushed(&self, actor: &str, rows: usize, messages: &[Envelope], reached: Timestamp, took: Duration) {
        self.rows.with_label_values(&[actor]).inc_by(rows as u64);
        let mut rest = messages;
        // Messages of one topic come in runs.
        while let Some(first) = rest.first() {
            let run = rest.iter().take_while(|message| message.kind == first.kind).count();
            self.messages_out.with_label_values(&[actor, &first.kind]).inc_by(run as u64);
            rest = &rest[run..];
        }
        self.flush_seconds.with_label_values(&[actor]).observe(took.as_secs_f64());
        if reached > Timestamp::MIN && reached < Timestamp::MAX {
            self.reached.with_label_values(&[actor]).set(reached.millis());
        }
    }

    /// A life ended badly.
    pub fn restarted(&self, actor: &str) {
        self.restarts.with_label_values(&[actor]).inc();
    }

    /// A candle went to quarantine.
    pub fn rejected(&self, rule: &str) {
        self.rejected.with_label_values(&[rule]).inc();
    }

    /// Forecasts were made.
    pub fn predicted(&self, level: &str) {
        self.predictions.with_label_values(&[level]).inc();
    }

    /// The loss of the forecast settled last.
    pub fn loss(&self, horizon: &str, loss: &str, by: &str, value: f64) {
        self.loss.with_label_values(&[horizon, loss, by]).set(value);
    }

    /// How far the training going on is; 0 where there is none.
    pub fn training(&self, done: f64) {
        self.training_progress.set(done);
    }

    /// A training ended.
    pub fn trained(&self, outcome: &str, took: Duration) {
        self.trainings.with_label_values(&[outcome]).inc();
        self.training_seconds.set(took.as_secs_f64());
    }

    /// Feature vectors were compared with what bronze gives.
    pub fn compared(&self, result: &str, count: u64) {
        self.parity.with_label_values(&[result]).inc_by(count);
    }

    /// A training's figure was too good to be true.
    pub fn suspected(&self, horizon: &str, measure: &str) {
        self.leak_alarms.with_label_values(&[horizon, measure]).inc();
    }

    /// A request was answered.
    pub fn answered(&self, route: &str, status: u16) {
        self.http.with_label_values(&[route, &status.to_string()]).inc();
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
        assert!(text.contains("wick_candles_rejected_total{rule=\"off_grid\"} 1"));
    }
}
