//! The actix actor around a resident: its mailbox, its life.

use std::panic::{AssertUnwindSafe, catch_unwind};

use actix::{Context, Message, Supervised};
use tracing::Span;
use wick_schemas::{Envelope, Instrument, Timestamp, Topic};

use crate::actor::{Outbox, Resident, Routes};
use crate::error::{Error, Kind, Result};
use crate::merge::Delivery;
use crate::telemetry;

/// The shell: empty until a resident has recovered, and again after a panic.
pub struct Shell<A: Resident> {
    resident: Option<A>,
    routes: Routes<A>,
    subject: Instrument,
}

impl<A: Resident> Shell<A> {
    /// An empty shell.
    #[must_use]
    pub fn new(subject: Instrument) -> Self {
        Self { resident: None, routes: A::routes(), subject }
    }

    /// Runs a handler. A panic leaves the shell empty: whatever state it left behind is not to be trusted.
    fn guarded<T>(&mut self, run: impl FnOnce(&mut A, &Routes<A>) -> Result<T>) -> Result<T> {
        let Some(resident) = self.resident.as_mut() else { return Err(Error::Stopping) };
        let routes = &self.routes;
        catch_unwind(AssertUnwindSafe(|| run(resident, routes)))
            .unwrap_or_else(|panic| Err(Error::panicked(A::NAME, panic)))
    }

    fn finish(resident: &A, outbox: Outbox<A>, refused: Vec<Refused>, reached: &Reached) -> Result<Handled<A>> {
        let checkpoint = checkpoint_text(resident)?;
        let promises = resident.promises(reached.all, &reached.next);
        Ok(Handled { outbox, refused, checkpoint, promises })
    }
}

/// A resident's checkpoint, as it is stored.
///
/// # Errors
/// Where it does not serialise.
pub(crate) fn checkpoint_text<A: Resident>(resident: &A) -> Result<String> {
    serde_json::to_string(&resident.checkpoint())
        .map_err(|error| Error::Config(format!("{}: its checkpoint does not serialise: {error}", A::NAME)))
}

impl<A: Resident> actix::Actor for Shell<A> {
    type Context = Context<Self>;
}

impl<A: Resident> Supervised for Shell<A> {
    fn restarting(&mut self, _: &mut Self::Context) {
        tracing::warn!(actor = A::NAME, "restarted by its supervisor");
        self.resident = None;
    }
}

/// How far an actor has come.
#[derive(Clone, Debug)]
pub struct Reached {
    /// The event time up to which everything is handled.
    pub all: Timestamp,
    /// For each route, the event time before which it brings nothing more.
    pub next: Vec<Timestamp>,
}

/// A message that its handler refused for good.
#[derive(Debug)]
pub struct Refused {
    /// The message.
    pub delivery: Delivery,
    /// Why.
    pub error: Error,
}

/// What came of a feed.
pub struct Handled<A: Resident> {
    /// What is to be kept, published and worked on.
    pub outbox: Outbox<A>,
    /// What is to be put aside.
    pub refused: Vec<Refused>,
    /// The state to go on from.
    pub checkpoint: String,
    /// How far the published streams are complete.
    pub promises: Vec<(Topic, Timestamp)>,
}

/// Moves a recovered resident in.
pub struct Adopt<A: Resident>(pub A);
impl<A: Resident> Message for Adopt<A> {
    type Result = ();
}
impl<A: Resident> actix::Handler<Adopt<A>> for Shell<A> {
    type Result = ();
    fn handle(&mut self, Adopt(resident): Adopt<A>, _: &mut Self::Context) {
        self.resident = Some(resident);
    }
}

/// Messages of the bus, in order, after which everything up to `reached` is handled.
pub struct Feed<A: Resident> {
    /// The messages.
    pub deliveries: Vec<Delivery>,
    /// How far the actor has come with them.
    pub reached: Reached,
    /// Whose messages they are.
    pub resident: std::marker::PhantomData<fn() -> A>,
}
impl<A: Resident> Message for Feed<A> {
    type Result = Result<Handled<A>>;
}
impl<A: Resident> actix::Handler<Feed<A>> for Shell<A> {
    type Result = Result<Handled<A>>;
    fn handle(&mut self, feed: Feed<A>, _: &mut Self::Context) -> Self::Result {
        let mut outbox = Outbox::new(self.subject.clone());
        let alone = feed.deliveries.len() == 1;
        self.guarded(move |resident, routes| {
            let mut refused = Vec::new();
            for delivery in feed.deliveries {
                let Some(route) = routes.0.get(delivery.lane) else { continue };
                outbox.answering(Some(&delivery.message));
                let span = telemetry::handling(A::NAME, &delivery.message, alone);
                match span.in_scope(|| (route.handle)(resident, &delivery.message, &mut outbox)) {
                    Ok(()) => {}
                    Err(error) if error.kind() == Kind::Permanent => refused.push(Refused { delivery, error }),
                    Err(error) => return Err(error),
                }
            }
            Self::finish(resident, outbox, refused, &feed.reached)
        })
    }
}

/// Something from outside the bus.
pub struct Take<A: Resident>(pub A::Local);
impl<A: Resident> Message for Take<A> {
    type Result = Result<Handled<A>>;
}
impl<A: Resident> actix::Handler<Take<A>> for Shell<A> {
    type Result = Result<Handled<A>>;
    fn handle(&mut self, Take(local): Take<A>, _: &mut Self::Context) -> Self::Result {
        let mut outbox = Outbox::new(self.subject.clone());
        self.guarded(move |resident, _| {
            resident.take(local, &mut outbox)?;
            // What comes from outside the bus has reached nothing but itself.
            let nothing = Reached { all: Timestamp::MIN, next: Vec::new() };
            Self::finish(resident, outbox, Vec::new(), &nothing)
        })
    }
}

/// The result of long work, and the message that it answers.
pub struct Finish<A: Resident>(pub A::Done, pub Option<Envelope>, pub Reached);
impl<A: Resident> Message for Finish<A> {
    type Result = Result<Handled<A>>;
}
impl<A: Resident> actix::Handler<Finish<A>> for Shell<A> {
    type Result = Result<Handled<A>>;
    fn handle(&mut self, Finish(done, cause, reached): Finish<A>, _: &mut Self::Context) -> Self::Result {
        let mut outbox = Outbox::new(self.subject.clone());
        outbox.answering(cause.as_ref());
        let span = cause.map_or_else(Span::none, |cause| telemetry::handling(A::NAME, &cause, true));
        self.guarded(move |resident, _| {
            span.in_scope(|| resident.done(done, &mut outbox))?;
            Self::finish(resident, outbox, Vec::new(), &reached)
        })
    }
}

/// Asks what can be seen.
pub struct Observe;
impl Message for Observe {
    type Result = Option<serde_json::Value>;
}
impl<A: Resident> actix::Handler<Observe> for Shell<A> {
    type Result = Option<serde_json::Value>;
    fn handle(&mut self, _: Observe, _: &mut Self::Context) -> Self::Result {
        self.resident.as_ref().map(Resident::observe)
    }
}

/// Ends the present life; the supervisor starts the next one.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Restart;
impl<A: Resident> actix::Handler<Restart> for Shell<A> {
    type Result = ();
    fn handle(&mut self, _: Restart, ctx: &mut Self::Context) {
        actix::ActorContext::stop(ctx);
    }
}
