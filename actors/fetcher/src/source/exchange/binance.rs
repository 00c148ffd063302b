//! Binance spot. The stream pushes minutes and says which numbers are a minute's last.
//!
//! REST: <https://developers.binance.com/docs/binance-spot-api-docs/rest-api>. Streams:
//! <https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams>.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use wick_schemas::candle::RawCandle;
use wick_schemas::{Timestamp, Venue};

use super::protocol::{self, Defaults, Message, Paging, Protocol, Request, Row, Window, integer, number};
use crate::error::{Error, Result};

/// Binance.
pub struct Binance;

impl Protocol for Binance {
    fn venue(&self) -> Venue {
        Venue::Binance
    }

    fn defaults(&self) -> Defaults {
        Defaults {
            rest: "https://api.binance.com",
            socket: "wss://stream.binance.com:9443/ws",
            pair: "BTCUSDT",
            symbol: "BTCUSDT",
            // It pings every 20 seconds.
            silence: Duration::from_secs(30),
            requests_per_second: 10,
        }
    }

    fn subscribe(&self, symbol: &str) -> Vec<String> {
        let stream = format!("{}@kline_1m", symbol.to_lowercase());
        vec![json!({ "method": "SUBSCRIBE", "params": [stream], "id": 1 }).to_string()]
    }

    fn read(&self, text: &str, symbol: &str) -> Result<Message> {
        let event: Event = serde_json::from_str(text).map_err(|error| malformed("message", error))?;
        // A combined stream wraps what a single one sends bare.
        let event = match event.data {
            Some(data) => *data,
            None => event,
        };
        if let Some(Refusal { code, msg }) = event.refusal() {
            // 2: an invalid request. A stream that does not exist is not refused; it is silent.
            return Ok(Message::Refused { message: format!("{msg} ({code})"), is_lasting: code == 2 });
        }
        match event.kind.as_deref() {
            Some("kline") => kline(event.kline, symbol),
            Some("serverShutdown") => {
                Ok(Message::Refused { message: "the server is about to shut down".to_owned(), is_lasting: false })
            }
            Some("depthUpdate" | "aggTrade" | "trade" | "24hrTicker" | "24hrMiniTicker" | "avgPrice") => {
                Ok(Message::Ignored(protocol::OTHER_CHANNEL))
            }
            // The best bid and ask come without a kind.
            None if event.update.is_some() => Ok(Message::Ignored(protocol::OTHER_CHANNEL)),
            None if event.id.is_some() => Ok(Message::Alive),
            _ => Ok(Message::Ignored(protocol::OTHER_KIND)),
        }
    }

    fn paging(&self) -> Paging {
        Paging::Window { rows: 1000 }
    }

    fn ask(&self, pair: &str, window: Window) -> Request {
        let query = vec![
            ("symbol", pair.to_owned()),
            ("interval", "1m".to_owned()),
            ("startTime", window.from.millis().to_string()),
            ("endTime", window.until.millis().to_string()),
            ("limit", "1000".to_owned()),
        ];
        Request { path: "api/v3/klines".to_owned(), query }
    }

    fn history(&self, body: &str) -> Result<Vec<Row>> {
        let answer: Value = serde_json::from_str(body).map_err(|error| malformed("history", error))?;
        let Some(rows) = answer.as_array() else { return Err(refusal(&answer, "history")) };
        rows.iter().map(rest_row).collect()
    }

    fn ask_time(&self, _: &str) -> Request {
        Request::plain("api/v3/time")
    }

    fn time(&self, body: &str) -> Result<Timestamp> {
        let answer: Value = serde_json::from_str(body).map_err(|error| malformed("time", error))?;
        integer(answer.get("serverTime")).map(Timestamp).ok_or_else(|| refusal(&answer, "time"))
    }
}

fn malformed(what: &'static str, reason: impl ToString) -> Error {
    protocol::malformed(Venue::Binance, what, reason)
}

/// What an answer that is none says: -1121 is a symbol, -1100 to -1130 are arguments that it does not know.
fn refusal(answer: &Value, what: &'static str) -> Error {
    let (code, message) = (integer(answer.get("code")), answer.get("msg").and_then(Value::as_str));
    let Some((code, message)) = code.zip(message) else { return malformed(what, "neither an answer nor a refusal") };
    protocol::refusal(Venue::Binance, format!("{message} ({code})"), (-1130..=-1100).contains(&code))
}

/// `[open time, open, high, low, close, volume, close time, quote volume, trades, …]`.
fn rest_row(row: &Value) -> Result<Row> {
    let open_time = integer(row.get(0)).map(Timestamp).ok_or_else(|| malformed("history", "a row without time"))?;
    let [open, high, low, close, volume] = [1, 2, 3, 4, 5].map(|place| number(row.get(place)));
    let candle = RawCandle { venue: Venue::Binance, open_time, open, high, low, close, volume };
    Ok(Row { candle, trades: row.get(8).and_then(Value::as_u64), is_final: None })
}

