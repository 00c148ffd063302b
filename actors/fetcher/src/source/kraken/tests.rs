//! Kraken as its user sees it: against a server of the test's own, over real sockets.

mod exchange;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::Message as Frame;
use wick_schemas::CandleReceived;
use wick_schemas::time::MINUTE;

use self::exchange::{heartbeat, hold, http, say, serve_rest, serve_socket};
use super::*;
use crate::source::Notice;

const START: i64 = 1_700_000_040;
const PATIENCE: Duration = Duration::from_secs(4);

/// A market whose minute `n` closes at 100 + n; `now` is the minute that is going on.
#[derive(Clone, Default)]
struct Market {
    now: Arc<AtomicI64>,
}

impl Market {
    fn at(minute: i64) -> Self {
        Self { now: Arc::new(AtomicI64::new(minute)) }
    }

    fn set(&self, minute: i64) {
        self.now.store(minute, Ordering::SeqCst);
    }

    /// The exchange's clock: half a minute into the minute.
    fn clock(&self) -> Clock {
        let now = Arc::clone(&self.now);
        Arc::new(move || minute(now.load(Ordering::SeqCst)) + MINUTE / 2)
    }

    /// What REST says: volume 1, so that it can be told from the socket's.
    fn history(&self) -> String {
        let now = self.now.load(Ordering::SeqCst);
        let row = |n: i64| {
            let price = format!("{}.0", 100 + n);
            json!([START + n * 60, price, price, price, price, price, "1.0", 3])
        };
        let rows: Vec<_> = (0..=now).map(row).collect();
        json!({ "error": [], "result": { "XXBTZUSD": rows, "last": START + (now - 1) * 60 } }).to_string()
    }
}

fn minute(n: i64) -> Timestamp {
    Timestamp((START + n * 60) * 1000)
}

/// What the socket says of minute `n`: volume 2.
fn update(kind: &str, n: i64, close: f64) -> Frame {
    let row = json!({ "symbol": "BTC/USD", "interval": 1, "interval_begin": minute(n).rfc3339(),
        "open": close, "high": close, "low": close, "close": close, "volume": 2.0, "vwap": close, "trades": 3 });
    Frame::text(json!({ "channel": "ohlc", "type": kind, "data": [row] }).to_string())
}

fn settings(rest: String, socket: String) -> Settings {
    Settings {
        rest,
        socket,
        silence: Duration::from_millis(400),
        grace: Duration::from_secs(3),
        shortest_wait: Duration::from_millis(5),
        longest_wait: Duration::from_millis(20),
        ..Settings::default()
    }
}

#[derive(Default)]
struct Seen {
    candles: Vec<CandleReceived>,
    notices: Vec<Notice>,
}

impl Seen {
    fn minutes(&self) -> Vec<i64> {
        self.candles.iter().map(|c| (c.candle.open_time.millis() / 1000 - START) / 60).collect()
    }

    fn statuses(&self) -> Vec<u16> {
        let status = |notice: &Notice| if let Notice::Trouble { status, .. } = notice { *status } else { None };
        self.notices.iter().filter_map(status).collect()
    }
}

/// Reads until `enough`, dropping the wait every few milliseconds: that must not lose anything.
async fn read(source: &mut Kraken, enough: impl Fn(&Seen) -> bool) -> Seen {
    let mut seen = Seen::default();
    let reading = async {
        while !enough(&seen) {
            let Ok(chunk) = tokio::time::timeout(Duration::from_millis(3), source.next()).await else { continue };
            let chunk = chunk.expect("no lasting error").expect("live has no end");
            seen.candles.extend(chunk.candles);
            seen.notices.extend(chunk.notices);
        }
    };
    let outcome = tokio::time::timeout(PATIENCE, reading).await;
    assert!(outcome.is_ok(), "only {:?} and {:?} came", seen.minutes(), seen.notices);
    seen
}

