//! The calibration slope: how sure of a rise or a fall a model may be.
//!
//! How far prices can be called differs from year to year. A model that learnt when they could be called better is too
//! sure, one that learnt when they could not is not sure enough. So the log-odds of a rise, less those of the base rate, are
//! multiplied by the slope (Cox 1958) that was best for what was forecast in the last 90 days, whichever model forecast it:
//! it is the market's as much as theirs. It is shrunk towards one, as strongly as so many outcomes would that say so.

use wick_schemas::model::{calibrated, log_odds};
use wick_schemas::time::DAY;
use wick_schemas::{Horizon, Timestamp};

use crate::outcome::Outcome;
use crate::trail::Trail;

/// Outcomes of one bar that say "one": multiplied by the bars of a horizon, whose outcomes overlap.
const PULL: f64 = 1_000.0;
/// A slope is at least nothing, which is to say the base rate, and at most this.
const STEEPEST: f64 = 2.0;

/// Slopes, held still over each UTC day (the rule is in [`crate::trail`]).
#[derive(Clone, Debug, Default)]
pub struct SlopeTracker {
    trails: [Trail<Call>; 4],
    day: Option<Timestamp>,
    /// Those of the day begun last; none where nothing has come.
    slopes: [Option<f64>; 4],
}

/// What a model said of a rise, and whether there was one.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Call {
    p_up: f64,
    /// Log-odds less those of the base rate.
    edge: f64,
    up: bool,
}

impl SlopeTracker {
    /// Learns an outcome; one of which nobody knows what was said, or that is not newer than the last of its horizon, is
    /// passed over.
    pub fn learn(&mut self, outcome: &Outcome) {
        let Some(called) = &outcome.called else { return };
        let edge = log_odds(called.p_up) - log_odds(called.base_rate);
        if edge.is_finite() {
            let call = Call { p_up: called.p_up, edge, up: outcome.log_return > 0.0 };
            self.trails[outcome.horizon.index()].push(outcome.matured, call);
        }
    }

    /// Makes the slopes those of the moment's UTC day. Free where they are already.
    pub fn begin_day(&mut self, as_of: Timestamp) {
        let day = as_of.floor(DAY);
        if self.day.replace(day) != Some(day) {
            let slope = |horizon: Horizon| slope(self.trails[horizon.index()].before(day), horizon);
            self.slopes = Horizon::ALL.map(slope);
        }
    }

    /// The slope of the day begun last: one where nothing has come.
    #[must_use]
    pub fn slope(&self, horizon: Horizon) -> f64 {
        self.slopes[horizon.index()].unwrap_or(1.0)
    }

    /// A model's chance of a rise, as sure as it may be.
    #[must_use]
    pub fn calibrated(&self, horizon: Horizon, p_up: f64, base_rate: f64) -> f64 {
        self.slopes[horizon.index()].map_or(p_up, |slope| calibrated(p_up, base_rate, slope))
    }
}

