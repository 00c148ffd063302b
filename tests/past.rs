//! The past of a feature set, folded again from silver, is what the live fold made of it: with several venues, one of
//! which is late, silent or far from the others, and with what people wrote meanwhile.

mod harness;

use std::path::Path;

use harness::START;
use serde_json::Value;
use wick_bus::lake::{FeatureRow, Shelf, features_root};
use wick_bus::testing::Stage;
use wick_bus::{Config, House, Layer, Outbox, Resident};
use wick_feature_builder::FeatureBuilder;
use wick_feature_builder::engine::Engine;
use wick_feature_builder::gold::Gold;
use wick_fetcher::source::simulated::market::Market;
use wick_schemas::time::{DAY, HOUR, MINUTE};
use wick_schemas::{
    ArticleReceived, ArticleValidated, CandleReceived, CandleValidated, Envelope, FeatureVector, Origin, Payload,
    PostReceived, PostValidated, Reading, ReadingReceived, ReadingValidated, Text, Timestamp, Venue,
};
use wick_validator::Validator;
use wick_validator::silver::Silver;

/// What comes in, by when it comes.
enum Event {
    Candle(CandleReceived),
    Article(ArticleReceived),
    Post(PostReceived),
    Reading(ReadingReceived),
}

fn text(number: i64, title: &str) -> Text {
    let url = format!("https://example.com/{number}");
    Text {
        source: "example".into(),
        id: Text::identity(&url),
        url,
        title: format!("{title} {number}"),
        body: String::new(),
        published: None,
        language: None,
        votes: None,
    }
}

/// Some days of three venues, of texts and of the index of mood, in the order of their coming.
fn events(days: i64) -> Vec<(Timestamp, Event)> {
    let start = Timestamp::parse(START).expect("a date");
    let (origin, mut market, mut events) = (Origin::Simulated, Market::new(7, start), Vec::new());
    for minute in 0..days * 1440 {
        let base = market.minute().candle;
        for (place, venue) in [Venue::Binance, Venue::Coinbase, Venue::Kraken].into_iter().enumerate() {
            // Kraken is silent now and then, and far away for some hours; Coinbase is late at times.
            if venue == Venue::Kraken && minute % 97 < 3 {
                continue;
            }
            let far = venue == Venue::Kraken && minute / 60 % 24 == 5;
            let factor = if far { 1.2 } else { 1.0 + 0.0005 * place as f64 };
            let mut candle = base;
            candle.venue = venue;
            for price in [&mut candle.open, &mut candle.high, &mut candle.low, &mut candle.close] {
                *price = price.map(|price| price * factor);
            }
            let late = if venue == Venue::Coinbase && minute % 41 == 14 { 59_950 } else { 0 };
            let ingest_time = candle.open_time + MINUTE + 100 * (1 + place as i64) + late;
            events.push((ingest_time, Event::Candle(CandleReceived { candle, origin, ingest_time })));
        }
        let seen = start + minute * MINUTE + 17_000;
        if minute % 53 == 0 {
            let article = text(minute, "Bitcoin soars to a record high as funds pile in");
            events.push((seen, Event::Article(ArticleReceived { article, origin, ingest_time: seen })));
        }
        if minute % 31 == 0 {
            let post = text(100_000 + minute, "Exchange hacked and everybody flees in panic");
            events.push((seen, Event::Post(PostReceived { post, origin, ingest_time: seen })));
        }
        if minute % 1440 == 125 {
            let at = (start + minute * MINUTE).floor(DAY);
            let reading = Reading { name: "fear_greed".into(), at, value: Some((minute % 89) as f64) };
            events.push((seen, Event::Reading(ReadingReceived { reading, origin, ingest_time: seen })));
        }
    }
    events.sort_by_key(|(at, _)| *at);
    events
}

/// Validator and feature builder, with their layers and without a bus.
struct Rooms {
    house: House,
    validator: Stage<Validator>,
    silver: Silver,
    builder: Stage<FeatureBuilder>,
    gold: Gold,
}

impl Rooms {
    async fn open(data: &Path) -> Self {
        let (_, stop) = tokio::sync::watch::channel(false);
        let settings = [
            ("validator.consensus", "true"),
            ("feature_builder.series", "consensus"),
            ("feature_builder.settle_rows", "50"),
        ];
        let mut flags = vec![("data_dir".to_owned(), data.display().to_string())];
        flags.extend(settings.map(|(key, value)| (key.to_owned(), value.to_owned())));
        let house = House::new(Config::load(None, &flags).expect("settings"), String::new(), stop).expect("a house");
        let silver = Silver::open(&house).await.expect("silver");
        let gold = FeatureBuilder::open(&house).await.expect("gold");
        let validator = Stage::new(Validator::recover(&house, &silver, None).await.expect("a validator"));
        let builder = Stage::new(FeatureBuilder::recover(&house, &gold, None).await.expect("a builder"));
        Self { house, validator, silver, builder, gold }
    }

