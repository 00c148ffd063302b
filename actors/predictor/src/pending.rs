//! Forecasts of a model that wait for what comes of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wick_schemas::time::BAR;
use wick_schemas::{Horizon, Target, Timestamp};

use crate::outcome::{Called, Outcome};
use crate::tracker::Issued;

/// How many bars a forecast waits beyond its horizon before it is given up.
const GRACE_BARS: i64 = 16;

/// What must be remembered of a forecast to learn from it later.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Awaited {
    /// The horizon.
    pub horizon: Horizon,
    /// The hash of the model that made it; empty where a version before this one did not say.
    #[serde(default)]
    pub model: String,
    /// When the forecast was made.
    pub origin: Timestamp,
    /// Its variance over the horizon, level-corrected, as published.
    pub variance: f64,
    /// Uncorrected log variances per bar, in the order of [`crate::outcome::RAW_NAMES`].
    pub raw: [f64; 4],
    /// The same by GARCH, where the model has one.
    #[serde(default)]
    pub garch: Option<f64>,
    /// What the model said of a rise; `None` where a version before this one did not say.
    #[serde(default)]
    pub called: Option<Called>,
    /// The quantiles of the standardised return, where they can be learnt from.
    #[serde(default)]
    pub issued: Option<Issued>,
}

/// The forecasts not settled yet, of every horizon. At most horizon + 17 bars of each are held.
///
/// Small enough to be kept whole in a checkpoint: nothing else says what the baselines' raw forecasts were.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pending([BTreeMap<Timestamp, Awaited>; 4]);

impl Pending {
    /// Remembers a forecast, and gives up those of its horizon that have waited too long.
    pub fn remember(&mut self, awaited: Awaited) {
        let (horizon, origin) = (awaited.horizon, awaited.origin);
        let waiting = &mut self.0[horizon.index()];
        waiting.insert(origin, awaited);
        let newest = waiting.last_key_value().map_or(origin, |(origin, _)| *origin);
        let oldest = newest.shift(-horizon.millis() - GRACE_BARS * BAR);
        *waiting = waiting.split_off(&oldest);
    }

    /// Settles the forecast that the target answers, and gives back what had been issued; `None` where none waits for it, or
    /// nothing can be learnt of it.
    pub fn settle(&mut self, target: &Target, matured: Timestamp) -> Option<(Outcome, Option<Issued>)> {
        let awaited = self.0[target.horizon.index()].remove(&target.origin)?;
        let outcome = Outcome {
            horizon: target.horizon,
            model: awaited.model.into(),
            origin: target.origin,
            matured,
            log_return: target.log_return,
            realised_variance: target.realised_variance,
            variance: awaited.variance,
            raw: awaited.raw,
            garch: awaited.garch,
            called: awaited.called,
        };
        outcome.is_sound().then_some((outcome, awaited.issued))
    }

    /// How many forecasts wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.iter().map(BTreeMap::len).sum()
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUED: Issued = Issued { inputs: [1.0, 0.5, -0.5], quantiles: [-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0] };

    const CALLED: Called = Called { p_up: 0.6, base_rate: 0.5 };

    fn awaited(horizon: Horizon, bar: i64) -> Awaited {
        Awaited {
            horizon,
            model: "a".into(),
            origin: Timestamp(bar * BAR),
            variance: bar as f64,
            raw: [1.0, 2.0, 3.0, 4.0],
            garch: Some(5.0),
            called: Some(CALLED),
            issued: Some(ISSUED),
        }
    }

    fn target(horizon: Horizon, bar: i64) -> Target {
        Target { horizon, origin: Timestamp(bar * BAR), log_return: 0.1, realised_variance: 0.2 }
    }

    #[test]
    fn a_forecast_that_an_older_version_left_waits_on() {
        let mut pending = Pending::default();
        pending.remember(awaited(Horizon::H1, 1));
        let mut left = serde_json::to_value(&pending).expect("JSON");
        let said = left.pointer_mut("/1/900000").and_then(|one| one.as_object_mut()).expect("it waits");
        for unknown in ["model", "garch", "called", "issued"] {
            said.remove(unknown).expect("it was said");
        }
        let mut read: Pending = serde_json::from_value(left).expect("reads");
        let (outcome, issued) = read.settle(&target(Horizon::H1, 1), Timestamp(5 * BAR)).expect("waits");
        assert_eq!((&*outcome.model, outcome.garch, outcome.called, issued), ("", None, None, None));
    }

    #[test]
    fn a_target_settles_its_own_forecast_once() {
        let mut pending = Pending::default();
        for bar in 1..=3 {
            pending.remember(awaited(Horizon::H1, bar));
        }
        let at = Timestamp(6 * BAR);
        assert_eq!(pending.settle(&target(Horizon::H4, 2), at), None);
        let (outcome, issued) = pending.settle(&target(Horizon::H1, 2), at).expect("waits");
        assert_eq!(issued, Some(ISSUED));
        assert_eq!((outcome.variance, outcome.raw, outcome.matured), (2.0, [1.0, 2.0, 3.0, 4.0], at));
        assert_eq!((&*outcome.model, outcome.garch, outcome.called), ("a", Some(5.0), Some(CALLED)));
        assert_eq!((outcome.log_return, outcome.realised_variance), (0.1, 0.2));
        assert_eq!(pending.settle(&target(Horizon::H1, 2), at), None);
        assert_eq!(pending.len(), 2);
    }

    #[test]
    fn what_is_never_settled_does_not_pile_up() {
        let mut pending = Pending::default();
        for bar in 0..10_000 {
            for horizon in Horizon::ALL {
                pending.remember(awaited(horizon, bar));
            }
        }
        let bound: usize = Horizon::ALL.iter().map(|horizon| horizon.bars() + GRACE_BARS as usize + 1).sum();
        assert_eq!(pending.len(), bound);
        let text = serde_json::to_string(&pending).expect("JSON");
        assert_eq!(serde_json::from_str::<Pending>(&text).expect("reads"), pending);
        assert!(pending.settle(&target(Horizon::H24, 9_999 - 96), Timestamp(9_999 * BAR)).is_some());
    }
}
