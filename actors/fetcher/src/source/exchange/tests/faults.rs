//! Every fault at every exchange: the candles that come out in the end are exactly the right ones.

use std::sync::atomic::Ordering;

use tokio::io::AsyncWriteExt;
use wick_schemas::time::MINUTE;

use super::market::{Market, candles, heartbeat, minute};
use super::server::{Door, Peer, Reply, hold, http, say, serve_rest, serve_socket};
use super::*;

/// The minute that is going on at first, and the last one that is waited for.
const FIRST: i64 = 10;
const LAST: i64 = 18;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Nothing,
    // of REST
    SlowAnswer,
    NoAnswer,
    TruncatedAnswer,
    CutJson,
    WrongType,
    Unordered,
    Stale,
    Storm,
    Unwell,
    Region,
    // of the socket
    SlowSocket,
    Overtaken,
    Doubled,
    TruncatedMessage,
    WrongMessage,
    LostMessage,
    CutMessage,
    Silence,
    Mute,
    Tls,
    Refused(&'static str),
}

/// Minutes 10 to 18 and the beginning of 19, with a fault; true where the talk is over.
async fn talk(venue: Venue, market: &Market, peer: &mut Peer, fault: Fault) -> bool {
    let from = number(market.now().floor(MINUTE));
    let mut said: Vec<(i64, i64, String)> = Vec::new();
    for n in from..=LAST + 1 {
        said.extend(Market::talk(venue, n).into_iter().map(|(second, text)| (n, second, text)));
    }
    // The first words of the minute that is going on were missed.
    let now = market.now();
    said.retain(|(n, second, _)| minute(*n).shift(second * 1000) > now);
    // What is overtaken by what follows it: within a minute, and across its end.
    let last = said.iter().rposition(|(n, ..)| *n == 13).unwrap_or_default();
    let overtaken: Vec<usize> = if fault == Fault::Overtaken { vec![last, last - 2] } else { Vec::new() };
    for place in 0..said.len() {
        let (n, second, text) = said[place].clone();
        market.set(n, second);
        // Minute 12 is quiet; the last words of 11 and all of 13 are tampered with.
        let tampered = n == 13 || n == 11 && second >= 50;
        let mut texts = vec![heartbeat(venue)];
        match fault {
            Fault::Doubled => texts.extend([text.clone(), text]),
            _ if overtaken.contains(&place) => texts.extend([said[place + 1].2.clone(), text]),
            _ if place > 0 && overtaken.contains(&(place - 1)) => {}
            Fault::TruncatedMessage if tampered && second >= 50 => texts.push(text[..text.len() / 2].to_owned()),
            Fault::WrongMessage if tampered && second >= 50 => texts.push(wrong(&text)),
            Fault::LostMessage if tampered && second == 35 => {}
            Fault::CutMessage if tampered => {
                // A text frame that promises 126 bytes and breaks off.
                peer.get_mut().write_all(b"\x81\x7e\x00\x7e{\"channel\":\"oh").await.ok();
                return false;
            }
            Fault::SlowSocket => {
                tokio::time::sleep(Duration::from_millis(10)).await;
                texts.push(text);
            }
            _ => texts.push(text),
        }
        say(peer, texts).await;
        let is_last = said.get(place + 1).is_none_or(|(next, ..)| *next > n);
        if is_last {
            // Late words have had their time.
            market.set(n + 1, 4);
            say(peer, [heartbeat(venue)]).await;
        }
    }
    true
}

/// The same message with an object where a price or an amount is to be.
fn wrong(text: &str) -> String {
    let mut spoiled = text.to_owned();
    for key in ["\"close\":", "\"c\":", "\"price\":", "\"price_str\":"] {
        spoiled = spoiled.replace(key, &format!("{key}{{}},\"x{}", &key[1..]));
    }
    assert_ne!(spoiled, text);
    spoiled
}

