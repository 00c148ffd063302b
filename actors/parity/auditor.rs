//! The state of the comparison: a fold of its own, and where in bronze it is.

use std::collections::BTreeMap;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use wick_bus::lake::{FeatureRow, Lake, Shelf, features_root, set_folder};
use wick_bus::{Error, House, Result};
use wick_feature_builder::engine::Engine;
use wick_feature_builder::sets::{Selection, Sets};
use wick_feature_builder::told::Told;
use wick_fetcher::bronze::BronzeCandle;
use wick_operator::parity::{EXAMPLES, Report};
use wick_schemas::time::{DAY, MINUTE};
use wick_schemas::{FeatureVector, Timestamp, Venue};

use super::audit::Seen;
use super::compare::{difference, shown_otherwise};
use super::fold::Fold;

/// A venue that has given nothing for so long is not waited for.
const SILENT: i64 = 2 * DAY;

/// What is needed to go on.
#[derive(Clone, Serialize, Deserialize)]
struct State {
    fold: Fold,
    /// The newest row of bronze that was folded.
    sequence: i64,
    /// The newest minute of each venue.
    newest: BTreeMap<Venue, Timestamp>,
    /// Texts first seen by then were told.
    heard: Timestamp,
    /// The ids of the sets that were compared.
    sets: Vec<String>,
    report: Report,
}

/// Compares.
#[derive(Clone)]
pub struct Auditor {
    state: State,
    sets: Sets,
}

impl Auditor {
    /// Goes on where the last one was; begins at bronze's beginning where there was none, or where it folded otherwise.
    pub fn load(house: &House, sets: Sets) -> anyhow::Result<Self> {
        let fresh = Fold::of_settings(house)?;
        let ids: Vec<String> = sets.all().iter().map(|one| one.set.id.clone()).collect();
        let before = std::fs::read(path(house)).ok().and_then(|text| serde_json::from_slice::<State>(&text).ok());
        let state = match before.filter(|before| before.sets == ids && before.fold.alike(&fresh)) {
            Some(state) => State { fold: state.fold.again(house)?, ..state },
            None => State {
                fold: fresh,
                sequence: i64::MIN,
                newest: BTreeMap::new(),
                heard: Timestamp::MIN,
                sets: ids,
                report: Report { feature_set: Engine::feature_set().id.clone(), ..Report::default() },
            },
        };
        Ok(Self { state, sets })
    }

    /// Writes where it is, and what it has found.
    pub fn write(&self, house: &House) -> anyhow::Result<()> {
        std::fs::create_dir_all(house.path("parity")).context("parity/ cannot be made in the data folder")?;
        for (path, text) in [
            (path(house), serde_json::to_vec(&self.state)?),
            (Report::path(house), serde_json::to_vec_pretty(&self.state.report)?),
        ] {
            let temporary = path.with_extension("tmp");
            std::fs::write(&temporary, text).map_err(Error::file(&temporary))?;
            std::fs::rename(&temporary, &path).map_err(Error::file(&path))?;
        }
        Ok(())
    }

    /// The newest bar that was compared.
    pub fn upto(&self) -> Option<Timestamp> {
        self.state.report.upto
    }

    /// Texts first seen by then were told.
    pub fn heard(&self) -> Timestamp {
        self.state.heard
    }

    /// Folds the next days of bronze, of what feature vectors are `built` up to, and compares the bars that close.
    /// Gives whether there is more.
    pub fn step(&mut self, house: &House, built: Timestamp, texts: Vec<Told>, seen: &Seen) -> Result<bool> {
        let (rows, more) = self.next(house, built)?;
        let mut texts = texts.into_iter().peekable();
        let mut again = Vec::new();
        for row in &rows {
            let candle = &row.received.candle;
            while let Some(text) = texts.next_if(|text| text.time() <= candle.open_time) {
                text.tell(self.state.fold.engine.context_mut());
            }
            self.state.heard = self.state.heard.max(candle.open_time);
            self.state.sequence = row.sequence;
            let newest = self.state.newest.entry(candle.venue).or_insert(candle.open_time);
            *newest = candle.open_time.max(*newest);
            again.extend(self.state.fold.take(row));
        }
        self.compare(house, &again, seen)?;
        Ok(more)
    }

