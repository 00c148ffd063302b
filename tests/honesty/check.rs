//! What two folds differ in, until a moment and after it.

use std::collections::BTreeSet;

use wick_feature_builder::engine::{Closed, Engine};
use wick_schemas::Timestamp;

/// Names of features, of outcomes (`outcome 15m`) and of what else a vector says.
pub type Names = BTreeSet<String>;

/// What differs, to the last bit, at `until` or before between two folds of worlds that were the same until then: all of
/// it knows the future.
pub fn leaks(one: &[Closed], other: &[Closed], until: Timestamp) -> Names {
    let said = |closed: &[Closed]| closed.partition_point(|closed| closed.vector.as_of <= until);
    let (ours, others) = (&one[..said(one)], &other[..said(other)]);
    let mut names = differing(ours, others);
    if ours.len() != others.len() {
        names.insert("number of bars".into());
    }
    names
}

/// What differs after it: a change of this can be seen.
pub fn reached(one: &[Closed], other: &[Closed], until: Timestamp) -> Names {
    let after = |closed: &[Closed]| closed.partition_point(|closed| closed.vector.as_of <= until);
    differing(&one[after(one)..], &other[after(other)..])
}

/// What differs in the bars that both have.
pub fn differing(one: &[Closed], other: &[Closed]) -> Names {
    let mut names = Names::new();
    let mut note = |differs: bool, name: &dyn Fn() -> String| {
        if differs {
            names.insert(name());
        }
    };
    for (one, other) in one.iter().zip(other) {
        let (ours, others) = (&one.vector, &other.vector);
        for (place, (a, b)) in ours.values.iter().zip(&others.values).enumerate() {
            note(a.map(f64::to_bits) != b.map(f64::to_bits), &|| ours.names[place].clone());
        }
        note(ours.price.to_bits() != others.price.to_bits(), &|| "price".into());
        let rest = |closed: &Closed| {
            let vector = &closed.vector;
            (vector.as_of, vector.warm, vector.minutes, vector.origin, vector.ingest_time, closed.matured.at)
        };
        note(rest(one) != rest(other), &|| "what a vector says of itself".into());
        let (ours, others) = (&one.matured.targets, &other.matured.targets);
        note(ours.len() != others.len(), &|| "number of outcomes".into());
        for (a, b) in ours.iter().zip(others) {
            note(a != b, &|| format!("outcome {}", a.horizon));
        }
    }
    names
}

/// Every feature but those that only look at the clock.
pub fn features() -> Names {
    let definitions = Engine::feature_set().definitions.iter();
    definitions.filter(|definition| definition.source != "clock").map(|definition| definition.name.to_owned()).collect()
}
