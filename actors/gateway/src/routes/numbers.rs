//! Numbers of a request, read as they are needed: hundreds of them make up most of the work of asking a model.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// Numbers by name, in the order in which they were given.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Named(pub Vec<(String, f64)>);

impl<'de> Deserialize<'de> for Named {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Named;

            fn expecting(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
                text.write_str("numbers by name")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Named, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Named(pairs))
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

impl Named {
    /// The numbers in the order of these names, where they are none of its own those of `base`; of one that was given twice
    /// the last counts.
    ///
    /// # Errors
    /// A name that is none of them.
    pub fn in_order<'a>(
        &'a self,
        names: &[String],
        base: Option<&BTreeMap<String, f64>>,
    ) -> Result<Vec<Option<f64>>, &'a str> {
        let mut row: Vec<Option<f64>> = match base {
            Some(base) => names.iter().map(|name| base.get(name).copied()).collect(),
            None => vec![None; names.len()],
        };
        // Mostly they come in that order.
        let mut next = 0;
        for (name, value) in &self.0 {
            if names.get(next) != Some(name) {
                next = names.iter().position(|known| known == name).ok_or(name.as_str())?;
            }
            row[next] = Some(*value);
            next += 1;
        }
        Ok(row)
    }
}

/// Numbers of a tensor, row by row; nested or flat.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Flat(pub Vec<f64>);

/// How deep a tensor may be nested.
const DEEPEST: usize = 3;

impl<'de> Deserialize<'de> for Flat {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut numbers = Vec::new();
        deserializer.deserialize_seq(Nested { left: DEEPEST - 1, into: &mut numbers })?;
        Ok(Self(numbers))
    }
}

/// A number, or numbers that may be nested so deep.
struct Nested<'a> {
    left: usize,
    into: &'a mut Vec<f64>,
}

impl<'de> DeserializeSeed<'de> for Nested<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Nested<'_> {
    type Value = ();

    fn expecting(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(text, "numbers, nested {DEEPEST} deep at most")
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        self.into.push(number);
        Ok(())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        self.visit_f64(number as f64)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        self.visit_f64(number as f64)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut numbers: A) -> Result<(), A::Error> {
        self.into.reserve(numbers.size_hint().unwrap_or_default());
        let Self { left, into } = self;
        loop {
            let into = &mut *into;
            let element = match left {
                0 => Element::Number(into),
                left => Element::Nested(Nested { left: left - 1, into }),
            };
            if numbers.next_element_seed(element)?.is_none() {
                return Ok(());
            }
        }
    }
}

/// What may stand in a tensor.
enum Element<'a> {
    Number(&'a mut Vec<f64>),
    Nested(Nested<'a>),
}

impl<'de> DeserializeSeed<'de> for Element<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self {
            Self::Number(into) => f64::deserialize(deserializer).map(|number| into.push(number)),
            Self::Nested(nested) => nested.deserialize(deserializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn flat(text: &str) -> Option<Vec<f64>> {
        serde_json::from_str::<Flat>(text).ok().map(|flat| flat.0)
    }

    #[test]
    fn tensors_may_be_nested_or_flat() {
        assert_eq!(flat("[[1, 2.5], [3, -4]]"), Some(vec![1.0, 2.5, 3.0, -4.0]));
        assert_eq!(flat("[1, 2]"), Some(vec![1.0, 2.0]));
        assert_eq!(flat("[[[1], [2]]]"), Some(vec![1.0, 2.0]));
        assert_eq!(flat("[]"), Some(vec![]));
        for wrong in ["1", "[\"a\"]", "[null]", "{}", "[[[[1]]]]", "[[[1, []]]]", "[true]", "[1e999]", "[1"] {
            assert_eq!(flat(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_is_not_named_is_of_the_base() {
        let names = ["a", "b", "c"].map(str::to_owned);
        let named = |text: &str| serde_json::from_str::<Named>(text).expect("numbers");
        let base = BTreeMap::from([("b".to_owned(), 5.0), ("z".to_owned(), 6.0)]);
        let row = named("{\"c\": 1, \"a\": 2.5}").in_order(&names, Some(&base)).map_err(str::to_owned);
        assert_eq!(row, Ok(vec![Some(2.5), Some(5.0), Some(1.0)]));
        assert_eq!(named("{\"b\": 1}").in_order(&names, None), Ok(vec![None, Some(1.0), None]));
        assert_eq!(named("{\"d\": 1}").in_order(&names, Some(&base)), Err("d"));
        assert!(serde_json::from_str::<Named>("{\"a\": \"1\"}").is_err());
        assert!(serde_json::from_str::<Named>("[1]").is_err());
    }

    proptest! {
        #[test]
        fn in_whatever_order_they_are_given(given in prop::collection::vec((0..9_usize, any::<i32>()), 0..20)) {
            let names: Vec<String> = (0..9).map(|name| name.to_string()).collect();
            let mut expected = vec![None; 9];
            given.iter().for_each(|(name, value)| expected[*name] = Some(f64::from(*value)));
            let named = Named(given.iter().map(|(name, value)| (name.to_string(), f64::from(*value))).collect());
            prop_assert_eq!(named.in_order(&names, None), Ok(expected));
        }
    }
}
