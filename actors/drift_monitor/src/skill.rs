//! The forecasts' rolling skill, in daily sums: small enough for a checkpoint.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use wick_schemas::time::DAY;
use wick_schemas::{Score, Timestamp};

use wick_schemas::scoreboard::qlikes;

use crate::days;

/// Losses of one horizon's forecasts, summed by the UTC day on which they were settled, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Losses(VecDeque<DaySum>);

/// One day's losses.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct DaySum {
    day: Timestamp,
    n: usize,
    qlike: f64,
    seasonal_har_qlike: f64,
    log_loss: f64,
    base_log_loss: f64,
}

/// Skill over a window: `1 - loss / baseline loss` of the sums.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct WindowSkill {
    /// The window's length, in forecasts.
    pub n: usize,
    /// QLIKE against seasonal HAR.
    pub volatility: f64,
    /// Log-loss against the base rate.
    pub direction: f64,
}

impl Losses {
    /// Adds a score that was settled at a moment. One without all its losses, or not finite, is passed over.
    pub fn add(&mut self, settled: Timestamp, score: &Score) {
        let Some([qlike, .., seasonal_har_qlike]) = qlikes(score) else { return };
        let (log_loss, base_log_loss) = (score.log_loss, score.base_log_loss);
        let losses = [qlike, seasonal_har_qlike, log_loss, base_log_loss];
        if !losses.iter().all(|loss| loss.is_finite()) {
            return;
        }
        let day = settled.floor(DAY);
        match self.0.back_mut() {
            // What comes late counts for the newest day: a closed day is never reopened.
            Some(sum) if day <= sum.day => {
                sum.n += 1;
                sum.qlike += qlike;
                sum.seasonal_har_qlike += seasonal_har_qlike;
                sum.log_loss += log_loss;
                sum.base_log_loss += base_log_loss;
            }
            _ => self.0.push_back(DaySum { day, n: 1, qlike, seasonal_har_qlike, log_loss, base_log_loss }),
        }
    }

    /// The skill over the newest whole days before `day` that hold at least `window` forecasts; `None` before there
    /// are as many, or where a baseline lost nothing.
    #[must_use]
    pub fn skill(&self, day: Timestamp, window: usize) -> Option<WindowSkill> {
        let (start, end) = self.window(day, window)?;
        let sum = |value: fn(&DaySum) -> f64| self.0.range(start..end).map(value).sum::<f64>();
        let skill = |loss: f64, baseline: f64| (baseline > 0.0).then(|| 1.0 - loss / baseline);
        Some(WindowSkill {
            n: self.0.range(start..end).map(|sum| sum.n).sum(),
            volatility: skill(sum(|day| day.qlike), sum(|day| day.seasonal_har_qlike))?,
            direction: skill(sum(|day| day.log_loss), sum(|day| day.base_log_loss))?,
        })
    }

    /// Forgets the days that no later window of that length can reach.
    pub fn prune(&mut self, day: Timestamp, window: usize) {
        if let Some((start, _)) = self.window(day, window) {
            self.0.drain(..start);
        }
    }

    /// Forgets every day before `day`.
    pub fn forget(&mut self, day: Timestamp) {
        self.0.retain(|sum| sum.day >= day);
    }

    /// The places of the window's days.
    fn window(&self, day: Timestamp, window: usize) -> Option<(usize, usize)> {
        let end = self.0.partition_point(|sum| sum.day < day);
        let start = days::start(self.0.range(..end).map(|sum| sum.n), window)?;
        Some((start, end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wick_schemas::Horizon;
    use wick_schemas::testing::score;
    use wick_schemas::time::BAR;

    fn losses(days: i64) -> Losses {
        let mut losses = Losses::default();
        for bar in 0..days * 96 {
            // The scores' own skill is one half; the last day's forecasts are no better than the baseline.
            let mut one = score(Horizon::M15, bar - 1, 1.0);
            if bar >= (days - 1) * 96 {
                one.qlike = one.seasonal_har_qlike;
            }
            losses.add(Timestamp(bar * BAR), &one);
        }
        losses
    }

    #[test]
    fn the_window_is_whole_days_before_today() {
        let losses = losses(5);
        assert_eq!(losses.skill(Timestamp(0), 1), None);
        assert_eq!(losses.skill(Timestamp(DAY), 97), None);
        let half = WindowSkill { n: 96, volatility: 0.5, direction: 0.5 };
        assert_eq!(losses.skill(Timestamp(DAY), 96), Some(half));
        assert_eq!(losses.skill(Timestamp(4 * DAY), 97), Some(WindowSkill { n: 192, ..half }));
        assert_eq!(losses.skill(Timestamp(5 * DAY), 96), Some(WindowSkill { volatility: 0.0, ..half }));
        assert_eq!(losses.skill(Timestamp(5 * DAY), 150), Some(WindowSkill { n: 192, volatility: 0.25, ..half }));
    }

    #[test]
    fn pruning_changes_no_later_window() {
        let (whole, mut pruned) = (losses(9), losses(9));
        pruned.prune(Timestamp(6 * DAY), 200);
        assert_eq!(pruned.0.len(), 6);
        for day in 6..=9 {
            assert_eq!(pruned.skill(Timestamp(day * DAY), 200), whole.skill(Timestamp(day * DAY), 200));
        }
    }

    #[test]
    fn what_lacks_a_loss_or_is_not_finite_is_passed_over() {
        let mut losses = Losses::default();
        let good = score(Horizon::M15, 0, 1.0);
        losses.add(Timestamp(0), &Score { har_qlike: None, ..good.clone() });
        losses.add(Timestamp(0), &Score { log_loss: f64::NAN, ..good });
        assert_eq!(losses, Losses::default());
    }
}
