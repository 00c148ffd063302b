//! Everything that a house hears of: candles with holes, other venues, articles, posts and readings of the mood; and
//! another world that was the same until a moment.

use wick_feature_builder::engine::{Closed, Engine};
use wick_fetcher::source::simulated::market::Market;
use wick_schemas::candle::RawCandle;
use wick_schemas::time::{BAR, DAY, HOUR, MINUTE};
use wick_schemas::{
    ArticleValidated, Candle, CandleValidated, Origin, PostValidated, ReadingValidated, Sentiment, Text, Timestamp,
    Venue,
};

use crate::chance::Draws;

/// Where it begins: a Monday.
pub const START: Timestamp = Timestamp(1_704_067_200_000);

/// A text counts from so long after it was first seen.
const SETTLED: i64 = MINUTE;

/// How much earlier than it counts everything but the candles of the series may come through the house. It must not
/// matter: what is not known yet at a close must not count in it, however quick it was.
const AHEAD: i64 = BAR + 5 * MINUTE;

/// Something that is heard of.
#[derive(Clone, Debug)]
pub enum Event {
    /// A candle of the series.
    Candle(CandleValidated),
    /// Another venue's.
    Venue(Candle),
    /// An article.
    Article(ArticleValidated),
    /// A post.
    Post(PostValidated),
    /// A reading of an index.
    Reading(ReadingValidated),
}

impl Event {
    /// From when on it may count.
    pub fn known(&self) -> Timestamp {
        match self {
            Self::Candle(candle) => candle.candle.close_time(),
            Self::Venue(candle) => candle.close_time(),
            Self::Article(article) => article.ingest_time.shift(SETTLED),
            Self::Post(post) => post.ingest_time.shift(SETTLED),
            Self::Reading(reading) => reading.ingest_time.shift(SETTLED),
        }
    }

    fn heard(&self) -> Timestamp {
        match self {
            Self::Candle(_) => self.known(),
            _ => self.known().shift(-AHEAD),
        }
    }
}

/// So many minutes of a simulated market.
pub fn minutes(count: usize) -> Vec<CandleValidated> {
    let mut market = Market::new(11, START);
    (0..count).map(|_| validated(market.minute().candle)).collect()
}

fn validated(raw: RawCandle) -> CandleValidated {
    let candle = Candle::new(raw).expect("a candle");
    CandleValidated { candle, origin: Origin::Simulated, ingest_time: candle.close_time() }
}

/// So many minutes in which all that can be heard of is heard of.
pub fn world(count: usize) -> Vec<Event> {
    let mut draws = Draws::new(1);
    let mut events = Vec::new();
    for (minute, candle) in minutes(count).into_iter().enumerate() {
        let (Candle { open_time, .. }, known) = (candle.candle, candle.candle.close_time());
        for (venue, chance) in [(Venue::Kraken, 0.3), (Venue::Coinbase, 0.15)] {
            if draws.happens(chance) {
                events.push(Event::Venue(Candle { venue, ..scaled(&candle.candle, draws.between(0.999, 1.001), 1.0) }));
            }
        }
        if draws.happens(0.02) {
            events.push(Event::Article(article(&mut draws, known)));
        }
        if draws.happens(0.04) {
            events.push(Event::Post(post(&mut draws, known)));
        }
        if open_time.on_grid(DAY) {
            events.push(Event::Reading(reading(open_time, known.shift(HOUR), draws.between(0.0, 100.0))));
        }
        // Single minutes are missing, and now and then hours, so that bars close late.
        if !draws.happens(0.01) && minute % 9_000 >= 200 {
            events.push(Event::Candle(candle));
        }
    }
    ordered(events)
}

