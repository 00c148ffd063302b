//! Kraken. The socket pushes minutes as they form and never says that one is final; REST reaches 12 hours back.
//!
//! REST: <https://docs.kraken.com/api/docs/rest-api/get-ohlc-data>. WebSocket v2:
//! <https://docs.kraken.com/api/docs/websocket-v2/ohlc>.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use wick_schemas::candle::RawCandle;
use wick_schemas::time::MINUTE;
use wick_schemas::{Timestamp, Venue};

use super::protocol::{self, Defaults, Message, Paging, Protocol, Request, Row, Window, integer, number};
use crate::error::{Error, Result};

/// Kraken.
pub struct Kraken;

impl Protocol for Kraken {
    fn venue(&self) -> Venue {
        Venue::Kraken
    }

    fn defaults(&self) -> Defaults {
        Defaults {
            rest: "https://api.kraken.com",
            socket: "wss://ws.kraken.com/v2",
            pair: "XBTUSD",
            symbol: "BTC/USD",
            // It sends a heartbeat a second.
            silence: Duration::from_secs(15),
            requests_per_second: 1,
        }
    }

    fn subscribe(&self, symbol: &str) -> Vec<String> {
        let params = json!({ "channel": "ohlc", "symbol": [symbol], "interval": 1, "snapshot": true });
        vec![json!({ "method": "subscribe", "params": params }).to_string()]
    }

    fn read(&self, text: &str, symbol: &str) -> Result<Message> {
        if text.trim_start().starts_with('[') {
            // The first version sends data as lists, the second as objects.
            let list: std::result::Result<Vec<serde::de::IgnoredAny>, _> = serde_json::from_str(text);
            return list
                .map(|_| Message::Ignored(protocol::OTHER_INTERFACE))
                .map_err(|error| malformed("message", error));
        }
        let frame: Frame = serde_json::from_str(text).map_err(|error| malformed("message", error))?;
        if frame.success == Some(false) {
            let message = frame.error.unwrap_or_else(|| "no reason given".to_owned());
            let is_lasting = is_lasting(&message);
            return Ok(Message::Refused { message, is_lasting });
        }
        match (frame.channel.as_deref(), frame.method.as_deref()) {
            (Some("ohlc"), _) => rows(frame.data, symbol),
            (Some("heartbeat" | "status"), _) | (None, Some("subscribe" | "pong")) => Ok(Message::Alive),
            (Some("ticker" | "trade" | "book" | "level3" | "instrument"), _) => {
                Ok(Message::Ignored(protocol::OTHER_CHANNEL))
            }
            (None, None) if frame.event.is_some() => Ok(Message::Ignored(protocol::OTHER_INTERFACE)),
            _ => Ok(Message::Ignored(protocol::OTHER_KIND)),
        }
    }

    fn paging(&self) -> Paging {
        Paging::Tail { rows: 719 }
    }

    fn ask(&self, pair: &str, window: Window) -> Request {
        // What was asked for begins after the moment that is named.
        let since = (window.from.millis() - MINUTE) / 1000;
        let query = vec![("pair", pair.to_owned()), ("interval", "1".to_owned()), ("since", since.to_string())];
        Request { path: "0/public/OHLC".to_owned(), query }
    }

    fn history(&self, body: &str) -> Result<Vec<Row>> {
        let mut result = result(body, "history")?;
        let rows = result
            .as_object_mut()
            // The key is Kraken's own name of the pair, which is not always the one that was asked for.
            .and_then(|pairs| pairs.values_mut().find(|value| value.is_array()))
            .map(Value::take);
        match rows {
            Some(Value::Array(rows)) => rows.iter().map(rest_row).collect(),
            _ => Err(malformed("history", "no rows")),
        }
    }

    fn ask_time(&self, _: &str) -> Request {
        Request::plain("0/public/Time")
    }

    fn time(&self, body: &str) -> Result<Timestamp> {
        let seconds = integer(result(body, "time")?.get("unixtime"));
        let seconds = seconds.ok_or_else(|| malformed("time", "no unixtime"))?;
        Ok(Timestamp(seconds.saturating_mul(1000)))
    }
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
    protocol::malformed(Venue::Kraken, what, reason)
}

/// The result of an answer, if it is not an error.
fn result(body: &str, what: &'static str) -> Result<Value> {
    let answer: Answer = serde_json::from_str(body).map_err(|error| malformed(what, error))?;
    match answer.error.into_iter().find(|error| !error.starts_with('W')) {
        Some(message) => {
            let is_lasting = is_lasting(&message);
            Err(protocol::refusal(Venue::Kraken, message, is_lasting))
        }
        None => Ok(answer.result),
    }
}

/// Whether a refusal is a question of time: a pair or an argument that Kraken does not know, it will not know
/// tomorrow; everything else (too many requests, maintenance) passes.
fn is_lasting(message: &str) -> bool {
    ["EQuery", "Invalid arguments", "not supported", "Unknown"].iter().any(|word| message.contains(word))
}

