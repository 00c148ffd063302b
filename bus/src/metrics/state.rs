//! What Redis holds: who is at work, what is not read yet, what died. Read now and then by the sampler.

use prometheus::{GaugeVec, IntGauge, IntGaugeVec, Result};

use super::Metrics;
use super::book::Book;
use super::pipeline::seconds;
use crate::stream::StreamState;

/// What is read of Redis at once.
#[derive(Debug)]
pub struct Seen {
    /// Every stream with its readers.
    pub streams: Vec<StreamState>,
    /// Every actor that holds a lease while it works, and whether somebody holds it.
    pub at_work: Vec<(&'static str, bool)>,
    /// Bytes that Redis uses.
    pub memory: i64,
    /// Whether it takes what is written.
    pub writable: bool,
}

/// What is known of the bus.
#[derive(Debug)]
pub(super) struct State {
    up: IntGauge,
    memory: IntGauge,
    at_work: IntGaugeVec,
    entries: IntGaugeVec,
    complete: GaugeVec,
    dead: IntGaugeVec,
    lag: IntGaugeVec,
    pending: IntGaugeVec,
}

impl State {
    pub(super) fn in_book(book: &mut Book) -> Result<Self> {
        let (topic, reader) = (["topic"], ["group", "topic"]);
        Ok(Self {
            up: book.level("wick_bus_up", "1 where Redis answers and takes what is written, else 0")?,
            memory: book.level("wick_bus_memory_bytes", "memory that Redis uses")?,
            at_work: book.levels(
                "wick_actor_at_work",
                "1 where an instance of the actor holds its lease, 0 where none does",
                &["actor"],
            )?,
            entries: book.levels("wick_stream_entries", "entries that a stream holds", &topic)?,
            complete: book.gauges(
                "wick_stream_complete_timestamp_seconds",
                "event time up to which a stream is complete",
                &topic,
            )?,
            dead: book.levels("wick_dead_letters", "dead letters of a topic that wait for a person", &topic)?,
            lag: book.levels(
                "wick_group_lag_messages",
                "entries that a group has not read; not there where Redis cannot tell (before 7.0)",
                &reader,
            )?,
            pending: book.levels(
                "wick_group_pending_messages",
                "entries that a group has read and not acknowledged",
                &reader,
            )?,
        })
    }
}

impl Metrics {
    /// What Redis holds; `None` where it does not answer: what is not known any more is not shown.
    pub fn sampled(&self, seen: Option<&Seen>) {
        let state = &self.state;
        state.up.set(i64::from(seen.is_some_and(|seen| seen.writable)));
        for gauge in [&state.at_work, &state.entries, &state.dead, &state.lag, &state.pending] {
            gauge.reset();
        }
        state.complete.reset();
        let Some(seen) = seen else {
            state.memory.set(0);
            return;
        };
        let whole = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        state.memory.set(seen.memory);
        for (actor, held) in &seen.at_work {
            state.at_work.with_label_values(&[actor]).set(i64::from(*held));
        }
        for stream in &seen.streams {
            let topic = stream.topic.as_str();
            state.entries.with_label_values(&[topic]).set(whole(stream.length));
            state.dead.with_label_values(&[topic]).set(whole(stream.dead));
            if let Some(complete) = stream.complete_to.filter(|mark| mark.millis() > 0) {
                state.complete.with_label_values(&[topic]).set(seconds(complete));
            }
            for group in &stream.groups {
                let labels = [group.group.as_str(), topic];
                state.pending.with_label_values(&labels).set(whole(group.pending));
                if let Some(lag) = group.lag {
                    state.lag.with_label_values(&labels).set(whole(lag));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::GroupState;
    use wick_schemas::Timestamp;

    #[test]
    fn what_is_not_known_any_more_is_not_shown() {
        let metrics = Metrics::new().expect("metrics");
        let group = GroupState { group: "trainer".into(), lag: Some(3), pending: 2 };
        let stream = StreamState {
            topic: "commands.retrain".into(),
            length: 5,
            complete_to: Some(Timestamp(1_500)),
            dead: 1,
            groups: vec![group],
        };
        let seen = Seen { streams: vec![stream], at_work: vec![("trainer", true)], memory: 7, writable: true };
        metrics.sampled(Some(&seen));
        let text = metrics.text();
        for line in [
            "wick_bus_up 1",
            "wick_bus_memory_bytes 7",
            "wick_actor_at_work{actor=\"trainer\"} 1",
            "wick_dead_letters{topic=\"commands.retrain\"} 1",
            "wick_stream_complete_timestamp_seconds{topic=\"commands.retrain\"} 1.5",
            "wick_group_lag_messages{group=\"trainer\",topic=\"commands.retrain\"} 3",
            "wick_group_pending_messages{group=\"trainer\",topic=\"commands.retrain\"} 2",
        ] {
            assert!(text.contains(&format!("{line}\n")), "{line}\n{text}");
        }
        metrics.sampled(None);
        let text = metrics.text();
        assert!(text.contains("wick_bus_up 0\n") && !text.contains("commands.retrain"), "{text}");
    }
}
