//! Coinbase Exchange. The feed pushes trades, numbered without holes; minutes are made of them.
//!
//! REST: <https://docs.cdp.coinbase.com/exchange/reference/exchangerestapi_getproductcandles>. Feed:
//! <https://docs.cdp.coinbase.com/exchange/websocket-feed/channels>.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use wick_schemas::candle::RawCandle;
use wick_schemas::{Timestamp, Venue};

use super::protocol::{self, Defaults, Message, Paging, Protocol, Request, Row, Trade, Window};
use super::protocol::{integer, number, positive};
use crate::error::{Error, Result};

/// Coinbase Exchange.
pub struct Coinbase;

impl Protocol for Coinbase {
    fn venue(&self) -> Venue {
        Venue::Coinbase
    }

    fn defaults(&self) -> Defaults {
        Defaults {
            rest: "https://api.exchange.coinbase.com",
            socket: "wss://ws-feed.exchange.coinbase.com",
            pair: "BTC-USD",
            symbol: "BTC-USD",
            // It sends a heartbeat a second.
            silence: Duration::from_secs(15),
            requests_per_second: 5,
        }
    }

    fn subscribe(&self, symbol: &str) -> Vec<String> {
        let channels = ["matches", "heartbeat"];
        vec![json!({ "type": "subscribe", "product_ids": [symbol], "channels": channels }).to_string()]
    }

    fn is_numbered(&self) -> bool {
        true
    }

    fn read(&self, text: &str, symbol: &str) -> Result<Message> {
        let frame: Frame = serde_json::from_str(text).map_err(|error| malformed("message", error))?;
        let Some(kind) = frame.kind.as_deref() else {
            let is_advanced = frame.channel.is_some() && frame.sequence_num.is_some();
            return Ok(Message::Ignored(if is_advanced { protocol::OTHER_INTERFACE } else { protocol::OTHER_KIND }));
        };
        match kind {
            // The last trade before the subscription comes first.
            "match" | "last_match" if frame.product_id.as_deref() == Some(symbol) => trade(frame),
            "match" | "last_match" if frame.product_id.is_some() => Ok(Message::Ignored(protocol::OTHER_PAIR)),
            "match" | "last_match" => Err(malformed("trade", "no product_id")),
            "heartbeat" | "subscriptions" => Ok(Message::Alive),
            "error" => {
                let words: Vec<&str> =
                    [&frame.message, &frame.reason].into_iter().filter_map(Option::as_deref).collect();
                let message = words.join(": ");
                let is_lasting = message.contains("not a valid") || message.contains("specify");
                Ok(Message::Refused { message, is_lasting })
            }
            "ticker" | "ticker_batch" | "l2update" | "snapshot" | "status" | "auction" => {
                Ok(Message::Ignored(protocol::OTHER_CHANNEL))
            }
            "received" | "open" | "done" | "change" | "activate" => Ok(Message::Ignored(protocol::OTHER_CHANNEL)),
            _ => Ok(Message::Ignored(protocol::OTHER_KIND)),
        }
    }

    fn paging(&self) -> Paging {
        Paging::Window { rows: 300 }
    }

    fn ask(&self, pair: &str, window: Window) -> Request {
        let query = vec![
            ("granularity", "60".to_owned()),
            ("start", (window.from.millis() / 1000).to_string()),
            ("end", (window.until.millis() / 1000).to_string()),
        ];
        Request { path: format!("products/{pair}/candles"), query }
    }

    fn history(&self, body: &str) -> Result<Vec<Row>> {
        let answer: Value = serde_json::from_str(body).map_err(|error| malformed("history", error))?;
        let Some(rows) = answer.as_array() else { return Err(refusal(&answer, "history")) };
        rows.iter().map(rest_row).collect()
    }

    fn ask_time(&self, _: &str) -> Request {
        Request::plain("time")
    }

    fn time(&self, body: &str) -> Result<Timestamp> {
        let answer: Value = serde_json::from_str(body).map_err(|error| malformed("time", error))?;
        let Some(text) = answer.get("iso").and_then(Value::as_str) else { return Err(refusal(&answer, "time")) };
        Timestamp::parse(text).map_err(|error| malformed("time", error))
    }
}

