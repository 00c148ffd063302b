//! The one place that reads the wall clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use wick_schemas::Timestamp;

/// What time it is: the system's time, or one that a test sets.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The system's.
    #[default]
    System,
    /// A test's.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at a moment until it is set.
    #[must_use]
    pub fn manual(at: Timestamp) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(at.millis())))
    }

    /// Sets a manual clock; the system's is left alone.
    pub fn set(&self, at: Timestamp) {
        if let Self::Manual(time) = self {
            time.store(at.millis(), Ordering::SeqCst);
        }
    }

    /// The present moment.
    #[must_use]
    #[allow(clippy::disallowed_methods)] // this is the one place
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
            }
            Self::Manual(time) => Timestamp(time.load(Ordering::SeqCst)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_stands_until_it_is_set() {
        let clock = Clock::manual(Timestamp(5));
        assert_eq!(clock.now(), Timestamp(5));
        clock.set(Timestamp(9));
        assert_eq!(clock.now(), Timestamp(9));
        assert!(Clock::System.now() > Timestamp(1_700_000_000_000));
    }
}
