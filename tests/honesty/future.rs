//! Whatever comes later changes nothing that was said before; and of everything that is said, something would be seen to
//! change if it peeked.

use std::sync::OnceLock;

use proptest::prelude::*;
use wick_feature_builder::engine::Closed;
use wick_schemas::Timestamp;
use wick_schemas::time::{DAY, HOUR, MINUTE};

use crate::check::{Names, differing, features, leaks, reached};
use crate::world::{Event, START, changed, cut, fold, world};

/// Days of the world: the slowest feature looks back thirty.
const DAYS: i64 = 33;

/// The world, and what is made of it.
pub fn known() -> &'static (Vec<Event>, Vec<Closed>) {
    static KNOWN: OnceLock<(Vec<Event>, Vec<Closed>)> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let world = world((DAYS * DAY / MINUTE) as usize);
        let closed = fold(&world);
        (world, closed)
    })
}

/// When every look-back is full, in the middle of a bar with candles before and after it, with enough to come that even a
/// season has time to change.
pub const LATE: Timestamp = Timestamp(START.0 + 31 * DAY + 12 * HOUR + 7 * MINUTE);

/// The fold of a world that was the same until [`LATE`].
pub fn other() -> &'static Vec<Closed> {
    static OTHER: OnceLock<Vec<Closed>> = OnceLock::new();
    OTHER.get_or_init(|| fold(&changed(&known().0, LATE, 1)))
}

#[test]
fn no_feature_and_no_outcome_knows_the_future_and_every_one_would_be_found_out() {
    let (_, whole) = known();
    assert_eq!(leaks(whole, other(), LATE), Names::new());
    let month = 30 * 96;
    let said = whole.iter().take_while(|closed| closed.vector.as_of <= LATE).count();
    assert!(said > month && whole[said - 1].vector.warm, "the slowest look-back is not full");
    let seen = reached(whole, other(), LATE);
    let blind: Vec<String> = features().difference(&seen).cloned().collect();
    assert!(blind.is_empty(), "a leak in these would not be seen: {blind:?}");
    assert!(seen.contains("outcome 15m") && seen.contains("outcome 24h"), "{seen:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    /// Whatever the moment, and whatever comes after it.
    #[test]
    fn the_future_changes_nothing(minute in 1_i64..(DAYS - 1) * DAY / MINUTE, seed in any::<u64>()) {
        let (world, whole) = known();
        let until = START + minute * MINUTE;
        let other = fold(&changed(world, until, seed));
        prop_assert_eq!(leaks(whole, &other, until), Names::new());
        prop_assert!(!reached(whole, &other, until).is_empty(), "the change reached nothing at all");
    }

    /// What is said of data that end at a moment is what is said there of all of them.
    #[test]
    fn the_last_row_of_less_is_that_row_of_more(minute in 2_880_i64..DAYS * DAY / MINUTE) {
        let (world, whole) = known();
        let less = fold(&cut(world, START + minute * MINUTE));
        prop_assert!(less.len() > 100);
        prop_assert_eq!(differing(&less, whole), Names::new());
    }
}