/// What REST answers to request `number`, where that is not the truth.
fn answer(fault: Fault, number: usize, venue: Venue, market: &Market, path: &str) -> Reply {
    let truth = market.history(venue, path);
    let body = truth.to_string();
    match (fault, number) {
        // The socket moves the market as fast as it is read: a history that kept up would tell all before it. Nobody needs to
        // hear more of this one than that minute 12 was quiet, which what was traded in 13 shows.
        (Fault::Nothing | Fault::Doubled, _) => {
            let then = Market::default();
            then.set_to(market.now().min(minute(14).shift(-1)));
            http("200 OK", "", &then.history(venue, path).to_string())
        }
        (Fault::SlowAnswer, 0..=1) => Reply { delay: Duration::from_millis(400), ..http("200 OK", "", &body) },
        (Fault::SlowAnswer, _) => Reply { delay: Duration::from_millis(10), ..http("200 OK", "", &body) },
        (Fault::NoAnswer, 0..=1) => Reply { delay: Duration::from_secs(60), ..http("200 OK", "", &body) },
        (Fault::TruncatedAnswer, 0..=2) => {
            let whole = http("200 OK", "", &body);
            Reply { text: whole.text[..whole.text.len() - body.len() / 2].to_owned(), ..whole }
        }
        (Fault::CutJson, 0..=2) => http("200 OK", "", &body[..body.len() / 2]),
        (Fault::WrongType, 0) => http("200 OK", "", "{\"unexpected\":true}"),
        (Fault::WrongType, 1) => http("200 OK", "text/html", "<html>maintenance</html>"),
        (Fault::WrongType, 2) => http("200 OK", "", &body.replace("1700000", "x1700000").replace(":[[", ":[[{},")),
        (Fault::Unordered, _) => http("200 OK", "", &unordered(truth).to_string()),
        (Fault::Stale, _) if !number.is_multiple_of(3) => {
            let then = Market::default();
            then.set_to(market.now().shift(-MINUTE / 2));
            http("200 OK", "", &then.history(venue, path).to_string())
        }
        (Fault::Storm, 0..=7) => http("429 Too Many Requests", "Retry-After: 0\r\n", ""),
        (Fault::Unwell, 0..=4) => {
            http(["500 X", "502 X", "503 X", "504 X", "520 X"][number], "", "<html>unwell</html>")
        }
        (Fault::Region, 0..=1) => http(["451 Unavailable For Legal Reasons", "403 Forbidden"][number], "", ""),
        _ => http("200 OK", "", &body),
    }
}

/// Every list of rows backwards, and every row twice.
fn unordered(mut truth: serde_json::Value) -> serde_json::Value {
    fn rows(value: &mut serde_json::Value) {
        match value {
            serde_json::Value::Array(rows) if rows.iter().all(|row| row.is_array() || row.is_object()) => {
                let doubled: Vec<_> = rows.iter().rev().flat_map(|row| [row.clone(), row.clone()]).collect();
                *rows = doubled;
            }
            serde_json::Value::Object(fields) => fields.values_mut().for_each(rows),
            _ => {}
        }
    }
    rows(&mut truth);
    truth
}

/// What came of a fault at a venue.
struct Outcome {
    venue: Venue,
    by_socket: usize,
    by_history: usize,
    connections: usize,
    troubles: usize,
    statuses: Vec<u16>,
    failed: u64,
}

