//! Reads the streams, and lets go what is in order.

use redis::{Value, pipe};
use wick_schemas::Timestamp;

use super::Life;
use crate::actor::{Resident, Wait};
use crate::codec::{self, Entry};
use crate::error::Result;
use crate::merge::{Delivery, Released};
use crate::stream;

/// Live messages later than this are being caught up with.
const CATCHING_UP_MS: i64 = wick_schemas::time::HOUR;

impl<A: Resident> Life<'_, A> {
    /// Reads what is new, with the watermarks of the same instant. Gives the number of entries.
    pub(super) async fn read(&mut self, me: &str) -> Result<usize> {
        let batch = self.house.config.bus.batch;
        let lanes: Vec<usize> = (0..self.keys.len()).filter(|lane| self.merge.wants(*lane, batch)).collect();
        let mut commands = pipe();
        commands.atomic();
        if !lanes.is_empty() {
            commands.cmd("XREADGROUP").arg("GROUP").arg(A::NAME).arg(me).arg("COUNT").arg(batch).arg("STREAMS");
            for lane in &lanes {
                commands.arg(&self.keys[*lane]);
            }
            for _ in &lanes {
                commands.arg(">");
            }
        }
        commands.cmd("HGETALL").arg(self.house.key("watermark"));
        let mut answers = self.session.transact(&commands).await?;
        let watermarks = stream::watermarks(answers.pop().unwrap_or(Value::Nil))?;
        let mut read = vec![0; self.keys.len()];
        for (key, entries) in codec::read_streams(answers.pop().unwrap_or(Value::Nil))? {
            let Some(lane) = self.keys.iter().position(|known| *known == key) else { continue };
            read[lane] = entries.len();
            for entry in entries {
                self.last[lane].clone_from(&entry.id);
                self.admit(lane, entry).await?;
            }
        }
        // A lane that was full and not read moves on too: it is complete up to the newest that it holds.
        for (lane, read) in read.iter().enumerate() {
            let name = self.routes[lane].topic.name;
            self.spoken[lane] = watermarks.contains_key(name);
            let watermark = watermarks.get(name).copied().unwrap_or(Timestamp::MIN);
            self.merge.complete(lane, watermark, lanes.contains(&lane) && *read < batch);
        }
        Ok(read.iter().sum())
    }

    /// Puts an entry in its lane; one that is no message goes to the dead letters.
    pub(super) async fn admit(&mut self, lane: usize, entry: Entry) -> Result<()> {
        let topic = self.routes[lane].topic.name;
        self.house.metrics.received(A::NAME, topic, 1);
        match entry.message {
            Ok(message) => {
                self.merge.add(Delivery { lane, entry: entry.id, message });
                Ok(())
            }
            Err(ref error) => {
                let reason = error.to_string();
                self.bury(lane, &entry, &reason).await
            }
        }
    }

    /// Lets go what is in order.
    pub(super) fn release(&mut self) -> Released {
        let late = |oldest: Timestamp| self.house.clock.now() - oldest > CATCHING_UP_MS;
        let replay = self.house.replay && self.house.holds;
        let catching_up = replay || (!self.house.replay && self.merge.oldest().is_some_and(late));
        for (lane, route) in self.routes.iter().enumerate() {
            let waited_for = match route.wait {
                Wait::Always => true,
                // One that has never spoken may not be at home; a replay knows who is.
                Wait::CatchingUp => catching_up && (replay || self.spoken[lane]),
                Wait::Never => false,
            };
            self.merge.waits(lane, waited_for);
        }
        self.merge.release(self.house.config.bus.batch)
    }
}
