//! Waits that grow, differ from machine to machine, and start anew after a success.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

use super::settings::Settings;
use crate::error::Error;

/// How long to wait after one more failure.
pub struct Patience {
    builder: ExponentialBuilder,
    waits: ExponentialBackoff,
}

impl Patience {
    /// No failure so far.
    pub fn new(settings: &Settings) -> Self {
        let builder = ExponentialBuilder::new()
            .with_jitter()
            .with_min_delay(settings.shortest_wait)
            .with_max_delay(settings.longest_wait)
            .without_max_times();
        Self { builder, waits: builder.build() }
    }

    /// The next wait.
    pub fn next(&mut self) -> Duration {
        self.waits.next().unwrap_or_default()
    }

    /// The next wait, or the one that was asked for where that is longer.
    pub fn wait(&mut self, error: &Error) -> Duration {
        let own = self.next();
        match error {
            Error::Refused { retry_after: Some(asked), .. } => own.max(*asked),
            _ => own,
        }
    }

    /// A success.
    pub fn reset(&mut self) {
        self.waits = self.builder.build();
    }
}