/// A step of Newton's from one: with edges e, chances p and what came y, it is 1 + Σ e (y − p) / (Σ e² p (1 − p) + λ), where
/// λ is what [`PULL`] outcomes of a mean edge weigh at an even chance. Edges are small, and a second step changes nothing.
fn slope<'a>(calls: impl ExactSizeIterator<Item = &'a Call>, horizon: Horizon) -> Option<f64> {
    let count = calls.len() as f64;
    let (mut gradient, mut curvature, mut squares) = (0.0, 0.0, 0.0);
    for Call { p_up, edge, up } in calls {
        gradient += edge * (f64::from(u8::from(*up)) - p_up);
        curvature += edge * edge * p_up * (1.0 - p_up);
        squares += edge * edge;
    }
    let pull = PULL * horizon.bars() as f64 * squares / count / 4.0;
    let slope = 1.0 + gradient / (curvature + pull);
    slope.is_finite().then(|| slope.clamp(0.0, STEEPEST))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Called;
    use wick_schemas::model::sigmoid;
    use wick_schemas::time::BAR;

    /// Bar for bar, what was said with an edge of ±`edge`, where a rise comes as often as an edge of ±`true_edge` says.
    fn learnt(edge: f64, true_edge: f64, bars: i64) -> SlopeTracker {
        let mut tracker = SlopeTracker::default();
        for bar in 1..=bars {
            let side = if bar % 2 == 0 { 1.0 } else { -1.0 };
            let (said, chance) = (sigmoid(side * edge), sigmoid(side * true_edge));
            // Rises as evenly strewn as their share: no luck in it.
            let place = (bar / 2) as f64;
            let up = ((place + 1.0) * chance).floor() > (place * chance).floor();
            tracker.learn(&outcome(bar, Some(Called { p_up: said, base_rate: 0.5 }), up));
        }
        tracker.begin_day(Timestamp(bars * BAR + DAY));
        tracker
    }

    fn outcome(bar: i64, called: Option<Called>, up: bool) -> Outcome {
        Outcome {
            horizon: Horizon::M15,
            model: "a".into(),
            origin: Timestamp((bar - 1) * BAR),
            matured: Timestamp(bar * BAR),
            log_return: if up { 0.01 } else { -0.01 },
            realised_variance: 1.0,
            variance: 1.0,
            raw: [0.0; 4],
            garch: None,
            called,
        }
    }

    #[test]
    fn who_was_too_sure_is_made_less_so_and_who_was_not_sure_enough_more() {
        // 8,640 outcomes against a thousand that say one.
        let weight = 8_640.0 / 9_640.0;
        for (edge, true_edge) in [(0.2, 0.1), (0.1, 0.15), (0.2, 0.2)] {
            let found = learnt(edge, true_edge, 20_000).slope(Horizon::M15);
            let expected = 1.0 + weight * (true_edge / edge - 1.0);
            assert!((found - expected).abs() < 0.02, "{edge} {true_edge}: {found} {expected}");
        }
        // Never beyond the base rate, nor steeper than twice.
        assert_eq!(learnt(0.2, -0.4, 20_000).slope(Horizon::M15), 0.0);
        assert_eq!(learnt(0.1, 0.9, 20_000).slope(Horizon::M15), STEEPEST);
    }

    #[test]
    fn a_chance_moves_along_its_log_odds() {
        let tracker = learnt(0.2, 0.1, 20_000);
        let slope = tracker.slope(Horizon::M15);
        let found = tracker.calibrated(Horizon::M15, sigmoid(0.5), sigmoid(0.1));
        assert!((log_odds(found) - (0.1 + slope * 0.4)).abs() < 1e-12);
        // Of other horizons nothing is known.
        assert_eq!((tracker.slope(Horizon::H1), tracker.calibrated(Horizon::H1, 0.6, 0.5)), (1.0, 0.6));
    }

    #[test]
    fn where_nothing_was_called_the_slope_is_one() {
        let mut tracker = SlopeTracker::default();
        let calls = [None, Some(Called { p_up: 0.5, base_rate: 0.5 }), Some(Called { p_up: 1.0, base_rate: 0.5 })];
        for (bar, called) in calls.into_iter().enumerate() {
            tracker.learn(&outcome(bar as i64, called, true));
        }
        tracker.begin_day(Timestamp(DAY));
        assert_eq!(tracker.slope(Horizon::M15), 1.0);
    }

    #[test]
    fn a_day_does_not_look_at_itself_nor_beyond_its_window() {
        let mut tracker = SlopeTracker::default();
        let called = Some(Called { p_up: 0.6, base_rate: 0.5 });
        let day = |day: i64| day * (DAY / BAR);
        // Wrong for a hundred days, and right on the next.
        for bar in 1..=day(101) {
            tracker.learn(&outcome(bar, called, bar >= day(100)));
        }
        tracker.begin_day(Timestamp(100 * DAY + 5 * BAR));
        assert_eq!(tracker.slope(Horizon::M15), 0.0);
        for bar in day(101) + 1..day(200) {
            tracker.learn(&outcome(bar, called, true));
        }
        tracker.begin_day(Timestamp(200 * DAY));
        assert!(tracker.slope(Horizon::M15) > 1.0, "what is older than 90 days counts");
    }
}
