//! Kraken: history over REST, the present over WebSocket v2, and history again for every hole in it.

mod assembler;
mod live;
mod parse;
mod rest;
mod socket;
#[cfg(test)]
mod tests;

use std::pin::Pin;
use std::time::Duration;

use futures::{Stream, TryStreamExt, stream};
use wick_schemas::{Origin, Timestamp, Venue};

use self::live::Live;
use self::rest::Rest;
use super::{Chunk, Clock, Next, Progress, Source};
use crate::error::{Error, Result};

/// Where Kraken is and how patient to be with it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Base address of the REST interface.
    pub rest: String,
    /// Address of the WebSocket v2.
    pub socket: String,
    /// The pair as REST calls it.
    pub pair: String,
    /// The pair as the socket calls it.
    pub symbol: String,
    /// A side that is silent for longer is taken for gone. The socket sends a heartbeat a second.
    pub silence: Duration,
    /// How long after its end a minute may still change, where no later minute says that it is over.
    pub grace: Duration,
    /// The first wait after a failure; it doubles with each further one, and up to as much again is added by chance.
    pub shortest_wait: Duration,
    /// The longest such wait.
    pub longest_wait: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            rest: "https://api.kraken.com".to_owned(),
            socket: "wss://ws.kraken.com/v2".to_owned(),
            pair: "XBTUSD".to_owned(),
            symbol: "BTC/USD".to_owned(),
            silence: Duration::from_secs(15),
            grace: Duration::from_secs(3),
            shortest_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(30),
        }
    }
}

/// The live market at Kraken.
///
/// The wait for a chunk lives in here and not in the future that [`Source::next`] gives: dropping that future
/// interrupts nothing, and no task of its own has to be supervised.
pub struct Kraken {
    chunks: Pin<Box<dyn Stream<Item = Result<Chunk>> + Send>>,
}

impl Kraken {
    /// The final candles after the newest one already kept; of the last 12 hours where there is none.
    ///
    /// # Errors
    /// An address that is none.
    pub fn new(settings: Settings, clock: Clock, after: Option<Timestamp>) -> Result<Self> {
        let live = Live::new(settings, clock, after)?;
        let chunks = stream::try_unfold(live, |mut live| async move {
            let chunk = live.next().await?;
            Ok(Some((chunk, live)))
        });
        Ok(Self { chunks: Box::pin(chunks) })
    }
}

impl Source for Kraken {
    fn venue(&self) -> Venue {
        Venue::Kraken
    }

    fn origin(&self) -> Origin {
        Origin::Live
    }

    fn name(&self) -> String {
        Venue::Kraken.to_string()
    }

    fn next(&mut self) -> Next<'_> {
        Box::pin(self.chunks.try_next())
    }

    fn progress(&self) -> Option<Progress> {
        None
    }
}

/// Asks the exchange for the time: whether it can be reached from here at all.
///
/// # Errors
/// Within `timeout`, why it cannot.
pub async fn probe(base: &str, timeout: Duration) -> Result<Timestamp> {
    let rest = Rest::new(base, timeout)?;
    let late = |_| Error::Unreachable { address: rest.address(), reason: "no answer in time".to_owned() };
    tokio::time::timeout(timeout, rest.time()).await.map_err(late)?
}
