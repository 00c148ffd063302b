//! Runs an actor that takes in the outside world: keep, then publish, whether or not the bus is there.
//!
//! While Redis is away the source is still listened to and its rows are kept; when it is back, the actor starts
//! a new life and publishes what it kept and never published. Its layer is its outbox.

use std::time::{Duration, Instant};

use actix::Addr;
use redis::pipe;
use wick_schemas::{Timestamp, topic};

use crate::actor::{Layer, Resident};
use crate::error::{Error, Result};
use crate::house::House;
use crate::pen::Pen;
use crate::retention::Retention;
use crate::runner;
use crate::session::{self, Session};
use crate::shell::{Adopt, Handled, Shell, Take};
use crate::stream;

/// How often an absent Redis is looked for.
const LOOK: Duration = Duration::from_millis(250);
/// How long another process may take to let go of the pen once the bus is back.
const LETTING_GO: Duration = Duration::from_secs(5);

/// Where a producing actor's input comes from.
pub trait Intake<T> {
    /// What comes next; `None` when nothing will come any more. Safe to drop while it waits.
    async fn next(&mut self) -> Result<Option<T>>;
    /// What was taken in and not yet given, when no more is asked for.
    fn rest(&mut self) -> Option<T> {
        None
    }
}

/// A resident that takes in the outside world.
pub trait Produce: Resident {
    /// What it listens to.
    type Intake: Intake<Self::Local>;

    /// What it kept and never published, in order.
    async fn backlog(&mut self, house: &House, layer: &Self::Layer) -> Result<Vec<Self::Local>>;
    /// Opens its source where its layer ends.
    async fn intake(&mut self, house: &House, layer: &Self::Layer) -> Result<Self::Intake>;
    /// The event time up to which it has published everything.
    fn published_to(&self) -> Timestamp;
    /// How far ahead of the slowest reader it may run, in milliseconds of event time; `None` for no bound.
    fn lead(&self) -> Option<i64>;
    /// The rows of what it takes in, for the time when there is no bus.
    fn rows(local: Self::Local) -> Vec<Self::Row>;
    /// Called after a source has ended and everything of it is published.
    fn ended(house: &House) {
        let _ = house;
    }
}

