//! Feeds an actor from its streams and carries out what it decides: keep, then publish and acknowledge at once.
//!
//! One pass of [`consume`] is one life: take the lease, recover, claim what a former life left pending, then
//! read, handle, flush until the house stops or something goes wrong. The [`crate::supervisor`] starts the next.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use actix::Addr;
use redis::{Pipeline, Value, pipe};
use wick_schemas::{Timestamp, Topic};

use crate::actor::{Layer, Outbox, Resident, Route, Wait};
use crate::codec::{self, Entry};
use crate::dedupe::Dedupe;
use crate::error::{Error, Result};
use crate::house::House;
use crate::merge::{Delivery, Merge, Released};
use crate::retention::Retention;
use crate::session::Session;
use crate::shell::{Adopt, Feed, Finish, Handled, Reached, Shell};
use crate::stream;

/// Ids that a consumer remembers, to drop a message that is published again.
const REMEMBERED: usize = 65_536;
/// How often a handler may die of a message that it was given alone. A process that is killed meanwhile does not count:
/// that says nothing of the message.
const DEATHS: usize = 3;
/// How long an actor listens before it looks at watermarks again.
const LISTEN: Duration = Duration::from_millis(200);
/// Live messages later than this are being caught up with.
const CATCHING_UP_MS: i64 = wick_schemas::time::HOUR;

/// One life of an actor that listens to streams.
pub struct Life<'a, A: Resident> {
    house: &'a House,
    shell: &'a Addr<Shell<A>>,
    session: Session,
    layer: A::Layer,
    routes: Vec<Route<A>>,
    keys: Vec<String>,
    last: Vec<String>,
    merge: Merge,
    /// Whether anyone has ever said how far a lane is complete.
    spoken: Vec<bool>,
    dedupe: Dedupe,
    retention: Retention,
    /// Entries that a handler may have died of, with their deliveries.
    cautious: HashMap<(usize, String), usize>,
    reached: Timestamp,
    /// For each lane, the event time before which it brings nothing more.
    next: Vec<Timestamp>,
    /// The oldest message that was let go and is not handled yet.
    held_back: Option<Timestamp>,
    /// The watermarks as last written.
    marks: Vec<(&'static str, i64)>,
    renewed: Instant,
}

/// Lives once: returns when the house stops, with an error when a new life is needed.
///
/// # Errors
/// Whatever ended this life.
pub async fn consume<A: Resident>(house: &House, shell: &Addr<Shell<A>>, me: &str) -> Result<()> {
    let mut session = Session::acquire(house, A::NAME, me).await?;
    let routes = A::routes().0;
    let keys: Vec<String> = routes.iter().map(|route| house.stream(&route.topic)).collect();
    stream::create_groups(house, session.connection(), A::publishes()).await?;
    for key in &keys {
        stream::create_group(session.connection(), key, A::NAME).await?;
    }
    stream::announce(house, session.connection(), A::publishes()).await?;
    let layer = A::open(house).await?;
    let checkpoint = read_checkpoint::<A>(house, &mut session).await?;
    let resident = A::recover(house, &layer, checkpoint).await?;
    shell.send(Adopt(resident)).await.map_err(|_| Error::Stopping)?;
    let mut life = Life {
        house,
        shell,
        session,
        layer,
        last: vec!["0-0".to_owned(); keys.len()],
        merge: lanes(&routes),
        spoken: vec![false; keys.len()],
        dedupe: Dedupe::new(REMEMBERED),
        retention: Retention::new(house, A::publishes()),
        cautious: HashMap::new(),
        reached: Timestamp::MIN,
        next: Vec::new(),
        held_back: None,
        marks: Vec::new(),
        renewed: Instant::now(),
        routes,
        keys,
    };
    let end = life.live(me).await;
    if matches!(end, Ok(()) | Err(Error::Stopping)) {
        life.session.release().await;
        return Ok(());
    }
    end
}

