//! What is traded, where, and how far ahead a forecast looks.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::time::BAR;

/// A traded pair, such as `BTC-USD`: upper-case letters and digits around one dash.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct Instrument(String);

impl Instrument {
    /// Reads a pair.
    ///
    /// # Errors
    /// Where the text is not two upper-case codes around a dash.
    pub fn new(text: impl Into<String>) -> Result<Self> {
        let text = text.into();
        let code = |part: &str| {
            (2..=10).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        };
        match text.split_once('-') {
            Some((base, quote)) if code(base) && code(quote) => Ok(Self(text)),
            _ => Err(Error::impossible("instrument", text, "expected a pair such as BTC-USD")),
        }
    }

    /// The pair as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Instrument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Instrument {
    type Error = Error;
    fn try_from(text: String) -> Result<Self> {
        Self::new(text)
    }
}

impl From<Instrument> for String {
    fn from(instrument: Instrument) -> Self {
        instrument.0
    }
}

/// Where a datum comes from: an exchange, or the simulated market.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Venue {
    /// Binance spot.
    Binance,
    /// Coinbase Exchange.
    Coinbase,
    /// Kraken.
    Kraken,
    /// Bitstamp.
    Bitstamp,
    /// Bitfinex.
    Bitfinex,
    /// The simulated market: nobody traded at these prices.
    Simulated,
    /// No exchange: the middle of those that traded in a minute.
    Consensus,
}

impl Venue {
    /// Every venue.
    pub const ALL: [Self; 7] =
        [Self::Binance, Self::Coinbase, Self::Kraken, Self::Bitstamp, Self::Bitfinex, Self::Simulated, Self::Consensus];

    /// The venue's name, as in streams, tables and paths.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Binance => "binance",
            Self::Coinbase => "coinbase",
            Self::Kraken => "kraken",
            Self::Bitstamp => "bitstamp",
            Self::Bitfinex => "bitfinex",
            Self::Simulated => "simulated",
            Self::Consensus => "consensus",
        }
    }
}

impl fmt::Display for Venue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Venue {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|venue| venue.as_str() == text)
            .ok_or_else(|| Error::impossible("venue", text, "not a venue that Wick knows"))
    }
}

/// How a datum reached us: as it happened, or out of a record of the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// From an exchange's API.
    Live,
    /// From a file of real past candles.
    Replay,
    /// Made up by the simulated market.
    Simulated,
}

impl Origin {
    /// Every origin.
    pub const ALL: [Self; 3] = [Self::Live, Self::Replay, Self::Simulated];

    /// The origin's name, as in messages and tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Replay => "replay",
            Self::Simulated => "simulated",
        }
    }
}

impl FromStr for Origin {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|origin| origin.as_str() == text)
            .ok_or_else(|| Error::impossible("origin", text, "one of live, replay, simulated"))
    }
}

/// How far ahead a forecast looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Horizon {
    /// One bar: 15 minutes.
    #[serde(rename = "15m")]
    M15,
    /// Four bars: 1 hour.
    #[serde(rename = "1h")]
    H1,
    /// Sixteen bars: 4 hours.
    #[serde(rename = "4h")]
    H4,
    /// Ninety-six bars: 24 hours.
    #[serde(rename = "24h")]
    H24,
}

impl Horizon {
    /// Every horizon, nearest first.
    pub const ALL: [Self; 4] = [Self::M15, Self::H1, Self::H4, Self::H24];

    /// The horizon's length in bars.
    #[must_use]
    pub const fn bars(self) -> usize {
        match self {
            Self::M15 => 1,
            Self::H1 => 4,
            Self::H4 => 16,
            Self::H24 => 96,
        }
    }

    /// The horizon's length in milliseconds.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.bars() as i64 * BAR
    }

    /// The horizon's place in [`Horizon::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The horizon's name: `15m`, `1h`, `4h`, `24h`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::M15 => "15m",
            Self::H1 => "1h",
            Self::H4 => "4h",
            Self::H24 => "24h",
        }
    }
}

impl fmt::Display for Horizon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Horizon {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|horizon| horizon.as_str() == text)
            .ok_or_else(|| Error::impossible("horizon", text, "one of 15m, 1h, 4h, 24h"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instrument_is_two_codes_around_a_dash() {
        assert!(Instrument::new("BTC-USD").is_ok());
        for wrong in ["btc-usd", "BTCUSD", "BTC-", "B}-USD", ""] {
            assert!(Instrument::new(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn names_read_back() {
        for horizon in Horizon::ALL {
            assert_eq!(horizon.as_str().parse(), Ok(horizon));
            assert_eq!(Horizon::ALL[horizon.index()], horizon);
        }
        for venue in Venue::ALL {
            assert_eq!(venue.as_str().parse(), Ok(venue));
        }
        for origin in Origin::ALL {
            assert_eq!(origin.as_str().parse(), Ok(origin));
            assert_eq!(serde_json::to_string(&origin).expect("JSON"), format!("\"{}\"", origin.as_str()));
        }
    }
}
