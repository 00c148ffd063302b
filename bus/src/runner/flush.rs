//! Keeps rows, then publishes, acknowledges and moves on in one transaction.

use std::time::Instant;

use redis::{Pipeline, pipe};
use wick_schemas::{Timestamp, Topic};

use super::Life;
use crate::actor::{Layer, Outbox, Resident};
use crate::codec;
use crate::error::{Error, Result};
use crate::house::House;
use crate::session::Session;
use crate::shell::Handled;
use crate::telemetry;

impl<A: Resident> Life<'_, A> {
    pub(super) async fn flush(
        &mut self,
        handled: Handled<A>,
        acks: &[(usize, String)],
        reached: Timestamp,
    ) -> Result<()> {
        let started = Instant::now();
        let Handled { mut outbox, refused, checkpoint, promises } = handled;
        let rows = std::mem::take(&mut outbox.rows);
        let kept = rows.len();
        if kept > 0 {
            self.layer.keep(rows).await?;
        }
        let mut commands = pipe();
        commands.atomic();
        publish(self.house, &mut commands, &outbox);
        for refusal in &refused {
            let lane = refusal.delivery.lane;
            let message = &refusal.delivery.message;
            telemetry::handling(A::NAME, message, true)
                .in_scope(|| tracing::warn!(error = %refusal.error, "put aside"));
            let topic = self.routes[lane].topic.name;
            self.house.metrics.failed(A::NAME, topic);
            self.house.metrics.dead(A::NAME, topic);
            commands.cmd("XADD").arg(self.dead(lane)).arg("*");
            for (name, value) in codec::fields(message) {
                commands.arg(name).arg(value.as_ref());
            }
            commands.arg("error").arg(refusal.error.to_string()).arg("actor").arg(A::NAME).ignore();
        }
        for lane in 0..self.keys.len() {
            let ids: Vec<&String> = acks.iter().filter(|(of, _)| *of == lane).map(|(_, id)| id).collect();
            if !ids.is_empty() {
                commands.cmd("XACK").arg(&self.keys[lane]).arg(A::NAME).arg(ids).ignore();
            }
        }
        let marks = marks(A::publishes(), &promises, reached);
        if acks.is_empty() && outbox.messages.is_empty() && marks == self.marks {
            self.reached = self.reached.max(reached);
            return Ok(());
        }
        advance(self.house, &mut commands, &marks);
        self.marks = marks;
        commands.cmd("SET").arg(checkpoint_key(self.house, A::NAME)).arg(&checkpoint).ignore();
        let ids = self.session.transact(&commands).await?;
        self.reached = self.reached.max(reached);
        self.house.metrics.flushed(A::NAME, kept, &outbox.messages, reached, started.elapsed());
        if !self.house.replay {
            self.house.traces.published(self.house.deed(A::NAME, started.elapsed()), &outbox.messages);
            self.house.metrics.delayed(A::NAME, &outbox.messages, self.house.clock.now());
        }
        self.retention.published(&outbox.messages, &ids);
        self.retention.trim(self.session.connection()).await
    }
}

/// Reads an actor's checkpoint.
///
/// # Errors
/// Where Redis is absent, or the checkpoint is not one that this version reads.
pub async fn read_checkpoint<A: Resident>(house: &House, session: &mut Session) -> Result<Option<A::Checkpoint>> {
    let key = checkpoint_key(house, A::NAME);
    let text: Option<String> = redis::cmd("GET").arg(key).query_async(session.connection()).await?;
    text.map(|text| {
        serde_json::from_str(&text)
            .map_err(|error| Error::Config(format!("{}: unreadable checkpoint: {error}", A::NAME)))
    })
    .transpose()
}

/// Where an actor's checkpoint is.
#[must_use]
pub fn checkpoint_key(house: &House, actor: &str) -> String {
    format!("{}:{actor}", house.key("checkpoint"))
}

/// Adds an outbox's messages and hashes to a transaction, whose answers then begin with the ids of the messages.
pub fn publish<A: Resident>(house: &House, commands: &mut Pipeline, outbox: &Outbox<A>) {
    let mut key = (String::new(), String::new());
    for message in &outbox.messages {
        if key.0 != message.kind {
            key = (message.kind.clone(), house.key(&message.kind));
        }
        commands.cmd("XADD").arg(&key.1).arg("*");
        for (name, value) in codec::fields(message) {
            commands.arg(name).arg(value.as_ref());
        }
    }
    for (stem, fields) in &outbox.online {
        let hash = house.key(stem);
        commands.cmd("DEL").arg(&hash).ignore().cmd("HSET").arg(&hash);
        for (name, value) in fields {
            commands.arg(name).arg(value);
        }
        commands.ignore();
    }
}

/// How far the published streams are complete.
#[must_use]
pub fn marks(topics: &[Topic], promises: &[(Topic, Timestamp)], reached: Timestamp) -> Vec<(&'static str, i64)> {
    let of = |topic: &Topic| promises.iter().find(|(promised, _)| promised == topic).map_or(reached, |(_, time)| *time);
    topics
        .iter()
        .map(|topic| (topic.name, of(topic).millis()))
        .filter(|(_, time)| (1..i64::MAX).contains(time))
        .collect()
}

/// Adds watermarks to a transaction.
pub fn advance(house: &House, commands: &mut Pipeline, marks: &[(&'static str, i64)]) {
    if !marks.is_empty() {
        commands.cmd("HSET").arg(house.key("watermark")).arg(marks).ignore();
    }
}
