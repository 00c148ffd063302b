//! How far a sum could have been another one, by chance.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

/// Resamples of an interval.
const RESAMPLES: usize = 1_000;
/// Fewer blocks than this say nothing of how blocks differ.
const LEAST_BLOCKS: usize = 8;
/// The seed: the same values give the same interval.
const SEED: u64 = 20_090_103;

/// A 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The 2.5 % quantile.
    pub low: f64,
    /// The 97.5 % quantile.
    pub high: f64,
}

/// The 95 % percentile interval of the sum of values that depend on their neighbours in time: circular blocks of
/// `block` values drawn with replacement (Politis and Romano 1992) until there are as many values as there were.
///
/// `None` where there are fewer than eight blocks.
#[must_use]
pub fn sum_interval(values: &[f64], block: usize) -> Option<Interval> {
    let n = values.len();
    if block == 0 || n < LEAST_BLOCKS * block {
        return None;
    }
    // Sums of the first so many values, of the series twice over: a block's sum is then one subtraction.
    let mut sums = Vec::with_capacity(2 * n + 1);
    let mut sum = 0.0;
    sums.push(sum);
    for value in values.iter().chain(values) {
        sum += value;
        sums.push(sum);
    }
    let mut chance = StdRng::seed_from_u64(SEED);
    let mut draw = || {
        let mut total = 0.0;
        let mut left = n;
        while left > 0 {
            let length = block.min(left);
            let start = chance.random_range(0..n);
            total += sums[start + length] - sums[start];
            left -= length;
        }
        total
    };
    let mut totals: Vec<f64> = (0..RESAMPLES).map(|_| draw()).collect();
    totals.sort_by(f64::total_cmp);
    let quantile = |share: f64| totals[((RESAMPLES - 1) as f64 * share).round() as usize];
    Some(Interval { low: quantile(0.025), high: quantile(0.975) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::noise;

    #[test]
    fn of_independent_values_it_is_that_of_the_central_limit() {
        // Uniform on ±½: the sum's standard deviation is √(n / 12).
        let values: Vec<f64> = (0..4_000).map(noise).collect();
        let interval = sum_interval(&values, 1).expect("long enough");
        let total: f64 = values.iter().sum();
        let expected = 1.96 * (4_000.0_f64 / 12.0).sqrt();
        for reach in [total - interval.low, interval.high - total] {
            assert!((reach / expected - 1.0).abs() < 0.1, "{reach} {expected}");
        }
    }

    #[test]
    fn blocks_see_what_neighbours_share() {
        // Each value ten times in a row: ten times the variance of the sum, which single draws cannot see.
        let values: Vec<f64> = (0..4_000).map(|place| noise(place / 10)).collect();
        let width = |block: usize| sum_interval(&values, block).map(|one| one.high - one.low).expect("long enough");
        let ratio = width(100) / width(1);
        assert!((ratio / 10.0_f64.sqrt() - 1.0).abs() < 0.15, "{ratio}");
    }

    #[test]
    fn the_same_values_give_the_same_interval_and_constant_ones_a_point() {
        let values: Vec<f64> = (0..200).map(noise).collect();
        assert_eq!(sum_interval(&values, 7), sum_interval(&values, 7));
        let point = sum_interval(&[0.5; 80], 7).expect("long enough");
        assert!((point.low - 40.0).abs() < 1e-9 && (point.high - 40.0).abs() < 1e-9);
        assert_eq!(sum_interval(&[0.5; 55], 7), None);
        assert_eq!(sum_interval(&[], 1), None);
    }
}
