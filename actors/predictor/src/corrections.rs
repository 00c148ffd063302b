//! What is learnt from outcomes, to correct what a model says: its level, how sure it is, and how far it misses.

use wick_schemas::Timestamp;

use crate::conformal::Intervals;
use crate::level::LevelTracker;
use crate::outcome::Outcome;
use crate::slope::SlopeTracker;
use crate::tracker::{Issued, Tracker};

/// The corrections of all horizons.
#[derive(Clone, Debug, Default)]
pub struct Corrections {
    /// Of the variance.
    pub levels: LevelTracker,
    /// Of the chance of a rise.
    pub slopes: SlopeTracker,
    /// Of the quantiles.
    pub intervals: Intervals,
}

impl Corrections {
    /// Goes on with what intervals had learnt in a former life; the rest is learnt again from the outcomes.
    #[must_use]
    pub fn with(trackers: [Tracker; 4]) -> Self {
        Self { intervals: Intervals::with(trackers), ..Self::default() }
    }

    /// Learns an outcome, for the days after.
    pub fn learn(&mut self, outcome: &Outcome) {
        self.levels.learn(outcome);
        self.slopes.learn(outcome);
        self.intervals.learn(outcome);
    }

    /// Learns at once what was wrong with the quantiles that were issued for an outcome.
    pub fn track(&mut self, outcome: &Outcome, issued: &Issued) {
        self.intervals.track(outcome, issued);
    }

    /// Makes the corrections those of the moment's UTC day, for a model that is known by its hash.
    pub fn begin_day(&mut self, as_of: Timestamp, model: &str) {
        self.levels.begin_day(as_of, model);
        self.slopes.begin_day(as_of);
        self.intervals.begin_day(as_of);
    }
}
