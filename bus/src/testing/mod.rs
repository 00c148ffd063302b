//! What tests share: a stage for handlers, which gives a resident messages and shows its outbox, with no Redis, no clock
//! and no waiting; and a PostgreSQL server of a test's own.

mod postgres;

pub use self::postgres::Postgres;

use wick_schemas::{Envelope, Instrument, Payload};

use crate::actor::{Outbox, Resident};
use crate::error::{Error, Result};

/// A resident on a stage.
pub struct Stage<A: Resident> {
    /// The resident.
    pub resident: A,
    /// What it has put out so far.
    pub out: Outbox<A>,
}

impl<A: Resident> Stage<A> {
    /// Puts a resident on a stage.
    #[must_use]
    pub fn new(resident: A) -> Self {
        let subject = match Instrument::new("BTC-USD") {
            Ok(subject) => subject,
            Err(error) => unreachable!("a pair: {error}"),
        };
        Self { resident, out: Outbox::new(subject) }
    }

    /// Hands it a message, through its own routes.
    ///
    /// # Errors
    /// Its handler's, or [`Error::Config`] where it does not listen to such messages.
    pub fn give<P: Payload>(&mut self, payload: &P) -> Result<()> {
        let subject = Instrument::new("BTC-USD")?;
        let message = Envelope::wrap(payload, "test", &subject, None)?;
        let routes = A::routes();
        let route = routes.0.iter().find(|route| route.topic == P::TOPIC);
        let route = route.ok_or_else(|| Error::Config(format!("{} does not listen to {}", A::NAME, P::TOPIC.name)))?;
        self.out.answering(Some(&message));
        (route.handle)(&mut self.resident, &message, &mut self.out)
    }

    /// What it has published of this type.
    ///
    /// # Panics
    /// Where a message does not open as its own type.
    #[must_use]
    pub fn published<P: Payload>(&self) -> Vec<P> {
        let of_type = self.out.messages.iter().filter(|message| message.kind == P::TOPIC.name);
        of_type.filter_map(|message| message.open().ok()).collect()
    }
}
