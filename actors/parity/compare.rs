//! Vectors beside vectors, bit by bit.

use std::collections::HashMap;

use wick_schemas::{FeatureVector, Timestamp};

/// What a store of newest vectors shows: fields by name.
pub type Shown = HashMap<String, String>;

/// The first feature that differs, if one does, bit by bit.
pub fn difference(kept: &FeatureVector, again: &FeatureVector) -> Option<String> {
    if kept.names != again.names {
        return Some("other features".to_owned());
    }
    let bits = |value: Option<f64>| value.map(f64::to_bits);
    let prices = ("price", Some(kept.price), Some(again.price));
    let values = kept.names.iter().zip(kept.values.iter().zip(&again.values));
    let values = values.map(|(name, (kept, again))| (name.as_str(), *kept, *again));
    let mut all = std::iter::once(prices).chain(values);
    let (name, kept, again) = all.find(|(_, kept, again)| bits(*kept) != bits(*again))?;
    Some(format!("{name} is {} and bronze gives {}", shown_as(kept), shown_as(again)))
}

/// A value as it is told: to the last bit.
fn shown_as(value: Option<f64>) -> String {
    value.map_or_else(|| "nothing".to_owned(), |value| value.to_string())
}

/// The moment of what is shown.
pub fn shown_at(shown: &Shown) -> Option<Timestamp> {
    shown.get("as_of").and_then(|at| at.parse().ok()).map(Timestamp)
}

/// The first feature that is shown otherwise, if one is.
pub fn shown_otherwise(shown: &Shown, again: &FeatureVector) -> Option<String> {
    let number = |name: &str| shown.get(name).and_then(|text| text.parse::<f64>().ok());
    let values = again.names.iter().map(String::as_str).zip(again.values.iter().copied());
    let mut all = std::iter::once(("price", Some(again.price))).chain(values);
    let (name, value) = all.find(|(name, value)| number(name).map(f64::to_bits) != value.map(f64::to_bits))?;
    let ours = shown.get(name).map_or("nothing", String::as_str);
    Some(format!("{name} is shown as {ours} and bronze gives {}", shown_as(value)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wick_schemas::Origin;

    fn vector() -> FeatureVector {
        FeatureVector {
            as_of: Timestamp(900_000),
            feature_set: "f".into(),
            price: 100.25,
            warm: false,
            minutes: 15,
            origin: Origin::Live,
            ingest_time: Timestamp(0),
            names: vec!["a".into(), "b".into()],
            values: vec![Some(0.1 + 0.2), None],
        }
    }

    fn shown() -> Shown {
        let fields = [("as_of", "900000"), ("price", "100.25"), ("a", "0.30000000000000004")];
        fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    }

    #[test]
    fn the_last_bit_counts_and_so_does_a_value_that_is_not_there() {
        assert_eq!(difference(&vector(), &vector()), None);
        let other = FeatureVector { values: vec![Some(0.3), None], ..vector() };
        assert!(difference(&vector(), &other).is_some_and(|told| told.starts_with("a is")));
        let other = FeatureVector { values: vec![Some(0.1 + 0.2), Some(0.0)], ..vector() };
        assert!(difference(&vector(), &other).is_some_and(|told| told.starts_with("b is")));
        let other = FeatureVector { price: 100.0, ..vector() };
        assert!(difference(&vector(), &other).is_some_and(|told| told.starts_with("price is")));
    }

    #[test]
    fn so_it_is_with_what_is_shown() {
        assert_eq!((shown_at(&shown()), shown_otherwise(&shown(), &vector())), (Some(Timestamp(900_000)), None));
        for (name, value) in [("a", "0.3"), ("b", "1"), ("price", "100.26"), ("a", "much")] {
            let mut shown = shown();
            shown.insert(name.into(), value.into());
            assert!(shown_otherwise(&shown, &vector()).is_some_and(|told| told.starts_with(name)), "{name}");
        }
    }
}
