//! A far past, page by page, live and by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::market::{Market, candles, heartbeat, minute};
use super::server::{hold, http, serve_rest, serve_socket};
use super::*;

/// More than two days: midnight lies within.
const PRESENT: i64 = 3000;

/// A server of the whole past; gives its address and how often it was asked.
async fn past(venue: Venue, market: &Market) -> (String, Arc<AtomicUsize>) {
    let (market, count) = (market.clone(), Arc::new(AtomicUsize::new(0)));
    let counter = Arc::clone(&count);
    let base = serve_rest(move |number, path| {
        counter.fetch_add(1, Ordering::SeqCst);
        match number {
            1 => http("503 Service Unavailable", "", ""),
            _ => http("200 OK", "", &market.history(venue, path).to_string()),
        }
    })
    .await;
    (base, count)
}

/// All that a backfill gives, and how far it said it was on the way.
async fn drain(source: &mut History) -> (Seen, Vec<f64>) {
    let (mut seen, mut fractions) = (Seen::default(), vec![source.progress().expect("an end").fraction]);
    let reading = async {
        while let Some(chunk) = source.next().await.expect("no lasting error") {
            seen.take(chunk);
            fractions.push(source.progress().expect("an end").fraction);
        }
    };
    let outcome = tokio::time::timeout(PATIENCE, reading).await;
    assert!(outcome.is_ok(), "only {:?} and {:?} came", seen.minutes(), seen.notices);
    (seen, fractions)
}

#[tokio::test]
async fn a_first_start_begins_where_it_was_told_to() {
    for (venue, pages) in [(Venue::Binance, 4), (Venue::Coinbase, 11), (Venue::Bitstamp, 4)] {
        let market = Market::at(PRESENT, 30);
        let (base, asked) = past(venue, &market).await;
        let (socket, _) = serve_socket(|_| None, move |_, peer| hold(peer, heartbeat(venue))).await;
        let settings = Settings { start: Some(minute(1).shift(-5)), ..settings(venue, base, socket) };
        let mut source = Exchange::new(settings, market.clock(), None).expect("addresses");
        let connected = |notice: &Notice| matches!(notice, Notice::Connected { .. });
        let seen = read(&mut source, |seen| seen.notices.iter().any(connected)).await;
        assert_eq!(seen.raw(), candles(venue, 1..=PRESENT - 1), "{venue}");
        assert_eq!(seen.statuses(), [503]);
        // One of the requests was refused.
        assert_eq!(asked.load(Ordering::SeqCst), pages, "{venue}");
    }
}

#[tokio::test]
async fn a_backfill_gives_its_span_and_goes_on_where_it_was() {
    for venue in [Venue::Binance, Venue::Coinbase, Venue::Bitstamp] {
        let market = Market::at(PRESENT, 30);
        let (base, _) = past(venue, &market).await;
        let settings = settings(venue, base, String::new());
        let span = minute(100)..minute(1600);
        let open = |after| History::new(settings.clone(), market.clock(), span.clone(), after).expect("a span");
        let mut source = open(None);
        let (seen, fractions) = drain(&mut source).await;
        assert_eq!(seen.raw(), candles(venue, 100..=1599), "{venue}");
        assert!(fractions.is_sorted() && fractions[0] == 0.0, "{fractions:?}");
        assert_eq!(source.progress(), Some(Progress { fraction: 1.0, until: minute(1600) }));
        assert_eq!(source.counters().tally().failed, 0);

        let mut source = open(Some(minute(1000)));
        assert!(source.progress().expect("an end").fraction > 0.5);
        let (rest, _) = drain(&mut source).await;
        assert_eq!(rest.raw(), candles(venue, 1001..=1599), "{venue}");
        assert!(History::new(settings.clone(), market.clock(), minute(5)..minute(5), None).is_err());
    }
}

#[tokio::test]
async fn a_backfill_up_to_now_ends_with_the_newest_minute_that_is_over() {
    for venue in venues() {
        let market = Market::at(60, 6);
        let (base, _) = past(venue, &market).await;
        let settings = settings(venue, base, String::new());
        let mut source = History::new(settings, market.clock(), minute(50)..Timestamp::MAX, None).expect("a span");
        let (seen, _) = drain(&mut source).await;
        assert_eq!(seen.raw(), candles(venue, 50..=59), "{venue}");
    }
}

#[tokio::test]
async fn what_kraken_does_not_reach_is_said() {
    let market = Market::at(PRESENT, 30);
    let (base, _) = past(Venue::Kraken, &market).await;
    let settings = settings(Venue::Kraken, base, String::new());
    // 720 rows, the last of which is going on.
    let oldest = PRESENT - 719;
    for to in [PRESENT, 1600] {
        let span = minute(100)..minute(to);
        let mut source = History::new(settings.clone(), market.clock(), span, None).expect("a span");
        let (seen, _) = drain(&mut source).await;
        let given = if to == PRESENT { candles(Venue::Kraken, oldest..=PRESENT - 1) } else { Vec::new() };
        assert_eq!(seen.raw(), given);
        let missing = Notice::Short { from: minute(100), through: minute(oldest.min(to) - 1) };
        assert!(seen.notices.contains(&missing), "{:?}", seen.notices);
    }
}
