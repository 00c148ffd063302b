//! What Kraken says, read: pure functions from text to [`Row`]s.
//!
//! REST: <https://docs.kraken.com/api/docs/rest-api/get-ohlc-data>. WebSocket v2:
//! <https://docs.kraken.com/api/docs/websocket-v2/ohlc>.

use serde::Deserialize;
use serde_json::Value;
use wick_schemas::candle::RawCandle;
use wick_schemas::time::MINUTE;
use wick_schemas::{Timestamp, Venue};

use crate::error::{Error, Result};

/// A minute as Kraken tells it, final or not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Row {
    /// The numbers.
    pub candle: RawCandle,
    /// How many trades; a minute without trades has no candle, though REST repeats the last price for it.
    pub trades: Option<u64>,
}

impl Row {
    /// The start of the minute.
    pub fn open_time(&self) -> Timestamp {
        self.candle.open_time
    }
}

/// History: the minutes that are over.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct History {
    /// In order; without the minute that is still going on.
    pub rows: Vec<Row>,
    /// Open time of the newest minute that is over, traded in or not.
    pub through: Timestamp,
}

/// What a message of the socket says.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Message {
    /// Minutes, of which the newest is going on.
    Rows(Vec<Row>),
    /// The subscription was refused.
    Refused(String),
    /// Nothing but that the other side is there: heartbeat, status, acknowledgement.
    Alive,
}

/// An answer of the REST interface: errors, or a result.
#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    error: Vec<String>,
    #[serde(default)]
    result: Value,
}

fn malformed(what: &'static str, reason: impl ToString) -> Error {
    Error::Malformed { venue: Venue::Kraken, what, reason: reason.to_string() }
}

/// The result of an answer, if it is not an error.
fn result(body: &str, what: &'static str) -> Result<Value> {
    let answer: Answer = serde_json::from_str(body).map_err(|error| malformed(what, error))?;
    match answer.error.iter().find(|error| !error.starts_with('W')) {
        Some(message) => Err(refusal(message)),
        None => Ok(answer.result),
    }
}

/// Whether a refusal is a question of time: a pair or an argument that Kraken does not know, it will not know
/// tomorrow; everything else (too many requests, maintenance) passes.
pub(super) fn refusal(message: &str) -> Error {
    let lasting = ["EQuery", "Invalid arguments", "not supported", "Unknown"];
    let (venue, is_lasting) = (Venue::Kraken, lasting.iter().any(|word| message.contains(word)));
    let message = message.to_owned();
    if is_lasting { Error::Rejected { venue, message } } else { Error::Busy { venue, message } }
}

/// The server's time, from `/0/public/Time`.
pub(super) fn time(body: &str) -> Result<Timestamp> {
    let seconds = result(body, "time")?.get("unixtime").and_then(Value::as_i64);
    seconds.map(|seconds| Timestamp(seconds * 1000)).ok_or_else(|| malformed("time", "no unixtime"))
}

/// Candles from `/0/public/OHLC`. The last row is the minute that is still going on.
pub(super) fn history(body: &str) -> Result<History> {
    let mut result = result(body, "history")?;
    let rows = result
        .as_object_mut()
        // The key is Kraken's own name of the pair, which is not always the one that was asked for.
        .and_then(|pairs| pairs.values_mut().find(|value| value.is_array()))
        .map(Value::take);
    let Some(Value::Array(rows)) = rows else { return Err(malformed("history", "no rows")) };
    let mut rows = rows.iter().map(rest_row).collect::<Result<Vec<_>>>()?;
    rows.sort_by_key(Row::open_time);
    let unfinished = rows.pop().ok_or_else(|| malformed("history", "no rows"))?;
    Ok(History { rows, through: unfinished.open_time() - MINUTE })
}

/// `[time, open, high, low, close, vwap, volume, count]`, prices and amounts as text.
fn rest_row(row: &Value) -> Result<Row> {
    let number = |place: usize| match row.get(place) {
        Some(Value::String(text)) => text.parse::<f64>().ok().filter(|value| value.is_finite()),
        Some(value) => value.as_f64(),
        None => None,
    };
    let seconds = row.get(0).and_then(Value::as_i64).ok_or_else(|| malformed("history", "a row without time"))?;
    Ok(Row {
        candle: RawCandle {
            venue: Venue::Kraken,
            open_time: Timestamp(seconds * 1000),
            open: number(1),
            high: number(2),
            low: number(3),
            close: number(4),
            volume: number(6),
        },
        trades: row.get(7).and_then(Value::as_u64),
    })
}

/// A message of the socket.
#[derive(Deserialize)]
struct Frame {
    channel: Option<String>,
    method: Option<String>,
    success: Option<bool>,
    error: Option<String>,
    #[serde(default)]
    data: Value,
}