/// A message of the socket: an event, an event in the wrapping of a combined stream, or an answer.
#[derive(Deserialize)]
struct Event {
    data: Option<Box<Event>>,
    #[serde(rename = "e")]
    kind: Option<String>,
    #[serde(rename = "k")]
    kline: Option<Kline>,
    #[serde(rename = "u")]
    update: Option<Value>,
    id: Option<Value>,
    error: Option<Refusal>,
    code: Option<i64>,
    msg: Option<String>,
}

impl Event {
    /// A refusal comes as an answer's error or bare.
    fn refusal(&self) -> Option<Refusal> {
        self.error.clone().or_else(|| Some(Refusal { code: self.code?, msg: self.msg.clone()? }))
    }
}

#[derive(Clone, Deserialize)]
struct Refusal {
    code: i64,
    msg: String,
}

/// A minute as the stream has it.
#[derive(Deserialize)]
struct Kline {
    #[serde(rename = "t")]
    open_time: i64,
    #[serde(rename = "s")]
    symbol: String,
    #[serde(rename = "i")]
    interval: String,
    #[serde(rename = "o")]
    open: String,
    #[serde(rename = "h")]
    high: String,
    #[serde(rename = "l")]
    low: String,
    #[serde(rename = "c")]
    close: String,
    #[serde(rename = "v")]
    volume: String,
    #[serde(rename = "n")]
    trades: u64,
    #[serde(rename = "x")]
    is_final: bool,
}

fn kline(kline: Option<Kline>, symbol: &str) -> Result<Message> {
    let kline = kline.ok_or_else(|| malformed("candle", "no candle"))?;
    if !kline.symbol.eq_ignore_ascii_case(symbol) {
        return Ok(Message::Ignored(protocol::OTHER_PAIR));
    }
    if kline.interval != "1m" {
        return Ok(Message::Ignored(protocol::OTHER_CHANNEL));
    }
    let price = |text: &str| match text.parse::<f64>() {
        Ok(value) => Ok(Some(value)),
        Err(_) => Err(malformed("candle", format!("'{text}' is no number"))),
    };
    let candle = RawCandle {
        venue: Venue::Binance,
        open_time: Timestamp(kline.open_time),
        open: price(&kline.open)?,
        high: price(&kline.high)?,
        low: price(&kline.low)?,
        close: price(&kline.close)?,
        volume: price(&kline.volume)?,
    };
    Ok(Message::Rows(vec![Row { candle, trades: Some(kline.trades), is_final: Some(kline.is_final) }]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KLINE: &str = r#"{"e":"kline","E":1700000105000,"s":"BTCUSDT","k":{"t":1700000040000,"T":1700000099999,
        "s":"BTCUSDT","i":"1m","f":1,"L":3,"o":"1.5","c":"1.25","h":"2","l":"1","v":"0.5","n":3,"x":true,"q":"0.6"}}"#;

    #[test]
    fn a_minute_says_whether_it_is_final() {
        let wrapped = format!(r#"{{"stream":"btcusdt@kline_1m","data":{KLINE}}}"#);
        for text in [KLINE, &wrapped] {
            let Ok(Message::Rows(rows)) = Binance.read(text, "BTCUSDT") else { panic!("rows") };
            assert_eq!((rows[0].is_final, rows[0].trades), (Some(true), Some(3)));
            assert_eq!((rows[0].candle.open, rows[0].candle.low), (Some(1.5), Some(1.0)));
        }
        assert_eq!(Binance.read(KLINE, "ETHUSDT").expect("reads"), Message::Ignored(protocol::OTHER_PAIR));
        let spoiled = KLINE.replace("\"1.25\"", "{}");
        assert!(Binance.read(&spoiled, "BTCUSDT").is_err() && Binance.read(&KLINE[..90], "BTCUSDT").is_err());
    }

    #[test]
    fn answers_are_signs_of_life_or_refusals() {
        assert_eq!(Binance.read(r#"{"result":null,"id":1}"#, "X").expect("reads"), Message::Alive);
        let refused = r#"{"error":{"code":2,"msg":"Invalid request"},"id":1}"#;
        assert!(matches!(Binance.read(refused, "X"), Ok(Message::Refused { is_lasting: true, .. })));
        let leaving = r#"{"e":"serverShutdown","E":1770123456789}"#;
        assert!(matches!(Binance.read(leaving, "X"), Ok(Message::Refused { is_lasting: false, .. })));
    }

    #[test]
    fn history_is_rows_or_a_refusal() {
        let body = r#"[[1700000040000,"1.5","2","1","1.25","0.5",1700000099999,"0.6",3,"0.1","0.1","0"]]"#;
        let rows = Binance.history(body).expect("reads");
        assert_eq!((rows[0].candle.close, rows[0].trades), (Some(1.25), Some(3)));
        let unknown = Binance.history(r#"{"code":-1121,"msg":"Invalid symbol."}"#).expect_err("refused");
        assert!(matches!(unknown, Error::Rejected { .. }), "{unknown}");
        let busy = Binance.history(r#"{"code":-1003,"msg":"Too many requests."}"#).expect_err("refused");
        assert!(matches!(busy, Error::Busy { .. }), "{busy}");
        assert!(matches!(Binance.history("[[{}]]"), Err(Error::Malformed { .. })));
        assert_eq!(Binance.time(r#"{"serverTime":1700000000123}"#).expect("reads"), Timestamp(1_700_000_000_123));
    }
}
