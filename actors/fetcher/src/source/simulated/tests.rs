use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use super::*;

const START: Timestamp = Timestamp(1_704_067_200_000);

fn settings(until: Option<Timestamp>) -> Settings {
    Settings { seed: 11, start: START, until, chunk: 500, delay: Duration::from_millis(20) }
}

fn clock_at(now: Timestamp) -> Clock {
    Arc::new(move || now)
}

async fn all(mut source: Simulated) -> Vec<CandleReceived> {
    let mut candles = Vec::new();
    while let Some(chunk) = source.next().await.expect("never fails") {
        let day = chunk.candles[0].candle.open_time.floor(DAY);
        assert!(chunk.candles.len() <= 500 && chunk.candles.iter().all(|c| c.candle.open_time.floor(DAY) == day));
        candles.extend(chunk.candles);
    }
    candles
}

#[tokio::test]
async fn the_same_seed_gives_the_same_market_and_another_seed_another() {
    let until = Some(START + 3 * DAY);
    let now = clock_at(START + 9 * DAY);
    let first = all(Simulated::new(settings(until), now.clone(), None)).await;
    assert_eq!(first.len(), 3 * 1440);
    assert_eq!(first, all(Simulated::new(settings(until), now.clone(), None)).await);
    let other = Settings { seed: 12, ..settings(until) };
    assert_ne!(first[5].candle, all(Simulated::new(other, now, None)).await[5].candle);
}

#[tokio::test]
async fn whoever_starts_again_goes_on_bit_for_bit() {
    let until = Some(START + 40 * DAY);
    let now = clock_at(START + 90 * DAY);
    let whole = all(Simulated::new(settings(until), now.clone(), None)).await;
    for kept in [0, 1439, 1440, 30_000] {
        let rest = all(Simulated::new(settings(until), now.clone(), Some(whole[kept].candle.open_time))).await;
        assert_eq!(rest, whole[kept + 1..]);
    }
    let beyond = Simulated::new(settings(until), now, Some(START + 99 * DAY));
    assert!(all(beyond).await.is_empty());
}

#[tokio::test]
async fn history_comes_at_once_and_then_each_minute_as_it_closes() {
    let now = Arc::new(AtomicI64::new((START + 90 * MINUTE).millis()));
    let reader = Arc::clone(&now);
    let mut source = Simulated::new(settings(None), Arc::new(move || Timestamp(reader.load(Ordering::SeqCst))), None);
    let history = source.next().await.expect("never fails").expect("history");
    // The delay has not passed for the ninetieth minute.
    assert_eq!(history.candles.len(), 89);
    assert!(history.candles.iter().all(|c| c.ingest_time == START + 90 * MINUTE));
    assert_eq!(source.progress(), None);

    // Waiting for it may be given up without losing it.
    let waited = tokio::time::timeout(Duration::from_millis(2), source.next()).await;
    assert!(waited.is_err(), "the minute is not over");
    now.store((START + 90 * MINUTE + 25).millis(), Ordering::SeqCst);
    let live = source.next().await.expect("never fails").expect("a candle");
    assert_eq!(live.candles.len(), 1);
    assert_eq!(live.candles[0].candle.open_time, START + 89 * MINUTE);
    assert_eq!(live.candles[0].ingest_time, START + 90 * MINUTE + 25);
    assert_eq!(live.candles[0].origin, Origin::Simulated);
}

#[tokio::test]
async fn a_market_with_an_end_says_how_far_it_is() {
    let until = START + 2 * DAY;
    let mut source = Simulated::new(settings(Some(until)), clock_at(START), None);
    assert_eq!(source.progress(), Some(Progress { fraction: 0.0, until }));
    let mut candles = 0;
    while let Some(chunk) = source.next().await.expect("never fails") {
        candles += chunk.candles.len();
        // Nobody learns a minute before it is over, not even in the future.
        assert!(chunk.candles.iter().all(|c| c.ingest_time >= c.candle.open_time + MINUTE));
    }
    assert_eq!(candles, 2880);
    assert_eq!(source.progress(), Some(Progress { fraction: 1.0, until }));
}