/// A row of the socket's `ohlc` channel.
#[derive(Deserialize)]
struct SocketRow {
    symbol: String,
    interval: u32,
    interval_begin: String,
    open: Option<f64>,
    high: Option<f64>,
    low: Option<f64>,
    close: Option<f64>,
    volume: Option<f64>,
    trades: Option<u64>,
}

/// What a message says of this symbol's minutes.
pub(super) fn message(text: &str, symbol: &str) -> Result<Message> {
    let frame: Frame = serde_json::from_str(text).map_err(|error| malformed("message", error))?;
    if frame.method.as_deref() == Some("subscribe") && frame.success == Some(false) {
        return Ok(Message::Refused(frame.error.unwrap_or_else(|| "no reason given".to_owned())));
    }
    if frame.channel.as_deref() != Some("ohlc") {
        return Ok(Message::Alive);
    }
    let rows: Vec<SocketRow> = serde_json::from_value(frame.data).map_err(|error| malformed("candle", error))?;
    let ours = rows.into_iter().filter(|row| row.symbol == symbol && row.interval == 1);
    ours.map(socket_row).collect::<Result<Vec<_>>>().map(Message::Rows)
}

fn socket_row(row: SocketRow) -> Result<Row> {
    let open_time = Timestamp::parse(&row.interval_begin).map_err(|error| malformed("candle", error))?;
    let SocketRow { open, high, low, close, volume, trades, .. } = row;
    Ok(Row { candle: RawCandle { venue: Venue::Kraken, open_time, open, high, low, close, volume }, trades })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn history_leaves_out_the_minute_that_is_going_on() {
        let body = r#"{"error":[],"result":{"XXBTZUSD":[
            [1700000040,"1.5","2","1","1.25","1.3","0.5",3],
            [1700000100,"1.25","1.25","1.25","x","0","0.0",0],
            [1700000160,"1.25","1.25","1.25","1.25","0","0.1",1]],"last":1700000100}}"#;
        let history = history(body).expect("reads");
        assert_eq!(history.through, Timestamp(1_700_000_100_000));
        assert_eq!(history.rows.len(), 2);
        assert_eq!(history.rows[0].candle.open, Some(1.5));
        assert_eq!(history.rows[0].candle.volume, Some(0.5));
        assert_eq!(history.rows[0].trades, Some(3));
        assert_eq!(history.rows[1].candle.close, None);
    }

    #[test]
    fn errors_are_told_apart_by_whether_waiting_helps() {
        let unknown = history(r#"{"error":["EQuery:Unknown asset pair"]}"#).expect_err("refused");
        assert!(matches!(unknown, Error::Rejected { .. }) && !unknown.is_transient(), "{unknown}");
        let busy = history(r#"{"error":["EGeneral:Too many requests"]}"#).expect_err("busy");
        assert!(matches!(busy, Error::Busy { .. }) && busy.is_transient(), "{busy}");
        for cut in
            ["", "{\"error\":[],\"resu", "{\"error\":[],\"result\":{}}", "{\"error\":[],\"result\":{\"X\":[[\"a\"]]}}"]
        {
            assert!(matches!(history(cut), Err(Error::Malformed { .. })), "{cut}");
        }
    }

    #[test]
    fn the_time_is_in_seconds() {
        let body = r#"{"error":[],"result":{"unixtime":1700000000,"rfc1123":"Tue, 14 Nov 23 22:13:20 +0000"}}"#;
        assert_eq!(time(body).expect("reads"), Timestamp(1_700_000_000_000));
    }

    #[test]
    fn messages_are_rows_refusals_or_signs_of_life() {
        let row = r#"{"symbol":"BTC/USD","interval":1,"interval_begin":"2023-10-04T16:25:00.000000000Z",
            "open":1.5,"high":2,"low":1,"close":1.25,"volume":0.5,"vwap":1.2,"trades":3}"#;
        let text = format!(r#"{{"channel":"ohlc","type":"update","timestamp":"2023-10-04T16:25:30Z","data":[{row}]}}"#);
        let Ok(Message::Rows(rows)) = message(&text, "BTC/USD") else { panic!("rows") };
        assert_eq!(rows[0].open_time(), Timestamp::parse("2023-10-04T16:25:00Z").expect("a moment"));
        assert_eq!(rows[0].candle.high, Some(2.0));
        assert_eq!(message(&text, "ETH/USD").expect("reads"), Message::Rows(Vec::new()));
        assert_eq!(message(r#"{"channel":"heartbeat"}"#, "BTC/USD").expect("reads"), Message::Alive);
        let refused = r#"{"error":"Currency pair not supported X","method":"subscribe","success":false}"#;
        assert!(matches!(message(refused, "X"), Ok(Message::Refused(reason)) if reason.contains("not supported")));
        assert!(message(&text[..60], "BTC/USD").is_err());
    }
}