    /// The next rows of bronze in the order of their coming, of some days, and whether there are more. A row that is not
    /// known to `built` waits, and whatever came after it.
    fn next(&self, house: &House, built: Timestamp) -> Result<(Vec<BronzeCandle>, bool)> {
        let lake = Lake::bronze(&house.config)?;
        let Some((first, last)) = Shelf::<BronzeCandle>::span(&lake)? else { return Ok((Vec::new(), false)) };
        let head = self.state.newest.values().max().copied();
        let recent =
            self.state.newest.values().filter(|newest| head.is_none_or(|head| **newest >= head.shift(-SILENT)));
        let low = recent.min().copied().unwrap_or(first);
        let mut high = head.unwrap_or(first).shift(DAY);
        loop {
            // A day more than is folded: what of it came earlier tells where the order ends.
            let rows = Shelf::<BronzeCandle>::read(&lake, low, high.shift(DAY))?;
            let new = || rows.iter().filter(|row| row.sequence > self.state.sequence);
            let beyond = new().filter(|row| row.received.candle.open_time >= high).map(|row| row.sequence).min();
            let open = |row: &&BronzeCandle| beyond.is_none_or(|beyond| row.sequence < beyond);
            let known = |row: &&BronzeCandle| row.received.candle.open_time.shift(MINUTE) <= built;
            let next: Vec<BronzeCandle> = new().filter(open).take_while(known).cloned().collect();
            let at_end = high > last || high > built;
            if !next.is_empty() || at_end {
                return Ok((next, !at_end));
            }
            // Nobody traded for days.
            high = high.shift(DAY);
        }
    }

    /// Compares the vectors that were computed again with those that were kept and shown since the last comparison.
    fn compare(&mut self, house: &House, again: &[FeatureVector], seen: &Seen) -> Result<()> {
        let Some(last) = again.last().map(|vector| vector.as_of) else { return Ok(()) };
        let from = self.state.report.upto.map_or(Timestamp::MIN, |upto| upto.shift(1));
        let before = self.state.report.clone();
        for one in self.sets.clone().all() {
            let folder = set_folder(&one.set.id);
            let kept = Shelf::<FeatureRow>::read_in(&features_root(house), &folder, from, last)?;
            let kept: BTreeMap<Timestamp, FeatureVector> = kept.into_iter().map(|row| (row.0.as_of, row.0)).collect();
            self.compare_set(one, again, kept, seen);
        }
        let report = &mut self.state.report;
        report.upto = Some(last);
        house.metrics.compared("equal", report.equal - before.equal);
        house.metrics.compared("different", report.different - before.different);
        house.metrics.compared("missing", report.missing - before.missing);
        let (different, missing) = (report.different - before.different, report.missing - before.missing);
        if different + missing > 0 {
            tracing::error!(different, missing, upto = %last.rfc3339(), examples = ?report.examples,
                "feature vectors are not what bronze gives: see `wick features verify`");
        }
        Ok(())
    }

    fn compare_set(
        &mut self,
        one: &Selection,
        again: &[FeatureVector],
        mut kept: BTreeMap<Timestamp, FeatureVector>,
        seen: &Seen,
    ) {
        let report = &mut self.state.report;
        let differs = |report: &mut Report, as_of: Timestamp, what: String| {
            report.different += 1;
            if report.examples.len() < EXAMPLES {
                report.examples.push(format!("{} {}: {what}", one.name, as_of.rfc3339()));
            }
        };
        for full in again {
            let vector = one.project(full);
            let shown = seen.get(&(vector.as_of, vector.feature_set.clone()));
            report.online += u64::from(shown.is_some());
            let offline = kept.remove(&vector.as_of);
            if offline.is_none() {
                report.missing += 1;
            }
            let what = offline.as_ref().and_then(|offline| difference(offline, &vector));
            let what = what.or_else(|| shown.and_then(|shown| shown_otherwise(shown, &vector)));
            match what {
                Some(what) => differs(report, vector.as_of, what),
                None => report.equal += u64::from(offline.is_some()),
            }
        }
        for as_of in kept.into_keys() {
            differs(report, as_of, "bronze does not give it".to_owned());
        }
    }
}

fn path(house: &House) -> std::path::PathBuf {
    house.path("parity/state.json")
}
