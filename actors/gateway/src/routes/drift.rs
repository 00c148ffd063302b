//! How far the market has drifted from what the model learnt, and where forecasts have lost their edge.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::{HttpRequest, get, web};
use serde::Serialize;
use utoipa::ToSchema;
use wick_bus::feature_drift;
use wick_schemas::profile::{Drift, WEEK};
use wick_schemas::scoreboard::Scoreboard;
use wick_schemas::time::DAY;
use wick_schemas::{CoverageMissed, DriftDetected, Horizon, Timestamp};

use super::Gate;
use crate::openapi::{maybe, one};
use crate::problem::{Details, Problem};
use crate::query::Query;
use crate::scoring;
use crate::view::View;

/// Days of scores by which the edge of forecasts is judged.
const DAYS: i64 = 30;

/// How far things have drifted.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Drifts {
    /// Hash of the model that serves; `null` where there is none.
    pub model: Option<String>,
    /// The newest bar that was looked at, in milliseconds since 1970; `null` where there was nothing to look at.
    #[schema(value_type = Option<i64>)]
    pub at: Option<Timestamp>,
    /// Bars that were looked at together: a week.
    pub window_bars: usize,
    /// What the model learnt from; `null` for a model without a profile.
    pub reference: Option<Reference>,
    /// The features, the one that has drifted most first.
    pub features: Vec<FeatureDrift>,
    /// The edge of the forecasts over their strongest baselines in the last 30 days of scores.
    pub targets: Vec<TargetDrift>,
    /// What the drift monitor last said of the features (`drift.detected`), of whichever model.
    #[schema(schema_with = maybe::<DriftDetected>)]
    pub detected: Option<DriftDetected>,
    /// What it last said of an interval (`coverage.missed`).
    #[schema(schema_with = maybe::<CoverageMissed>)]
    pub coverage_missed: Option<CoverageMissed>,
}

/// What a model learnt from.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Reference {
    /// The first row's time, in milliseconds since 1970.
    #[schema(value_type = i64)]
    pub from: Timestamp,
    /// The last row's time.
    #[schema(value_type = i64)]
    pub to: Timestamp,
    /// Number of rows.
    pub rows: usize,
}

/// How far a feature has drifted.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FeatureDrift {
    /// Its name.
    pub name: String,
    /// Its name without the look-back: what belongs together.
    pub group: String,
    /// Population stability index of the last week over the deciles of what was learnt from.
    pub statistic: f64,
    /// What 95 % of the weeks that were learnt from had at most.
    pub usual: f64,
    /// What the strangest of them had.
    pub most: f64,
    /// `stable` up to `usual`, `moderate` up to `most`, `drifted` beyond.
    #[schema(value_type = String)]
    pub level: Drift,
}

impl From<feature_drift::FeatureDrift> for FeatureDrift {
    fn from(looked: feature_drift::FeatureDrift) -> Self {
        let feature_drift::FeatureDrift { name, statistic, usual, most, level } = looked;
        let group = name.trim_end_matches(|c: char| c == '_' || c.is_ascii_digit()).to_owned();
        Self { name, group, statistic, usual, most, level }
    }
}

/// The edge of forecasts over a baseline.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TargetDrift {
    /// The horizon.
    #[schema(schema_with = one::<Horizon>)]
    pub horizon: Horizon,
    /// `direction`, `volatility` or `return`.
    pub target: String,
    /// The baseline.
    pub baseline: String,
    /// Number of outcomes.
    pub n: usize,
    /// Mean loss.
    pub loss: f64,
    /// The baseline's mean loss.
    pub baseline_loss: f64,
    /// `1 - loss / baseline_loss`; `null` where the baseline loses nothing.
    pub skill: Option<f64>,
    /// Whether the drift monitor has said, of the model that serves, that this edge is lost.
    pub degraded: bool,
}