#[tokio::test]
async fn only_final_candles_come_and_each_minute_once() {
    let market = Market::at(10);
    let rest = market.clone();
    let base = serve_rest(move |_, _| http("200 OK", "", &rest.history())).await;
    let talk = market.clone();
    let (socket, _) = serve_socket(move |_, mut peer| {
        let market = talk.clone();
        async move {
            say(&mut peer, [update("snapshot", 10, 1.0), heartbeat(), update("update", 10, 2.0)]).await;
            market.set(11);
            say(&mut peer, [update("update", 11, 3.0), update("update", 11, 4.0)]).await;
            market.set(12);
            say(&mut peer, [update("update", 12, 5.0)]).await;
            hold(peer).await;
        }
    })
    .await;
    let mut source = Kraken::new(settings(base, socket), market.clock(), Some(minute(3))).expect("addresses");
    let seen = read(&mut source, |seen| seen.minutes().last() == Some(&11)).await;
    assert_eq!(seen.minutes(), (4..=11).collect::<Vec<_>>());
    let last = seen.candles.last().expect("candles");
    assert!(last.origin == Origin::Live && last.ingest_time >= minute(12));
    // Minute 10 was half over when the socket came: it is history's.
    let tenth = seen.candles[6].candle;
    assert_eq!((tenth.close, tenth.volume), (Some(110.0), Some(1.0)));
    assert!(seen.notices.iter().any(|notice| matches!(notice, Notice::Connected { .. })));
    assert!(seen.notices.contains(&Notice::Filled { from: minute(4), through: minute(9), candles: 6 }));
}

#[tokio::test]
async fn a_socket_that_is_cut_in_mid_message_costs_nothing_and_doubles_nothing() {
    let market = Market::at(10);
    let rest = market.clone();
    let base = serve_rest(move |_, _| http("200 OK", "", &rest.history())).await;
    let talk = market.clone();
    let (socket, connections) = serve_socket(move |number, mut peer| {
        let market = talk.clone();
        async move {
            match number {
                0 => {
                    say(&mut peer, [update("update", 10, 110.0)]).await;
                    market.set(12);
                    say(&mut peer, [update("update", 11, 111.0), update("update", 12, 1.0)]).await;
                    // A text frame that promises 126 bytes and breaks off.
                    peer.get_mut().write_all(b"\x81\x7e\x00\x7e{\"channel\":\"oh").await.ok();
                    market.set(14);
                }
                _ => {
                    say(&mut peer, [update("snapshot", 13, 113.0), update("update", 14, 1.0)]).await;
                    market.set(16);
                    say(&mut peer, [update("update", 15, 115.0), update("update", 16, 116.0)]).await;
                    hold(peer).await;
                }
            }
        }
    })
    .await;
    let mut source = Kraken::new(settings(base, socket), market.clock(), None).expect("addresses");
    let seen = read(&mut source, |seen| seen.minutes().last() == Some(&15)).await;
    assert_eq!(seen.minutes(), (0..=15).collect::<Vec<_>>());
    assert_eq!(connections.load(Ordering::SeqCst), 2);
    for (n, received) in seen.candles.iter().enumerate() {
        assert_eq!(received.candle.close, Some(100.0 + n as f64));
    }
}

#[tokio::test]
async fn a_quiet_minute_is_final_by_the_exchange_s_clock() {
    let market = Market::at(5);
    let rest = market.clone();
    let base = serve_rest(move |_, _| http("200 OK", "", &rest.history())).await;
    let talk = market.clone();
    let (socket, _) = serve_socket(move |_, mut peer| {
        let market = talk.clone();
        async move {
            say(&mut peer, [update("update", 5, 105.0)]).await;
            market.set(6);
            say(&mut peer, [update("update", 6, 106.5)]).await;
            market.set(7);
            hold(peer).await;
        }
    })
    .await;
    let mut source = Kraken::new(settings(base, socket), market.clock(), Some(minute(4))).expect("addresses");
    let seen = read(&mut source, |seen| seen.minutes().len() == 2).await;
    assert_eq!(seen.minutes(), [5, 6]);
}

