//! Outcomes: what came of the horizons that end with a bar.

use wick_schemas::time::Timestamp;
use wick_schemas::{Horizon, Target, TargetsMatured};

use crate::window::Totals;

/// The outcomes that the bar closed at `at` completes: one for each horizon whose origin is in the history.
///
/// They are the sums of the look-back that is as long as the horizon, seen from its other end.
#[must_use]
pub fn matured(at: Timestamp, totals: &Totals) -> TargetsMatured {
    let target = |horizon: Horizon| {
        totals.since(horizon.bars()).map(|total| Target {
            horizon,
            origin: at - horizon.millis(),
            log_return: total.log_return,
            realised_variance: total.rv,
        })
    };
    TargetsMatured { at, targets: Horizon::ALL.into_iter().filter_map(target).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bar::Terms;
    use crate::window::{WINDOWS, Window};

    #[test]
    fn every_horizon_is_a_look_back() {
        assert!(Horizon::ALL.iter().all(|horizon| WINDOWS.contains(&horizon.bars())));
    }

    #[test]
    fn an_outcome_counts_the_bars_after_its_origin() {
        let mut window = Window::default();
        let mut horizons = Vec::new();
        for number in 0..100_i64 {
            let x = number as f64;
            window.push(Terms { log_close: x * x, rv: x, ..Terms::default() });
            let at = Timestamp(number * 900_000);
            let outcome = matured(at, &window.totals());
            assert_eq!(outcome.at, at);
            horizons.push(outcome.targets.len());
            for target in outcome.targets {
                let h = target.horizon.bars() as f64;
                assert_eq!(at - target.origin, target.horizon.millis());
                assert_eq!(target.log_return, x * x - (x - h) * (x - h));
                assert_eq!(target.realised_variance, h * (2.0 * x - h + 1.0) / 2.0);
            }
        }
        assert_eq!(horizons[..5], [0, 1, 1, 1, 2]);
        assert_eq!((horizons[15], horizons[16], horizons[95], horizons[96]), (2, 3, 3, 4));
    }
}