fn lanes<A: Resident>(routes: &[Route<A>]) -> Merge {
    let mut merge = Merge::new(routes.len());
    for (lane, _) in routes.iter().enumerate().filter(|(_, route)| route.wait != Wait::Always) {
        merge.early(lane);
    }
    merge
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

fn checkpoint_key(house: &House, actor: &str) -> String {
    format!("{}:{actor}", house.key("checkpoint"))
}

impl<A: Resident> Life<'_, A> {
    async fn live(&mut self, me: &str) -> Result<()> {
        self.claim(me).await?;
        while !self.house.stopping() {
            let read = self.read(me).await?;
            let released = self.release();
            let next = self.merge.next();
            if released.deliveries.is_empty() && released.reached <= self.reached && next == self.next {
                if read == 0 {
                    self.listen().await?;
                }
                continue;
            }
            self.next = next;
            let mut waiting: VecDeque<Delivery> = released.deliveries.into();
            loop {
                let most = if A::ONE_BY_ONE || !self.cautious.is_empty() { 1 } else { usize::MAX };
                let rest = waiting.split_off(most.min(waiting.len()));
                let mut batch = Vec::from(std::mem::replace(&mut waiting, rest));
                if let [only] = batch.as_slice()
                    && !self.dare(&only.clone(), me).await?
                {
                    batch.clear();
                }
                // What has not been handled yet holds the watermark back.
                self.held_back = waiting.front().map(|next| next.message.time);
                let held = self.held_back.map_or(Timestamp::MAX, |next| next.shift(-1));
                self.handle(batch, held.min(released.reached)).await?;
                if waiting.is_empty() || self.house.stopping() {
                    break;
                }
            }
            self.renew().await?;
        }
        Ok(())
    }

    /// Takes over what a former life read and did not acknowledge, oldest first.
    ///
    /// The second time they are tried together again; after that one by one, so that the one that is to blame is
    /// the only one whose deliveries grow.
    async fn claim(&mut self, me: &str) -> Result<()> {
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
                self.last[lane].clone_from(&entry.id);
                self.admit(lane, entry).await?;
            }
        }
        Ok(())
    }

    /// Counts one more delivery of a message that its handler may have died of; puts it aside after too many.
    async fn dare(&mut self, delivery: &Delivery, me: &str) -> Result<bool> {
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

    /// Reads what is new, with the watermarks of the same instant. Gives the number of entries.
    async fn read(&mut self, me: &str) -> Result<usize> {
        let batch = self.house.config.bus.batch;
        let lanes: Vec<usize> = (0..self.keys.len()).filter(|lane| self.merge.held(*lane) < batch).collect();
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
        for lane in lanes {
            let name = self.routes[lane].topic.name;
            self.spoken[lane] = watermarks.contains_key(name);
            let watermark = watermarks.get(name).copied().unwrap_or(Timestamp::MIN);
            self.merge.complete(lane, watermark, read[lane] < batch);
        }
        Ok(read.iter().sum())
    }

    /// Puts an entry in its lane; one that is no message goes to the dead letters.
    async fn admit(&mut self, lane: usize, entry: Entry) -> Result<()> {
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
    fn release(&mut self) -> Released {
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

    /// Hands messages to the actor and carries out what it decides.
    async fn handle(&mut self, deliveries: Vec<Delivery>, reached: Timestamp) -> Result<()> {
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
        let cause = fresh.last().map(|delivery| delivery.message.clone());
        let count = fresh.len();
        let feed = Feed { deliveries: fresh, reached: come.clone(), resident: std::marker::PhantomData };
        let alone = acks.len() == 1;
        let mut handled = self.shell.send(feed).await.map_err(|_| Error::Stopping)?.inspect_err(|_| {
            if let Some((_, entry)) = acks.first().filter(|_| alone) {
                let _ = self.house.failures(A::NAME, entry, 1);
            }
        })?;
        self.house.metrics.handled(A::NAME, count, started.elapsed());
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
    async fn work(&mut self, job: crate::actor::Job<A::Done>) -> Result<A::Done> {
        let mut task = tokio::task::spawn_blocking(job);
        loop {
            tokio::select! {
                done = &mut task => {
                    return done.unwrap_or_else(|error| {
                        Err(Error::Panicked { actor: A::NAME.to_owned(), reason: error.to_string() })
                    });
                }
                () = tokio::time::sleep(self.session.renewal()) => {
                    self.session.renew().await?;
                    self.renewed = Instant::now();
                }
            }
        }
    }

    async fn flush(&mut self, handled: Handled<A>, acks: &[(usize, String)], reached: Timestamp) -> Result<()> {
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
            tracing::warn!(actor = A::NAME, topic = message.kind, id = %message.id, error = %refusal.error, "put aside");
            self.house.metrics.dead(A::NAME, self.routes[lane].topic.name);
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
        self.retention.published(&outbox.messages, &ids);
        self.retention.trim(self.session.connection()).await
    }

    fn dead(&self, lane: usize) -> String {
        self.house.key(&format!("dead.{}", self.routes[lane].topic.name))
    }

    /// Puts an entry aside, as it is, with what it died of.
    async fn bury(&mut self, lane: usize, entry: &Entry, reason: &str) -> Result<()> {
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

    /// Waits until a stream has something new, or for a moment.
    async fn listen(&mut self) -> Result<()> {
        self.renew().await?;
        let held = (0..self.keys.len()).any(|lane| self.merge.held(lane) > 0);
        if held || self.keys.is_empty() {
            // What is held waits for a watermark, and those do not wake anyone.
            tokio::time::sleep(Duration::from_millis(2)).await;
            return Ok(());
        }
        let mut read = redis::cmd("XREAD");
        read.arg("COUNT").arg(1).arg("BLOCK").arg(LISTEN.as_millis() as u64).arg("STREAMS");
        read.arg(&self.keys).arg(&self.last);
        tokio::select! {
            answer = read.query_async::<Value>(self.session.connection()) => answer.map(|_| ()).map_err(Error::from),
            () = self.house.stopped() => Ok(()),
        }
    }

    async fn renew(&mut self) -> Result<()> {
        if self.renewed.elapsed() > self.session.renewal() {
            self.session.renew().await?;
            self.renewed = Instant::now();
        }
        Ok(())
    }
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