/// `[time, open, high, low, close, vwap, volume, count]`, prices and amounts as text.
fn rest_row(row: &Value) -> Result<Row> {
    let seconds = integer(row.get(0)).ok_or_else(|| malformed("history", "a row without time"))?;
    let [open, high, low, close, volume] = [1, 2, 3, 4, 6].map(|place| number(row.get(place)));
    let open_time = Timestamp(seconds.saturating_mul(1000));
    let candle = RawCandle { venue: Venue::Kraken, open_time, open, high, low, close, volume };
    Ok(Row { candle, trades: row.get(7).and_then(Value::as_u64), is_final: None })
}

/// A message of the socket.
#[derive(Deserialize)]
struct Frame {
    channel: Option<String>,
    method: Option<String>,
    success: Option<bool>,
    error: Option<String>,
    /// Of the first version.
    event: Option<String>,
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

fn rows(data: Value, symbol: &str) -> Result<Message> {
    let rows: Vec<SocketRow> = serde_json::from_value(data).map_err(|error| malformed("candle", error))?;
    if !rows.is_empty() && rows.iter().all(|row| row.symbol != symbol) {
        return Ok(Message::Ignored(protocol::OTHER_PAIR));
    }
    let ours = rows.into_iter().filter(|row| row.symbol == symbol && row.interval == 1);
    ours.map(socket_row).collect::<Result<Vec<_>>>().map(Message::Rows)
}

fn socket_row(row: SocketRow) -> Result<Row> {
    let open_time = Timestamp::parse(&row.interval_begin).map_err(|error| malformed("candle", error))?;
    let SocketRow { open, high, low, close, volume, trades, .. } = row;
    let candle = RawCandle { venue: Venue::Kraken, open_time, open, high, low, close, volume };
    Ok(Row { candle, trades, is_final: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn history_is_read_row_by_row() {
        let body = r#"{"error":[],"result":{"XXBTZUSD":[
            [1700000040,"1.5","2","1","1.25","1.3","0.5",3],
            [1700000100,"1.25","1.25","1.25","x","0","0.0",0],
            [1700000160,"1.25","1.25","1.25","1.25","0","0.1",1]],"last":1700000100}}"#;
        let rows = Kraken.history(body).expect("reads");
        assert_eq!(rows.len(), 3);
        assert_eq!((rows[0].candle.open, rows[0].candle.volume), (Some(1.5), Some(0.5)));
        assert_eq!(rows[0].trades, Some(3));
        assert_eq!(rows[1].candle.close, None);
    }

    #[test]
    fn errors_are_told_apart_by_whether_waiting_helps() {
        let unknown = Kraken.history(r#"{"error":["EQuery:Unknown asset pair"]}"#).expect_err("refused");
        assert!(matches!(unknown, Error::Rejected { .. }) && !unknown.is_transient(), "{unknown}");
        let busy = Kraken.history(r#"{"error":["EGeneral:Too many requests"]}"#).expect_err("busy");
        assert!(matches!(busy, Error::Busy { .. }) && busy.is_transient(), "{busy}");
        for cut in
            ["", "{\"error\":[],\"resu", "{\"error\":[],\"result\":{}}", "{\"error\":[],\"result\":{\"X\":[[\"a\"]]}}"]
        {
            assert!(matches!(Kraken.history(cut), Err(Error::Malformed { .. })), "{cut}");
        }
    }

    #[test]
    fn the_time_is_in_seconds() {
        let body = r#"{"error":[],"result":{"unixtime":1700000000,"rfc1123":"Tue, 14 Nov 23 22:13:20 +0000"}}"#;
        assert_eq!(Kraken.time(body).expect("reads"), Timestamp(1_700_000_000_000));
    }

    #[test]
    fn messages_are_rows_refusals_or_signs_of_life() {
        let row = r#"{"symbol":"BTC/USD","interval":1,"interval_begin":"2023-10-04T16:25:00.000000000Z",
            "open":1.5,"high":2,"low":1,"close":1.25,"volume":0.5,"vwap":1.2,"trades":3}"#;
        let text = format!(r#"{{"channel":"ohlc","type":"update","timestamp":"2023-10-04T16:25:30Z","data":[{row}]}}"#);
        let Ok(Message::Rows(rows)) = Kraken.read(&text, "BTC/USD") else { panic!("rows") };
        assert_eq!(rows[0].open_time(), Timestamp::parse("2023-10-04T16:25:00Z").expect("a moment"));
        assert_eq!(rows[0].candle.high, Some(2.0));
        assert_eq!(Kraken.read(&text, "ETH/USD").expect("reads"), Message::Ignored(protocol::OTHER_PAIR));
        assert_eq!(Kraken.read(r#"{"channel":"heartbeat"}"#, "BTC/USD").expect("reads"), Message::Alive);
        let refused = r#"{"error":"Currency pair not supported X","method":"subscribe","success":false}"#;
        assert!(
            matches!(Kraken.read(refused, "X"), Ok(Message::Refused { message, is_lasting: true }) if message.contains("not supported"))
        );
        assert!(Kraken.read(&text[..60], "BTC/USD").is_err());
    }
}