#[tokio::test]
async fn a_silent_socket_is_left_for_another() {
    let market = Market::at(3);
    let rest = market.clone();
    let base = serve_rest(move |_, _| http("200 OK", "", &rest.history())).await;
    let talk = market.clone();
    let (socket, _) = serve_socket(move |number, mut peer| {
        let market = talk.clone();
        async move {
            if number == 0 {
                // Open, but without a word: dropped when the other side goes.
                futures::StreamExt::next(&mut peer).await;
                return;
            }
            market.set(5);
            say(&mut peer, [update("update", 5, 1.0)]).await;
            hold(peer).await;
        }
    })
    .await;
    let patience = Settings { silence: Duration::from_millis(60), ..settings(base, socket) };
    let mut source = Kraken::new(patience, market.clock(), None).expect("addresses");
    let seen = read(&mut source, |seen| seen.minutes().last() == Some(&4)).await;
    assert_eq!(seen.minutes(), [0, 1, 2, 3, 4]);
    let told = |notice: &Notice| notice.to_string().contains("silent for 0.1 s");
    assert!(seen.notices.iter().any(told), "{:?}", seen.notices);
}

#[tokio::test]
async fn retry_after_is_honoured() {
    let market = Market::at(3);
    let (sender, mut requests) = tokio::sync::mpsc::unbounded_channel();
    let rest = market.clone();
    let base = serve_rest(move |number, _| {
        sender.send(Instant::now()).ok();
        match number {
            0 => http("429 Too Many Requests", "Retry-After: 1\r\n", ""),
            1 => http("503 Service Unavailable", "", ""),
            _ => http("200 OK", "", &rest.history()),
        }
    })
    .await;
    let (socket, _) = serve_socket(|_, peer| hold(peer)).await;
    let mut source = Kraken::new(settings(base, socket), market.clock(), None).expect("addresses");
    let seen = read(&mut source, |seen| seen.minutes().len() == 3).await;
    assert_eq!(seen.statuses(), [429, 503]);
    let (first, second) = (requests.recv().await.expect("first"), requests.recv().await.expect("second"));
    assert!(second - first >= Duration::from_secs(1), "{:?}", second - first);
}

#[tokio::test]
async fn a_refusal_by_place_is_named_and_an_unknown_pair_is_an_error() {
    let base = serve_rest(|number, _| match number {
        0 => http("451 Unavailable For Legal Reasons", "", ""),
        1 => http("403 Forbidden", "", ""),
        _ => http("200 OK", "", r#"{"error":["EQuery:Unknown asset pair"]}"#),
    })
    .await;
    let clock = Market::at(1).clock();
    let mut source = Kraken::new(settings(base, "ws://127.0.0.1:9/v2".to_owned()), clock, None).expect("addresses");
    let seen = read(&mut source, |seen| seen.notices.len() == 2).await;
    assert_eq!(seen.statuses(), [451, 403]);
    assert!(seen.notices[0].to_string().contains("region"), "{}", seen.notices[0]);
    let error = source.next().await.expect_err("an unknown pair");
    assert!(!error.is_transient() && error.to_string().contains("Unknown asset pair"), "{error}");
}

#[tokio::test]
async fn without_a_socket_history_keeps_candles_coming() {
    let market = Market::at(3);
    let rest = market.clone();
    let base = serve_rest(move |_, _| {
        let body = rest.history();
        rest.now.fetch_add(1, Ordering::SeqCst);
        http("200 OK", "", &body)
    })
    .await;
    // A port that refuses: nobody listens on the one that was just given back.
    let free = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("bound");
    let mut source = Kraken::new(settings(base, format!("ws://{free}/v2")), market.clock(), None).expect("addresses");
    let seen = read(&mut source, |seen| seen.minutes().len() >= 6).await;
    assert!(seen.minutes().into_iter().eq(0..seen.candles.len() as i64));
}

#[tokio::test]
async fn the_probe_answers_in_time_whatever_the_other_side_does() {
    let body = r#"{"error":[],"result":{"unixtime":1700000000,"rfc1123":"Tue, 14 Nov 23 22:13:20 +0000"}}"#;
    let base = serve_rest(move |_, path| {
        assert_eq!(path, "/0/public/Time");
        http("200 OK", "", body)
    })
    .await;
    assert_eq!(probe(&base, PATIENCE).await.expect("there"), Timestamp(1_700_000_000_000));

    let blocked = serve_rest(|_, _| http("451 Unavailable For Legal Reasons", "", "")).await;
    let error = probe(&blocked, PATIENCE).await.expect_err("blocked");
    assert!(matches!(error, Error::Refused { status: 451, .. }), "{error}");

    let mute = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}", mute.local_addr().expect("bound"));
    let start = Instant::now();
    let error = probe(&address, Duration::from_millis(50)).await.expect_err("mute");
    assert!(start.elapsed() < Duration::from_secs(1) && error.is_transient(), "{error}");
    assert!(matches!(probe("kraken", PATIENCE).await, Err(Error::Setting { .. })));
}

