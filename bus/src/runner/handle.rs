//! Hands messages to the actor, and does its long work off its thread.

use std::collections::BTreeSet;
use std::time::Instant;

use wick_schemas::{Envelope, Timestamp};

use super::Life;
use crate::actor::{Job, Resident};
use crate::background;
use crate::error::{Error, Result};
use crate::merge::Delivery;
use crate::shell::{Feed, Finish, Reached};

impl<A: Resident> Life<'_, A> {
    /// Hands messages to the actor and carries out what it decides.
    pub(super) async fn handle(&mut self, deliveries: Vec<Delivery>, reached: Timestamp) -> Result<()> {
        let come = Reached {
            all: reached,
            next: self.next.iter().map(|next| (*next).min(self.held_back.unwrap_or(*next))).collect(),
        };
        let started = Instant::now();
        let mut acks: Vec<(usize, String)> = Vec::with_capacity(deliveries.len());
        let mut fresh = Vec::with_capacity(deliveries.len());
        for delivery in deliveries {
            acks.push((delivery.lane, delivery.entry.clone()));
            if self.dedupe.is_new(&delivery.message.id) {
                fresh.push(delivery);
            } else {
                self.house.metrics.repeated(A::NAME, self.routes[delivery.lane].topic.name);
            }
        }
        let heard: Vec<Envelope> = if !self.house.replay && self.house.traces.wanted(fresh.len()) {
            fresh.iter().map(|delivery| delivery.message.clone()).collect()
        } else {
            Vec::new()
        };
        let cause = fresh.last().map(|delivery| delivery.message.clone());
        let count = fresh.len();
        let feed = Feed { deliveries: fresh, reached: come.clone(), resident: std::marker::PhantomData };
        let alone = acks.len() == 1;
        let mut handled = self.shell.send(feed).await.map_err(|_| Error::Stopping)?.inspect_err(|error| {
            self.house.traces.handled(self.house.deed(A::NAME, started.elapsed()), &heard, Some(error));
            for lane in acks.iter().map(|(lane, _)| *lane).collect::<BTreeSet<usize>>() {
                self.house.metrics.failed(A::NAME, self.routes[lane].topic.name);
            }
            if let Some((_, entry)) = acks.first().filter(|_| alone) {
                let _ = self.house.failures(A::NAME, entry, 1);
            }
        })?;
        self.house.metrics.handled(A::NAME, count, started.elapsed());
        self.house.traces.handled(self.house.deed(A::NAME, started.elapsed()), &heard, None);
        for job in std::mem::take(&mut handled.outbox.jobs) {
            let done = self.work(job).await?;
            let finish = Finish(done, cause.clone(), come.clone());
            let more = self.shell.send(finish).await.map_err(|_| Error::Stopping)??;
            handled.outbox.rows.extend(more.outbox.rows);
            handled.outbox.messages.extend(more.outbox.messages);
            handled.outbox.online.extend(more.outbox.online);
            handled.checkpoint = more.checkpoint;
            handled.promises = more.promises;
        }
        self.flush(handled, &acks, reached).await
    }

    /// Does long work off this thread, staying the active instance meanwhile.
    async fn work(&mut self, job: Job<A::Done>) -> Result<A::Done> {
        let mut task = background::start(A::NAME, job)?;
        loop {
            tokio::select! {
                // Whoever works says how it ended, even by a panic.
                done = &mut task => return done.unwrap_or(Err(Error::Stopping)),
                () = tokio::time::sleep(self.session.renewal()) => {
                    self.session.renew().await?;
                    self.renewed = Instant::now();
                }
            }
        }
    }
}