/// How far the features of the last week have drifted from what the model that serves learnt, and where its forecasts have lost
/// their edge.
///
/// Rows of a market depend on each other, so any week differs from three years: a week is judged beside the weeks that were
/// learnt from and not by the usual thresholds of the index.
#[utoipa::path(
    tag = "models",
    responses(
        (status = 200, body = Drifts),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 503, body = Details, content_type = "application/problem+json"),
    )
)]
#[get("/v1/drift")]
pub async fn drift(request: HttpRequest, gate: web::Data<Gate>) -> Result<web::Json<Drifts>, Problem> {
    Query::read(request.query_string(), &[])?;
    let seen = gate.seen();
    let model = scoring::serving(&seen.view, gate.house.clock.now()).ok();
    let key = (model.clone(), seen.view.features_at, seen.view.scored_at);
    if let Some(held) = gate.drift.held(&key) {
        return Ok(web::Json(said(&held, &seen.view)));
    }
    let features = match &model {
        Some(model) => {
            let (house, hash, newest) = (gate.house.clone(), model.clone(), seen.view.features_at);
            let read = web::block(move || feature_drift::look(&house, &hash, newest)).await;
            read.map_err(|_| Problem::of_status(actix_web::http::StatusCode::INTERNAL_SERVER_ERROR))??
        }
        None => None,
    };
    let (at, reference, features) = features.map_or((None, None, Vec::new()), |looked| {
        let reference = Reference { from: looked.from, to: looked.to, rows: looked.rows };
        (looked.at, Some(reference), looked.features.into_iter().map(FeatureDrift::from).collect())
    });
    let lost = seen.view.skill_lost.as_ref().filter(|lost| Some(&lost.model) == model.as_ref());
    let targets = targets(&gate, lost.map(|lost| (lost.horizon, lost.loss_name.clone()))).await?;
    let (detected, coverage_missed) = (None, None);
    let drifts = Drifts { model, at, window_bars: WEEK, reference, features, targets, detected, coverage_missed };
    let drifts = Arc::new(drifts);
    gate.drift.hold(key, Arc::clone(&drifts));
    Ok(web::Json(said(&drifts, &seen.view)))
}

/// The answer with what was said by now, which may be newer.
fn said(drifts: &Drifts, view: &View) -> Drifts {
    Drifts { detected: view.drifted.clone(), coverage_missed: view.coverage_missed.clone(), ..drifts.clone() }
}

type Key = (Option<String>, Option<Timestamp>, Option<Timestamp>);

/// The answer, until a bar, a score or a model is newer.
#[derive(Default)]
pub struct Held(Mutex<Option<(Key, Arc<Drifts>)>>);

impl Held {
    fn held(&self, key: &Key) -> Option<Arc<Drifts>> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.as_ref().filter(|(known, _)| known == key).map(|(_, drifts)| Arc::clone(drifts))
    }

    fn hold(&self, key: Key, drifts: Arc<Drifts>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((key, drifts));
    }
}

/// The edge of each target over its strongest baseline.
async fn targets(gate: &Gate, lost: Option<(Horizon, String)>) -> Result<Vec<TargetDrift>, Problem> {
    let Some(newest) = gate.tables.newest_scored(Timestamp::MAX).await? else { return Ok(Vec::new()) };
    let scores = gate.tables.scores(newest.shift(-DAYS * DAY), newest.shift(1)).await?;
    let board = web::block(move || Scoreboard::of(scores.into_iter())).await;
    let board = board.map_err(|_| Problem::of_status(actix_web::http::StatusCode::INTERNAL_SERVER_ERROR))?;
    let mut strongest: BTreeMap<(usize, String), TargetDrift> = BTreeMap::new();
    for row in board.rows {
        let one = TargetDrift {
            horizon: row.horizon,
            target: row.target.to_string(),
            baseline: row.baseline.to_string(),
            n: row.n,
            loss: row.loss,
            baseline_loss: row.baseline_loss,
            skill: row.skill,
            degraded: lost.as_ref().is_some_and(|(horizon, loss)| *horizon == row.horizon && *loss == *row.loss_name),
        };
        let held = strongest.entry((row.horizon.index(), one.target.clone())).or_insert_with(|| one.clone());
        if one.baseline_loss < held.baseline_loss {
            *held = one;
        }
    }
    Ok(strongest.into_values().collect())
}
