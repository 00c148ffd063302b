//! The Diebold–Mariano test: is one forecast better than another, or was it luck?

use std::f64::consts::PI;

/// What the test says of a series of loss differences.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DieboldMariano {
    /// Mean difference.
    pub mean: f64,
    /// The statistic, positive where the mean is.
    pub t: f64,
    /// Two-sided p-value by Student's t with n − 1 degrees of freedom. Good to about 1e-12.
    pub p: f64,
}

/// Tests whether the mean of the differences (loss of the baseline − loss of the forecast) is zero.
///
/// Diebold and Mariano 1995, with the small-sample correction of Harvey, Leybourne and Newbold 1997. The variance is
/// Newey and West's with Bartlett weights over max(2h, n^(1/3)) lags, as forecasts over `bars` bars overlap. Where
/// the series is too short for its horizon or never differs, nothing is proved: t = 0, p = 1.
#[must_use]
pub fn diebold_mariano(differences: &[f64], bars: usize) -> DieboldMariano {
    let rows = differences.len();
    if rows == 0 {
        return DieboldMariano { mean: 0.0, t: 0.0, p: 1.0 };
    }
    let (n, h) = (rows as f64, bars as f64);
    let mean = differences.iter().sum::<f64>() / n;
    let centred: Vec<f64> = differences.iter().map(|difference| difference - mean).collect();
    let lags = (2 * bars).max(n.cbrt() as usize).min(rows - 1);
    let covariance = |lag: usize| centred[lag..].iter().zip(&centred).map(|(a, b)| a * b).sum::<f64>() / n;
    let weight = |lag: usize| 2.0 * (1.0 - lag as f64 / (lags as f64 + 1.0));
    let variance = covariance(0) + (1..=lags).map(|lag| weight(lag) * covariance(lag)).sum::<f64>();
    let correction = (n + 1.0 - 2.0 * h + h * (h - 1.0) / n) / n;
    // Below twice the horizon the correction turns round and would flatter the shortest series.
    if rows < 2 * bars + 2 || correction <= 0.0 || variance <= f64::EPSILON * mean * mean {
        return DieboldMariano { mean, t: 0.0, p: 1.0 };
    }
    let t = mean / (variance / n).sqrt() * correction.sqrt();
    DieboldMariano { mean, t, p: two_sided(t, rows - 1) }
}

/// Two-sided tail of Student's t for whole degrees of freedom (Abramowitz and Stegun 26.7.3 and 26.7.4).
fn two_sided(t: f64, degrees: usize) -> f64 {
    let theta = (t.abs() / (degrees as f64).sqrt()).atan();
    let (sine, cosine) = theta.sin_cos();
    let squared = cosine * cosine;
    let odd = degrees % 2 == 1;
    // Both series share a form: each term is the last times cos² θ · k / (k + 1), with k of the parity of ν.
    let (mut term, mut sum) = if odd { (cosine, 0.0) } else { (1.0, 0.0) };
    let mut k = if odd { 2.0 } else { 1.0 };
    for _ in 0..(degrees / 2) {
        sum += term;
        term *= squared * k / (k + 1.0);
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
    use proptest::prelude::*;
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    use super::*;

    #[test]
    fn tails_are_those_of_the_tables() {
        // Student's 5 % points: ν = 1, 2, 5, 10, 30, and the normal limit.
        let points = [(1, 12.706), (2, 4.303), (5, 2.571), (10, 2.228), (30, 2.042), (20_000, 1.960), (20_001, 1.960)];
        for (degrees, t) in points {
            assert!((two_sided(t, degrees) - 0.05).abs() < 1e-4, "{degrees}: {}", two_sided(t, degrees));
        }
        assert_eq!(two_sided(0.0, 7), 1.0);
    }

    #[test]
    fn a_short_or_constant_series_proves_nothing() {
        assert_eq!(diebold_mariano(&[], 1).p, 1.0);
        assert_eq!(diebold_mariano(&[0.0; 500], 4).p, 1.0);
        assert_eq!(diebold_mariano(&[1.0, 0.9, 1.1], 96).p, 1.0);
    }

    #[test]
    fn noise_is_rejected_about_as_often_as_promised_though_it_overlaps() {
        let mut rng = StdRng::seed_from_u64(7);
        let (runs, bars) = (400, 4);
        let hits = (0..runs)
            .filter(|_| {
                let noise: Vec<f64> = (0..803).map(|_| rng.random::<f64>() - 0.5).collect();
                let overlapping: Vec<f64> = noise.windows(bars).map(|window| window.iter().sum()).collect();
                diebold_mariano(&overlapping, bars).p < 0.05
            })
            .count();
        assert!((8..=40).contains(&hits), "{hits} of {runs}");
    }

    proptest! {
        #[test]
        fn turning_the_sign_turns_the_statistic(series in proptest::collection::vec(-1.0_f64..1.0, 20..200), bars in 1_usize..6) {
            let turned: Vec<f64> = series.iter().map(|value| -value).collect();
            let (one, other) = (diebold_mariano(&series, bars), diebold_mariano(&turned, bars));
            prop_assert!((one.t + other.t).abs() < 1e-9 && (one.p - other.p).abs() < 1e-9);
            prop_assert!((0.0..=1.0).contains(&one.p));
        }
    }
}