async fn play(venue: Venue, fault: Fault) -> Outcome {
    let market = Market::at(FIRST, 30);
    let asked = market.clone();
    let base = serve_rest(move |number, path| answer(fault, number, venue, &asked, path)).await;
    let told = market.clone();
    let door = move |_: usize| -> Door { if let Fault::Refused(status) = fault { Some(status) } else { None } };
    let (mut socket, connections) = serve_socket(door, move |number, mut peer| {
        let market = told.clone();
        async move {
            match fault {
                // Open, but without a word, and deaf.
                Fault::Silence if number == 0 => std::future::pending::<()>().await,
                Fault::Mute if number == 0 => hold(peer, heartbeat(venue)).await,
                _ => {
                    let fault = if number == 0 { fault } else { Fault::Nothing };
                    if talk(venue, &market, &mut peer, fault).await {
                        hold(peer, heartbeat(venue)).await;
                    }
                }
            }
        }
    })
    .await;
    if fault == Fault::Tls {
        socket = socket.replace("ws://", "wss://");
    }
    if matches!(fault, Fault::Silence | Fault::Mute | Fault::Tls | Fault::Refused(_)) {
        // Nobody on the socket moves the market.
        let market = market.clone();
        tokio::spawn(async move {
            let until = if fault == Fault::Silence { minute(LAST - 3) } else { minute(LAST + 3) };
            while market.now() < until {
                tokio::time::sleep(Duration::from_millis(2)).await;
                market.pass(4);
            }
        });
    }
    let mut source = Exchange::new(settings(venue, base, socket), market.clock(), Some(minute(3))).expect("addresses");
    let seen = read(&mut source, |seen| seen.settled() >= Some(LAST)).await;
    let mut got = seen.raw();
    got.retain(|candle| candle.open_time <= minute(LAST));
    assert_eq!(got, candles(venue, 4..=LAST), "{venue} {fault:?}: {:?}", seen.notices);
    assert!(seen.candles.iter().all(|received| received.ingest_time >= received.candle.open_time.shift(MINUTE)));
    let late = |notice: &Notice| matches!(notice, Notice::Late { .. } | Notice::Short { .. });
    assert!(!seen.notices.iter().any(late), "{venue} {fault:?}: {:?}", seen.notices);
    let (tally, by_history) = (source.counters().tally(), seen.filled());
    let failed = matches!(fault, Fault::TruncatedMessage | Fault::WrongMessage | Fault::CutJson | Fault::WrongType);
    assert_eq!(tally.failed > 0, failed, "{venue} {fault:?}: {tally:?}");
    let is_told = |notice: &Notice| matches!(notice, Notice::Malformed { .. });
    let told = seen.notices.iter().any(is_told);
    assert_eq!(told, matches!(fault, Fault::TruncatedMessage | Fault::WrongMessage), "{venue} {fault:?}");
    Outcome {
        venue,
        by_socket: seen.candles.len() - by_history,
        by_history,
        connections: connections.load(Ordering::SeqCst),
        troubles: seen.notices.iter().filter(|notice| matches!(notice, Notice::Trouble { .. })).count(),
        statuses: seen.statuses(),
        failed: tally.failed,
    }
}

/// Plays a fault at every exchange at once and prints a line for each.
async fn everywhere(fault: Fault) -> Vec<Outcome> {
    let outcomes = futures::future::join_all(venues().map(|venue| play(venue, fault))).await;
    for Outcome { venue, by_socket, by_history, connections, troubles, failed, .. } in &outcomes {
        let fault = format!("{fault:?}");
        println!(
            "| {fault:<52} | {:<8} | all right | {by_socket:>2} | {by_history:>2} | {connections:>2} | {troubles:>3} | {failed:>2} |",
            venue.as_str()
        );
    }
    outcomes
}

/// Candles that come by the socket at least: from minute 14 on.
const LEAST: usize = 4;

#[tokio::test]
async fn without_a_fault_the_present_comes_by_the_socket() {
    for outcome in everywhere(Fault::Nothing).await {
        assert!(outcome.by_socket >= LEAST && outcome.troubles == 0, "{}", outcome.venue);
        assert_eq!(outcome.connections, 1, "{}", outcome.venue);
    }
}

#[tokio::test]
async fn slow_answers_are_asked_for_again() {
    everywhere(Fault::SlowAnswer).await;
    everywhere(Fault::NoAnswer).await;
}