    /// Judges what comes in; gives what passed, in order.
    async fn judge(&mut self, events: &[(Timestamp, Event)]) -> Vec<Envelope> {
        for (_, event) in events {
            match event {
                Event::Candle(candle) => self.validator.give(candle),
                Event::Article(article) => self.validator.give(article),
                Event::Post(post) => self.validator.give(post),
                Event::Reading(reading) => self.validator.give(reading),
            }
            .expect("judged");
        }
        self.silver.keep(std::mem::take(&mut self.validator.out.rows)).await.expect("kept");
        std::mem::take(&mut self.validator.out.messages)
    }

    fn rows(&self) -> Vec<FeatureRow> {
        Shelf::read(&features_root(&self.house), Timestamp::MIN, Timestamp::MAX).expect("gold")
    }
}

/// Folds what passed; gives the vectors that are told of.
fn fold(builder: &mut Stage<FeatureBuilder>, messages: &[Envelope]) -> Vec<FeatureVector> {
    for message in messages {
        match message.kind.as_str() {
            kind if kind == CandleValidated::TOPIC.name => builder.give(&open::<CandleValidated>(message)),
            kind if kind == ArticleValidated::TOPIC.name => builder.give(&open::<ArticleValidated>(message)),
            kind if kind == PostValidated::TOPIC.name => builder.give(&open::<PostValidated>(message)),
            kind if kind == ReadingValidated::TOPIC.name => builder.give(&open::<ReadingValidated>(message)),
            _ => Ok(()),
        }
        .expect("folded");
    }
    let vectors = builder.published::<FeatureVector>();
    builder.out.messages.clear();
    vectors
}

fn open<P: Payload>(message: &Envelope) -> P {
    message.open().expect("a message")
}

#[tokio::test]
async fn silver_gives_again_what_was_folded_live() {
    let folder = tempfile::tempdir().expect("a folder");
    let events = events(3);
    // In the middle of a bar, so that it holds candles, venues and texts that no bar has counted.
    let middle = Timestamp::parse(START).expect("a date") + 2 * DAY + 7 * HOUR + 8 * MINUTE + 30_000;
    let (before, after) = events.split_at(events.partition_point(|(at, _)| *at <= middle));
    let mut rooms = Rooms::open(folder.path()).await;
    let passed = rooms.judge(before).await;
    fold(&mut rooms.builder, &passed);
    rooms.gold.keep(std::mem::take(&mut rooms.builder.out.rows)).await.expect("kept");
    let (kept, checkpoint) = (rooms.rows(), serde_json::to_value(rooms.builder.resident.checkpoint()).expect("JSON"));
    assert_eq!(kept.len(), 2 * 96 + 7 * 4);
    let known = |name: &str| kept.iter().filter(|row| row.0.value(name).is_some_and(|value| value != 0.0)).count();
    assert!(known("venue_dispersion") > 100 && known("fear_greed") > 100, "there is something to get wrong");

    // A version that knows neither the set nor the shape of the context.
    let ours = Engine::feature_set().id.as_str();
    let text = checkpoint.to_string().replace(ours, "another").replace("\"articles\"", "\"papers\"");
    std::fs::remove_dir_all(folder.path().join("gold/features")).expect("removed");
    std::fs::remove_dir_all(folder.path().join("gold/engine")).expect("removed");
    let done = serde_json::from_str(&text).expect("a checkpoint");
    let mut gold = FeatureBuilder::open(&rooms.house).await.expect("gold");
    let mut builder = FeatureBuilder::recover(&rooms.house, &gold, Some(done)).await.expect("recovers");
    let mut out = Outbox::new(rooms.house.instrument().clone());
    assert!(builder.catch_up(&rooms.house, &mut gold, &mut out).await.expect("caught up"));
    assert!(out.messages.is_empty(), "the past is not told again");
    assert_eq!(out.online.keys().collect::<Vec<_>>(), [&format!("online.{ours}")]);
    let again: Value = serde_json::to_value(builder.checkpoint()).expect("JSON");
    let first = kept.iter().zip(rooms.rows()).find(|(kept, again)| *kept != again);
    assert!(first.is_none(), "{first:?}");
    assert_eq!(rooms.rows().len(), kept.len());
    assert_eq!(again, checkpoint, "what was heard, and what of it was counted");

    // And it goes on as the one that was never interrupted.
    let passed = rooms.judge(after).await;
    let (live, again) = (fold(&mut rooms.builder, &passed), fold(&mut Stage::new(builder), &passed));
    assert!(live.len() > 60);
    assert_eq!(live, again);
}
