//! Bitstamp. The socket pushes trades; minutes are made of them.
//!
//! REST: <https://www.bitstamp.net/api/#tag/Market-info/operation/GetOHLCData>. Socket:
//! <https://www.bitstamp.net/websocket/v2/>.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use wick_schemas::candle::RawCandle;
use wick_schemas::time::MINUTE;
use wick_schemas::{Timestamp, Venue};

use super::protocol::{self, Defaults, Message, Paging, Protocol, Request, Row, Trade, Window};
use super::protocol::{integer, number, positive};
use crate::error::{Error, Result};

const CHANNEL: &str = "live_trades_";

/// Bitstamp.
pub struct Bitstamp;

impl Protocol for Bitstamp {
    fn venue(&self) -> Venue {
        Venue::Bitstamp
    }

    fn defaults(&self) -> Defaults {
        Defaults {
            rest: "https://www.bitstamp.net",
            socket: "wss://ws.bitstamp.net",
            pair: "btcusd",
            symbol: "btcusd",
            silence: Duration::from_secs(30),
            requests_per_second: 5,
        }
    }

    fn subscribe(&self, symbol: &str) -> Vec<String> {
        let channel = format!("{CHANNEL}{symbol}");
        vec![json!({ "event": "bts:subscribe", "data": { "channel": channel } }).to_string()]
    }

    fn beat(&self) -> Option<&'static str> {
        Some(r#"{"event":"bts:heartbeat"}"#)
    }

    fn read(&self, text: &str, symbol: &str) -> Result<Message> {
        let frame: Frame = serde_json::from_str(text).map_err(|error| malformed("message", error))?;
        match frame.event.as_deref() {
            Some("trade") => match frame.channel.strip_prefix(CHANNEL) {
                Some(pair) if pair == symbol => trade(frame.data),
                Some(_) => Ok(Message::Ignored(protocol::OTHER_PAIR)),
                None => Ok(Message::Ignored(protocol::OTHER_CHANNEL)),
            },
            Some("bts:heartbeat" | "bts:subscription_succeeded" | "bts:unsubscription_succeeded") => Ok(Message::Alive),
            Some("bts:request_reconnect") => {
                Ok(Message::Refused { message: "it asks for a new connection".to_owned(), is_lasting: false })
            }
            Some("bts:error") => {
                let words = frame.data.get("message").and_then(Value::as_str).unwrap_or("no reason given");
                // 4009: not authorised. 4200: an incorrect channel or message; neither passes.
                let is_lasting = integer(frame.data.get("code")).is_some_and(|code| [4009, 4200].contains(&code));
                Ok(Message::Refused { message: words.to_owned(), is_lasting })
            }
            Some("data" | "order_created" | "order_changed" | "order_deleted") => {
                Ok(Message::Ignored(protocol::OTHER_CHANNEL))
            }
            _ => Ok(Message::Ignored(protocol::OTHER_KIND)),
        }
    }

    fn paging(&self) -> Paging {
        Paging::Window { rows: 1000 }
    }

    /// With as many rows as the window has minutes: the interface is documented to look at the end only where it is given
    /// both, and so either reading of it gives the same.
    fn ask(&self, pair: &str, window: Window) -> Request {
        let minutes = (window.until - window.from) / MINUTE + 1;
        let query = vec![
            ("step", "60".to_owned()),
            ("limit", minutes.clamp(1, 1000).to_string()),
            ("start", (window.from.millis() / 1000).to_string()),
            ("end", (window.until.millis() / 1000).to_string()),
        ];
        Request { path: format!("api/v2/ohlc/{pair}/"), query }
    }

    fn history(&self, body: &str) -> Result<Vec<Row>> {
        let answer: Value = serde_json::from_str(body).map_err(|error| malformed("history", error))?;
        let rows = answer.pointer("/data/ohlc").and_then(Value::as_array);
        rows.ok_or_else(|| refusal(&answer, "history"))?.iter().map(rest_row).collect()
    }

    /// It has no clock of its own to be asked; a ticker says when it is of.
    fn ask_time(&self, pair: &str) -> Request {
        Request::plain(&format!("api/v2/ticker/{pair}/"))
    }

    fn time(&self, body: &str) -> Result<Timestamp> {
        let answer: Value = serde_json::from_str(body).map_err(|error| malformed("time", error))?;
        let seconds = integer(answer.get("timestamp")).ok_or_else(|| refusal(&answer, "time"))?;
        Ok(Timestamp(seconds.saturating_mul(1000)))
    }
}

/// A message of the socket.
#[derive(Deserialize)]
struct Frame {
    event: Option<String>,
    #[serde(default)]
    channel: String,
    #[serde(default)]
    data: Value,
}

