//! What became of everything that an exchange said: nothing is passed over in silence.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::protocol::Message;
use crate::error::Error;
use crate::source::Notice;

/// Failures are told at once, and then together once in so long.
const TELL_EVERY: Duration = Duration::from_secs(60);

/// How many messages and answers were read, left alone, and not understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Understood and of use.
    pub parsed: u64,
    /// Understood and left alone, by reason.
    pub ignored: BTreeMap<&'static str, u64>,
    /// Not understood.
    pub failed: u64,
    /// Why the first of those was not understood.
    pub first_failure: Option<String>,
}

impl Tally {
    /// Understood and left alone, for whatever reason.
    #[must_use]
    pub fn ignored_in_all(&self) -> u64 {
        self.ignored.values().sum()
    }

    /// Counts what a reader made of a message.
    pub fn count(&mut self, outcome: Result<&Message, &Error>) {
        match outcome {
            Ok(Message::Ignored(reason)) => *self.ignored.entry(reason).or_default() += 1,
            Ok(_) => self.parsed += 1,
            Err(error) => {
                self.failed += 1;
                self.first_failure.get_or_insert_with(|| error.to_string());
            }
        }
    }
}

/// A connection's tally, which others may look at while it lives.
#[derive(Clone, Debug, Default)]
pub struct Counters(Arc<Mutex<Tally>>);

impl Counters {
    /// The tally so far.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.lock().clone()
    }

    /// Counts what a reader made of a message.
    pub(super) fn count(&self, outcome: Result<&Message, &Error>) {
        self.lock().count(outcome);
    }

    fn lock(&self) -> MutexGuard<'_, Tally> {
        // Numbers are whole whoever panicked while holding them.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Messages that were not understood and not yet told of.
pub struct Failures {
    count: u64,
    reason: String,
    tell_from: Instant,
}

impl Failures {
    /// None so far.
    pub fn new() -> Self {
        Self { count: 0, reason: String::new(), tell_from: Instant::now() }
    }

    /// One more.
    pub fn add(&mut self, error: &Error) {
        if self.count == 0 {
            self.reason = error.to_string();
        }
        self.count += 1;
    }

    /// What is to be told by now.
    pub fn tell(&mut self) -> Option<Notice> {
        let now = Instant::now();
        if self.count == 0 || now < self.tell_from {
            return None;
        }
        self.tell_from = now + TELL_EVERY;
        Some(Notice::Malformed { count: std::mem::take(&mut self.count), reason: std::mem::take(&mut self.reason) })
    }
}
