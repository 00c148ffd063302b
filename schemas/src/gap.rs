//! Holes in a source, and their healing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::envelope::Payload;
use crate::market::Venue;
use crate::time::Timestamp;
use crate::topic::{self, Topic};

/// `gaps.opened`: minutes of a venue did not come when they should have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GapOpened {
    /// The venue.
    pub venue: Venue,
    /// Open time of the first minute that is missing.
    pub from: Timestamp,
    /// When that was noticed.
    pub at: Timestamp,
    /// Why, as far as is known: the address and the status that it answered with, a silence, a stop of our own.
    pub reason: String,
    /// Who gives prices meanwhile; empty where nobody does.
    pub standing_in: Vec<Venue>,
}

/// `gaps.closed`: the venue is complete again, or will never be for these minutes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GapClosed {
    /// The venue.
    pub venue: Venue,
    /// Open time of the first minute that was missing.
    pub from: Timestamp,
    /// Open time of the first minute after the hole.
    pub to: Timestamp,
    /// When that was noticed.
    pub at: Timestamp,
    /// How many of the missing candles came.
    pub candles: u32,
    /// Whether every minute of the hole is settled: its candle came, or nobody traded in it. False where the venue's
    /// history does not reach back to it.
    pub healed: bool,
}

impl Payload for GapOpened {
    const TOPIC: Topic = topic::GAPS_OPENED;
    fn event_time(&self) -> Timestamp {
        self.at
    }
}

impl Payload for GapClosed {
    const TOPIC: Topic = topic::GAPS_CLOSED;
    fn event_time(&self) -> Timestamp {
        self.at
    }
}
