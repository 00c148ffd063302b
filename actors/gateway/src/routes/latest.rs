//! The newest forecasts.

use std::cell::RefCell;

use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, get, web};
use serde::Serialize;
use tokio::sync::watch;
use utoipa::ToSchema;
use wick_schemas::{CandleValidated, Horizon, Instrument, Level, Origin, Timestamp, Venue};

use super::Gate;
use super::forecast::ShownForecast;
use crate::actor::Seen;
use crate::openapi::one;
use crate::problem::{Details, Problem};
use crate::query::Query;
use crate::view::{Made, View};

/// What may come, as far as is known.
#[derive(Debug, Serialize, ToSchema)]
pub struct Latest {
    /// What is forecast.
    #[schema(value_type = String)]
    pub instrument: Instrument,
    /// When this was asked, in milliseconds since 1970.
    #[schema(value_type = i64)]
    pub now: Timestamp,
    /// How the newest datum reached us; `simulated` means that nobody traded at these prices.
    #[schema(schema_with = one::<Origin>)]
    pub origin: Origin,
    /// Whether the bus answers; where it does not, this is what was last known.
    pub bus_connected: bool,
    /// The newest price.
    pub price: Option<ShownPrice>,
    /// The model that serves, or is the next to.
    pub champion: Option<ShownChampion>,
    /// The newest forecast of each horizon, the nearest first.
    pub forecasts: Vec<LatestForecast>,
}

/// The newest price.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShownPrice {
    /// The last price of the minute, in quote currency.
    pub close: f64,
    /// Where it was traded.
    #[schema(schema_with = one::<Venue>)]
    pub venue: Venue,
    /// How it reached us.
    #[schema(schema_with = one::<Origin>)]
    pub origin: Origin,
    /// The end of the minute.
    #[schema(value_type = i64)]
    pub at: Timestamp,
    /// How long ago that was, in milliseconds.
    pub age_ms: i64,
}

impl ShownPrice {
    fn of(told: CandleValidated, now: Timestamp) -> Self {
        let CandleValidated { candle, origin, .. } = told;
        let at = candle.close_time();
        Self { close: candle.close, venue: candle.venue, origin, at, age_ms: now - at }
    }
}

/// The model that serves.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShownChampion {
    /// Its hash.
    pub model: String,
    /// From when, in milliseconds since 1970.
    #[schema(value_type = i64)]
    pub serves_from: Timestamp,
    /// The one before it.
    pub previous: Option<String>,
}

/// The newest forecast of a horizon.
#[derive(Debug, Serialize, ToSchema)]
pub struct LatestForecast {
    /// What it is worth now: what it was made with, or `stale` once it is older than two bars (in a recorded market by that
    /// market's time).
    #[schema(schema_with = one::<Level>)]
    pub level: Level,
    /// How old it is, in milliseconds.
    pub age_ms: i64,
    /// The forecast.
    #[serde(flatten)]
    pub forecast: ShownForecast,
}

impl LatestForecast {
    /// A forecast as it is at `now`, when it is `market` in the market.
    #[must_use]
    pub fn at(made: Made, now: Timestamp, market: Timestamp) -> Self {
        Self { level: made.level_at(market), age_ms: now - made.as_of, forecast: made.into() }
    }
}

/// The newest forecast of each horizon, its age and its fallback level.
#[utoipa::path(
    tag = "predictions",
    params(("horizon" = Option<String>, Query, description = "15m, 1h, 4h or 24h; all where it is not given")),
    responses(
        (status = 200, body = Latest),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
    )
)]
#[get("/v1/predictions/latest")]
pub async fn latest(request: HttpRequest, gate: web::Data<Gate>) -> Result<HttpResponse, Problem> {
    let query = Query::read(request.query_string(), &["horizon"])?;
    let horizon: Option<Horizon> = query.parse("horizon")?;
    let body = gate.newest.answer(&gate, horizon)?;
    Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, HeaderValue::from_static("application/json"))).body(body))
}

/// How long an answer is given again, in milliseconds: its ages may be wrong by as much.
const FRESH: i64 = 20;

/// The answers of the last moment, one for all horizons and one for each, written once for all who ask a thread within it.
pub struct Written {
    seen: RefCell<watch::Receiver<Seen>>,
    answers: RefCell<[Option<Answer>; 5]>,
}

/// An answer, and the moment that it was written in.
struct Answer {
    moment: i64,
    body: web::Bytes,
}

impl Written {
    /// Nothing is written yet.
    #[must_use]
    pub fn new(seen: watch::Receiver<Seen>) -> Self {
        Self { seen: RefCell::new(seen), answers: RefCell::default() }
    }

    fn answer(&self, gate: &Gate, horizon: Option<Horizon>) -> Result<web::Bytes, Problem> {
        let (now, place) = (gate.house.clock.now(), horizon.map_or(0, |horizon| horizon.index() + 1));
        let moment = now.millis().div_euclid(FRESH);
        let (mut seen, mut answers) = (self.seen.borrow_mut(), self.answers.borrow_mut());
        // An error: nobody will know anything new any more.
        if seen.has_changed().unwrap_or_default() {
            *answers = Default::default();
        } else if let Some(held) = answers[place].as_ref().filter(|held| held.moment == moment) {
            return Ok(held.body.clone());
        }
        let Seen { view, connected } = seen.borrow_and_update().clone();
        let answer = whole(gate, &view, connected, horizon, now)?;
        // Numbers and strings: this always serialises.
        let body = web::Bytes::from(serde_json::to_vec(&answer).unwrap_or_default());
        answers[place] = Some(Answer { moment, body: body.clone() });
        Ok(body)
    }
}

fn whole(
    gate: &Gate,
    view: &View,
    connected: bool,
    horizon: Option<Horizon>,
    now: Timestamp,
) -> Result<Latest, Problem> {
    let market = view.market(now);
    let forecasts: Vec<LatestForecast> =
        view.latest(horizon).map(|made| LatestForecast::at(made.clone(), now, market)).collect();
    let (Some(origin), false) = (view.origin(), forecasts.is_empty()) else { return Err(Problem::no_forecast()) };
    Ok(Latest {
        instrument: gate.house.instrument().clone(),
        now,
        origin,
        bus_connected: connected,
        price: view.candle.map(|told| ShownPrice::of(told, now)),
        champion: view.champion.clone().map(|champion| ShownChampion {
            model: champion.model,
            serves_from: champion.serves_from,
            previous: champion.previous,
        }),
        forecasts,
    })
}

#[cfg(test)]
mod tests;
