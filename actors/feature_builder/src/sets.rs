//! Feature sets: the full one, and selections of it, each with an id of its own. All come from one fold.

use std::collections::BTreeMap;

use wick_bus::{Error, Result};
use wick_schemas::{FeatureSet, FeatureVector};

use crate::features;

/// What the set of all features is called.
pub const FULL: &str = "full";

/// A set that is built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// What it is called in the settings.
    pub name: String,
    /// Its definitions and its id.
    pub set: FeatureSet,
    /// The places of its values in the full set; all of them where it is the full set.
    places: Option<Vec<usize>>,
}

impl Selection {
    fn full() -> Self {
        Self { name: FULL.to_owned(), set: features::set().clone(), places: None }
    }

    /// The features that these words name, in the order of the full set: a feature, a family, or how names begin, with a
    /// star.
    fn of(name: &str, words: &[String]) -> Result<Self> {
        let refuse = |why: String| Error::Config(format!("feature_builder.sets.{name}: {why}"));
        let full = &features::set().definitions;
        let mut wanted = vec![false; full.len()];
        for word in words {
            let mut found = false;
            for (place, family) in features::families().enumerate() {
                let known = full[place].name;
                let fits = match word.strip_suffix('*') {
                    Some(beginning) => known.starts_with(beginning),
                    None => known == word || family == *word,
                };
                wanted[place] |= fits;
                found |= fits;
            }
            if !found {
                let families = features::family_names().collect::<Vec<_>>().join(", ");
                return Err(refuse(format!(
                    "no feature is called '{word}': write a name of `wick features list`, how names begin as in \
                     log_rv_*, or a family: {families}"
                )));
            }
        }
        let places: Vec<usize> = (0..full.len()).filter(|place| wanted[*place]).collect();
        if places.is_empty() {
            return Err(refuse("it names no feature: name some, as in [\"volatility\"], or leave the set out".into()));
        }
        let set = FeatureSet::of(places.iter().map(|place| full[*place]).collect());
        Ok(Self { name: name.to_owned(), set, places: Some(places) })
    }

    /// The part of a vector of the full set that is this one's.
    #[must_use]
    pub fn project(&self, full: &FeatureVector) -> FeatureVector {
        let Some(places) = &self.places else { return full.clone() };
        let values: Vec<Option<f64>> = places.iter().map(|place| full.values[*place]).collect();
        FeatureVector {
            feature_set: self.set.id.clone(),
            warm: values.iter().all(Option::is_some),
            names: self.set.names(),
            values,
            ..*full
        }
    }
}

/// The sets that are built side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sets {
    /// The full one, then the others in the order of their names.
    all: Vec<Selection>,
    /// The place of the one that is published.
    main: usize,
}

impl Default for Sets {
    fn default() -> Self {
        Self { all: vec![Selection::full()], main: 0 }
    }
}

impl Sets {
    /// The sets of the settings.
    ///
    /// # Errors
    /// [`Error::Config`] where a set names what there is not, or the main one is none of them or too small to serve.
    pub fn new(selections: &BTreeMap<String, Vec<String>>, main: &str) -> Result<Self> {
        let mut sets = Self::default();
        for (name, words) in selections {
            let fit = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
            if name == FULL || !name.chars().all(fit) {
                return Err(Error::Config(format!(
                    "feature_builder.sets.{name}: a set is called something of a-z, 0-9, '-' and '_', and not '{FULL}'"
                )));
            }
            sets.all.push(Selection::of(name, words)?);
        }
        let known = || sets.all.iter().map(|one| one.name.as_str()).collect::<Vec<_>>().join(", ");
        let place = sets.all.iter().position(|one| one.name == main);
        sets.main = place.ok_or_else(|| {
            Error::Config(format!("feature_builder.main: no set is called '{main}': there are {}", known()))
        })?;
        let needed = features::set().definitions.iter().map(|one| one.name).filter(|name| features::needed(name));
        let missing: Vec<&str> = needed.filter(|name| !sets.main().set.names().iter().any(|one| one == name)).collect();
        if !missing.is_empty() {
            return Err(Error::Config(format!(
                "feature_builder.main: every model is compared with baselines that are made of {}: add them to '{main}'",
                missing.join(", ")
            )));
        }
        Ok(sets)
    }

    /// All of them, the full one first.
    #[must_use]
    pub fn all(&self) -> &[Selection] {
        &self.all
    }

    /// The one that is published, served and trained on.
    #[must_use]
    pub fn main(&self) -> &Selection {
        &self.all[self.main]
    }

    /// The set of that name or id.
    #[must_use]
    pub fn find(&self, name_or_id: &str) -> Option<&Selection> {
        self.all.iter().find(|one| one.name == name_or_id || one.set.id == name_or_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine;
    use crate::samples::walk;

    fn sets(words: &[&str], main: &str) -> Result<Sets> {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        Sets::new(&BTreeMap::from([("slim".to_owned(), words)]), main)
    }

    #[test]
    fn a_selection_is_its_definitions_however_it_is_written() {
        let one = sets(&["season", "log_rv_*", "log_rv_1"], FULL).expect("a set");
        let other = sets(&["log_rv_*", "season"], FULL).expect("a set");
        assert_eq!(one, other);
        let slim = one.find("slim").expect("by name");
        assert_eq!(one.find(&slim.set.id), Some(slim));
        assert_ne!(slim.set.id, one.main().set.id);
        assert!(slim.set.definitions.iter().any(|one| one.name == "log_rv_672"));
        assert!(slim.set.definitions.len() < one.main().set.definitions.len());
    }

    #[test]
    fn what_there_is_not_is_refused_with_what_there_is() {
        for (words, main, says) in [
            (&["log_rv"][..], FULL, "log_rv_*"),
            (&["nonsense_*"][..], FULL, "volatility"),
            (&[][..], FULL, "names no feature"),
            (&["season"][..], "large", "there are full, slim"),
            (&["season"][..], "slim", "log_ewma_rv"),
        ] {
            let error = sets(words, main).expect_err(says).to_string();
            assert!(error.contains(says), "{error}");
        }
        assert!(sets(&["volatility"], "slim").is_ok());
        assert!(Sets::new(&BTreeMap::from([(FULL.to_owned(), vec!["season".to_owned()])]), FULL).is_err());
    }

    #[test]
    fn a_projection_is_the_full_vector_with_less_in_it() {
        let sets = sets(&["volatility", "returns", "hour"], FULL).expect("a set");
        let slim = &sets.all()[1];
        let mut engine = Engine::new();
        let closed: Vec<_> = walk(3_000).iter().flat_map(|candle| engine.push(candle)).collect();
        assert!(closed.len() > 100);
        for full in closed.into_iter().map(|closed| closed.vector) {
            let part = slim.project(&full);
            assert_eq!((part.as_of, part.price, part.minutes), (full.as_of, full.price, full.minutes));
            assert_eq!(part.names, slim.set.names());
            for (name, value) in part.names.iter().zip(&part.values) {
                assert_eq!(value.map(f64::to_bits), full.value(name).map(f64::to_bits), "{name}");
            }
            assert_eq!(part.warm, part.values.iter().all(Option::is_some));
            assert_eq!(sets.main().project(&full), full);
        }
    }
}