/// A message of the feed.
#[derive(Deserialize)]
struct Frame {
    #[serde(rename = "type")]
    kind: Option<String>,
    product_id: Option<String>,
    trade_id: Option<u64>,
    price: Option<String>,
    size: Option<String>,
    time: Option<String>,
    message: Option<String>,
    reason: Option<String>,
    /// Of the Advanced Trade interface, which is another one.
    channel: Option<String>,
    sequence_num: Option<u64>,
}

fn malformed(what: &'static str, reason: impl ToString) -> Error {
    protocol::malformed(Venue::Coinbase, what, reason)
}

fn refusal(answer: &Value, what: &'static str) -> Error {
    let Some(message) = answer.get("message").and_then(Value::as_str) else {
        return malformed(what, "neither an answer nor a refusal");
    };
    let is_lasting = message.contains("NotFound") || message.contains("not found");
    protocol::refusal(Venue::Coinbase, message.to_owned(), is_lasting)
}

fn trade(frame: Frame) -> Result<Message> {
    let Frame { trade_id: Some(id), price: Some(price), size: Some(size), time: Some(time), .. } = frame else {
        return Err(malformed("trade", "not all of trade_id, price, size and time are there"));
    };
    Ok(Message::Trades(vec![Trade {
        id,
        time: Timestamp::parse(&time).map_err(|error| malformed("trade", error))?,
        price: positive(Venue::Coinbase, "price", &price)?,
        amount: positive(Venue::Coinbase, "size", &size)?,
    }]))
}

/// `[time, low, high, open, close, volume]`, newest first.
fn rest_row(row: &Value) -> Result<Row> {
    let seconds = integer(row.get(0)).ok_or_else(|| malformed("history", "a row without time"))?;
    let [low, high, open, close, volume] = [1, 2, 3, 4, 5].map(|place| number(row.get(place)));
    let open_time = Timestamp(seconds.saturating_mul(1000));
    let candle = RawCandle { venue: Venue::Coinbase, open_time, open, high, low, close, volume };
    Ok(Row { candle, trades: None, is_final: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MATCH: &str = r#"{"type":"match","trade_id":7,"side":"sell","size":"0.5","price":"101.25",
        "product_id":"BTC-USD","sequence":9,"time":"2023-11-14T22:14:05.125000Z"}"#;

    #[test]
    fn a_match_is_a_trade() {
        let Ok(Message::Trades(trades)) = Coinbase.read(MATCH, "BTC-USD") else { panic!("a trade") };
        let time = Timestamp::parse("2023-11-14T22:14:05.125Z").expect("a moment");
        assert_eq!(trades, [Trade { id: 7, time, price: 101.25, amount: 0.5 }]);
        assert_eq!(Coinbase.read(MATCH, "ETH-USD").expect("reads"), Message::Ignored(protocol::OTHER_PAIR));
        for (part, other) in [("\"101.25\"", "\"-1\""), ("\"101.25\"", "{}"), ("\"trade_id\":7,", "")] {
            assert!(Coinbase.read(&MATCH.replace(part, other), "BTC-USD").is_err(), "{other}");
        }
    }

    #[test]
    fn a_product_that_is_none_is_refused_for_good() {
        let text = r#"{"type":"error","message":"Failed to subscribe","reason":"BTC-XYZ is not a valid product"}"#;
        let Ok(Message::Refused { message, is_lasting: true }) = Coinbase.read(text, "BTC-XYZ") else {
            panic!("a refusal")
        };
        assert!(message.contains("BTC-XYZ"), "{message}");
    }

    #[test]
    fn history_has_low_and_high_before_open() {
        let rows = Coinbase.history("[[1700000040,1,2,1.5,1.25,0.5]]").expect("reads");
        let RawCandle { open, high, low, close, volume, .. } = rows[0].candle;
        let numbers = [open, high, low, close, volume];
        assert_eq!(numbers, [Some(1.5), Some(2.0), Some(1.0), Some(1.25), Some(0.5)]);
        assert!(matches!(Coinbase.history(r#"{"message":"NotFound"}"#), Err(Error::Rejected { .. })));
        assert!(matches!(Coinbase.history("[[1700000040"), Err(Error::Malformed { .. })));
        let time = Coinbase.time(r#"{"iso":"2023-11-14T22:13:20.123Z","epoch":1700000000.123}"#).expect("reads");
        assert_eq!(time, Timestamp(1_700_000_000_123));
    }
}
