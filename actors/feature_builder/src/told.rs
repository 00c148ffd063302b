//! What the fold is told besides the candles of its series, as a thing that can be kept and told again.

use serde::{Deserialize, Serialize};
use wick_schemas::{Timestamp, Venue};

use crate::chatter::SETTLED;
use crate::context::Context;

/// Something that was said.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// An article: when it was first seen, and how it sounds.
    Article(Timestamp, f64),
    /// A post, likewise.
    Post(Timestamp, f64),
    /// A reading of the index of mood: when it was first seen, of which day, and the number.
    Mood(Timestamp, Timestamp, f64),
    /// Another venue's minute: when it began, and the logarithm of its last price.
    Quote(Venue, Timestamp, f64),
}

impl Told {
    /// When it was first seen; of a minute, when it began.
    #[must_use]
    pub fn time(&self) -> Timestamp {
        match self {
            Self::Article(time, _) | Self::Post(time, _) | Self::Mood(time, ..) | Self::Quote(_, time, _) => *time,
        }
    }

    /// Whether the close of a bar at this moment has counted it.
    #[must_use]
    pub fn counted(&self, as_of: Timestamp) -> bool {
        match self {
            Self::Quote(_, open_time, _) => *open_time < as_of,
            _ => self.time().shift(SETTLED) <= as_of,
        }
    }

    /// Tells it.
    pub fn tell(&self, context: &mut Context) {
        match self {
            Self::Article(seen, score) => context.article(*seen, *score),
            Self::Post(seen, score) => context.post(*seen, *score),
            Self::Mood(seen, day, value) => context.mood(*seen, *day, *value),
            Self::Quote(venue, open_time, log_close) => context.quote(*venue, *open_time, *log_close),
        }
    }
}
