//! What the feature builder needs, besides gold and silver, to go on exactly where it was.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use wick_schemas::Timestamp;

use crate::context::Context;
use crate::engine::Engine;
use crate::told::Told;

/// What was folded in.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Done {
    /// Open time of the newest candle.
    pub open_time: Option<Timestamp>,
    /// Bars closed since the last snapshot, so that snapshots fall on the same bars in every life.
    pub since_snapshot: usize,
    /// The full feature set of the fold; empty where an older version did not say it.
    #[serde(default)]
    feature_set: String,
    /// What is known besides candles: silver does not say what of it had been counted.
    #[serde(default)]
    context: Kept,
    /// What of it no bar has counted yet, in words that every version knows.
    #[serde(default)]
    uncounted: Vec<Told>,
}

/// A context, of this version or another.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Kept {
    Known(Box<Context>),
    Other(Value),
}

impl Default for Kept {
    fn default() -> Self {
        Self::Known(Box::default())
    }
}

impl Done {
    /// The checkpoint of a fold.
    #[must_use]
    pub fn of(engine: &Engine, open_time: Option<Timestamp>, since_snapshot: usize) -> Self {
        let closed = engine.closed_until().unwrap_or(Timestamp::MIN);
        Self {
            open_time,
            since_snapshot,
            feature_set: Engine::feature_set().id.clone(),
            context: Kept::Known(Box::new(engine.context().clone())),
            uncounted: engine.context().uncounted(closed),
        }
    }

    /// The context, where it is that of the present fold.
    #[must_use]
    pub fn context(&self) -> Option<&Context> {
        let same = self.feature_set.is_empty() || self.feature_set == Engine::feature_set().id;
        match &self.context {
            Kept::Known(context) if same => Some(context),
            _ => None,
        }
    }

    /// What no bar has counted, for a fold that closed its last bar at `as_of`.
    #[must_use]
    pub fn uncounted(&self, as_of: Timestamp) -> Vec<Told> {
        let told = match &self.context {
            // An older version did not keep it apart.
            Kept::Known(context) if self.feature_set.is_empty() => context.uncounted(as_of),
            _ => self.uncounted.clone(),
        };
        told.into_iter().filter(|told| !told.counted(as_of)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::walk;

    fn engine() -> Engine {
        let mut engine = Engine::new();
        for (number, candle) in walk(100).iter().enumerate() {
            engine.push(candle);
            let now = candle.candle.open_time;
            engine.context_mut().article(now, 1.0 / (number + 3) as f64);
            engine.context_mut().mood(now, now.floor(wick_schemas::time::DAY), number as f64 / 3.0);
        }
        engine
    }

    #[test]
    fn a_checkpoint_reads_back_to_the_bit_and_another_versions_does_too() {
        let engine = engine();
        let done = Done::of(&engine, Some(Timestamp(1)), 7);
        let text = serde_json::to_string(&done).expect("JSON");
        let again: Done = serde_json::from_str(&text).expect("reads");
        assert_eq!((again.context(), again.open_time), (Some(engine.context()), Some(Timestamp(1))));
        // Another set folds otherwise, and another version's context may be of another shape.
        for (ours, theirs) in [(Engine::feature_set().id.as_str(), "another"), ("\"articles\"", "\"papers\"")] {
            let other: Done = serde_json::from_str(&text.replacen(ours, theirs, 1)).expect("reads");
            assert_eq!(other.context(), None);
            let closed = engine.closed_until().expect("bars");
            assert!(!other.uncounted(closed).is_empty());
            assert_eq!(other.uncounted(closed), engine.context().uncounted(closed));
        }
        let old: Done = serde_json::from_str("{\"open_time\":null,\"since_snapshot\":0}").expect("reads");
        assert_eq!(old.context(), Some(&Context::default()));
    }

    #[test]
    fn what_no_bar_has_counted_can_be_told_again() {
        let engine = engine();
        let closed = engine.closed_until().expect("bars");
        let mut context = engine.context().clone();
        context.forget_uncounted(closed);
        assert_ne!(&context, engine.context());
        engine.context().uncounted(closed).iter().for_each(|told| told.tell(&mut context));
        assert_eq!(&context, engine.context());
    }
}
