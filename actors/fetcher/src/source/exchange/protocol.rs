//! What an exchange has to say for itself: where it is, how it is asked, and how its words are read. Pure: the life
//! of a connection is the same for all of them and lives beside this.

use std::time::Duration;

use serde_json::Value;
use wick_schemas::candle::RawCandle;
use wick_schemas::{Timestamp, Venue};

use crate::error::{Error, Result};

/// A minute as an exchange tells it, final or not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// The numbers.
    pub candle: RawCandle,
    /// How many trades, where it says; a minute without trades has no candle, though some repeat the last price for it.
    pub trades: Option<u64>,
    /// Whether the numbers are the minute's last, where the exchange says so.
    pub is_final: Option<bool>,
}

impl Row {
    /// The start of the minute.
    #[must_use]
    pub fn open_time(&self) -> Timestamp {
        self.candle.open_time
    }
}

/// A trade, where an exchange tells trades and not minutes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trade {
    /// The exchange's number of it: greater than that of every trade before.
    pub id: u64,
    /// When it was made.
    pub time: Timestamp,
    /// Price in quote currency.
    pub price: f64,
    /// Amount in base currency.
    pub amount: f64,
}

/// What a message of the socket says.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// Minutes, of which the newest may be going on.
    Rows(Vec<Row>),
    /// Trades.
    Trades(Vec<Trade>),
    /// Nothing but that the other side is there: heartbeat, status, acknowledgement.
    Alive,
    /// The other side does not want to talk, or not any longer.
    Refused {
        /// Its words.
        message: String,
        /// Whether it will say the same tomorrow.
        is_lasting: bool,
    },
    /// Well understood, and of no use here, for this reason.
    Ignored(&'static str),
}

/// Why a message of a channel that was not asked for is left alone.
pub const OTHER_CHANNEL: &str = "another channel";
/// Why a message about another pair is left alone.
pub const OTHER_PAIR: &str = "another pair";
/// Why a message of a kind that is not documented is left alone: exchanges add kinds without notice, and ask to pass
/// over them.
pub const OTHER_KIND: &str = "a kind not known";
/// Why a message of a former or parallel interface is left alone.
pub const OTHER_INTERFACE: &str = "another interface";

/// How far one answer of history goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paging {
    /// Whatever is asked for, the newest rows, the last of which is the minute that is going on; nothing older.
    Tail {
        /// How many.
        rows: usize,
    },
    /// What was asked for, this many minutes at a time.
    Window {
        /// How many.
        rows: usize,
    },
}

/// Minutes that history is asked for, by their open times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first.
    pub from: Timestamp,
    /// The last.
    pub until: Timestamp,
}

/// A request to a REST interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The path below the base address.
    pub path: String,
    /// Query parameters.
    pub query: Vec<(&'static str, String)>,
}

/// Where an exchange is, and what it calls Bitcoin.
#[derive(Clone, Copy, Debug)]
pub struct Defaults {
    /// Base address of the REST interface.
    pub rest: &'static str,
    /// Address of the WebSocket.
    pub socket: &'static str,
    /// The pair as REST calls it.
    pub pair: &'static str,
    /// The pair as the socket calls it.
    pub symbol: &'static str,
    /// How long its socket may be silent.
    pub silence: Duration,
    /// How many requests a second it takes from one address, well below its own limit.
    pub requests_per_second: u32,
}

/// An exchange's dialect.
pub trait Protocol: Sync {
    /// The exchange.
    fn venue(&self) -> Venue;

    /// Where it is.
    fn defaults(&self) -> Defaults;

    /// What to say on a new socket to hear of a pair.
    fn subscribe(&self, symbol: &str) -> Vec<String>;

    /// What to say now and then so that it answers; a WebSocket ping where there is nothing of its own.
    fn beat(&self) -> Option<&'static str> {
        None
    }

    /// Whether trades of a pair are numbered without holes: then one that was not heard shows.
    fn is_numbered(&self) -> bool {
        false
    }

    /// Reads a message of the socket.
    ///
    /// # Errors
    /// [`Error::Malformed`] where it should be of use and cannot be read.
    fn read(&self, text: &str, symbol: &str) -> Result<Message>;

    /// How far one answer of history goes.
    fn paging(&self) -> Paging;

    /// How to ask for history.
    fn ask(&self, pair: &str, window: Window) -> Request;

    /// Reads an answer of history: any order, with or without the minute that is going on.
    ///
    /// # Errors
    /// Where it is none, or a refusal.
    fn history(&self, body: &str) -> Result<Vec<Row>>;

    /// How to ask what time it is there.
    fn ask_time(&self, pair: &str) -> Request;

    /// Reads the answer to that.
    ///
    /// # Errors
    /// Where it is none, or a refusal.
    fn time(&self, body: &str) -> Result<Timestamp>;
}

impl Request {
    /// A request without parameters.
    #[must_use]
    pub fn plain(path: &str) -> Self {
        Self { path: path.to_owned(), query: Vec::new() }
    }
}

/// A refusal as an error: one that lasts is for a person to see to.
#[must_use]
pub fn refusal(venue: Venue, message: String, is_lasting: bool) -> Error {
    if is_lasting { Error::Rejected { venue, message } } else { Error::Busy { venue, message } }
}

/// An answer that does not have the documented shape.
pub fn malformed(venue: Venue, what: &'static str, reason: impl ToString) -> Error {
    Error::Malformed { venue, what, reason: reason.to_string() }
}

/// A number, which most exchanges send as text. `None` where it is none: the candle is judged later, by its rules.
#[must_use]
pub fn number(value: Option<&Value>) -> Option<f64> {
    match value? {
        Value::String(text) => text.parse::<f64>().ok().filter(|value| value.is_finite()),
        value => value.as_f64(),
    }
}

/// A whole number, which may be sent as text.
#[must_use]
pub fn integer(value: Option<&Value>) -> Option<i64> {
    match value? {
        Value::String(text) => text.parse().ok(),
        value => value.as_i64(),
    }
}

/// A price or an amount that something was really traded at: without it there is no trade.
///
/// # Errors
/// Where it is no positive number.
pub fn positive(venue: Venue, what: &'static str, text: &str) -> Result<f64> {
    let value = text.parse::<f64>().ok().filter(|value| value.is_finite() && *value > 0.0);
    value.ok_or_else(|| malformed(venue, "trade", format!("{what} '{text}' is no positive number")))
}
