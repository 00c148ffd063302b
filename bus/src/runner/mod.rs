//! Feeds an actor from its streams and carries out what it decides: keep, then publish and acknowledge at once.
//!
//! One pass of [`consume`] is one life: take the lease, recover, claim what a former life left pending, then
//! read, handle, flush until the house stops or something goes wrong. The [`crate::supervisor`] starts the next.

mod catching_up;
mod claim;
mod flush;
mod handle;
mod intake;

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use actix::Addr;
use redis::Value;
use wick_schemas::Timestamp;

pub use self::flush::{advance, checkpoint_key, marks, publish, read_checkpoint};
use crate::actor::{Resident, Route, Wait};
use crate::dedupe::Dedupe;
use crate::error::{Error, Result};
use crate::house::House;
use crate::merge::{Delivery, Merge};
use crate::retention::Retention;
use crate::session::Session;
use crate::shell::{Adopt, Shell};
use crate::stream;

/// Ids that a consumer remembers, to drop a message that is published again.
const REMEMBERED: usize = 65_536;
/// How long an actor listens before it looks at watermarks again, where they have not moved for long.
const LISTEN: Duration = Duration::from_millis(200);
/// How long it listens where they have just moved, or hold something back.
const SHORTEST_LULL: Duration = Duration::from_millis(2);

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
    /// How long it listens next.
    lull: Duration,
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
    let mut layer = session.during(A::open(house)).await?;
    let checkpoint = read_checkpoint::<A>(house, &mut session).await?;
    let mut resident = session.during(A::recover(house, &layer, checkpoint)).await?;
    catching_up::catch_up(house, &mut session, &mut layer, &mut resident).await?;
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
        lull: SHORTEST_LULL,
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
            self.lull = SHORTEST_LULL;
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

    /// Waits until a stream has something new, or for a moment.
    async fn listen(&mut self) -> Result<()> {
        self.renew().await?;
        let held = (0..self.keys.len()).any(|lane| self.merge.held(lane) > 0);
        if held || self.keys.is_empty() {
            // What is held waits for a watermark, and those do not wake anyone.
            tokio::time::sleep(SHORTEST_LULL).await;
            return Ok(());
        }
        // A message wakes at once, a watermark does not: where one has just moved, the next is looked for soon.
        let lull = self.lull;
        self.lull = (lull * 2).min(LISTEN);
        let mut read = redis::cmd("XREAD");
        read.arg("COUNT").arg(1).arg("BLOCK").arg(lull.as_millis() as u64).arg("STREAMS");
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
