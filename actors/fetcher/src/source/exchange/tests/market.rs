//! A market in four dialects: minute `n` has four trades, every seventh minute none. Whatever an exchange would say of
//! it, over REST or over the socket, is derived from those trades.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::{Value, json};
use wick_schemas::candle::RawCandle;
use wick_schemas::time::MINUTE;
use wick_schemas::{Timestamp, Venue};

use crate::source::Clock;

const START: i64 = 1_700_000_040_000;
/// The seconds of a minute in which there are trades.
const SECONDS: [i64; 4] = [5, 20, 35, 50];

pub fn minute(n: i64) -> Timestamp {
    Timestamp(START + n * MINUTE)
}

pub fn number(open_time: Timestamp) -> i64 {
    (open_time - minute(0)) / MINUTE
}

/// The candles of minutes, as they come out in the end.
pub fn candles(venue: Venue, minutes: std::ops::RangeInclusive<i64>) -> Vec<RawCandle> {
    minutes.filter(|n| !is_quiet(*n)).map(|n| Minute::of(n, SECONDS.len()).candle(venue)).collect()
}

pub fn is_quiet(n: i64) -> bool {
    n.rem_euclid(7) == 5
}

/// The exchange's clock, and with it the market up to now.
#[derive(Clone, Default)]
pub struct Market(Arc<AtomicI64>);

impl Market {
    pub fn at(n: i64, second: i64) -> Self {
        let market = Self::default();
        market.set(n, second);
        market
    }

    pub fn set(&self, n: i64, second: i64) {
        self.set_to(minute(n).shift(second * 1000));
    }

    pub fn set_to(&self, now: Timestamp) {
        self.0.store(now.millis(), Ordering::SeqCst);
    }

    pub fn pass(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1000, Ordering::SeqCst);
    }

    pub fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }

    pub fn clock(&self) -> Clock {
        let market = self.clone();
        Arc::new(move || market.now())
    }

    /// What REST answers to a request for history.
    pub fn history(&self, venue: Venue, path: &str) -> Value {
        let url = url::Url::parse(&format!("http://host{path}")).expect("a path");
        let asked = |name: &str| {
            url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.parse::<i64>().expect("a number"))
        };
        let now = self.now();
        let present = number(now.floor(MINUTE));
        let traded = |n: i64| {
            let seconds = (now - minute(n)) / 1000;
            Minute::of(n, SECONDS.iter().filter(|second| **second < seconds).count())
        };
        let within = |from: i64, until: i64| {
            let first = number(Timestamp(from).shift(MINUTE - 1).floor(MINUTE));
            (first..=number(Timestamp(until)).min(present)).map(traded)
        };
        match venue {
            Venue::Kraken => {
                let since = asked("since").map_or(i64::MIN, |since| since * 1000 + 1).max(minute(-2000).millis());
                let rows: Vec<Minute> = within(since, now.millis()).collect();
                let rows: Vec<Value> = rows[rows.len().saturating_sub(720)..].iter().map(Minute::kraken).collect();
                let last = minute(present - 1).millis() / 1000;
                json!({ "error": [], "result": { "XXBTZUSD": rows, "last": last } })
            }
            Venue::Binance => {
                let (from, until) = (asked("startTime").expect("a start"), asked("endTime").expect("an end"));
                within(from, until).take(1000).map(|minute| minute.binance()).collect()
            }
            Venue::Coinbase => {
                let (from, until) = (asked("start").expect("a start"), asked("end").expect("an end"));
                assert!((until - from) / 60 < 300, "too many rows were asked for");
                let rows: Vec<Minute> = within(from * 1000, until * 1000).filter(|minute| minute.count > 0).collect();
                rows.iter().rev().map(Minute::coinbase).collect()
            }
            Venue::Bitstamp => {
                // Where both are given, the end counts.
                let (limit, until) = (asked("limit").expect("a limit"), asked("end").expect("an end"));
                let until = until.min(now.millis() / 1000);
                let from = Timestamp(until * 1000).floor(MINUTE).millis() - (limit - 1) * MINUTE;
                let rows: Vec<Value> = within(from, until * 1000).map(|minute| minute.bitstamp()).collect();
                json!({ "data": { "pair": "BTC/USD", "ohlc": rows } })
            }
            other => panic!("{other} is no exchange"),
        }
    }

    /// What the socket says of a minute, message by message, with the second in which it says it. Binance's last word
    /// comes when the minute is over.
    pub fn talk(venue: Venue, n: i64) -> Vec<(i64, String)> {
        let count = if is_quiet(n) { 0 } else { SECONDS.len() };
        let mut said: Vec<(i64, String)> = (1..=count)
            .map(|count| (SECONDS[count - 1], Minute::of(n, count).said(venue, false).to_string()))
            .collect();
        if venue == Venue::Binance {
            said.push((60, Minute::of(n, count).said(venue, true).to_string()));
        }
        said
    }
}