/// A trade: the time to the microsecond, price and amount as text beside the numbers.
#[derive(Deserialize)]
struct Deal {
    id: u64,
    microtimestamp: String,
    price_str: String,
    amount_str: String,
}

fn malformed(what: &'static str, reason: impl ToString) -> Error {
    protocol::malformed(Venue::Bitstamp, what, reason)
}

/// What an answer that is none says; its two generations of interfaces say it differently.
fn refusal(answer: &Value, what: &'static str) -> Error {
    let words = ["reason", "error", "message", "errors"].iter().find_map(|key| answer.get(key));
    let Some(words) = words else { return malformed(what, "neither an answer nor a refusal") };
    let message = words.as_str().map_or_else(|| words.to_string(), str::to_owned);
    let is_lasting = message.contains("not found") || message.contains("Invalid");
    protocol::refusal(Venue::Bitstamp, message, is_lasting)
}

fn trade(data: Value) -> Result<Message> {
    let deal: Deal = serde_json::from_value(data).map_err(|error| malformed("trade", error))?;
    let micros: i64 = deal.microtimestamp.parse().map_err(|error| malformed("trade", error))?;
    Ok(Message::Trades(vec![Trade {
        id: deal.id,
        time: Timestamp(micros.div_euclid(1000)),
        price: positive(Venue::Bitstamp, "price", &deal.price_str)?,
        amount: positive(Venue::Bitstamp, "amount", &deal.amount_str)?,
    }]))
}

fn rest_row(row: &Value) -> Result<Row> {
    let seconds = integer(row.get("timestamp")).ok_or_else(|| malformed("history", "a row without time"))?;
    let [open, high, low, close, volume] = ["open", "high", "low", "close", "volume"].map(|name| number(row.get(name)));
    let open_time = Timestamp(seconds.saturating_mul(1000));
    let candle = RawCandle { venue: Venue::Bitstamp, open_time, open, high, low, close, volume };
    // A minute without trades repeats the last price.
    let trades = if volume == Some(0.0) { Some(0) } else { None };
    Ok(Row { candle, trades, is_final: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRADE: &str = r#"{"data":{"id":7,"timestamp":"1700000045","amount":0.5,"amount_str":"0.50000000","price":101.25,
        "price_str":"101.25","type":0,"microtimestamp":"1700000045596123","buy_order_id":1,"sell_order_id":2},
        "channel":"live_trades_btcusd","event":"trade"}"#;

    #[test]
    fn a_trade_is_timed_by_its_microseconds() {
        let Ok(Message::Trades(trades)) = Bitstamp.read(TRADE, "btcusd") else { panic!("a trade") };
        assert_eq!(trades, [Trade { id: 7, time: Timestamp(1_700_000_045_596), price: 101.25, amount: 0.5 }]);
        assert_eq!(Bitstamp.read(TRADE, "ethusd").expect("reads"), Message::Ignored(protocol::OTHER_PAIR));
        assert!(Bitstamp.read(&TRADE.replace("\"101.25\"", "[]"), "btcusd").is_err());
    }

    #[test]
    fn the_other_side_may_ask_to_go_and_come_again() {
        let text = r#"{"event":"bts:request_reconnect","channel":"","data":""}"#;
        assert!(matches!(Bitstamp.read(text, "btcusd"), Ok(Message::Refused { is_lasting: false, .. })));
        let text = r#"{"event":"bts:heartbeat","channel":"","data":{"status":"success"}}"#;
        assert_eq!(Bitstamp.read(text, "btcusd").expect("reads"), Message::Alive);
    }

    #[test]
    fn a_window_has_as_many_rows_as_minutes() {
        let window = Window { from: Timestamp(1_700_000_040_000), until: Timestamp(1_700_000_160_000) };
        let query = Bitstamp.ask("btcusd", window).query;
        assert!(query.contains(&("limit", "3".to_owned())) && query.contains(&("end", "1700000160".to_owned())));
    }

    #[test]
    fn a_minute_without_trades_is_told_from_one_with() {
        let row = |volume| {
            format!(
                r#"{{"timestamp":"1700000040","open":"1.5","high":"2","low":"1","close":"1.25","volume":"{volume}"}}"#
            )
        };
        let body = format!(r#"{{"data":{{"pair":"BTC/USD","ohlc":[{},{}]}}}}"#, row("0.5"), row("0.00000000"));
        let rows = Bitstamp.history(&body).expect("reads");
        assert_eq!((rows[0].trades, rows[1].trades), (None, Some(0)));
        assert_eq!(rows[0].candle.close, Some(1.25));
        assert!(matches!(Bitstamp.history(r#"{"code":"404","reason":"pair not found"}"#), Err(Error::Rejected { .. })));
    }
}
