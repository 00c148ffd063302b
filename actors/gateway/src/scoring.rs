//! Forecasts of what is asked about, with the models that serve: the same artifact and the same `score` as the predictor's.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::web;
use serde::Serialize;
use utoipa::ToSchema;
use wick_bus::{House, registry};
use wick_schemas::model::{RawScore, calibrated};
use wick_schemas::prediction::TAUS;
use wick_schemas::{Artifact, Forecast, Horizon, Timestamp};

use crate::openapi::one;
use crate::problem::Problem;
use crate::routes::forecast::Quantile;
use crate::view::View;

/// Models that are held at once: the champion, the one before it, and one that somebody compares them with.
const HELD: usize = 3;
/// How near to 0 or 1 a probability may come, as in what is served.
const SUREST: f64 = 1e-6;

/// Models in memory, the one used last first. None is read before it is asked for.
#[derive(Default)]
pub struct Models(Mutex<VecDeque<(String, Arc<Artifact>)>>);

impl Models {
    /// A model by its hash, proved right when it is read.
    ///
    /// # Errors
    /// A problem where it is not there, or is not what its name says.
    pub async fn load(&self, house: &House, hash: &str) -> Result<Arc<Artifact>, Problem> {
        if let Some(held) = self.held(hash) {
            return Ok(held);
        }
        let (place, name) = (house.clone(), hash.to_owned());
        // Thousands of trees: reading them takes a while, during which others want to be answered.
        let read = web::block(move || registry::load(&place, &name)).await;
        let artifact = Arc::new(read.map_err(|_| Problem::model_unreadable(hash))?.map_err(|error| {
            tracing::warn!(%error, hash, "a model does not load");
            Problem::model_unreadable(hash)
        })?);
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|(known, _)| known != hash);
        held.push_front((hash.to_owned(), Arc::clone(&artifact)));
        held.truncate(HELD);
        Ok(artifact)
    }

    fn held(&self, hash: &str) -> Option<Arc<Artifact>> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = held.iter().position(|(known, _)| known == hash)?;
        let found = held.remove(place)?;
        let artifact = Arc::clone(&found.1);
        held.push_front(found);
        Some(artifact)
    }
}

/// The hash of the model that serves: what the newest forecast was made with, or what was promoted before there was any.
///
/// # Errors
/// A problem where no model serves.
pub fn serving(view: &View, now: Timestamp) -> Result<String, Problem> {
    let made = view.latest(None).max_by_key(|made| made.as_of).filter(|made| !made.model.is_empty());
    let promoted = view.champion.as_ref().filter(|champion| champion.serves_from <= now);
    let hash = made.map(|made| &made.model).or_else(|| promoted.map(|champion| &champion.model));
    hash.cloned().ok_or_else(Problem::no_champion)
}

/// What a model says of one row and horizon.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Said {
    /// How far it looks ahead.
    #[schema(schema_with = one::<Horizon>)]
    pub horizon: Horizon,
    /// The moment that it speaks of, in milliseconds since 1970.
    #[schema(value_type = i64)]
    pub due: Timestamp,
    /// Probability of a rise.
    pub p_up: f64,
    /// Expected volatility: a standard deviation of the log return over the horizon.
    pub volatility: f64,
    /// Expected realised variance over the horizon.
    pub variance: f64,
    /// Where the return and the price will be.
    pub quantiles: Vec<Quantile>,
}

/// Scores a complete row as the model's forecasts are served: with the level, the slope and the quantiles, in standard deviations, of
/// its newest forecast of each horizon; with those of its training where it has made none yet.
#[must_use]
pub fn say(artifact: &Artifact, hash: &str, row: &[f64], as_of: Timestamp, price: f64, view: &View) -> Vec<Said> {
    let scores = artifact.score_row(row, as_of);
    let one = |(model, score): (&wick_schemas::model::HorizonModel, &RawScore)| {
        let horizon = model.horizon;
        let bars = horizon.bars() as f64;
        let made = view.latest(Some(horizon)).find(|made| made.model == hash).map(|made| &made.forecast);
        let level = made.map_or(model.levels[0], |made| made.variance / (made.raw_log_variance.exp() * bars));
        let slope = made.and_then(Forecast::slope).unwrap_or(1.0);
        let probability = |p_up: f64| p_up.clamp(SUREST, 1.0 - SUREST);
        let variance = score.log_variance.exp() * level * bars;
        let volatility = variance.sqrt();
        let standard = made.map_or_else(
            || model.residual_quantiles.clone(),
            |made| made.return_quantiles.iter().map(|quantile| quantile / made.variance.sqrt()).collect(),
        );
        let quantile = |(tau, standard): (f64, f64)| {
            let log_return = standard * volatility;
            Quantile { tau, log_return, price: price * log_return.exp() }
        };
        Said {
            horizon,
            due: as_of.shift(horizon.millis()),
            p_up: probability(calibrated(probability(score.p_up), probability(model.base_rate), slope)),
            volatility,
            variance,
            quantiles: TAUS.into_iter().zip(standard).map(quantile).collect(),
        }
    };
    artifact.horizons.iter().zip(&scores).map(one).collect()
}
