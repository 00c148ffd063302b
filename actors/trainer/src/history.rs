//! Reads gold: what was known at a moment.

use std::collections::BTreeMap;

use polars::prelude::{DataFrame, PolarsResult};
use wick_bus::lake::{self, CurrentSets, FeatureRow, Shelf, TargetRow};
use wick_bus::{Error, House, Result};
use wick_schemas::time::DAY;
use wick_schemas::{Target, Timestamp};

use crate::dataset::{Dataset, LEAST_MINUTES, Rows};

/// The warm vectors and the outcomes of the last `train_days`, as known at `at`.
///
/// Only vectors of the main feature set take part: of several that are built, the one that is served. Where nobody has
/// said which that is, it is the newest. Columns go into the matrix as they are: a year of vectors would
/// not fit comfortably into memory as messages.
///
/// # Errors
/// Where gold cannot be read.
pub fn read(house: &House, at: Timestamp, train_days: u32) -> Result<Dataset> {
    let from = at.shift(-i64::from(train_days) * DAY);
    let root = lake::features_root(house);
    let main = CurrentSets::read(house)?.map(|current| current.main);
    let folder = main.as_deref().map(lake::set_folder).unwrap_or_default();
    let (frames, fresh) = Shelf::<FeatureRow>::columns_in(&root, &folder, from, at)?;
    let unreadable = || Error::parquet(&root);
    let mut sets: BTreeMap<String, (Timestamp, Vec<String>)> = BTreeMap::new();
    let mut rows: BTreeMap<(String, Timestamp), Vec<f64>> = BTreeMap::new();
    for frame in &frames {
        let (set, names) = name(frame).map_err(unreadable())?;
        let newest = take(frame, &set, from, at, &mut rows).map_err(unreadable())?;
        let known = sets.entry(set).or_insert((newest, names));
        known.0 = known.0.max(newest);
    }
    for FeatureRow(vector) in fresh.into_iter().filter(|row| (from..=at).contains(&row.0.as_of)) {
        let known = sets.entry(vector.feature_set.clone()).or_insert((vector.as_of, vector.names));
        known.0 = known.0.max(vector.as_of);
        if vector.minutes >= LEAST_MINUTES
            && let Some(values) = vector.values.into_iter().collect::<Option<Vec<f64>>>()
        {
            rows.insert((vector.feature_set, vector.as_of), values);
        }
    }
    let newest = sets.into_iter().max_by_key(|(_, (newest, _))| *newest);
    let (set, names) = newest.map(|(set, (_, names))| (set, names)).unwrap_or_default();
    let mut matrix = Rows::new(set.clone(), names);
    for ((_, as_of), values) in rows.iter().filter(|((of, _), _)| *of == set) {
        matrix.push(*as_of, values).map_err(|error| Error::actor(wick_bus::Kind::Permanent, error))?;
    }
    let targets: Vec<Target> = Shelf::<TargetRow>::read(&lake::targets_root(house), from, at)?
        .into_iter()
        .map(|TargetRow(target)| target)
        .collect();
    Ok(Dataset::from_rows(matrix, &targets, at, train_days))
}

/// The feature set of a file and the names of its features.
fn name(frame: &DataFrame) -> PolarsResult<(String, Vec<String>)> {
    let set = frame.column("feature_set")?.str()?.get(0).unwrap_or_default().to_owned();
    Ok((set, lake::value_names(frame)))
}

/// Takes the warm rows of a file. Gives the time of its newest row.
fn take(
    frame: &DataFrame,
    set: &str,
    from: Timestamp,
    to: Timestamp,
    rows: &mut BTreeMap<(String, Timestamp), Vec<f64>>,
) -> PolarsResult<Timestamp> {
    let as_of = frame.column("as_of")?.i64()?;
    let minutes = frame.column("minutes")?.i64()?;
    let names = lake::value_names(frame);
    let values: Vec<_> = names.iter().map(|name| frame.column(name)?.f64()).collect::<PolarsResult<_>>()?;
    let mut newest = Timestamp::MIN;
    for place in 0..frame.height() {
        let Some(time) = as_of.get(place).map(Timestamp).filter(|time| (from..=to).contains(time)) else { continue };
        newest = newest.max(time);
        // A bar of an outage says nothing of the market.
        if minutes.get(place).is_none_or(|minutes| minutes < i64::from(LEAST_MINUTES)) {
            continue;
        }
        if let Some(row) = values.iter().map(|column| column.get(place)).collect::<Option<Vec<f64>>>() {
            rows.insert((set.to_owned(), time), row);
        }
    }
    Ok(newest)
}