/// A world that is the same to the moment `until`, and another one after it: prices, volumes and holes, texts added, gone,
/// seen later or judged otherwise, readings added, gone or revised.
pub fn changed(world: &[Event], until: Timestamp, seed: u64) -> Vec<Event> {
    let mut draws = Draws::new(seed);
    let mut events = Vec::with_capacity(world.len());
    for event in world {
        if event.known() <= until {
            events.push(event.clone());
            continue;
        }
        // Published before, seen after: what a printed date must not bring back.
        if draws.happens(0.01) {
            let seen = event.known().shift(1 - SETTLED);
            events.push(Event::Article(article(&mut draws, seen)));
            events.push(Event::Post(post(&mut draws, seen)));
            let day = until.floor(DAY).shift(-DAY);
            events.push(Event::Reading(reading(day, seen, draws.between(0.0, 100.0))));
        }
        let gone = if matches!(event, Event::Venue(_)) { 0.4 } else { 0.1 };
        if draws.happens(gone) {
            continue;
        }
        let mut event = event.clone();
        let later = draws.between(0.0, 6.0 * HOUR as f64) as i64;
        match &mut event {
            Event::Candle(candle) => {
                candle.candle = scaled(&candle.candle, draws.between(0.5, 2.0), draws.between(0.0, 3.0));
                candle.ingest_time = candle.ingest_time.shift(later);
            }
            Event::Venue(candle) => *candle = scaled(candle, draws.between(0.5, 2.0), 1.0),
            Event::Article(article) => {
                article.ingest_time = article.ingest_time.shift(later);
                article.sentiment = feeling(&mut draws);
            }
            Event::Post(post) => {
                post.ingest_time = post.ingest_time.shift(later);
                post.sentiment = feeling(&mut draws);
            }
            Event::Reading(reading) => {
                reading.ingest_time = reading.ingest_time.shift(later);
                reading.value = draws.between(0.0, 100.0);
            }
        }
        events.push(event);
    }
    ordered(events)
}

/// What was known at a moment.
pub fn cut(world: &[Event], until: Timestamp) -> Vec<Event> {
    world.iter().filter(|event| event.known() <= until).cloned().collect()
}

/// In the order in which it comes through the house.
pub fn ordered(mut events: Vec<Event>) -> Vec<Event> {
    events.sort_by_key(Event::heard);
    events
}

/// Folds a world as the feature builder does.
pub fn fold(world: &[Event]) -> Vec<Closed> {
    let mut engine = Engine::new();
    let mut closed = Vec::new();
    for event in world {
        match event {
            Event::Candle(candle) => closed.extend(engine.push(candle)),
            Event::Venue(candle) => engine.context_mut().venue(candle),
            Event::Article(article) => engine.context_mut().take_article(article),
            Event::Post(post) => engine.context_mut().take_post(post),
            Event::Reading(reading) => engine.context_mut().take_reading(reading),
        }
    }
    closed
}

fn scaled(candle: &Candle, price: f64, volume: f64) -> Candle {
    let Candle { open, high, low, close, .. } = *candle;
    let [open, high, low, close] = [open, high, low, close].map(|value| value * price);
    Candle { open, high, low, close, volume: candle.volume * volume, ..*candle }
}

fn feeling(draws: &mut Draws) -> Sentiment {
    Sentiment::new(draws.between(-1.0, 1.0), 0.5, "test").expect("a sentiment")
}

/// Published some hours before it is seen.
fn text(draws: &mut Draws, seen: Timestamp) -> Text {
    Text {
        source: "feed".into(),
        id: String::new(),
        url: String::new(),
        title: String::new(),
        body: String::new(),
        published: Some(seen.shift(-(draws.between(0.0, 12.0 * HOUR as f64) as i64))),
        language: None,
        votes: None,
    }
}

fn article(draws: &mut Draws, seen: Timestamp) -> ArticleValidated {
    let (article, sentiment) = (text(draws, seen), feeling(draws));
    ArticleValidated { article, sentiment, origin: Origin::Simulated, ingest_time: seen }
}

fn post(draws: &mut Draws, seen: Timestamp) -> PostValidated {
    let (post, sentiment) = (text(draws, seen), feeling(draws));
    PostValidated { post, sentiment, origin: Origin::Simulated, ingest_time: seen }
}

fn reading(day: Timestamp, seen: Timestamp, value: f64) -> ReadingValidated {
    let name = wick_feature_builder::context::FEAR_GREED.to_owned();
    ReadingValidated { name, at: day, value, origin: Origin::Simulated, ingest_time: seen }
}
