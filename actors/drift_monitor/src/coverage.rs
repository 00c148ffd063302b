//! Whether intervals hold as many outcomes as they say.
//!
//! Outcomes of a horizon overlap, and storms come in clusters, so the share inside is known far less exactly than that of
//! as many throws of a coin. Its standard error is the greater of two: what it must be at least ([`independent_error`]), and what
//! the days of the window show (Newey and West's, over the misses of each day).

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use wick_schemas::time::DAY;
use wick_schemas::{CoverageMissed, Horizon, Level, PredictionsScored, Score, Timestamp};

use crate::days;
use crate::once::{Once, State};

/// The intervals, by the share that should fall inside.
const INTERVALS: [f64; 2] = [0.80, 0.95];

/// `[drift_monitor.coverage]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CoverageConfig {
    /// Settled forecasts that a horizon's intervals are watched over (96 a day); 0 watches nothing.
    pub window: usize,
    /// How much more or less often than it says an interval may be missed, as a share: 0.5 lets the 80 % interval hold 70 to
    /// 90 %, the 95 % interval 92.5 to 97.5 %.
    pub tolerance: f64,
    /// By how many standard errors the share must be off besides.
    pub deviations: f64,
    /// Days after which it is said again where it has not recovered.
    pub cooldown_days: u32,
}

impl Default for CoverageConfig {
    fn default() -> Self {
        Self { window: 2_880, tolerance: 0.5, deviations: 3.0, cooldown_days: 30 }
    }
}

/// What was settled on a UTC day: how many forecasts, and how many outcomes fell inside each interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Day(Timestamp, usize, [usize; 2]);

/// How an interval stands over a window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// The window, in forecasts.
    pub n: usize,
    /// Share of outcomes inside.
    pub inside: f64,
    /// Its standard error.
    pub error: f64,
}

/// Watches the intervals. As a checkpoint it is what it remembers; its configuration is not kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    #[serde(skip)]
    config: CoverageConfig,
    /// Days of each horizon, oldest first.
    days: [VecDeque<Day>; 4],
    said: [[Once; 2]; 4],
    model: String,
}

impl Coverage {
    /// One that remembers what the checkpoint does, and watches by this configuration.
    #[must_use]
    pub fn recovered(config: CoverageConfig, checkpoint: Option<Self>) -> Self {
        Self { config, ..checkpoint.unwrap_or_default() }
    }

    /// Takes settled forecasts into account. Those made without a model say nothing of one and are passed over.
    pub fn observe(&mut self, scored: &PredictionsScored) {
        let by_model = |score: &&Score| matches!(score.level, Level::Champion | Level::Previous);
        for score in scored.scores.iter().filter(by_model) {
            let (day, days) = (scored.at.floor(DAY), &mut self.days[score.horizon.index()]);
            // What comes late counts for the newest day: a closed day is never reopened.
            if days.back().is_none_or(|Day(newest, ..)| *newest < day) {
                days.push_back(Day(day, 0, [0; 2]));
            }
            if let Some(Day(_, n, inside)) = days.back_mut() {
                *n += 1;
                inside[0] += usize::from(score.inside_80);
                inside[1] += usize::from(score.inside_95);
            }
            self.model.clone_from(&score.model);
        }
    }

    /// What is to be said at a midnight, of the whole days before it.
    pub fn review(&mut self, at: Timestamp) -> Vec<CoverageMissed> {
        let CoverageConfig { window, tolerance, deviations, cooldown_days } = self.config;
        if window == 0 {
            return Vec::new();
        }
        let mut missed = Vec::new();
        for horizon in Horizon::ALL {
            let days = &mut self.days[horizon.index()];
            let end = days.partition_point(|Day(day, ..)| *day < at);
            let Some(start) = days::start(days.range(..end).map(|Day(_, n, _)| *n), window) else { continue };
            // No later window reaches further back.
            days.drain(..start);
            let newest = days.make_contiguous();
            let newest = newest.get(..end - start).unwrap_or(newest);
            for (place, interval) in INTERVALS.into_iter().enumerate() {
                let share = Share::of(newest, place, interval, horizon);
                let off = share.inside - interval;
                let band = (tolerance * (1.0 - interval)).max(deviations * share.error);
                let state = match off.abs() {
                    far if far > band => State::Bad,
                    far if far <= 0.5 * band => State::Well,
                    _ => State::Between,
                };
                if self.said[horizon.index()][place].say(at, state, cooldown_days) {
                    missed.push(CoverageMissed {
                        at,
                        horizon,
                        interval,
                        statistic: share.inside,
                        threshold: interval + band.copysign(off),
                        window: share.n,
                        deviations: off / share.error,
                        model: self.model.clone(),
                    });
                }
            }
        }
        missed
    }
}

impl Share {
    /// The share inside an interval over some days.
    fn of(days: &[Day], place: usize, interval: f64, horizon: Horizon) -> Self {
        let n: usize = days.iter().map(|Day(_, n, _)| n).sum();
        let inside = days.iter().map(|Day(_, _, inside)| inside[place]).sum::<usize>() as f64 / n as f64;
        // What each day had more than its share of the window.
        let more: Vec<f64> = days.iter().map(|Day(_, n, hits)| hits[place] as f64 - inside * *n as f64).collect();
        let error = independent_error(interval, n, horizon.bars()).max(long_run(&more).sqrt() / n as f64);
        Self { n, inside, error }
    }
}

/// The standard error of the share of `n` outcomes of `h` bars each inside an interval that holds this share of them, one
/// begun each bar, where the bars' returns do not depend on each other.
///
/// Returns over h bars that begin k bars apart share 1 − k/h of their variance. Whether they are inside a symmetric interval
/// is an even function of them, so for normal returns it is correlated by at most the square of that (its Hermite expansion
/// begins at the second degree), and the sum over all k is (2h² + 1) / 3h: so many forecasts are worth one.
fn independent_error(interval: f64, n: usize, h: usize) -> f64 {
    let (n, h) = (n as f64, h as f64);
    (interval * (1.0 - interval) / n * (2.0 * h * h + 1.0) / (3.0 * h)).sqrt()
}

/// Newey and West's variance of the sum of a centred series, one value a day, with Bartlett weights over max(2, ∛n) lags: as
/// many as in [`wick_schemas::dm`], for no horizon is longer than a day.
fn long_run(series: &[f64]) -> f64 {
    let lags = 2.max((series.len() as f64).cbrt() as usize);
    let covariance = |lag: usize| series.iter().skip(lag).zip(series).map(|(a, b)| a * b).sum::<f64>();
    let weight = |lag: usize| 2.0 * (1.0 - lag as f64 / (lags as f64 + 1.0));
    (covariance(0) + (1..=lags).map(|lag| weight(lag) * covariance(lag)).sum::<f64>()).max(0.0)
}

#[cfg(test)]
mod tests;
