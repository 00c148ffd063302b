//! The newest forecasts.

use actix_web::{HttpRequest, get, web};
use serde::Serialize;
use utoipa::ToSchema;
use wick_schemas::{CandleValidated, Horizon, Instrument, Level, Origin, Timestamp, Venue};

use super::Gate;
use super::forecast::ShownForecast;
use crate::openapi::one;
use crate::problem::Problem;
use crate::query::Query;

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
    /// What it is worth now: what it was made with, or `stale` once it is older than two bars.
    #[schema(schema_with = one::<Level>)]
    pub level: Level,
    /// How old it is, in milliseconds.
    pub age_ms: i64,
    /// The forecast.
    #[serde(flatten)]
    pub forecast: ShownForecast,
}

/// The newest forecast of each horizon, its age and its fallback level.
#[utoipa::path(
    tag = "predictions",
    params(("horizon" = Option<String>, Query, description = "15m, 1h, 4h or 24h; all where it is not given")),
    responses(
        (status = 200, body = Latest),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/v1/predictions/latest")]
pub async fn latest(request: HttpRequest, gate: web::Data<Gate>) -> Result<web::Json<Latest>, Problem> {
    let query = Query::read(request.query_string(), &["horizon"])?;
    let horizon: Option<Horizon> = query.parse("horizon")?;
    let (seen, now) = (gate.seen(), gate.house.clock.now());
    let view = &seen.view;
    let shown = |made: &crate::view::Made| LatestForecast {
        level: made.level_at(now),
        age_ms: now - made.as_of,
        forecast: made.clone().into(),
    };
    let forecasts: Vec<LatestForecast> = view.latest(horizon).map(shown).collect();
    let (Some(origin), false) = (view.origin(), forecasts.is_empty()) else { return Err(Problem::no_forecast()) };
    Ok(web::Json(Latest {
        instrument: gate.house.instrument().clone(),
        now,
        origin,
        bus_connected: seen.connected,
        price: view.candle.map(|told| ShownPrice::of(told, now)),
        champion: view.champion.clone().map(|champion| ShownChampion {
            model: champion.model,
            serves_from: champion.serves_from,
            previous: champion.previous,
        }),
        forecasts,
    }))
}