/// A sign of life.
pub fn heartbeat(venue: Venue) -> String {
    match venue {
        Venue::Kraken => r#"{"channel":"heartbeat"}"#,
        Venue::Coinbase => r#"{"type":"heartbeat","sequence":90,"last_trade_id":0,"product_id":"BTC-USD"}"#,
        Venue::Bitstamp => r#"{"event":"bts:heartbeat","channel":"","data":{"status":"success"}}"#,
        _ => r#"{"result":null,"id":1}"#,
    }
    .to_owned()
}

/// A minute after its first trades.
struct Minute {
    n: i64,
    count: usize,
    open: f64,
    high: f64,
    low: f64,
    close: f64,
    satoshi: i64,
}

impl Minute {
    fn of(n: i64, count: usize) -> Self {
        let count = if is_quiet(n) { 0 } else { count };
        let prices: Vec<f64> = (0..count.max(1)).map(|k| price(n, k)).collect();
        let of = |fold: fn(f64, f64) -> f64| prices.iter().copied().reduce(fold).expect("a price");
        let satoshi = (0..count).map(|k| satoshi(n, k)).sum();
        Self {
            n,
            count,
            open: prices[0],
            high: of(f64::max),
            low: of(f64::min),
            close: prices[prices.len() - 1],
            satoshi,
        }
    }

    fn volume(&self) -> f64 {
        self.satoshi as f64 / 1e8
    }

    fn candle(&self, venue: Venue) -> RawCandle {
        RawCandle {
            venue,
            open_time: minute(self.n),
            open: Some(self.open),
            high: Some(self.high),
            low: Some(self.low),
            close: Some(self.close),
            volume: Some(self.volume()),
        }
    }

    fn seconds(&self) -> i64 {
        minute(self.n).millis() / 1000
    }

    fn texts(&self) -> [String; 5] {
        let price = |value: f64| format!("{value:.2}");
        let volume = format!("{:.8}", self.volume());
        [price(self.open), price(self.high), price(self.low), price(self.close), volume]
    }

    fn kraken(&self) -> Value {
        let [open, high, low, close, volume] = self.texts();
        json!([self.seconds(), open, high, low, close, close, volume, self.count])
    }

    fn binance(&self) -> Value {
        let [open, high, low, close, volume] = self.texts();
        let start = minute(self.n).millis();
        json!([start, open, high, low, close, volume, start + MINUTE - 1, "1.0", self.count, "0.5", "0.5", "0"])
    }

    fn coinbase(&self) -> Value {
        json!([self.seconds(), self.low, self.high, self.open, self.close, self.volume()])
    }

    fn bitstamp(&self) -> Value {
        let [open, high, low, close, volume] = self.texts();
        let timestamp = self.seconds().to_string();
        json!({ "timestamp": timestamp, "open": open, "high": high, "low": low, "close": close, "volume": volume })
    }

    /// What the socket says when the minute has come to this.
    fn said(&self, venue: Venue, is_final: bool) -> Value {
        let (n, [open, high, low, close, volume]) = (self.n, self.texts());
        match venue {
            Venue::Kraken => {
                let row = json!({ "symbol": "BTC/USD", "interval": 1, "interval_begin": minute(n).rfc3339(),
                    "open": self.open, "high": self.high, "low": self.low, "close": self.close,
                    "volume": self.volume(), "vwap": self.close, "trades": self.count });
                json!({ "channel": "ohlc", "type": "update", "data": [row] })
            }
            Venue::Binance => {
                let start = minute(n).millis();
                json!({ "e": "kline", "E": start, "s": "BTCUSDT", "k": { "t": start, "T": start + MINUTE - 1,
                    "s": "BTCUSDT", "i": "1m", "f": 1, "L": 4, "o": open, "c": close, "h": high, "l": low,
                    "v": volume, "n": self.count, "x": is_final, "q": "1.0", "V": "0.5", "Q": "0.5", "B": "0" } })
            }
            Venue::Coinbase | Venue::Bitstamp => deal(venue, n, self.count - 1),
            other => panic!("{other} is no exchange"),
        }
    }
}

fn deal(venue: Venue, n: i64, k: usize) -> Value {
    let time = minute(n).shift(SECONDS[k] * 1000);
    let (price, amount) = (format!("{:.2}", price(n, k)), format!("{:.8}", satoshi(n, k) as f64 / 1e8));
    // Without holes, though there are minutes without trades.
    let id = 1000 + 4 * (n - (n + 1).div_euclid(7)) + k as i64;
    if venue == Venue::Coinbase {
        json!({ "type": "match", "trade_id": id, "side": "buy", "size": amount, "price": price,
            "product_id": "BTC-USD", "sequence": 9 + id, "time": time.rfc3339() })
    } else {
        let data = json!({ "id": id, "timestamp": (time.millis() / 1000).to_string(), "amount_str": amount,
            "price_str": price, "type": 0, "microtimestamp": (time.millis() * 1000).to_string() });
        json!({ "data": data, "channel": "live_trades_btcusd", "event": "trade" })
    }
}

fn price(n: i64, k: usize) -> f64 {
    // Up, down, and an end that differs from both.
    30_000.0 + n as f64 + [0.0, 7.25, -3.5, 1.75][k]
}

fn satoshi(n: i64, k: usize) -> i64 {
    10_000_001 + 13 * n + 7 * k as i64
}
