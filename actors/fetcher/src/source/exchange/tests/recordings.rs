//! What real exchanges were recorded to say, in full: every message is understood or left alone for a reason.
//!
//! The captures are of 2021 and 2022, of other pairs and in part of interfaces that are gone; the small files are of
//! documentation. Each is read as if its own pairs had been asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use super::server::{hold, http, serve_rest, serve_socket};
use super::*;
use crate::source::exchange::protocol::{Message, OTHER_PAIR, Protocol};

/// Why an answer to a question that is never asked is left alone.
const NOT_ASKED: &str = "an answer that is never asked for";

/// Where the recordings of an exchange are, where there are any.
fn folder(venue: Venue) -> Option<PathBuf> {
    let data = std::env::var_os("WICK_DATA").map_or_else(|| PathBuf::from("../../../shared/data"), PathBuf::from);
    let folder = data.join("recordings").join(venue.as_str());
    if !folder.is_dir() {
        println!("skipped: no data at {}", folder.display());
        return None;
    }
    Some(folder)
}

/// Every file below a folder, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// The pairs that a line names, in the places where one stands in the four dialects.
fn pairs(line: &str, found: &mut BTreeSet<String>) {
    for key in ["\"s\":\"", "\"product_id\":\"", "\"symbol\":\"", "\"symbol\": \"", "\"product_id\": \""] {
        let after = line.split(key).skip(1);
        found.extend(after.filter_map(|rest| rest.split('"').next()).map(str::to_owned));
    }
    let channels = line.split("live_trades_").skip(1);
    found.extend(channels.filter_map(|rest| rest.split('"').next()).map(str::to_owned));
}

/// Reads a message as if its own pair had been asked for.
fn hear(protocol: &dyn Protocol, text: &str, pairs: &BTreeSet<String>, tally: &mut Tally) {
    let mut outcome = protocol.read(text, "none");
    for pair in pairs {
        if !matches!(outcome, Ok(Message::Ignored(OTHER_PAIR))) {
            break;
        }
        outcome = protocol.read(text, pair);
    }
    tally.count(outcome.as_ref());
}

/// Reads an answer, if it is one of history or of the time; others are never asked for.
fn answer(protocol: &dyn Protocol, url: &str, body: &str, tally: &mut Tally) {
    let outcome = if ["klines", "/candles", "ohlc", "OHLC"].iter().any(|word| url.contains(word)) {
        protocol.history(body).map(|rows| {
            assert!(!rows.is_empty(), "{url}");
            for row in &rows {
                assert!(wick_schemas::Candle::new(row.candle).is_ok(), "{url}: {row:?}");
            }
        })
    } else if ["time"].iter().any(|word| url.contains(word)) {
        protocol.time(body).map(|_| ())
    } else {
        serde_json::from_str::<Value>(body).expect("JSON");
        tally.count(Ok(&Message::Ignored(NOT_ASKED)));
        return;
    };
    tally.count(outcome.as_ref().map(|()| &Message::Alive));
}

/// Reads a file of any kind.
fn file(protocol: &dyn Protocol, path: &Path) -> Tally {
    let text = std::fs::read_to_string(path).expect("text");
    let name = path.file_name().expect("a name").to_string_lossy().into_owned();
    let mut tally = Tally::default();
    let mut asked = BTreeSet::new();
    text.lines().for_each(|line| pairs(line, &mut asked));
    match name.as_str() {
        // A line for each message; what we said, and where, is in lines of its own.
        _ if name.contains(".ws.") => {
            for line in text.lines() {
                let Some((time, message)) = line.split_once(": ") else { continue };
                if time.parse::<f64>().is_ok() {
                    hear(protocol, message, &asked, &mut tally);
                }
            }
        }
        // A line for each answer; some lines are the recorder's own.
        _ if name.ends_with(".0") => {
            for line in text.lines() {
                let Some((url, rest)) = line.split_once(" -> ") else { continue };
                let (_, body) = rest.split_once(": ").expect("a time");
                answer(protocol, url, body, &mut tally);
            }
        }
        _ if name.ends_with("_http_responses.json") => {
            let answers: BTreeMap<String, Value> = serde_json::from_str(&text).expect("JSON");
            for (question, body) in answers.into_iter().filter(|(question, _)| question != "_source") {
                // `fetchOHLCV` is what is elsewhere called `ohlc`.
                let url = if question.contains("OHLCV") { "ohlc" } else { question.as_str() };
                answer(protocol, url, &body.to_string(), &mut tally);
            }
        }
        _ if name.starts_with("ws_") => hear(protocol, &text, &asked, &mut tally),
        // Of the Advanced Trade interface, which is another one.
        "http_candles.json" => tally.count(Ok(&Message::Ignored("another interface"))),
        _ => answer(protocol, &name, &text, &mut tally),
    }
    tally
}

