//! Exchanges: history over REST, the present over a WebSocket, and history again for every hole in it.
//!
//! An exchange is a `Protocol` in a file of its own and a line in `VENUES`; everything else is the same for all.

mod assembler;
mod binance;
mod bitstamp;
mod coinbase;
mod delivery;
mod history;
mod kraken;
mod live;
mod minute;
mod patience;
mod protocol;
mod rest;
mod settings;
mod skew;
mod socket;
mod tally;
#[cfg(test)]
mod tests;

use std::pin::Pin;
use std::time::Duration;

use futures::{Stream, TryStreamExt, stream};
use wick_schemas::{Origin, Timestamp, Venue};

pub use self::history::History;
use self::live::Live;
use self::protocol::Protocol;
pub use self::settings::Settings;
pub use self::tally::{Counters, Tally};
use super::{Chunk, Clock, Next, Progress, Source};
use crate::error::{Error, Result};

/// Every exchange that can be listened to.
static VENUES: [&dyn Protocol; 4] = [&binance::Binance, &coinbase::Coinbase, &kraken::Kraken, &bitstamp::Bitstamp];

/// Every venue that can be listened to.
pub fn venues() -> impl Iterator<Item = Venue> {
    VENUES.iter().map(|protocol| protocol.venue())
}

fn protocol_of(venue: Venue) -> Result<&'static dyn Protocol> {
    let found = VENUES.iter().find(|protocol| protocol.venue() == venue);
    found.copied().ok_or_else(|| {
        let names: Vec<&str> = venues().map(Venue::as_str).collect();
        Error::Setting { what: "venue", reason: format!("'{venue}' is no exchange: write {}", names.join(", ")) }
    })
}

/// The live market at an exchange.
///
/// The wait for a chunk lives in here and not in the future that [`Source::next`] gives: dropping that future
/// interrupts nothing, and no task of its own has to be supervised.
pub struct Exchange {
    venue: Venue,
    counters: Counters,
    chunks: Pin<Box<dyn Stream<Item = Result<Chunk>> + Send>>,
}

impl Exchange {
    /// The final candles after the newest one already kept, or from the settings' start where that is later.
    ///
    /// # Errors
    /// An address that is none, or a venue that is no exchange.
    pub fn new(settings: Settings, clock: Clock, after: Option<Timestamp>) -> Result<Self> {
        let (venue, counters) = (settings.venue, Counters::default());
        let live = Live::new(protocol_of(venue)?, settings, clock, after, counters.clone())?;
        let chunks = stream::try_unfold(live, |mut live| async move {
            let chunk = live.next().await?;
            Ok(Some((chunk, live)))
        });
        Ok(Self { venue, counters, chunks: Box::pin(chunks) })
    }

    /// What became of everything that was heard; others may look at it while the exchange is listened to.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.counters.clone()
    }
}

impl Source for Exchange {
    fn venue(&self) -> Venue {
        self.venue
    }

    fn origin(&self) -> Origin {
        Origin::Live
    }

    fn name(&self) -> String {
        self.venue.to_string()
    }

    fn next(&mut self) -> Next<'_> {
        Box::pin(self.chunks.try_next())
    }

    fn progress(&self) -> Option<Progress> {
        None
    }
}

/// Asks an exchange what time it is: whether it can be reached from here at all.
///
/// # Errors
/// Within `timeout`, why it cannot.
pub async fn probe(venue: Venue, base: &str, timeout: Duration) -> Result<Timestamp> {
    let settings = Settings { rest: base.to_owned(), silence: timeout, ..Settings::of(venue)? };
    rest::probe(protocol_of(venue)?, settings, timeout).await
}

/// Reads anything as everything that an exchange may be taken to have said: for those who look for what its adapter
/// cannot stand.
#[cfg(fuzzing)]
pub fn read_anything(venue: Venue, text: &str) {
    let Ok(protocol) = protocol_of(venue) else { return };
    let _ = protocol.read(text, protocol.defaults().symbol);
    let _ = protocol.history(text);
    let _ = protocol.time(text);
}
