//! What is known at the close of a bar, as numbers.
//!
//! A feature is a definition with the function that computes it. A family is a file with a list of them; a new
//! family is one more file and one more line in [`FAMILIES`].

mod around;
mod calendar;
mod chatter;
mod momentum;
mod page;
mod ranges;
mod returns;
mod season;
mod shape;
mod trend;
mod volatility;
mod volume;

use std::sync::OnceLock;

use wick_schemas::FeatureSet;
use wick_schemas::feature::Definition;

pub use self::page::page;
use crate::averages::Averages;
use crate::bar::Bar;
use crate::context::Around;
use crate::window::{Total, Totals, WEEK};

/// Keeps logarithms and quotients of variances and prices finite where nothing moved.
pub(crate) const EPS: f64 = 1e-9;

/// A family: lists of features that one file defines, and its heading in the documentation.
type Family = (&'static str, &'static [&'static [Feature]]);

/// The families, in the order of the values.
const FAMILIES: [Family; 11] = [
    ("Volatility", volatility::FAMILY),
    ("The shape of volatility", shape::FAMILY),
    ("Season", season::FAMILY),
    ("Returns", returns::FAMILY),
    ("Ranges", ranges::FAMILY),
    ("Volume", volume::FAMILY),
    ("Momentum", momentum::FAMILY),
    ("Trend", trend::FAMILY),
    ("Calendar", calendar::FAMILY),
    ("News and posts", chatter::FAMILY),
    ("Mood and other venues", around::FAMILY),
];

/// The numbers of coming bars whose season is known: those of the horizons.
pub const COMING: [usize; 4] = [1, 4, 16, 96];

/// Bars after which every feature is there: a week, and the close before it. What looks back further is content with
/// what there is at first.
const WARM: usize = WEEK + 1;

/// What a feature may look at: nothing later than the close of the bar.
#[derive(Clone, Copy, Debug)]
pub struct Now<'a> {
    /// The bar just closed.
    pub bar: &'a Bar,
    /// Sums over the last bars, this one included.
    pub totals: &'a Totals,
    /// Exponential averages, this bar included.
    pub averages: &'a Averages,
    /// What is known besides the candles of the series.
    pub around: &'a Around,
    /// The variance that the season expects of the next [`COMING`] bars, as multiples of a week's mean.
    pub coming: [f64; COMING.len()],
}

impl Now<'_> {
    /// Standard deviation of a bar's return as it is of late: what makes a return of calm and one of storm alike.
    #[must_use]
    pub fn deviation(&self) -> f64 {
        (self.averages.rv_slow.value() + EPS).sqrt()
    }
}

/// A feature: what it is, and how it is computed.
#[derive(Clone, Copy)]
struct Feature {
    definition: Definition,
    /// The place in [`crate::window::WINDOWS`] of the sums that the function is given.
    place: usize,
    value: fn(&Now, &Total) -> f64,
}

/// The same feature over several numbers of bars `w`; it looks back `more` bars than `w`, or `over` so many whatever `w`.
macro_rules! windowed {
    ($name:literal, $formula:literal, $unit:literal, $doc:literal, more: $more:literal, $value:expr; $($w:literal)+) => {
        super::windowed!(@ $name, $formula, $unit, $doc, $value; $($w, $w + $more;)+)
    };
    ($name:literal, $formula:literal, $unit:literal, $doc:literal, over: $over:ident, $value:expr; $($w:literal)+) => {
        super::windowed!(@ $name, $formula, $unit, $doc, $value; $($w, $over;)+)
    };
    (@ $name:literal, $formula:literal, $unit:literal, $doc:literal, $value:expr; $($w:literal, $lookback:expr;)+) => {
        &[$(super::single(
            concat!($name, "_", $w),
            concat!($formula, "; w = ", $w),
            $unit,
            $doc,
            $lookback,
            $w,
            $value,
        )),+]
    };
}
use windowed;

/// A feature with a look-back of its own; the sums that its function is given are over `sums` bars.
const fn single(
    name: &'static str,
    formula: &'static str,
    unit: &'static str,
    doc: &'static str,
    lookback: usize,
    sums: usize,
    value: fn(&Now, &Total) -> f64,
) -> Feature {
    let warm_up = if lookback < WARM { lookback } else { WARM };
    let definition = Definition { name, formula, lookback, warm_up, unit, source: "candles", doc };
    Feature { definition, place: crate::window::place(sums), value }
}

fn all() -> impl Iterator<Item = &'static Feature> {
    FAMILIES.into_iter().flat_map(|(_, lists)| lists).copied().flatten()
}

/// The definitions of every feature, in the order of [`values`].
#[must_use]
pub fn set() -> &'static FeatureSet {
    static SET: OnceLock<FeatureSet> = OnceLock::new();
    SET.get_or_init(|| FeatureSet::of(all().map(|feature| feature.definition).collect()))
}

/// What each feature's family is called in the settings, in the order of [`values`].
pub fn families() -> impl Iterator<Item = String> {
    FAMILIES.into_iter().flat_map(|(heading, lists)| lists.iter().copied().flatten().map(move |_| slug(heading)))
}

