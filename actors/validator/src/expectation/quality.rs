//! The open batches of all suites. Event time closes them, and no clock: so a replay gives the reports of the live run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wick_schemas::time::MINUTE;
use wick_schemas::{QualityReported, Timestamp};

use super::batch::{Batch, Carried};
use super::row::{Row, Table};
use super::suite::{Suite, Suites};

/// A batch stays open so long after its end, in event time: venues do not give their last minute at once.
const LATENESS: i64 = 2 * MINUTE;
/// Empty batches that are reported after a hole, at most: the newest of them.
const MOST_EMPTY: i64 = 96;

/// The batches of a suite.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Watch {
    fingerprint: u64,
    carried: Carried,
    /// By their starts, oldest first: two or three at most.
    pub open: Vec<(Timestamp, Batch)>,
    /// Rows that were refused before any time was known.
    pub waiting: Option<Batch>,
    /// The start of the oldest batch that is not reported yet.
    next: Option<Timestamp>,
}

/// The quality of all tables. As a checkpoint it is what it remembers; the suites are not kept.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Quality {
    #[serde(skip)]
    pub(super) suites: Suites,
    /// The event time that has passed.
    pub(super) now: Option<Timestamp>,
    pub(super) watches: BTreeMap<String, Watch>,
    /// No batch is over before this; none where that is not known.
    #[serde(skip)]
    due: Option<Timestamp>,
}

impl PartialEq for Quality {
    fn eq(&self, other: &Self) -> bool {
        (self.now, &self.watches) == (other.now, &other.watches)
    }
}

impl Quality {
    /// Goes on from a checkpoint with these suites. What was remembered for a suite that has changed is forgotten.
    #[must_use]
    pub fn recovered(suites: Suites, checkpoint: Option<Self>) -> Self {
        let (now, mut kept) = checkpoint.map(|kept| (kept.now, kept.watches)).unwrap_or_default();
        let watch = |suite: &Suite| {
            let fresh = Watch {
                fingerprint: suite.fingerprint,
                carried: vec![Default::default(); suite.len()],
                ..Watch::default()
            };
            let kept = kept.remove(suite.table.as_str()).filter(|kept| kept.fingerprint == suite.fingerprint);
            (suite.table.as_str().to_owned(), kept.unwrap_or(fresh))
        };
        let watches = suites.all().iter().map(watch).collect();
        Self { suites, now, watches, due: None }
    }

    /// Takes a row that came, and the rule that refused it if one did; gives the reports of the batches that are over.
    ///
    /// Only a clean row moves event time: a refused one may tell any time at all.
    pub fn see(&mut self, row: &Row<'_>, refused: Option<&str>) -> Vec<QualityReported> {
        let table = row.table();
        let Some((suite, watch)) = self.of(table) else { return Vec::new() };
        let opened = watch.see(suite, row, refused);
        if opened {
            self.due = None;
        }
        if refused.is_some() { Vec::new() } else { self.pass(row.known()) }
    }

    /// Event time has come so far; gives the reports of the batches that are over, in the order of their ends.
    pub fn pass(&mut self, event_time: Timestamp) -> Vec<QualityReported> {
        let now = self.now.map_or(event_time, |now| now.max(event_time));
        self.now = Some(now);
        if self.due.is_some_and(|due| now <= due) {
            return Vec::new();
        }
        let mut reports = Vec::new();
        let mut due: Option<Timestamp> = None;
        for suite in self.suites.all() {
            let Some(watch) = self.watches.get_mut(suite.table.as_str()) else { continue };
            watch.close_until(suite, now, &mut reports);
            due = [due, watch.due(suite)].into_iter().flatten().min();
        }
        // Nothing is open: nothing is due until a row opens a batch.
        self.due = Some(due.unwrap_or(Timestamp::MAX));
        reports.sort_by_key(|report| report.meta.to);
        reports
    }

    fn of(&mut self, table: Table) -> Option<(&Suite, &mut Watch)> {
        let suite = self.suites.all().iter().find(|suite| suite.table == table)?;
        Some((suite, self.watches.get_mut(table.as_str())?))
    }
}

impl Watch {
    /// Takes a row; says whether that opened a batch.
    fn see(&mut self, suite: &Suite, row: &Row<'_>, refused: Option<&str>) -> bool {
        let opened = self.open.len();
        let place = match refused {
            None => self.place(suite, row.time()),
            Some(_) => self.place_of_refused(suite, row.time()),
        };
        let batch = match place {
            Some(place) => &mut self.open[place].1,
            None => self.waiting.get_or_insert_with(|| Batch::new(suite)),
        };
        batch.see(suite, &mut self.carried, row, refused);
        self.open.len() > opened
    }

    /// The place of the batch of that time. One that is over already takes no more rows: they count in the oldest that
    /// is open.
    fn place(&mut self, suite: &Suite, time: Timestamp) -> Option<usize> {
        let start = time.floor(suite.span);
        let start = self.next.map_or(start, |next| start.max(next));
        match self.open.binary_search_by_key(&start, |(from, _)| *from) {
            Ok(place) => Some(place),
            Err(place) => {
                let batch = self.waiting.take().unwrap_or_else(|| Batch::new(suite));
                self.open.insert(place, (start, batch));
                self.next = Some(self.next.map_or(start, |next| next.min(start)));
                Some(place)
            }
        }
    }

    /// A refused row counts in the batch of its time, else in the newest.
    fn place_of_refused(&self, suite: &Suite, time: Timestamp) -> Option<usize> {
        let start = time.floor(suite.span);
        let of_time = self.open.iter().position(|(from, _)| *from == start);
        of_time.or(self.open.len().checked_sub(1))
    }

    /// The batch that ends next: an open one, or an empty one where those are reported.
    fn first(&self, suite: &Suite) -> Option<Timestamp> {
        let open = self.open.first().map(|(from, _)| *from);
        if suite.report_empty { self.next } else { open }
    }

    /// Event time beyond which a batch is over.
    fn due(&self, suite: &Suite) -> Option<Timestamp> {
        Some(self.first(suite)?.shift(suite.span).shift(LATENESS))
    }

    fn close_until(&mut self, suite: &Suite, now: Timestamp, reports: &mut Vec<QualityReported>) {
        while let Some(first) = self.first(suite)
            && now > first.shift(suite.span).shift(LATENESS)
        {
            let is_open = self.open.first().is_some_and(|(from, _)| *from == first);
            let batch = if is_open { self.open.remove(0).1 } else { Batch::new(suite) };
            let to = first.shift(suite.span);
            reports.push(batch.close(suite, &mut self.carried, first, to));
            // After a long hole only the newest of the empty batches are told of.
            let until = self.open.first().map_or(now, |(from, _)| *from).floor(suite.span);
            let skipped = until.shift(suite.span.saturating_mul(-MOST_EMPTY));
            self.next = Some(to.max(skipped));
        }
    }
}
