//! Which of several candidates are better than the baseline, when the best of so many would always seem to be?
//!
//! Hansen (2005), "A test for superior predictive ability", with the stationary bootstrap of Politis and Romano (1994), and
//! a p-value for each candidate (Romano and Wolf 2005). Candidates that resemble each other are hardly more chances than
//! one, which Bonferroni's correction does not see.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use wick_schemas::dm::diebold_mariano;

/// Resamples: the p-value comes in steps of one in so many.
const RESAMPLES: usize = 1_000;

/// For each candidate the p-value of "it is not better than the baseline", such that with no candidate better, the chance
/// that any falls below a level is that level. Each of `differences` is a candidate's series of baseline loss less its
/// own, all of one length, in time order. 1 where nothing can be told.
#[must_use]
pub fn p_values(differences: &[Vec<f64>], horizon_bars: usize, seed: u64) -> Vec<f64> {
    let rows = differences.first().map_or(0, Vec::len);
    // A long-run deviation that overlapping outcomes do not shrink.
    let known = differences.iter().enumerate().filter_map(|(place, series)| {
        let test = diebold_mariano(series, horizon_bars)?;
        let deviation = test.mean / test.t;
        (deviation.is_finite() && deviation > 0.0).then(|| Series::new(place, series, test.mean, deviation))
    });
    let series: Vec<Series> = known.collect();
    let mut p_values = vec![1.0; differences.len()];
    if series.iter().all(|one| one.mean <= 0.0) {
        return p_values;
    }
    // One that is plainly worse than the baseline says nothing of how good the best is by luck.
    let hopeless = -(2.0 * (rows as f64).ln().ln()).sqrt();
    let centred: Vec<f64> =
        series.iter().map(|one| if one.mean / one.deviation > hopeless { one.mean } else { 0.0 }).collect();
    let block = (2 * horizon_bars).max((rows as f64).cbrt() as usize);
    let mut chance = StdRng::seed_from_u64(seed);
    let mut exceeded = vec![0_usize; series.len()];
    let mut sums = vec![0.0; series.len()];
    for _ in 0..RESAMPLES {
        sums.fill(0.0);
        let mut left = rows;
        while left > 0 {
            // Geometric, of this mean.
            let drawn = (1.0 - chance.random::<f64>()).ln() / (1.0 - 1.0 / block as f64).ln();
            let length = (drawn as usize + 1).min(left);
            let start = chance.random_range(0..rows);
            for (sum, one) in sums.iter_mut().zip(&series) {
                *sum += one.total(start, length);
            }
            left -= length;
        }
        let statistic = |((sum, one), centre): ((&f64, &Series), &f64)| (sum / rows as f64 - centre) / one.deviation;
        let most = sums.iter().zip(&series).zip(&centred).map(statistic).fold(0.0, f64::max);
        for (count, one) in exceeded.iter_mut().zip(&series) {
            *count += usize::from(most >= one.mean / one.deviation);
        }
    }
    for (count, one) in exceeded.iter().zip(&series) {
        p_values[one.place] = *count as f64 / RESAMPLES as f64;
    }
    p_values
}

/// A candidate's differences as sums of the first so many, of the series twice over.
struct Series {
    /// Among the candidates.
    place: usize,
    sums: Vec<f64>,
    mean: f64,
    /// Of the mean.
    deviation: f64,
}

impl Series {
    fn new(place: usize, values: &[f64], mean: f64, deviation: f64) -> Self {
        let mut sums = Vec::with_capacity(2 * values.len() + 1);
        let mut sum = 0.0;
        sums.push(sum);
        for value in values.iter().chain(values) {
            sum += value;
            sums.push(sum);
        }
        Self { place, sums, mean, deviation }
    }

    /// The sum of so many values from here on, around the end.
    fn total(&self, start: usize, length: usize) -> f64 {
        self.sums[start + length] - self.sums[start]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Independent noise around a mean.
    fn noise(rows: usize, mean: f64, seed: u64) -> Vec<f64> {
        let mut chance = StdRng::seed_from_u64(seed);
        (0..rows).map(|_| mean + (0..12).map(|_| chance.random::<f64>() - 0.5).sum::<f64>()).collect()
    }

    #[test]
    fn luck_is_found_out_as_often_as_promised() {
        let lucky = |run: u64| {
            let candidates: Vec<Vec<f64>> = (0..5).map(|number| noise(300, 0.0, run * 10 + number)).collect();
            p_values(&candidates, 1, run).iter().any(|p| *p < 0.1)
        };
        let share = (0..200).filter(|run| lucky(*run)).count() as f64 / 200.0;
        assert!((0.03..0.17).contains(&share), "{share}");
    }

    #[test]
    fn what_is_better_is_found_and_its_likes_cost_nothing() {
        let one = noise(400, 0.15, 3);
        let alone = p_values(std::slice::from_ref(&one), 1, 1)[0];
        assert!(alone < 0.02, "{alone}");
        // Nine that are nearly the same: Bonferroni would ask for ten times as much.
        let nearly = |number: u64| one.iter().zip(noise(400, 0.0, 50 + number)).map(|(a, b)| a + 0.02 * b).collect();
        let mut likes: Vec<Vec<f64>> = (0..9).map(nearly).collect();
        likes.push(one);
        likes.push(noise(400, 0.0, 9));
        let together = p_values(&likes, 1, 1);
        assert!(together[9] < 2.0 * alone + 0.01, "{together:?} {alone}");
        // What is in their company is not proved by them.
        assert!(together[10] > 0.05, "{together:?}");
    }

    #[test]
    fn nothing_is_proved_by_nothing() {
        assert_eq!(p_values(&[], 1, 1), [0.0; 0]);
        assert_eq!(p_values(&[vec![0.0; 100]], 1, 1), [1.0]);
        assert_eq!(p_values(&[noise(100, -0.5, 1)], 1, 1), [1.0]);
        assert_eq!(p_values(&[noise(30, 0.5, 1)], 96, 1), [1.0]);
    }
}