/// The recorded answer of that name, where there is one.
fn recorded(name: &str) -> Option<String> {
    let data = std::env::var_os("WICK_DATA")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    let path = data.join("recordings/kraken").join(name);
    let text = std::fs::read_to_string(&path);
    if text.is_err() {
        println!("skipped: no data at {}", path.display());
    }
    text.ok()
}

#[tokio::test]
async fn a_recorded_history_is_read_whole() {
    let Some(body) = recorded("http_ohlc.json") else { return };
    let answer: Value = serde_json::from_str(&body).expect("JSON");
    let rows = answer["result"]["XBTUSDT"].as_array().expect("rows").clone();
    let traded: Vec<_> = rows[..rows.len() - 1].iter().filter(|row| row[7] != 0).collect();
    let end = rows[rows.len() - 1][0].as_i64().expect("seconds") * 1000;
    let base = serve_rest(move |_, _| http("200 OK", "", &body)).await;
    let (socket, _) = serve_socket(|_, peer| hold(peer)).await;
    let clock: Clock = Arc::new(move || Timestamp(end + 30_000));
    let mut source = Kraken::new(settings(base.clone(), socket.clone()), clock.clone(), None).expect("addresses");
    let seen = read(&mut source, |seen| seen.candles.len() == traded.len()).await;
    for (received, row) in seen.candles.iter().zip(&traded) {
        let number = |place: usize| row[place].as_str().and_then(|text| text.parse::<f64>().ok());
        assert_eq!(received.candle.open_time.millis() / 1000, row[0].as_i64().expect("seconds"));
        assert_eq!((received.candle.open, received.candle.volume), (number(1), number(6)));
        assert!(wick_schemas::Candle::new(received.candle).is_ok());
        assert!(received.ingest_time.millis() == end + 30_000);
    }
    // Resuming gives exactly what came after.
    let kept = seen.candles[100].candle.open_time;
    let mut source = Kraken::new(settings(base, socket), clock, Some(kept)).expect("addresses");
    let rest = read(&mut source, |seen| seen.candles.len() == traded.len() - 101).await;
    assert_eq!(rest.candles, seen.candles[101..]);
}

#[test]
fn recorded_messages_are_understood() {
    for name in ["ws_ohlc_update.json", "ws_pong.json", "ws_subscribe_response.json", "ws_trade_update.json"] {
        let Some(text) = recorded(name) else { return };
        let message = parse::message(&text, "BTC/USD").expect(name);
        match message {
            parse::Message::Rows(rows) => assert_eq!((rows.len(), name), (1, "ws_ohlc_update.json")),
            other => assert_eq!(other, parse::Message::Alive, "{name}"),
        }
    }
}