/// Lives once: returns when the house stops, with an error when a new life is needed.
///
/// # Errors
/// Whatever ended this life.
pub async fn produce<A: Produce>(house: &House, shell: &Addr<Shell<A>>, me: &str) -> Result<()> {
    let mut session = match Session::acquire(house, A::NAME, me).await {
        Err(error @ Error::Bus(_)) => {
            offline::<A>(house, &error).await?;
            return Err(error);
        }
        session => session?,
    };
    // Who kept while the bus was away looks for it that often, and lets go.
    let _pen = session.during(Pen::await_for(house, A::NAME, LETTING_GO)).await?;
    stream::create_groups(house, session.connection(), A::publishes()).await?;
    stream::announce(house, session.connection(), A::publishes()).await?;
    let mut layer = session.during(A::open(house)).await?;
    let checkpoint = runner::read_checkpoint::<A>(house, &mut session).await?;
    let mut resident = session.during(A::recover(house, &layer, checkpoint)).await?;
    let backlog = session.during(resident.backlog(house, &layer)).await?;
    let mut intake = session.during(resident.intake(house, &layer)).await?;
    let lead = resident.lead();
    let mut published_to = resident.published_to();
    shell.send(Adopt(resident)).await.map_err(|_| Error::Stopping)?;
    let mut retention = Retention::new(house, A::publishes());
    let mut renewed = Instant::now();
    let mut backlog = backlog.into_iter();
    loop {
        if house.stopping() {
            if let Some(rest) = intake.rest() {
                layer.keep(A::rows(rest)).await?;
            }
            session.release().await;
            return Ok(());
        }
        if let Some(lead) = lead {
            wait_for_readers(house, &mut session, published_to, lead).await?;
        }
        let next = match backlog.next() {
            Some(kept) => Some(kept),
            None => tokio::select! {
                next = intake.next() => next?,
                () = tokio::time::sleep(session.renewal()) => {
                    if let Err(error) = session.renew().await {
                        if matches!(error, Error::Bus(_)) {
                            keep_on::<A>(house, &error, &mut intake, &mut layer).await?;
                        }
                        return Err(error);
                    }
                    continue;
                }
                () = house.stopped() => continue,
            },
        };
        let Some(local) = next else {
            A::ended(house);
            // It has nothing to do any more, and is at work all the same.
            session
                .during(async {
                    house.stopped().await;
                    Ok(())
                })
                .await?;
            continue;
        };
        let started = Instant::now();
        let mut handled: Handled<A> = shell.send(Take(local)).await.map_err(|_| Error::Stopping)??;
        let rows = std::mem::take(&mut handled.outbox.rows);
        let kept = rows.len();
        // Who was paused may have been followed by another, who keeps what is kept. Without a bus nobody knows.
        if let Err(error @ Error::Fenced(_)) = session.still_mine().await {
            return Err(error);
        }
        layer.keep(rows).await?;
        let reached = handled.outbox.messages.iter().map(|message| message.time).max().unwrap_or(published_to);
        let reached = reached.max(published_to);
        let mut commands = pipe();
        commands.atomic();
        runner::publish(house, &mut commands, &handled.outbox);
        runner::advance(house, &mut commands, &runner::marks(A::publishes(), &handled.promises, reached));
        commands.cmd("SET").arg(runner::checkpoint_key(house, A::NAME)).arg(&handled.checkpoint).ignore();
        match session.transact(&commands).await {
            Ok(ids) => {
                published_to = reached;
                house.metrics.flushed(A::NAME, kept, &handled.outbox.messages, reached, started.elapsed());
                if !house.replay {
                    house.traces.published(house.deed(A::NAME, started.elapsed()), &handled.outbox.messages);
                    house.metrics.delayed(A::NAME, &handled.outbox.messages, house.clock.now());
                }
                retention.published(&handled.outbox.messages, &ids);
                retention.trim(session.connection()).await?;
            }
            Err(error @ Error::Bus(_)) => {
                keep_on::<A>(house, &error, &mut intake, &mut layer).await?;
                return Err(error);
            }
            Err(error) => return Err(error),
        }
        if renewed.elapsed() > session.renewal() {
            session.renew().await?;
            renewed = Instant::now();
        }
    }
}

/// Listens and keeps until the bus is back or the house stops.
async fn keep_on<A: Produce>(house: &House, why: &Error, intake: &mut A::Intake, layer: &mut A::Layer) -> Result<()> {
    tracing::warn!(actor = A::NAME, %why, "the bus is away: keeping what comes, to publish it later");
    // A replay's source can wait; what it would have given is read again in the next life.
    while !house.replay && !house.stopping() {
        tokio::select! {
            next = intake.next() => match next? {
                Some(local) => layer.keep(A::rows(local)).await?,
                None => return Ok(()),
            },
            () = tokio::time::sleep(LOOK) => {
                if let Ok(mut bus) = session::connect(&house.redis_url).await
                    && session::try_writing(&mut bus, house).await.is_ok()
                {
                    return Ok(());
                }
            }
            () = house.stopped() => {}
        }
    }
    if let Some(rest) = intake.rest() {
        layer.keep(A::rows(rest)).await?;
    }
    Ok(())
}

/// A life without a bus: only keeps, unless another process does.
async fn offline<A: Produce>(house: &House, why: &Error) -> Result<()> {
    let Some(_pen) = Pen::take(house, A::NAME)? else { return Ok(()) };
    let mut layer = A::open(house).await?;
    let mut resident = A::recover(house, &layer, None).await?;
    let mut intake = resident.intake(house, &layer).await?;
    keep_on::<A>(house, why, &mut intake, &mut layer).await
}

/// Waits until the slowest reader is near enough.
async fn wait_for_readers(house: &House, session: &mut Session, published_to: Timestamp, lead: i64) -> Result<()> {
    let mut renewed = Instant::now();
    loop {
        let marks = stream::read_watermarks(house, session.connection()).await?;
        // An actor that has never spoken has nothing to be waited for: it may not be at home.
        let slowest = topic::ALL.iter().filter_map(|topic| marks.get(topic.name)).min();
        let near = |slowest: &Timestamp| published_to.shift(-lead) <= *slowest;
        if house.stopping() || slowest.is_none_or(near) {
            return Ok(());
        }
        if renewed.elapsed() > session.renewal() {
            session.renew().await?;
            renewed = Instant::now();
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
