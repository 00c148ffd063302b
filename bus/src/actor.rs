//! What an actor is: what it consumes, decides and keeps.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use wick_schemas::{Envelope, Instrument, Payload, Timestamp, Topic};

use crate::background::Abandoned;
use crate::error::Result;
use crate::house::House;

/// A resident of the house: pure state and decisions. It does no I/O of its own; what is to be kept, published or
/// worked on goes into the [`Outbox`].
pub trait Resident: Sized + Send + Unpin + 'static {
    /// Its name: its consumer group, its section in the settings, its label in the metrics.
    const NAME: &'static str;
    /// One message at a time, because each may start work whose result the next one needs.
    const ONE_BY_ONE: bool = false;

    /// A row of its layer.
    type Row: Send + 'static;
    /// Where its rows are kept.
    type Layer: Layer<Row = Self::Row>;
    /// What it needs, besides its layer, to go on exactly where its last acknowledged input left it. Small: it is
    /// stored with every flush.
    type Checkpoint: Serialize + DeserializeOwned + Send + 'static;
    /// What it takes in from outside the bus; `()` for those who only listen to streams.
    type Local: Send + 'static;
    /// What its long work results in; `()` for those who have none.
    type Done: Send + 'static;

    /// What it listens to. The order is that in which messages of the same moment are handled.
    fn routes() -> Routes<Self>;
    /// The streams it publishes on.
    fn publishes() -> &'static [Topic];

    /// Opens its layer.
    async fn open(house: &House) -> Result<Self::Layer>;
    /// Rebuilds its state as of the checkpoint: what its last acknowledged input left.
    async fn recover(house: &House, layer: &Self::Layer, checkpoint: Option<Self::Checkpoint>) -> Result<Self>;
    /// Builds what its layer lacks, where it listens to streams and before it takes in the first message. It may take
    /// long, and may be cut off at any moment: what it keeps, it keeps itself, piece by piece. What it then keeps
    /// and shows by the outbox goes with its checkpoint in one transaction. Gives whether there was anything to do.
    async fn catch_up(&mut self, house: &House, layer: &mut Self::Layer, out: &mut Outbox<Self>) -> Result<bool> {
        let _ = (house, layer, out);
        Ok(false)
    }
    /// What [`Resident::recover`] will need.
    fn checkpoint(&self) -> Self::Checkpoint;

    /// Up to which event time each published stream is complete when everything up to `reached` is handled and each
    /// route, in rank, brings nothing before its time in `next`. A stream that is not named is complete up to
    /// `reached`.
    ///
    /// Where actors answer each other in a circle, one of them must promise more than it has reached, or none could go
    /// on.
    fn promises(&self, reached: Timestamp, next: &[Timestamp]) -> Vec<(Topic, Timestamp)> {
        let _ = (reached, next);
        Vec::new()
    }

    /// Takes in something from outside the bus.
    ///
    /// # Errors
    /// As a [`Handler`].
    fn take(&mut self, local: Self::Local, out: &mut Outbox<Self>) -> Result<()> {
        let _ = (local, out);
        Ok(())
    }

    /// Takes the result of long work.
    ///
    /// # Errors
    /// As a [`Handler`].
    fn done(&mut self, done: Self::Done, out: &mut Outbox<Self>) -> Result<()> {
        let _ = (done, out);
        Ok(())
    }

    /// What can be seen of its state, for `wick status`.
    fn observe(&self) -> serde_json::Value;
}

/// Handles one type of message: a decision plus an outbox.
pub trait Handler<P: Payload>: Resident {
    /// Decides.
    ///
    /// # Errors
    /// A permanent error puts the message aside and must leave the state as it was; any other starts the actor
    /// anew from its checkpoint.
    fn handle(&mut self, payload: P, out: &mut Outbox<Self>) -> Result<()>;
}

/// Keeps the rows of one layer.
pub trait Layer: 'static {
    /// A row.
    type Row;
    /// Keeps rows for ever, before anyone is told of them. Keeping a row twice keeps one row.
    async fn keep(&mut self, rows: Vec<Self::Row>) -> Result<()>;
}