#[test]
fn nothing_that_was_recorded_fails() {
    println!("| exchange | file | parsed | ignored by design | failed |");
    println!("|---|---|---:|---|---:|");
    let mut sums: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for protocol in VENUES {
        let Some(folder) = folder(protocol.venue()) else { return };
        for path in files(&folder) {
            let tally = file(protocol, &path);
            let name = path.strip_prefix(&folder).expect("below").display();
            let ignored: Vec<String> =
                tally.ignored.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
            let (parsed, failed) = (tally.parsed, tally.failed);
            println!("| {} | {name} | {parsed} | {} | {failed} |", protocol.venue(), ignored.join(", "));
            assert_eq!(tally.failed, 0, "{}: {:?}", path.display(), tally.first_failure);
            assert!(tally.parsed + tally.ignored_in_all() > 0, "{} says nothing", path.display());
            assert!(!tally.ignored.contains_key(OTHER_PAIR), "{}: {tally:?}", path.display());
            let sum = sums.entry(protocol.venue().as_str()).or_default();
            *sum = (sum.0 + parsed, sum.1 + tally.ignored_in_all());
        }
    }
    println!("in all, parsed and ignored: {sums:?}");
    // What is of use in each: minutes, matches, trades, rows.
    assert!(sums.values().all(|(parsed, _)| *parsed > 0));
    assert!(sums["coinbase"].0 >= 97 + 10 && sums["bitstamp"].0 >= 10 && sums["binance"].0 >= 2);
}

#[test]
fn recorded_trades_are_numbered_as_the_exchange_says() {
    let Some(folder) = folder(Venue::Coinbase) else { return };
    let text = std::fs::read_to_string(folder.join("COINBASE.ws.28.0")).expect("text");
    let messages: Vec<&str> = text.lines().filter_map(|line| line.split_once(": ")).map(|(_, text)| text).collect();
    let mut heard = 0;
    for pair in ["SKL-USD", "SKL-BTC", "SKL-GBP"] {
        let mut last = None;
        for message in &messages {
            let Ok(Message::Trades(trades)) = coinbase::Coinbase.read(message, pair) else { continue };
            for trade in trades {
                assert!(last.is_none_or(|(id, time)| id + 1 == trade.id && time <= trade.time), "{message}");
                last = Some((trade.id, trade.time));
                heard += 1;
            }
        }
    }
    assert!(heard > 30, "{heard}");
}

#[tokio::test]
async fn a_recorded_history_is_read_whole() {
    let Some(folder) = folder(Venue::Kraken) else { return };
    let body = std::fs::read_to_string(folder.join("http_ohlc.json")).expect("text");
    let answer: Value = serde_json::from_str(&body).expect("JSON");
    let rows = answer["result"]["XBTUSDT"].as_array().expect("rows").clone();
    let traded: Vec<_> = rows[..rows.len() - 1].iter().filter(|row| row[7] != 0).collect();
    let end = rows[rows.len() - 1][0].as_i64().expect("seconds") * 1000;
    let base = serve_rest(move |_, _| http("200 OK", "", &body)).await;
    let life = || market::heartbeat(Venue::Kraken);
    let (socket, _) = serve_socket(|_| None, move |_, peer| hold(peer, life())).await;
    let clock: Clock = Arc::new(move || Timestamp(end + 30_000));
    let settings = settings(Venue::Kraken, base, socket);
    let mut source = Exchange::new(settings.clone(), clock.clone(), None).expect("addresses");
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
    let mut source = Exchange::new(settings, clock, Some(kept)).expect("addresses");
    let rest = read(&mut source, |seen| seen.candles.len() == traded.len() - 101).await;
    assert_eq!(rest.candles, seen.candles[101..]);
}
