//! What the newest model that served rests on, on the rows that it served on.

use std::collections::HashMap;

use wick_bus::lake::{self, FeatureRow, Shelf};
use wick_bus::{House, registry};
use wick_schemas::model::Artifact;
use wick_schemas::report::{Importance, Known, Report};
use wick_schemas::time::DAY;
use wick_schemas::{FeatureVector, Horizon, Timestamp};

use super::cases;
use super::head::{Head, Served};
use crate::error::{Error, Result};

/// The newest days that are asked: more say the same and take longer to read.
const SPAN: i64 = 60 * DAY;

/// Adds to each horizon what the newest model's forecasts rest on. Where the artifact or the rows of gold are gone, the
/// report goes without: gives why.
///
/// # Errors
/// Where monitoring or serving does not read.
pub async fn add(house: &House, head: &Head, report: &mut Report) -> Result<Option<String>> {
    let Some(newest) = head.models.iter().rev().find(|one| !one.model.is_empty()) else {
        return Ok(Some("no model served".into()));
    };
    let (artifact, vectors) = match read(house.clone(), newest.clone()).await {
        Ok(found) => found,
        Err(error) => return Ok(Some(error.to_string())),
    };
    for one in &mut report.horizons {
        let known = known(house, one.horizon, newest, &vectors).await?;
        let Some(model) = artifact.horizons.iter().find(|model| model.horizon == one.horizon) else { continue };
        one.importance = Importance::of(&newest.model, model, &artifact.names, &known);
    }
    let none = report.horizons.iter().all(|one| one.importance.is_none());
    Ok(none.then(|| format!("gold holds no row that {} served on", newest.model)))
}

/// The newest of the time that a model served.
fn span(newest: &Served) -> (Timestamp, Timestamp) {
    (newest.from.max(newest.to.shift(-SPAN)), newest.to)
}

/// The artifact, and the rows of its feature set by their time.
async fn read(house: House, newest: Served) -> Result<(Artifact, HashMap<Timestamp, FeatureVector>)> {
    let reading = tokio::task::spawn_blocking(move || {
        let artifact = registry::load(&house, &newest.model)?;
        let (from, to) = span(&newest);
        let own = lake::set_folder(&artifact.feature_set);
        let rows = Shelf::<FeatureRow>::read_in(&lake::features_root(&house), &own, from, to)?;
        let vectors = rows.into_iter().map(|FeatureRow(vector)| (vector.as_of, vector)).collect();
        Ok((artifact, vectors))
    });
    reading.await.map_err(|error| Error::Late(format!("reading gold was broken off: {error}")))?
}

/// What the model knew and what came, for its own forecasts.
async fn known(
    house: &House,
    horizon: Horizon,
    newest: &Served,
    vectors: &HashMap<Timestamp, FeatureVector>,
) -> Result<Vec<Known>> {
    let (from, to) = span(newest);
    let cases = cases::read(house, horizon, &(from..to.shift(1))).await?;
    let own = cases.into_iter().filter(|case| case.score.model == newest.model);
    let row = |case: wick_schemas::report::Case| {
        let vector = vectors.get(&case.score.origin)?;
        Some(Known {
            values: vector.values.iter().copied().collect::<Option<Vec<f64>>>()?,
            hour: vector.as_of.shift(-1).hour_of_week(),
            up: case.score.up,
            variance: case.score.realised_variance / horizon.bars() as f64,
        })
    };
    Ok(own.filter_map(row).collect())
}
