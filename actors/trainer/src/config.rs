//! `[trainer]`.

use serde::Deserialize;

use crate::alarm::LeakAlarm;
use crate::fit::FitConfig;

/// `[trainer]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainerConfig {
    /// Event time, in minutes, between a command and the service of its model: the allowance for the training.
    pub serve_delay_minutes: i64,
    /// Commands within so many minutes of the last training are answered by it; a person's never are.
    pub coalesce_minutes: i64,
    /// For so many minutes after a person chose the champion, by a promotion or a rollback, no training that a machine
    /// asked for replaces it.
    pub cool_down_minutes: i64,
    /// `[trainer.leak_alarm]`.
    pub leak_alarm: LeakAlarm,
    /// `[trainer.fit]`.
    pub fit: FitConfig,
}
