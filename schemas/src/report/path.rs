//! Figures over time, as few points as a picture needs.

use serde::{Deserialize, Serialize};

use super::case::Case;
use crate::time::{DAY, Timestamp};

/// Points of a picture.
const POINTS: usize = 400;
/// The longest window of a rolling figure.
const WINDOW: i64 = 30 * DAY;

/// A value at each of some moments.
pub type Path = Vec<(Timestamp, f64)>;

/// Shares inside the intervals over the window that ends at each moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RollingCoverage {
    /// The window's length in milliseconds: 30 days, or a quarter of what there is.
    pub window: i64,
    /// Of the 80 % interval.
    pub inside_80: Path,
    /// Of the 95 % interval.
    pub inside_95: Path,
}

impl RollingCoverage {
    /// The shares of some cases, in time order.
    #[must_use]
    pub fn of(sorted: &[Case]) -> Self {
        let (Some(first), Some(last)) = (sorted.first(), sorted.last()) else { return Self::default() };
        let window = ((last.score.origin - first.score.origin) / 4).min(WINDOW);
        let share = |inside: fn(&Case) -> bool| {
            let (mut from, mut inner) = (0, 0_usize);
            let mut path = Path::new();
            for (to, case) in sorted.iter().enumerate() {
                inner += usize::from(inside(case));
                while sorted[from].score.origin <= case.score.origin.shift(-window) && from < to {
                    inner -= usize::from(inside(&sorted[from]));
                    from += 1;
                }
                // Not before there is a whole window.
                if case.score.origin - first.score.origin >= window {
                    path.push((case.score.origin, inner as f64 / (to - from + 1) as f64));
                }
            }
            thinned(path)
        };
        Self { window, inside_80: share(|case| case.score.inside_80), inside_95: share(|case| case.score.inside_95) }
    }
}

/// At most [`POINTS`] of a path's points and its last one, evenly spaced.
#[must_use]
pub fn thinned(path: Path) -> Path {
    let step = path.len().div_ceil(POINTS).max(1);
    let last = path.len().saturating_sub(1);
    path.into_iter()
        .enumerate()
        .filter(|(place, _)| place % step == 0 || *place == last)
        .map(|(_, point)| point)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::Horizon;
    use crate::report::testing::{case, noise};
    use proptest::prelude::*;

    #[test]
    fn each_point_is_the_share_of_its_window() {
        let cases: Vec<Case> = (0..100)
            .map(|bar| {
                let mut case = case(Horizon::M15, bar);
                case.score.inside_80 = noise(bar) > 0.0;
                case
            })
            .collect();
        let rolling = RollingCoverage::of(&cases);
        assert_eq!(rolling.inside_95.len(), rolling.inside_80.len());
        for (at, share) in &rolling.inside_80 {
            let part: Vec<&Case> = cases
                .iter()
                .filter(|case| case.score.origin > at.shift(-rolling.window) && case.score.origin <= *at)
                .collect();
            let inside = part.iter().filter(|case| case.score.inside_80).count();
            assert_eq!(*share, inside as f64 / part.len() as f64);
        }
        assert!(rolling.inside_80.len() > 50);
        assert_eq!(RollingCoverage::of(&[]), RollingCoverage::default());
    }

    proptest! {
        #[test]
        fn thinning_keeps_both_ends_and_few_between(n in 1_usize..5_000) {
            let path: Path = (0..n).map(|place| (Timestamp(place as i64), 0.0)).collect();
            let thin = thinned(path.clone());
            prop_assert!(thin.len() <= POINTS + 1);
            prop_assert_eq!((thin.first(), thin.last()), (path.first(), path.last()));
        }
    }
}