#[tokio::test]
async fn answers_that_are_cut_are_asked_for_again() {
    everywhere(Fault::TruncatedAnswer).await;
    everywhere(Fault::CutJson).await;
}

#[tokio::test]
async fn answers_of_another_shape_are_asked_for_again() {
    everywhere(Fault::WrongType).await;
}

#[tokio::test]
async fn rows_out_of_order_and_doubled_are_the_same_history() {
    everywhere(Fault::Unordered).await;
}

#[tokio::test]
async fn an_answer_that_is_older_than_it_looks_settles_no_more_than_it_knows() {
    everywhere(Fault::Stale).await;
}

#[tokio::test]
async fn a_storm_of_refusals_passes() {
    for outcome in everywhere(Fault::Storm).await {
        assert!(outcome.troubles >= 8, "{}", outcome.venue);
    }
    everywhere(Fault::Unwell).await;
    everywhere(Fault::Region).await;
}

#[tokio::test]
async fn a_slow_socket_is_waited_for() {
    for outcome in everywhere(Fault::SlowSocket).await {
        assert_eq!(outcome.connections, 1, "{}", outcome.venue);
    }
}

#[tokio::test]
async fn messages_that_overtake_each_other_change_nothing() {
    everywhere(Fault::Overtaken).await;
}

#[tokio::test]
async fn messages_that_come_twice_change_nothing() {
    for outcome in everywhere(Fault::Doubled).await {
        assert!(outcome.by_socket >= LEAST && outcome.troubles == 0, "{}", outcome.venue);
    }
}

#[tokio::test]
async fn what_a_spoiled_message_would_have_said_is_taken_from_history() {
    for outcome in everywhere(Fault::TruncatedMessage).await {
        assert_eq!(outcome.connections, 1, "{}", outcome.venue);
    }
    everywhere(Fault::WrongMessage).await;
}

#[tokio::test]
async fn a_trade_that_was_lost_is_missed_where_trades_are_numbered() {
    // Numbers of minutes hold what was lost; Bitstamp's trades are not numbered without holes.
    for venue in venues().filter(|venue| *venue != Venue::Bitstamp) {
        play(venue, Fault::LostMessage).await;
    }
}

#[tokio::test]
async fn a_socket_that_is_cut_in_mid_message_costs_nothing_and_doubles_nothing() {
    for outcome in everywhere(Fault::CutMessage).await {
        assert_eq!(outcome.connections, 2, "{}", outcome.venue);
    }
}

#[tokio::test]
async fn a_silent_socket_is_left_for_another() {
    for outcome in everywhere(Fault::Silence).await {
        assert!(outcome.connections >= 2, "{}", outcome.venue);
    }
}

#[tokio::test]
async fn a_socket_that_is_there_and_says_nothing_is_left_while_history_goes_on() {
    for outcome in everywhere(Fault::Mute).await {
        assert!(outcome.connections >= 2, "{}", outcome.venue);
    }
}

#[tokio::test]
async fn without_a_socket_history_keeps_candles_coming() {
    without_a_socket(Fault::Tls, None).await;
    without_a_socket(Fault::Refused("503 Service Unavailable"), Some(503)).await;
    without_a_socket(Fault::Refused("429 Too Many Requests"), Some(429)).await;
}

#[tokio::test]
async fn where_a_socket_is_not_let_in_history_keeps_candles_coming() {
    without_a_socket(Fault::Refused("451 Unavailable For Legal Reasons"), Some(451)).await;
    without_a_socket(Fault::Refused("403 Forbidden"), Some(403)).await;
}

async fn without_a_socket(fault: Fault, status: Option<u16>) {
    for outcome in everywhere(fault).await {
        assert!(outcome.by_socket == 0 && outcome.troubles > 0, "{}", outcome.venue);
        assert!(outcome.statuses.iter().all(|told| Some(*told) == status), "{:?}", outcome.statuses);
        assert_eq!(outcome.statuses.is_empty(), status.is_none());
    }
}
