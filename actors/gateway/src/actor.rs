//! The actor: folds what is heard, and shows what it knows to those who answer requests.

use std::sync::Arc;

use actix::{Actor, AsyncContext, Context, Message, Supervised, WrapFuture};
use tokio::sync::watch;
use wick_bus::House;
use wick_schemas::Envelope;
use wick_schemas::topic::actor::GATEWAY;

use crate::listener;
use crate::live::Live;
use crate::said;
use crate::view::View;

/// What those who answer requests see: never a view in the making.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// What is known.
    pub view: Arc<View>,
    /// Whether the bus answers.
    pub connected: bool,
}

/// The gateway.
pub struct Gateway {
    house: House,
    /// What is known so far.
    view: View,
    /// Whether the bus answers.
    connected: bool,
    /// Where it is shown.
    shown: watch::Sender<Seen>,
    /// Who hears it as it is said.
    live: Arc<Live>,
}

impl Gateway {
    /// A gateway that knows this much, shows what it knows in `shown` and says what it hears to `live`.
    #[must_use]
    pub fn new(house: House, view: View, shown: watch::Sender<Seen>, live: Arc<Live>) -> Self {
        Self { house, view, connected: false, shown, live }
    }

    fn show(&self) {
        self.shown.send_replace(Seen { view: Arc::new(self.view.clone()), connected: self.connected });
    }
}

impl Actor for Gateway {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.show();
        ctx.spawn(listener::listen(self.house.clone(), ctx.address()).into_actor(self));
    }
}

impl Supervised for Gateway {}

/// Messages of the bus, in their order.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Heard(pub Vec<Envelope>);

impl actix::Handler<Heard> for Gateway {
    type Result = ();

    fn handle(&mut self, Heard(messages): Heard, _: &mut Self::Context) {
        for message in &messages {
            self.house.metrics.received(GATEWAY, &message.kind, 1);
            if let Err(error) = self.view.fold(message) {
                // Whoever handles it puts it aside; here it is only not shown.
                tracing::warn!(id = %message.id, kind = message.kind, %error, "a message was not understood");
            }
        }
        self.connected = true;
        self.show();
        said::tell(&self.live, &messages, &self.view, self.house.clock.now());
    }
}

/// The bus does not answer.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Away;

impl actix::Handler<Away> for Gateway {
    type Result = ();

    fn handle(&mut self, Away: Away, _: &mut Self::Context) {
        self.connected = false;
        self.show();
    }
}