/// A layer for those who keep nothing.
#[derive(Debug, Clone, Copy)]
pub struct Nothing;

impl Layer for Nothing {
    type Row = ();
    async fn keep(&mut self, _: Vec<()>) -> Result<()> {
        Ok(())
    }
}

type HandleFn<A> = fn(&mut A, &Envelope, &mut Outbox<A>) -> Result<()>;

/// One stream that an actor listens to.
pub struct Route<A: Resident> {
    /// The stream.
    pub topic: Topic,
    /// When other streams wait for this one.
    pub wait: Wait,
    /// Decodes and handles a message.
    pub handle: HandleFn<A>,
}

/// When messages of other streams wait until this one can bring nothing older.
///
/// Messages of a stream that is always waited for are handled in the order of event time. Those of any other are
/// handled when they come: they say themselves from when they hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Always.
    Always,
    /// In a replay and while catching up; what is live never waits.
    CatchingUp,
    /// Never: it comes when it comes, as a person's command does.
    Never,
}

/// The streams that an actor listens to, in rank.
pub struct Routes<A: Resident>(pub Vec<Route<A>>);

impl<A: Resident> Default for Routes<A> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<A: Resident> Routes<A> {
    /// Listens to this stream.
    #[must_use]
    pub fn on<P: Payload>(mut self, wait: Wait) -> Self
    where
        A: Handler<P>,
    {
        self.0.push(Route { topic: P::TOPIC, wait, handle: |actor, message, out| actor.handle(message.open()?, out) });
        self
    }
}

/// Long work, done off the actor's thread.
pub type Job<D> = Box<dyn FnOnce(Abandoned<'_>) -> Result<D> + Send>;

/// Where a handler puts what is to be kept, published and worked on. The runner keeps first, then publishes and
/// acknowledges at once.
pub struct Outbox<A: Resident> {
    subject: Instrument,
    cause: Option<Envelope>,
    /// Rows for its layer.
    pub rows: Vec<A::Row>,
    /// Messages for its streams.
    pub messages: Vec<Envelope>,
    /// Fields of Redis hashes, by the hash's stem: the newest state of something, for quick reading.
    pub online: BTreeMap<String, Vec<(String, String)>>,
    /// Long work.
    pub jobs: Vec<Job<A::Done>>,
}

impl<A: Resident> Outbox<A> {
    /// An empty outbox of an actor that speaks of `subject`.
    #[must_use]
    pub fn new(subject: Instrument) -> Self {
        Self { subject, cause: None, rows: Vec::new(), messages: Vec::new(), online: BTreeMap::new(), jobs: Vec::new() }
    }

    /// Says which message is being handled: what is published from now on answers it.
    pub fn answering(&mut self, cause: Option<&Envelope>) {
        self.cause = cause.cloned();
    }

    /// The message that is being handled.
    #[must_use]
    pub fn cause(&self) -> Option<&Envelope> {
        self.cause.as_ref()
    }

    /// Keeps a row.
    pub fn keep(&mut self, row: impl Into<A::Row>) -> &mut Self {
        self.rows.push(row.into());
        self
    }

    /// Publishes a payload; gives the message back for its id.
    ///
    /// # Errors
    /// Where it does not serialise.
    pub fn publish<P: Payload>(&mut self, payload: &P) -> Result<&Envelope> {
        let message = Envelope::wrap(payload, A::NAME, &self.subject, self.cause.as_ref())?;
        self.messages.push(message);
        Ok(&self.messages[self.messages.len() - 1])
    }

    /// Sets a hash of Redis, whole.
    pub fn show(&mut self, stem: impl Into<String>, fields: Vec<(String, String)>) -> &mut Self {
        self.online.insert(stem.into(), fields);
        self
    }

    /// Starts long work; its result comes back by [`Resident::done`]. What it logs belongs to the message at hand.
    pub fn work(&mut self, job: impl FnOnce(Abandoned<'_>) -> Result<A::Done> + Send + 'static) -> &mut Self {
        let span = tracing::Span::current();
        self.jobs.push(Box::new(move |abandoned| span.in_scope(|| job(abandoned))));
        self
    }
}
