//! What is known at the close of a bar, as numbers.
//!
//! A feature is a definition with the function that computes it. A family is a file with a list of them; a new
//! family is one more file and one more line in [`FAMILIES`].

mod calendar;
mod momentum;
mod page;
mod returns;
mod volatility;
mod volume;

pub use page::page;

use std::sync::OnceLock;

use wick_schemas::FeatureSet;
use wick_schemas::feature::Definition;

use crate::averages::Averages;
use crate::bar::Bar;
use crate::window::{Total, Totals};

/// Keeps logarithms and quotients of variances and prices finite where nothing moved.
const EPS: f64 = 1e-9;

/// The families, in the order of the values.
const FAMILIES: [&[&[Feature]]; 5] =
    [volatility::FAMILY, returns::FAMILY, volume::FAMILY, momentum::FAMILY, calendar::FAMILY];

/// What a feature may look at: nothing later than the close of the bar.
#[derive(Clone, Copy, Debug)]
pub struct Now<'a> {
    /// The bar just closed.
    pub bar: &'a Bar,
    /// Sums over the last bars, this one included.
    pub totals: &'a Totals,
    /// Exponential averages, this bar included.
    pub averages: &'a Averages,
}

/// A feature: what it is, and how it is computed.
struct Feature {
    definition: Definition,
    /// The place in [`crate::window::WINDOWS`] of the sums that the function is given.
    place: usize,
    value: fn(&Now, &Total) -> f64,
}

/// The same feature over several look-backs of `w` bars; it needs `more` bars than `w`.
macro_rules! windowed {
    ($name:literal, $formula:literal, $unit:literal, more: $more:literal, $value:expr; $($w:literal)+) => {
        &[$(super::Feature {
            definition: wick_schemas::feature::Definition {
                name: concat!($name, "_", $w),
                formula: concat!($formula, "; w = ", $w),
                lookback: $w + $more,
                unit: $unit,
            },
            place: crate::window::place($w),
            value: $value,
        }),+]
    };
}
use windowed;

/// A feature with a look-back of its own; the sums that its function is given are over `sums` bars.
const fn single(
    name: &'static str,
    formula: &'static str,
    unit: &'static str,
    lookback: usize,
    sums: usize,
    value: fn(&Now, &Total) -> f64,
) -> Feature {
    Feature { definition: Definition { name, formula, lookback, unit }, place: crate::window::place(sums), value }
}

fn all() -> impl Iterator<Item = &'static Feature> {
    FAMILIES.into_iter().flatten().copied().flatten()
}

/// The definitions of every feature, in the order of [`values`].
#[must_use]
pub fn set() -> &'static FeatureSet {
    static SET: OnceLock<FeatureSet> = OnceLock::new();
    SET.get_or_init(|| FeatureSet::of(all().map(|feature| feature.definition).collect()))
}

/// The value of every feature; `None` while its look-back is not full, or where it is not a finite number.
#[must_use]
pub fn values(now: &Now) -> Vec<Option<f64>> {
    let value = |feature: &Feature| {
        if now.totals.bars < feature.definition.lookback {
            return None;
        }
        Some((feature.value)(now, now.totals.at(feature.place))).filter(|value| value.is_finite())
    };
    let mut values = Vec::with_capacity(set().definitions.len());
    values.extend(all().map(value));
    values
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use wick_schemas::time::{BAR, Timestamp};

    use super::*;
    use crate::bar::Terms;
    use crate::window::{WEEK, Window};

    /// A bar at this price in which nothing moved, the `number`-th after Monday 2024-01-01 00:00.
    pub(super) fn still(number: usize, close: f64) -> Bar {
        Bar {
            start: Timestamp(1_704_067_200_000 + number as i64 * BAR),
            minutes: 15,
            high: close,
            low: close,
            close,
            vwap: close,
            max_minute: 0.0,
            terms: Terms {
                log_close: close.ln(),
                rv: 0.0,
                rv_down: 0.0,
                bipower: 0.0,
                volume: 0.0,
                signed_volume: 0.0,
                range_sq: 0.0,
            },
        }
    }

    /// The value of that name at the close of the last of these bars.
    pub(super) fn value(name: &str, bars: &[Bar]) -> Option<f64> {
        let (mut window, mut averages) = (Window::default(), Averages::default());
        for bar in bars {
            window.push(bar.terms);
            averages.update(&bar.terms);
        }
        let now = Now { bar: bars.last().expect("a bar"), totals: &window.totals(), averages: &averages };
        let place = set().definitions.iter().position(|known| known.name == name).expect("a feature");
        values(&now)[place]
    }

    pub(super) fn near(found: Option<f64>, expected: f64) {
        let found = found.expect("a value");
        assert!((found - expected).abs() <= 1e-9 * expected.abs().max(1.0), "{found} is not {expected}");
    }

    #[test]
    fn names_are_unique_and_definitions_say_something() {
        let definitions = &set().definitions;
        let names: BTreeSet<_> = definitions.iter().map(|definition| definition.name).collect();
        assert_eq!((names.len(), definitions.len()), (63, 63));
        for definition in definitions {
            assert!(definition.formula.len() > 5 && !definition.unit.is_empty(), "{}", definition.name);
            assert!((1..=WEEK + 1).contains(&definition.lookback), "{}", definition.name);
        }
        for har in ["log_rv_1", "log_rv_4", "log_rv_16", "log_rv_96", "log_rv_672"] {
            assert!(names.contains(har));
        }
    }

    #[test]
    fn a_value_is_there_from_the_bar_that_fills_its_look_back() {
        let bars: Vec<_> = (0..=WEEK).map(|number| still(number, 100.0)).collect();
        let (mut window, mut averages) = (Window::default(), Averages::default());
        for (index, bar) in bars.iter().enumerate() {
            window.push(bar.terms);
            averages.update(&bar.terms);
            let found = values(&Now { bar, totals: &window.totals(), averages: &averages });
            for (definition, value) in set().definitions.iter().zip(found) {
                assert_eq!(value.is_some(), index + 1 >= definition.lookback, "{} at {index}", definition.name);
            }
        }
    }
}
