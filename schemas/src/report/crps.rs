//! The continuous ranked probability score of a distribution that is known by its quantiles.

use crate::prediction::TAUS;

/// CRPS = ∫ (F(x) − 1{x ≥ actual})² dx (Gneiting and Raftery 2007), in units of the outcome.
///
/// Of the distribution only the quantiles at [`TAUS`] are published. F is taken to run straight between them, and the
/// 2.5 % beyond either end to lie at that end; for this F the integral is exact. A far outcome therefore costs its
/// whole distance from the end, as it should, but the shape of the tails is not judged.
#[must_use]
pub fn crps(actual: f64, quantiles: &[f64; 7]) -> f64 {
    let (first, last) = (quantiles[0], quantiles[6]);
    let beyond = (first - actual).max(0.0) + (actual - last).max(0.0);
    let inside: f64 = (0..6).map(|place| segment(actual, quantiles, place)).sum();
    beyond + inside
}

/// The part between two neighbouring quantiles, where F rises from one probability to the next.
fn segment(actual: f64, quantiles: &[f64; 7], place: usize) -> f64 {
    let (from, to) = (quantiles[place], quantiles[place + 1]);
    let width = to - from;
    if width <= 0.0 {
        return 0.0;
    }
    let (low, high) = (TAUS[place], TAUS[place + 1]);
    let split = actual.clamp(from, to);
    let middle = low + (high - low) * (split - from) / width;
    // ∫ F² up to the outcome, and of (1 − F)² from there on.
    cube_rise(low, middle) * (split - from) + cube_rise(1.0 - high, 1.0 - middle) * (to - split)
}

/// The mean of x² where x runs straight from one value to another.
fn cube_rise(from: f64, to: f64) -> f64 {
    (from * from + from * to + to * to) / 3.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 2 ∫ pinball dτ over the quantile function of the same F, by a midpoint sum: an independent way to the figure.
    fn by_pinball(actual: f64, quantiles: &[f64; 7]) -> f64 {
        let steps = 200_000;
        let quantile = |tau: f64| {
            let place = TAUS.iter().rposition(|known| *known <= tau);
            match place {
                None => quantiles[0],
                Some(6) => quantiles[6],
                Some(place) => {
                    let share = (tau - TAUS[place]) / (TAUS[place + 1] - TAUS[place]);
                    quantiles[place] + share * (quantiles[place + 1] - quantiles[place])
                }
            }
        };
        let losses = (0..steps).map(|step| {
            let tau = (f64::from(step) + 0.5) / f64::from(steps);
            let miss = actual - quantile(tau);
            (tau * miss).max((tau - 1.0) * miss)
        });
        2.0 * losses.sum::<f64>() / f64::from(steps)
    }

    #[test]
    fn a_point_forecast_loses_its_absolute_error() {
        assert_eq!(crps(3.0, &[1.0; 7]), 2.0);
        assert_eq!(crps(1.0, &[1.0; 7]), 0.0);
        assert_eq!(crps(-1.0, &[1.0; 7]), 2.0);
    }

    #[test]
    fn it_is_near_that_of_the_normal_distribution() {
        let quantiles = [-1.959_964, -1.281_552, -0.674_490, 0.0, 0.674_490, 1.281_552, 1.959_964];
        // Seven quantiles cost the centre 4 %. CRPS of N(0, 1) at its mean: 2 φ(0) − 1/√π; at 1: 1·(2Φ(1) − 1) + 2 φ(1) − 1/√π.
        for (actual, exact) in [(0.0, 0.233_695), (1.0, 0.602_441)] {
            assert!((crps(actual, &quantiles) / exact - 1.0).abs() < 0.05, "{} {exact}", crps(actual, &quantiles));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn it_is_twice_the_pinball_loss_over_every_quantile(
            start in -3.0..3.0_f64,
            steps in proptest::array::uniform6(0.0..2.0_f64),
            actual in -6.0..12.0_f64,
        ) {
            let mut quantiles = [start; 7];
            for (place, step) in steps.into_iter().enumerate() {
                quantiles[place + 1] = quantiles[place] + step;
            }
            let (exact, summed) = (crps(actual, &quantiles), by_pinball(actual, &quantiles));
            prop_assert!((exact - summed).abs() < 1e-3, "{exact} {summed}");
        }
    }
}
