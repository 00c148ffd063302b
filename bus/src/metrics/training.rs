//! Trainings: asked for by whom, how long they took, how they ended.

use std::time::Duration;

use prometheus::{Gauge, HistogramVec, IntCounterVec, Result};
use wick_schemas::Horizon;

use super::Metrics;
use super::book::Book;

/// What is known of trainings.
#[derive(Debug)]
pub(super) struct Training {
    asked: IntCounterVec,
    seconds: HistogramVec,
    progress: Gauge,
    ended: IntCounterVec,
    leak_alarms: IntCounterVec,
}

impl Training {
    pub(super) fn in_book(book: &mut Book) -> Result<Self> {
        Ok(Self {
            asked: book.counter(
                "wick_retrain_commands_total",
                "trainings that the drift monitor asked for",
                &["cause"],
            )?,
            // From a second to five hours.
            seconds: book.seconds("wick_training_seconds", "how long trainings took", &["outcome"], (1.0, 3.0, 10))?,
            progress: book.gauge("wick_training_progress_ratio", "share done of the training going on")?,
            ended: book.counter_from_zero(
                "wick_trainings_total",
                "trainings, by outcome: promoted, refused (the champion stays), failed (nothing was fitted)",
                "outcome",
                &["promoted", "refused", "failed"],
            )?,
            leak_alarms: {
                let alarms = book.counter(
                    "wick_leak_alarms_total",
                    "figures of trainings that were too good to be true",
                    &["horizon", "measure"],
                )?;
                for horizon in Horizon::ALL {
                    for measure in ["auc", "accuracy", "qlike_skill"] {
                        alarms.with_label_values(&[horizon.as_str(), measure]).reset();
                    }
                }
                alarms
            },
        })
    }
}

impl Metrics {
    /// A training was asked for.
    pub fn asked_to_train(&self, cause: &str) {
        self.training.asked.with_label_values(&[cause]).inc();
    }

    /// How far the training going on is; 0 where there is none.
    pub fn training(&self, done: f64) {
        self.training.progress.set(done);
    }

    /// A training ended.
    pub fn trained(&self, outcome: &str, took: Duration) {
        self.training.ended.with_label_values(&[outcome]).inc();
        self.training.seconds.with_label_values(&[outcome]).observe(took.as_secs_f64());
    }

    /// A training's figure was too good to be true.
    pub fn suspected(&self, horizon: &str, measure: &str) {
        self.training.leak_alarms.with_label_values(&[horizon, measure]).inc();
    }
}
