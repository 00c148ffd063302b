//! What the validator says and keeps of what comes.

use std::collections::BTreeSet;

use super::*;
use wick_bus::Config;
use wick_bus::testing::Stage;
use wick_schemas::candle::RawCandle;
use wick_schemas::{
    ArticleRejected, ArticleValidated, CandleRejected, CandleValidated, Origin, PostRejected, QualityReported, Reading,
    ReadingRejected, ReadingValidated, Text, Timestamp,
};

impl Validator {
    /// What it would go on from.
    pub(crate) fn checkpoint_text(&self) -> String {
        serde_json::to_string(&self.checkpoint()).expect("JSON")
    }
}

pub(crate) fn validator(consensus: bool) -> Validator {
    let config = Config::load(None, &[]).expect("defaults").with("validator.consensus", consensus).expect("a flag");
    let config = config.section("validator").expect("defaults");
    let metrics = Arc::new(Metrics::new().expect("metrics"));
    Validator::new(config, State::default(), Suites::default(), Scorer::default(), metrics)
}

#[test]
fn the_consensus_of_several_venues_is_a_series_of_its_own() {
    let mut stage = Stage::new(validator(true));
    for minute in 1..=2 {
        for venue in [Venue::Kraken, Venue::Binance] {
            let mut received = received(minute, Some(100.0));
            received.candle.venue = venue;
            stage.give(&received).expect("handled");
        }
    }
    let venues: Vec<Venue> =
        stage.published::<CandleValidated>().iter().map(|validated| validated.candle.venue).collect();
    // The first minute is settled before anybody knows of the second venue.
    let (a, b, both) = (Venue::Kraken, Venue::Binance, Venue::Consensus);
    assert_eq!(venues, [a, both, b, a, b, both]);
    let deviations = stage.out.rows.iter().filter(|row| matches!(row, SilverRow::Deviation(_))).count();
    assert_eq!(deviations, 3);
    let text = serde_json::to_string(&stage.resident.checkpoint()).expect("JSON");
    let state: State = serde_json::from_str(&text).expect("reads");
    assert_eq!(Some(state.consensus), stage.resident.consensus);
}

fn received(minute: i64, close: Option<f64>) -> CandleReceived {
    let open_time = Timestamp(minute * 60_000);
    let price = Some(100.0);
    let candle =
        RawCandle { venue: Venue::Kraken, open_time, open: price, high: price, low: price, close, volume: price };
    CandleReceived { candle, origin: Origin::Live, ingest_time: open_time.shift(60_000) }
}

#[test]
fn the_clean_go_on_and_the_rest_stay_with_their_reason() {
    let mut stage = Stage::new(validator(false));
    stage.give(&received(1, Some(100.0))).expect("handled");
    stage.give(&received(2, None)).expect("handled");
    assert_eq!(stage.published::<CandleValidated>().len(), 1);
    let rejected = stage.published::<CandleRejected>();
    assert_eq!(rejected[0].rule, "not_a_number");
    let kept = &stage.out.rows;
    assert!(matches!(kept.as_slice(), [SilverRow::Candle(..), SilverRow::Quarantine(..)]), "{kept:?}");
    // What answers a message names it.
    assert!(stage.out.messages.iter().all(|message| message.causation_id.len() == 32));
    assert!(stage.give(&rejected[0]).is_err(), "listens to what it does not list");
}

#[test]
fn a_text_gets_its_sentiment_and_what_says_nothing_stays_with_its_reason() {
    let mut stage = Stage::new(validator(false));
    let text = |url: &str, title: &str| Text {
        source: "example".into(),
        id: Text::identity(url),
        url: url.into(),
        title: title.into(),
        body: String::new(),
        published: None,
        language: None,
        votes: None,
    };
    let (origin, ingest_time) = (Origin::Live, Timestamp(1_750_000_000_000));
    for (url, title) in [
        ("https://example.com/1", "Bitcoin soars to a record high as funds pile in"),
        ("https://example.com/2", "Exchange hacked, bitcoin plunges as customers flee"),
        ("https://example.com/2", "Exchange hacked, bitcoin plunges as customers flee"),
    ] {
        stage.give(&ArticleReceived { article: text(url, title), origin, ingest_time }).expect("handled");
    }
    stage.give(&PostReceived { post: text("https://example.com/3", "?"), origin, ingest_time }).expect("handled");
    let clean = stage.published::<ArticleValidated>();
    let scores: Vec<f64> = clean.iter().map(|article| article.sentiment.score).collect();
    assert!(matches!(scores[..], [up, down] if up > 0.2 && down < -0.2), "{scores:?}");
    assert_eq!(stage.published::<ArticleRejected>()[0].rule, "duplicate");
    assert_eq!(stage.published::<PostRejected>()[0].rule, "too_short");
    let held = stage.out.rows.iter().filter(|row| matches!(row, SilverRow::Quarantine(_))).count();
    assert_eq!((held, stage.out.rows.len()), (2, 4));
}

#[test]
fn a_text_of_today_ends_no_batch_of_candles_of_the_past() {
    let mut stage = Stage::new(validator(false));
    let article = |number: i64| Text {
        source: "example".into(),
        id: Text::identity(&format!("https://example.com/{number}")),
        url: format!("https://example.com/{number}"),
        title: format!("Bitcoin soars to a record high for the {number}th time"),
        body: String::new(),
        published: None,
        language: None,
        votes: None,
    };
    // Two days of the past while it is today for who writes.
    let (minutes, origin, today) = (2 * 1_440, Origin::Live, 1_750_000_000_000);
    for minute in 0..=minutes + 5 {
        stage.give(&received(minute, Some(100.0))).expect("handled");
        if minute % 240 == 7 {
            let ingest_time = Timestamp(today + minute);
            stage.give(&ArticleReceived { article: article(minute), origin, ingest_time }).expect("handled");
        }
    }
    let reports = stage.published::<QualityReported>();
    let rows: Vec<u64> = reports.iter().filter(|one| one.suite == "candles").map(|one| one.meta.rows).collect();
    // A batch that another clock had ended would have been opened and ended once more.
    let froms: BTreeSet<Timestamp> =
        reports.iter().filter(|one| one.suite == "candles").map(|one| one.meta.from).collect();
    assert_eq!((rows.iter().sum::<u64>(), rows.len()), (minutes as u64, froms.len()), "{rows:?}");
}

#[test]
fn a_reading_out_of_its_range_stays_behind() {
    let mut stage = Stage::new(validator(false));
    let at = Timestamp(1_750_032_000_000);
    for value in [Some(140.0), Some(40.0)] {
        let reading = Reading { name: "fear_greed".into(), at, value };
        stage.give(&ReadingReceived { reading, origin: Origin::Live, ingest_time: at }).expect("handled");
    }
    assert_eq!(stage.published::<ReadingRejected>()[0].rule, "out_of_range");
    assert_eq!(stage.published::<ReadingValidated>().len(), 1);
}
