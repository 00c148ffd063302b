//! Messages and rows: how many, how long they took, how far behind the market they are.

use std::time::Duration;

use prometheus::{GaugeVec, HistogramVec, IntCounterVec, Result};
use wick_schemas::{Envelope, Timestamp, table};

use super::Metrics;
use super::book::Book;

/// What actors do.
#[derive(Debug)]
pub(super) struct Pipeline {
    messages_in: IntCounterVec,
    messages_out: IntCounterVec,
    repeated: IntCounterVec,
    failed: IntCounterVec,
    dead: IntCounterVec,
    rows: IntCounterVec,
    restarts: IntCounterVec,
    handle_seconds: HistogramVec,
    flush_seconds: HistogramVec,
    reached: GaugeVec,
    delay: HistogramVec,
}

impl Pipeline {
    pub(super) fn in_book(book: &mut Book) -> Result<Self> {
        let (message, actor) = (["actor", "topic"], ["actor"]);
        // From a tenth of a millisecond to half a minute; from a quarter of a second to three days.
        let (quick, slow) = ((0.000_1, 4.0, 9), (0.25, 4.0, 10));
        Ok(Self {
            messages_in: book.counter("wick_messages_in_total", "messages read", &message)?,
            messages_out: book.counter("wick_messages_out_total", "messages published", &message)?,
            repeated: book.counter("wick_messages_repeated_total", "messages dropped as known", &message)?,
            failed: book.counter(
                "wick_messages_failed_total",
                "attempts to handle messages that failed; one for each topic of a batch",
                &message,
            )?,
            dead: book.counter("wick_messages_dead_total", "messages put aside", &message)?,
            rows: book.counter("wick_rows_kept_total", "rows kept", &actor)?,
            restarts: book.counter("wick_restarts_total", "lives that ended badly", &actor)?,
            handle_seconds: book.seconds("wick_handle_seconds", "time to handle a batch", &actor, quick)?,
            flush_seconds: book.seconds("wick_flush_seconds", "time to keep and publish a batch", &actor, quick)?,
            reached: book.gauges(
                "wick_reached_timestamp_seconds",
                "event time up to which an actor has handled everything",
                &actor,
            )?,
            delay: book.seconds(
                "wick_event_time_delay_seconds",
                "from the event time of the newest message of a batch to its being kept and published, by the layer \
                 that keeps it; not in replays",
                &["layer"],
                slow,
            )?,
        })
    }
}

impl Metrics {
    /// Messages were read.
    pub fn received(&self, actor: &str, topic: &str, count: u64) {
        self.pipeline.messages_in.with_label_values(&[actor, topic]).inc_by(count);
    }

    /// A message was known already.
    pub fn repeated(&self, actor: &str, topic: &str) {
        self.pipeline.repeated.with_label_values(&[actor, topic]).inc();
    }

    /// An attempt to handle messages of a topic failed.
    pub fn failed(&self, actor: &str, topic: &str) {
        self.pipeline.failed.with_label_values(&[actor, topic]).inc();
    }

    /// A message was put aside.
    pub fn dead(&self, actor: &str, topic: &str) {
        self.pipeline.dead.with_label_values(&[actor, topic]).inc();
    }

    /// A batch was handled.
    pub fn handled(&self, actor: &str, count: usize, took: Duration) {
        if count > 0 {
            self.pipeline.handle_seconds.with_label_values(&[actor]).observe(took.as_secs_f64());
        }
    }

    /// A batch was kept and published.
    pub fn flushed(&self, actor: &str, rows: usize, messages: &[Envelope], reached: Timestamp, took: Duration) {
        self.pipeline.rows.with_label_values(&[actor]).inc_by(rows as u64);
        let mut rest = messages;
        // Messages of one topic come in runs.
        while let Some(first) = rest.first() {
            let run = rest.iter().take_while(|message| message.kind == first.kind).count();
            self.pipeline.messages_out.with_label_values(&[actor, &first.kind]).inc_by(run as u64);
            rest = &rest[run..];
        }
        self.pipeline.flush_seconds.with_label_values(&[actor]).observe(took.as_secs_f64());
        if reached > Timestamp::MIN && reached < Timestamp::MAX {
            self.pipeline.reached.with_label_values(&[actor]).set(seconds(reached));
        }
    }

    /// Messages reached their layer at this moment of the clock.
    pub fn delayed(&self, actor: &str, messages: &[Envelope], now: Timestamp) {
        let layer = table::ALL.iter().find(|table| table.owner == actor).map(|table| table.layer);
        if let (Some(layer), Some(newest)) = (layer, messages.iter().map(|message| message.time).max()) {
            let behind = now.millis().saturating_sub(newest.millis()).max(0);
            self.pipeline.delay.with_label_values(&[layer]).observe(behind as f64 / 1000.0);
        }
    }

    /// A life ended badly.
    pub fn restarted(&self, actor: &str) {
        self.pipeline.restarts.with_label_values(&[actor]).inc();
    }
}

/// A moment as Prometheus writes it.
pub(super) fn seconds(moment: Timestamp) -> f64 {
    moment.millis() as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use wick_schemas::{Cause, Instrument, Retrain};

    use super::*;

    #[test]
    fn the_delay_of_a_layer_is_that_of_its_newest_message() {
        let metrics = Metrics::new().expect("metrics");
        let subject = Instrument::new("BTC-USD").expect("a pair");
        let message = |at: i64| {
            let command = Retrain { at: Timestamp(at), cause: Cause::Schedule, requested_by: "test".into() };
            Envelope::wrap(&command, "test", &subject, None).expect("wraps")
        };
        metrics.delayed("validator", &[message(1_000), message(3_000)], Timestamp(5_000));
        metrics.delayed("gateway", &[message(1_000)], Timestamp(5_000));
        metrics.delayed("validator", &[], Timestamp(5_000));
        let text = metrics.text();
        assert!(text.contains("wick_event_time_delay_seconds_sum{layer=\"silver\"} 2\n"), "{text}");
        assert!(text.contains("wick_event_time_delay_seconds_count{layer=\"silver\"} 1\n"), "{text}");
    }
}
