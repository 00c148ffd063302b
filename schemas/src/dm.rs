//! The Diebold–Mariano test: is one forecast better than another, or was it luck?

use std::f64::consts::PI;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the test says of a series of loss differences.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Dm {
    /// Mean difference, in units of the loss.
    pub mean: f64,
    /// The statistic, with the sign of the mean.
    pub t: f64,
    /// Two-sided p-value by Student's t with n − 1 degrees of freedom; right to about 1e-12, and 0 below that.
    pub p: f64,
}

/// Tests whether the mean of loss differences (baseline − forecast, in time order) is zero; positive speaks for the
/// forecast. `horizon_bars` is how many steps of the series each target spans.
///
/// Diebold and Mariano (1995), "Comparing predictive accuracy", with the small-sample factor of Harvey, Leybourne and
/// Newbold (1997). The long-run variance is Newey and West's (1987), with Bartlett weights over max(2h, n^(1/3)) lags
/// as targets over h bars overlap.
///
/// `None` where nothing can be proved: a series of fewer than 2h + 2 differences (below that the small-sample factor
/// would flatter the shortest), or one that never differs, or not finite.
#[must_use]
pub fn diebold_mariano(differences: &[f64], horizon_bars: usize) -> Option<Dm> {
    let rows = differences.len();
    if rows < 2 * horizon_bars + 2 {
        return None;
    }
    let (n, h) = (rows as f64, horizon_bars as f64);
    let mean = differences.iter().sum::<f64>() / n;
    let centred: Vec<f64> = differences.iter().map(|difference| difference - mean).collect();
    let lags = (2 * horizon_bars).max(n.cbrt() as usize).min(rows - 1);
    let covariance = |lag: usize| centred[lag..].iter().zip(&centred).map(|(a, b)| a * b).sum::<f64>() / n;
    let weight = |lag: usize| 2.0 * (1.0 - lag as f64 / (lags as f64 + 1.0));
    let variance = covariance(0) + (1..=lags).map(|lag| weight(lag) * covariance(lag)).sum::<f64>();
    let small_sample = (n + 1.0 - 2.0 * h + h * (h - 1.0) / n) / n;
    // A constant difference leaves rounding dust for a variance; the comparison is also false for NaN.
    let provable = variance > f64::EPSILON * mean * mean && small_sample > 0.0 && variance.is_finite();
    provable.then(|| {
        let t = mean / (variance / n).sqrt() * small_sample.sqrt();
        Dm { mean, t, p: two_sided(t, rows - 1) }
    })
}

/// Two-sided tail of Student's t for whole degrees of freedom: the finite series of Abramowitz and Stegun (1964),
/// 26.7.3 (odd) and 26.7.4 (even).
fn two_sided(t: f64, degrees: usize) -> f64 {
    let theta = (t.abs() / (degrees as f64).sqrt()).atan();
    let (sine, cosine) = theta.sin_cos();
    let odd = degrees % 2 == 1;
    // Each term is the last one times cos² θ · k / (k + 1), where k has the parity that the series begins with.
    let (mut term, mut k) = if odd { (cosine, 2.0) } else { (1.0, 1.0) };
    let mut sum = 0.0;
    for _ in 0..degrees / 2 {
        sum += term;
        term *= cosine * cosine * k / (k + 1.0);
        k += 2.0;
        if term < 1e-18 {
            break;
        }
    }
    let inside = if odd { 2.0 / PI * (theta + sine * sum) } else { sine * sum };
    (1.0 - inside).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Uniform on ±0.5 by Knuth's linear congruential generator: this crate has no source of chance.
    struct Noise(u64);

    impl Noise {
        fn next(&mut self) -> f64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
        }
    }

    #[test]
    fn tails_are_those_of_the_tables() {
        // Student's 5 % points, to the normal limit.
        for (degrees, t) in
            [(1, 12.706), (2, 4.303), (5, 2.571), (10, 2.228), (30, 2.042), (20_000, 1.960), (20_001, 1.960)]
        {
            assert!((two_sided(t, degrees) - 0.05).abs() < 1e-4, "{degrees}: {}", two_sided(t, degrees));
        }
        assert_eq!(two_sided(0.0, 7), 1.0);
        assert!(two_sided(40.0, 1000) < 1e-12);
    }

    #[test]
    fn the_statistic_is_that_of_a_hand_calculation() {
        // 8 differences, h = 1: lags = max(2, 8^(1/3)) = 2, mean 0.5, centred ±0.5 alternating, covariances
        // 0.25, -0.21875, 0.1875; variance = 0.25 - 2·(2/3)·0.21875 + 2·(1/3)·0.1875 = 0.25/3.
        let series = [1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0];
        let dm = diebold_mariano(&series, 1).expect("long enough");
        let expected = 0.5 / (0.25 / 3.0 / 8.0_f64).sqrt() * (7.0 / 8.0_f64).sqrt();
        assert_eq!(dm.mean, 0.5);
        assert!((dm.t - expected).abs() < 1e-12, "{} {expected}", dm.t);
    }

    #[test]
    fn a_short_or_constant_or_broken_series_proves_nothing() {
        assert_eq!(diebold_mariano(&[], 1), None);
        assert_eq!(diebold_mariano(&[0.0; 500], 4), None);
        assert_eq!(diebold_mariano(&[0.1; 500], 4), None);
        assert_eq!(diebold_mariano(&[1.0, 0.9, 1.1], 96), None);
        assert_eq!(diebold_mariano(&[f64::NAN; 50], 1), None);
    }

    #[test]
    fn turning_the_sign_turns_the_statistic() {
        let mut noise = Noise(3);
        let series: Vec<f64> = (0..300).map(|_| noise.next() + 0.1).collect();
        let turned: Vec<f64> = series.iter().map(|value| -value).collect();
        let (one, other) = (diebold_mariano(&series, 4).expect("one"), diebold_mariano(&turned, 4).expect("other"));
        assert_eq!((one.t, one.p), (-other.t, other.p));
        assert!(one.t > 0.0 && (0.0..=1.0).contains(&one.p));
    }

    #[test]
    fn noise_is_rejected_about_as_often_as_promised_though_it_overlaps() {
        let mut noise = Noise(7);
        let (runs, bars) = (400, 4);
        let hits = (0..runs)
            .filter(|_| {
                let steps: Vec<f64> = (0..803).map(|_| noise.next()).collect();
                let overlapping: Vec<f64> = steps.windows(bars).map(|window| window.iter().sum()).collect();
                diebold_mariano(&overlapping, bars).is_some_and(|dm| dm.p < 0.05)
            })
            .count();
        // 5 % of 400 is 20; Bartlett weights leave it somewhat above.
        assert!((8..=40).contains(&hits), "{hits} of {runs}");
    }
}
