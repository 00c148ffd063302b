//! Folds that peek, each in a way that has happened to somebody: the checks find every one of them.

use wick_feature_builder::engine::Closed;
use wick_schemas::{FeatureVector, Timestamp};

use crate::check::{Names, features, leaks};
use crate::future::{LATE, known, other};
use crate::world::{Event, changed, fold, ordered};

/// What the check says of the last week of both worlds after this was done to it.
fn found(leak: impl Fn(&mut [Closed])) -> Names {
    let spoilt = |closed: &[Closed]| {
        let mut closed = closed[closed.len() - 672..].to_vec();
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

#[test]
fn nothing_done_is_nothing_found() {
    assert_eq!(found(|_| ()), Names::new());
}

#[test]
fn features_that_are_too_new_are_found_one_and_all() {
    assert_eq!(found(|closed| newer(closed, 96)), features());
    let one = found(|closed| newer(closed, 1));
    for name in ["return_1", "log_rv_1", "log_rv_672", "rsi_14", "macd_12"] {
        assert!(one.contains(name), "{name} is one bar too new, and only these are found: {one:?}");
    }
}

#[test]
fn a_single_feature_that_is_one_bar_too_new_is_named() {
    let one = found(|closed| {
        for row in 0..closed.len() - 1 {
            let place = column(&closed[row].vector, "return_4");
            closed[row].vector.values[place] = closed[row + 1].vector.values[place];
        }
    });
    assert_eq!(one, only("return_4"));
}

#[test]
fn an_outcome_that_is_told_too_soon_is_found() {
    let soon = found(|closed| {
        for row in 0..closed.len() - 1 {
            closed[row].matured.targets = closed[row + 1].matured.targets.clone();
        }
    });
    assert!(soon.contains("outcome 15m") && soon.contains("outcome 24h"), "{soon:?}");
}

/// A shift that wraps around gives the first row what belongs to the last.
#[test]
fn a_first_row_that_has_what_the_last_one_has_is_found() {
    let wrapped = found(|closed| {
        let place = column(&closed[0].vector, "log_rv_1");
        closed[0].vector.values[place] = closed.last().and_then(|last| last.vector.values[place]);
    });
    assert_eq!(wrapped, only("log_rv_1"));
}

/// What is scaled by the mean of everything knows everything.
#[test]
fn a_scale_of_the_whole_range_is_found() {
    let scaled = found(|closed| {
        let place = column(&closed[0].vector, "log_rv_1");
        let all: Vec<f64> = closed.iter().filter_map(|closed| closed.vector.values[place]).collect();
        let mean = all.iter().sum::<f64>() / all.len() as f64;
        closed.iter_mut().for_each(|closed| {
            closed.vector.values[place] = closed.vector.values[place].map(|value| value - mean);
        });
    });
    assert_eq!(scaled, only("log_rv_1"));
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