/// What the families are called in the settings.
pub fn family_names() -> impl Iterator<Item = String> {
    FAMILIES.into_iter().map(|(heading, _)| slug(heading))
}

fn slug(heading: &str) -> String {
    heading.to_lowercase().replace(' ', "_")
}

/// Whether the baselines, with which every model is compared, are made of the feature of that name.
#[must_use]
pub fn needed(name: &str) -> bool {
    ["log_ewma_rv", "log_rv_1", "log_rv_4", "log_rv_16", "log_rv_96", "log_rv_672"].contains(&name)
}

/// The value of every feature; `None` while it is not warm, or where it is not a finite number.
#[must_use]
pub fn values(now: &Now) -> Vec<Option<f64>> {
    let value = |feature: &Feature| {
        if now.totals.bars < feature.definition.warm_up {
            return None;
        }
        Some((feature.value)(now, now.totals.at(feature.place))).filter(|value| value.is_finite())
    };
    let mut values = Vec::with_capacity(set().definitions.len());
    values.extend(all().map(value));
    values
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeSet;

    use wick_schemas::time::{BAR, Timestamp};

    use super::*;
    use crate::bar::Terms;
    use crate::season::Season;
    use crate::window::{MONTH, Window};

    /// A bar at this price in which nothing moved, the `number`-th after Monday 2024-01-01 00:00.
    pub(crate) fn still(number: usize, close: f64) -> Bar {
        Bar {
            start: Timestamp(1_704_067_200_000 + number as i64 * BAR),
            minutes: 15,
            high: close,
            low: close,
            close,
            vwap: close,
            late_return: 0.0,
            last_return: 0.0,
            late_rv: 0.0,
            late_volume: 0.0,
            terms: Terms {
                log_close: close.ln(),
                log_high: close.ln(),
                log_low: close.ln(),
                minutes: 15.0,
                ..Terms::default()
            },
        }
    }

    /// The values at the close of each bar.
    pub(super) fn closes(bars: &[Bar]) -> Vec<Vec<Option<f64>>> {
        let (mut window, mut averages, mut season) = (Window::default(), Averages::default(), Season::default());
        let close = |bar: &Bar| {
            let expected = season.expected(bar.start);
            window.push(Terms { season: expected.rv, volume_season: expected.volume, ..bar.terms });
            averages.update(&bar.terms);
            let totals = window.totals();
            season.learn(bar, &totals.week);
            let coming = season.coming(bar.end(), COMING);
            values(&Now { bar, totals: &totals, averages: &averages, around: &Around::default(), coming })
        };
        bars.iter().map(close).collect()
    }

    /// The value of that name at the close of the last of these bars.
    pub(super) fn value(name: &str, bars: &[Bar]) -> Option<f64> {
        let place = set().definitions.iter().position(|known| known.name == name).expect("a feature");
        closes(bars).last().expect("a bar")[place]
    }

    pub(super) fn near(found: Option<f64>, expected: f64) {
        let found = found.expect("a value");
        assert!((found - expected).abs() <= 1e-9 * expected.abs().max(1.0), "{found} is not {expected}");
    }

    #[test]
    fn names_are_unique_and_definitions_say_something() {
        let definitions = &set().definitions;
        let names: BTreeSet<_> = definitions.iter().map(|definition| definition.name).collect();
        assert_eq!(names.len(), definitions.len());
        for definition in definitions {
            let words = [definition.formula, definition.doc, definition.source];
            assert!(words.iter().all(|word| word.len() > 4) && !definition.unit.is_empty(), "{}", definition.name);
            assert!((1..=WARM).contains(&definition.warm_up), "{}", definition.name);
            assert!((definition.warm_up..=crate::season::MEMORY).contains(&definition.lookback), "{}", definition.name);
        }
        for har in ["log_rv_1", "log_rv_4", "log_rv_16", "log_rv_96", "log_rv_672"] {
            assert!(names.contains(har));
        }
    }

    #[test]
    fn no_feature_is_called_as_a_family_is_and_what_is_needed_is_there() {
        let definitions = &set().definitions;
        assert_eq!(families().count(), definitions.len());
        assert!(family_names().all(|family| definitions.iter().all(|one| one.name != family)));
        assert_eq!(definitions.iter().filter(|one| needed(one.name)).count(), 6);
    }

    #[test]
    fn a_value_is_there_from_the_bar_that_ends_its_warm_up() {
        let bars: Vec<_> = (0..=WEEK).map(|number| still(number, 100.0)).collect();
        for (index, found) in closes(&bars).into_iter().enumerate() {
            for (definition, value) in set().definitions.iter().zip(found) {
                assert_eq!(value.is_some(), index + 1 >= definition.warm_up, "{} at {index}", definition.name);
            }
        }
    }

    #[test]
    fn a_market_at_rest_has_finite_numbers_for_ever() {
        let bars: Vec<_> = (0..MONTH + 10).map(|number| still(number, 60_000.0)).collect();
        let last = closes(&bars).pop().expect("bars");
        for (definition, value) in set().definitions.iter().zip(last) {
            assert!(value.is_some_and(|value| value.abs() < 1e4), "{}: {value:?}", definition.name);
        }
    }
}
