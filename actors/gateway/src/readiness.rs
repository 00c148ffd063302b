//! Whether the gateway's answers are worth asking for: a pure judgement, with its reasons.

use serde::Serialize;
use utoipa::ToSchema;
use wick_schemas::{Level, Origin, Timestamp};

use crate::view::{PATIENCE, View};

/// One thing that must hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Check {
    /// `bus`, `model`, `features` or `forecasts`; `door` where the gateway is being closed.
    pub name: &'static str,
    /// Whether it holds.
    pub ok: bool,
    /// Why, or why not.
    pub detail: String,
}

/// Judges at `now`. `bus` is the answer of the bus: how far features are built, or why there is no answer.
#[must_use]
pub fn judge(view: &View, bus: Result<Option<Timestamp>, String>, now: Timestamp) -> Vec<Check> {
    let answered = match &bus {
        Ok(_) => Check { name: "bus", ok: true, detail: "answers".into() },
        Err(reason) => Check { name: "bus", ok: false, detail: reason.clone() },
    };
    // Without the bus, what was last heard still says how fresh the features are.
    let built = bus.ok().flatten().max(view.features_at);
    let (ok, detail) = fresh(view, built, now);
    vec![answered, model(view), Check { name: "features", ok, detail }, forecasts(view, built)]
}

/// Forecasts must keep up with the features, at whatever level.
fn forecasts(view: &View, built: Option<Timestamp>) -> Check {
    let newest = view.latest(None).map(|made| made.as_of).max();
    let (ok, detail) = match (newest, built) {
        (None, _) => (false, "no forecast was made yet".into()),
        (Some(newest), built) => {
            let lag = built.map_or(0, |built| (built - newest).max(0));
            (lag <= PATIENCE, format!("made up to {newest}, {} s behind the newest features", lag / 1000))
        }
    };
    Check { name: "forecasts", ok, detail }
}

fn model(view: &View) -> Check {
    let serving = view.latest(None).find(|made| made.level <= Level::Previous).map(|made| made.model.as_str());
    let (ok, detail) = match (&view.champion, serving) {
        (Some(champion), _) => (true, format!("champion {}", champion.model)),
        (None, Some(model)) => (true, format!("the newest forecasts are by {model}")),
        (None, None) => (false, "no model serves yet".into()),
    };
    Check { name: "model", ok, detail }
}

/// A real market's time is the clock's. A simulated or recorded one goes its own way, so there the features must keep
/// up with the candles; and a simulated candle says by its ingest time whether candles still come.
fn fresh(view: &View, built: Option<Timestamp>, now: Timestamp) -> (bool, String) {
    let Some(built) = built else { return (false, "no feature vector was built yet".into()) };
    let Some(candle) = view.candle.filter(|candle| candle.origin != Origin::Live) else {
        let age = now - built;
        return (age <= PATIENCE, format!("built up to {built}, {} s ago", age / 1000));
    };
    let silence = now - candle.ingest_time;
    if candle.origin == Origin::Simulated && silence > PATIENCE {
        return (false, format!("no simulated candle came for {} s", silence / 1000));
    }
    let lag = candle.candle.close_time() - built;
    (lag <= PATIENCE, format!("built up to {built}, {} s behind the newest candle", lag.max(0) / 1000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::samples::{candle, prediction};
    use wick_schemas::time::{BAR, DAY};
    use wick_schemas::{CandleValidated, Level};

    const NOW: Timestamp = Timestamp(1_000 * BAR);

    fn ok(checks: &[Check]) -> Vec<bool> {
        checks.iter().map(|check| check.ok).collect()
    }

    #[test]
    fn every_check_fails_where_nothing_was_heard() {
        let checks = judge(&View::default(), Err("no answer".into()), NOW);
        assert_eq!(ok(&checks), [false, false, false, false]);
        assert_eq!(checks[0].detail, "no answer");
    }

    #[test]
    fn a_live_market_is_judged_by_the_clock() {
        let mut view = View::default();
        view.candle(CandleValidated { origin: Origin::Live, ..candle(NOW) });
        assert_eq!(ok(&judge(&view, Ok(Some(NOW - 2 * BAR)), NOW)), [true, false, true, false]);
        assert_eq!(ok(&judge(&view, Ok(Some(NOW - 2 * BAR - 1)), NOW)), [true, false, false, false]);
    }

    #[test]
    fn a_simulated_market_is_judged_by_its_own_time_while_candles_come() {
        let mut view = View::default();
        let market = NOW - 100 * DAY;
        view.candle(CandleValidated { ingest_time: NOW, ..candle(market) });
        assert_eq!(ok(&judge(&view, Ok(Some(market - BAR)), NOW)), [true, false, true, false]);
        assert_eq!(ok(&judge(&view, Ok(Some(market - 3 * BAR)), NOW)), [true, false, false, false]);
        assert_eq!(ok(&judge(&view, Ok(Some(market)), NOW + 3 * BAR)), [true, false, false, false]);
    }

    #[test]
    fn a_model_counts_once_it_is_promoted_or_its_forecasts_are_served() {
        let mut view = View::default();
        view.prediction("p", &prediction(NOW, Level::Baseline));
        assert!(!judge(&view, Ok(None), NOW)[1].ok);
        view.prediction("p", &prediction(NOW, Level::Previous));
        assert!(judge(&view, Ok(None), NOW)[1].ok);
    }

    #[test]
    fn forecasts_must_keep_up_with_the_features() {
        let mut view = View::default();
        view.prediction("p", &prediction(NOW - 2 * BAR, Level::Baseline));
        assert!(judge(&view, Ok(Some(NOW)), NOW)[3].ok);
        assert!(!judge(&view, Ok(Some(NOW + 1)), NOW)[3].ok);
    }
}
