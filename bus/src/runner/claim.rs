//! What a former life left, and what nobody can handle.

use redis::pipe;

use super::Life;
use crate::actor::Resident;
use crate::codec::{self, Entry};
use crate::error::Result;
use crate::merge::Delivery;
use crate::stream;

/// How often a handler may die of a message that it was given alone. A process that is killed meanwhile does not count:
/// that says nothing of the message.
const DEATHS: usize = 3;

impl<A: Resident> Life<'_, A> {
    /// Takes over what a former life read and did not acknowledge, oldest first.
    ///
    /// The second time they are tried together again; after that one by one, so that the one that is to blame is
    /// the only one whose deliveries grow.
    pub(super) async fn claim(&mut self, me: &str) -> Result<()> {
        for lane in 0..self.keys.len() {
            let key = self.keys[lane].clone();
            let pending = stream::claim_pending(self.session.connection(), &key, A::NAME, me).await?;
            let tried = pending.iter().map(|(_, deliveries)| *deliveries).max().unwrap_or(0);
            for (entry, deliveries) in pending {
                if tried > 1 {
                    self.cautious.insert((lane, entry.id.clone()), deliveries);
                } else {
                    stream::count_delivery(self.session.connection(), &key, A::NAME, me, &entry.id).await?;
                }
                self.admit(lane, entry).await?;
            }
            // What was given to former lives is not new: to be woken by it would be to be woken again and again by a
            // stream on which nothing comes.
            let groups = stream::read_groups(self.session.connection(), &key).await?;
            if let Some(group) = groups.into_iter().find(|group| group.name == A::NAME) {
                self.last[lane] = group.delivered;
            }
        }
        Ok(())
    }

    /// Counts one more delivery of a message that its handler may have died of; puts it aside after too many.
    pub(super) async fn dare(&mut self, delivery: &Delivery, me: &str) -> Result<bool> {
        let Some(deliveries) = self.cautious.remove(&(delivery.lane, delivery.entry.clone())) else { return Ok(true) };
        let deaths = self.house.failures(A::NAME, &delivery.entry, 0);
        if deaths >= DEATHS || deliveries >= self.house.config.bus.deliveries {
            let entry = Entry { id: delivery.entry.clone(), message: Ok(delivery.message.clone()), raw: Vec::new() };
            let reason = format!("its handler died of it {deaths} times in {deliveries} deliveries");
            self.bury(delivery.lane, &entry, &reason).await?;
            return Ok(false);
        }
        let key = self.keys[delivery.lane].clone();
        stream::count_delivery(self.session.connection(), &key, A::NAME, me, &delivery.entry).await?;
        Ok(true)
    }

    /// Puts an entry aside, as it is, with what it died of.
    pub(super) async fn bury(&mut self, lane: usize, entry: &Entry, reason: &str) -> Result<()> {
        tracing::warn!(actor = A::NAME, topic = self.routes[lane].topic.name, entry = entry.id, reason, "put aside");
        self.house.metrics.dead(A::NAME, self.routes[lane].topic.name);
        let mut commands = pipe();
        commands.atomic().cmd("XADD").arg(self.dead(lane)).arg("*");
        if let Ok(message) = &entry.message {
            for (name, value) in codec::fields(message) {
                commands.arg(name).arg(value.as_ref());
            }
        }
        for (name, value) in &entry.raw {
            commands.arg(name).arg(value);
        }
        commands.arg("error").arg(reason).arg("actor").arg(A::NAME).ignore();
        commands.cmd("XACK").arg(&self.keys[lane]).arg(A::NAME).arg(&entry.id).ignore();
        self.session.transact(&commands).await.map(|_| ())
    }

    pub(super) fn dead(&self, lane: usize) -> String {
        self.house.key(&format!("dead.{}", self.routes[lane].topic.name))
    }
}
