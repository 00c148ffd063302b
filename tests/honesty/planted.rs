//! Folds that peek, each in a way that has happened to somebody: the checks find every one of them.

use wick_feature_builder::engine::Closed;
use wick_schemas::time::DAY;
use wick_schemas::{FeatureVector, Timestamp};

use crate::check::{Names, features, leaks};
use crate::future::{LATE, known, other};
use crate::world::{Event, changed, fold, ordered};

/// What the check says of both worlds from a few days before the moment on, after this was done to them.
fn found(leak: impl Fn(&mut [Closed])) -> Names {
    let spoilt = |closed: &[Closed]| {
        let first = closed.partition_point(|closed| closed.vector.as_of < LATE.shift(-5 * DAY));
        let mut closed = closed[first..].to_vec();
        leak(&mut closed);
        closed
    };
    leaks(&spoilt(&known().1), &spoilt(other()), LATE)
}

/// Every row gets the values of the row so many bars later.
fn newer(closed: &mut [Closed], bars: usize) {
    for row in 0..closed.len() - bars {
        closed[row].vector.values = closed[row + bars].vector.values.clone();
    }
}

fn column(vector: &FeatureVector, name: &str) -> usize {
    vector.names.iter().position(|known| known == name).expect("a feature")
}

fn only(name: &str) -> Names {
    Names::from([name.to_owned()])
}

/// One test, as all of it is of the same two folds, which are made once in a process.
#[test]
fn every_planted_leak_is_found_and_named() {
    assert_eq!(found(|_| ()), Names::new(), "nothing was done");
    assert_eq!(found(|closed| newer(closed, 96)), features(), "all features are a day too new");
    let one = found(|closed| newer(closed, 1));
    for name in ["return_1", "log_rv_1", "log_rv_672", "rsi_14", "macd_12"] {
        assert!(one.contains(name), "{name} is one bar too new, and only these are found: {one:?}");
    }
    assert_eq!(found(|closed| one_newer(closed, "return_4")), only("return_4"));
    let soon = found(outcomes_too_soon);
    assert!(soon.contains("outcome 15m") && soon.contains("outcome 24h"), "{soon:?}");
    assert_eq!(found(|closed| wrapped(closed, "log_rv_1")), only("log_rv_1"));
    assert_eq!(found(|closed| centred(closed, "log_rv_1")), only("log_rv_1"));
}

/// One feature of each row is that of the next.
fn one_newer(closed: &mut [Closed], name: &str) {
    let place = column(&closed[0].vector, name);
    for row in 0..closed.len() - 1 {
        closed[row].vector.values[place] = closed[row + 1].vector.values[place];
    }
}

/// Outcomes are told a bar before they are complete.
fn outcomes_too_soon(closed: &mut [Closed]) {
    for row in 0..closed.len() - 1 {
        closed[row].matured.targets = closed[row + 1].matured.targets.clone();
    }
}

/// A shift that wraps around gives the first row what belongs to the last.
fn wrapped(closed: &mut [Closed], name: &str) {
    let place = column(&closed[0].vector, name);
    closed[0].vector.values[place] = closed[closed.len() - 1].vector.values[place];
}

/// What is less the mean of everything knows everything.
fn centred(closed: &mut [Closed], name: &str) {
    let place = column(&closed[0].vector, name);
    let all: Vec<f64> = closed.iter().filter_map(|closed| closed.vector.values[place]).collect();
    let mean = all.iter().sum::<f64>() / all.len() as f64;
    for closed in closed {
        closed.vector.values[place] = closed.vector.values[place].map(|value| value - mean);
    }
}

/// A feed dates back: who counts a text from what it says of itself knows it before anybody could.
#[test]
fn texts_that_count_from_when_they_say_that_they_were_published_are_found() {
    let dated = |world: &[Event]| {
        let mut world = world.to_vec();
        for event in &mut world {
            let (text, seen): (_, &mut Timestamp) = match event {
                Event::Article(one) => (&one.article, &mut one.ingest_time),
                Event::Post(one) => (&one.post, &mut one.ingest_time),
                _ => continue,
            };
            *seen = text.published.unwrap_or(*seen);
        }
        fold(&ordered(world))
    };
    let world = &known().0;
    let early = leaks(&dated(world), &dated(&changed(world, LATE, 1)), LATE);
    assert!(early.contains("news_count_4") && early.contains("social_sentiment_24"), "{early:?}");
    assert!(early.iter().all(|name| name.starts_with("news_") || name.starts_with("social_")), "{early:?}");
}
