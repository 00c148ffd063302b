//! Which exchange, where it is, and how patient to be with it.

use std::time::Duration;

use wick_schemas::{Timestamp, Venue};

use super::protocol_of;
use crate::error::Result;

/// An exchange, and how patient to be with it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The exchange.
    pub venue: Venue,
    /// Base address of the REST interface.
    pub rest: String,
    /// Address of the WebSocket.
    pub socket: String,
    /// The pair as REST calls it.
    pub pair: String,
    /// The pair as the socket calls it.
    pub symbol: String,
    /// From where on at a first start; some hours back where it does not say. Kraken's history does not reach further.
    pub start: Option<Timestamp>,
    /// A side that is silent for longer is taken for gone.
    pub silence: Duration,
    /// How long after its end a minute may still change.
    pub grace: Duration,
    /// How long after its end history may lack a minute, or a part of it, where nothing later shows that it does not.
    pub lag: Duration,
    /// The first wait after a failure; it doubles with each further one, and up to as much again is added by chance.
    pub shortest_wait: Duration,
    /// The longest such wait.
    pub longest_wait: Duration,
    /// How many requests a second its REST interface is asked at most, by all who ask it from here.
    pub requests_per_second: u32,
}

impl Settings {
    /// What is good for an exchange.
    ///
    /// # Errors
    /// Where the venue is no exchange that can be listened to.
    pub fn of(venue: Venue) -> Result<Self> {
        let defaults = protocol_of(venue)?.defaults();
        Ok(Self {
            venue,
            rest: defaults.rest.to_owned(),
            socket: defaults.socket.to_owned(),
            pair: defaults.pair.to_owned(),
            symbol: defaults.symbol.to_owned(),
            start: None,
            silence: defaults.silence,
            grace: Duration::from_secs(3),
            lag: Duration::from_secs(120),
            shortest_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(30),
            requests_per_second: defaults.requests_per_second,
        })
    }

    /// [`Settings::grace`] in milliseconds.
    pub(super) fn grace_millis(&self) -> i64 {
        i64::try_from(self.grace.as_millis()).unwrap_or(i64::MAX)
    }

    /// [`Settings::lag`] in milliseconds, never less than the grace.
    pub(super) fn lag_millis(&self) -> i64 {
        i64::try_from(self.lag.as_millis()).unwrap_or(i64::MAX).max(self.grace_millis())
    }
}
