//! What an operator sees of an exchange: what it is called, when it is asked, and why it is not there.

use std::sync::Arc;
use std::time::Instant;

use tokio::net::TcpListener;

use super::market::{Market, candles, heartbeat, minute};
use super::server::{hold, http, serve_rest, serve_socket};
use super::*;
use crate::frame::SOCKET;

#[tokio::test]
async fn retry_after_is_honoured() {
    let market = Market::at(3, 30);
    let (sender, mut requests) = tokio::sync::mpsc::unbounded_channel();
    let rest = market.clone();
    let base = serve_rest(move |number, path| {
        sender.send(Instant::now()).ok();
        match number {
            0 => http("429 Too Many Requests", "Retry-After: 1\r\n", ""),
            1 => http("503 Service Unavailable", "", ""),
            _ => http("200 OK", "", &rest.history(Venue::Kraken, path).to_string()),
        }
    })
    .await;
    let (socket, _) = serve_socket(|_| None, |_, peer| hold(peer, heartbeat(Venue::Kraken))).await;
    let settings = settings(Venue::Kraken, base, socket);
    let mut source = Exchange::new(settings, market.clock(), Some(minute(-1))).expect("addresses");
    let seen = read(&mut source, |seen| seen.minutes().len() == 3).await;
    assert_eq!(seen.statuses(), [429, 503]);
    let (first, second) = (requests.recv().await.expect("first"), requests.recv().await.expect("second"));
    assert!(second - first >= Duration::from_secs(1), "{:?}", second - first);
}

#[tokio::test]
async fn a_refusal_by_place_is_named_and_an_unknown_pair_is_an_error() {
    for (venue, unknown) in [
        (Venue::Kraken, r#"{"error":["EQuery:Unknown asset pair"]}"#),
        (Venue::Binance, r#"{"code":-1121,"msg":"Invalid symbol: Unknown asset pair"}"#),
        (Venue::Coinbase, r#"{"message":"NotFound: Unknown asset pair"}"#),
        (Venue::Bitstamp, r#"{"code":404,"reason":"Unknown asset pair not found"}"#),
    ] {
        let base = serve_rest(move |number, _| match number {
            0 => http("451 Unavailable For Legal Reasons", "", ""),
            1 => http("403 Forbidden", "", ""),
            _ => http("200 OK", "", unknown),
        })
        .await;
        let settings = settings(venue, base, "ws://127.0.0.1:9/v2".to_owned());
        let mut source = Exchange::new(settings, Market::at(1, 30).clock(), None).expect("addresses");
        let seen = read(&mut source, |seen| seen.notices.len() == 2).await;
        assert_eq!(seen.statuses(), [451, 403]);
        assert!(seen.notices[0].to_string().contains("region"), "{}", seen.notices[0]);
        let error = loop {
            match source.next().await {
                Ok(chunk) => assert!(chunk.expect("no end").candles.is_empty()),
                Err(error) => break error,
            }
        };
        assert!(!error.is_transient() && error.to_string().contains("Unknown asset pair"), "{error}");
    }
}

#[tokio::test]
async fn the_probe_answers_in_time_whatever_the_other_side_does() {
    for (venue, at, body) in [
        (Venue::Kraken, "/0/public/Time", r#"{"error":[],"result":{"unixtime":1700000000}}"#),
        (Venue::Binance, "/api/v3/time", r#"{"serverTime":1700000000000}"#),
        (Venue::Coinbase, "/time", r#"{"iso":"2023-11-14T22:13:20.000Z","epoch":1700000000.000}"#),
        (Venue::Bitstamp, "/api/v2/ticker/btcusd/", r#"{"timestamp":"1700000000","last":"73285"}"#),
    ] {
        let base = serve_rest(move |_, path| {
            assert_eq!(path, at);
            http("200 OK", "", body)
        })
        .await;
        assert_eq!(probe(venue, &base, PATIENCE).await.expect("there"), Timestamp(1_700_000_000_000));

        let blocked = serve_rest(|_, _| http("451 Unavailable For Legal Reasons", "", "")).await;
        let error = probe(venue, &blocked, PATIENCE).await.expect_err("blocked");
        assert!(matches!(error, Error::Refused { status: 451, .. }), "{error}");

        let mute = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", mute.local_addr().expect("bound"));
        let start = Instant::now();
        let error = probe(venue, &address, Duration::from_millis(50)).await.expect_err("mute");
        assert!(start.elapsed() < Duration::from_secs(1) && error.is_transient(), "{error}");

        let error = probe(venue, &base.replace("http", "https"), PATIENCE).await.expect_err("no TLS there");
        assert!(error.is_transient(), "{error}");
        assert!(matches!(probe(venue, "kraken", PATIENCE).await, Err(Error::Setting { .. })));
    }
    assert!(probe(Venue::Bitfinex, "http://127.0.0.1:9", PATIENCE).await.is_err());
}

#[tokio::test]
async fn every_byte_is_kept_and_clocks_that_part_are_told_of() {
    for venue in venues() {
        let market = Market::at(3, 30);
        let rest = market.clone();
        let base = serve_rest(move |_, path| {
            // Half a minute ahead of us.
            let date = "Date: Tue, 14 Nov 2023 22:18:00 GMT\r\n";
            http("200 OK", date, &rest.history(venue, path).to_string())
        })
        .await;
        let (socket, _) = serve_socket(|_| None, move |_, peer| hold(peer, heartbeat(venue))).await;
        let address = socket.clone();
        let clock: Clock = Arc::new(|| minute(3).shift(30_000));
        let settings = settings(venue, base.clone(), socket);
        let mut source = Exchange::new(settings, clock, Some(minute(0))).expect("addresses");
        let is_sign = |frame: &Frame| frame.status == SOCKET && frame.payload == heartbeat(venue).as_bytes();
        // Frames come with the next chunk: here, with that of another minute.
        let seen = read(&mut source, |seen| seen.minutes().len() == 2).await;
        assert_eq!(seen.raw(), candles(venue, 1..=2));
        let answer = seen.frames.iter().find(|frame| frame.status == 200).expect("an answer");
        assert!(answer.url.starts_with(&base) && answer.source == venue.as_str(), "{}", answer.url);
        assert!(!answer.payload.is_empty() && !is_sign(answer));
        let told: Vec<_> = seen.notices.iter().filter(|notice| matches!(notice, Notice::Skew { .. })).collect();
        assert!(matches!(told[..], [Notice::Skew { ahead: 30_500 }]), "{:?}", seen.notices);
        assert!(told[0].to_string().contains("30.5 s behind"), "{}", told[0]);
        assert!(address.starts_with("ws://"));
    }
}
