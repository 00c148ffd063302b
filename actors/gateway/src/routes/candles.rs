//! Candles that passed every rule.

use actix_web::{HttpRequest, get, web};
use serde::Serialize;
use utoipa::ToSchema;
use wick_schemas::{CandleValidated, Instrument, Origin, Timestamp, Venue};

use super::Gate;
use crate::openapi::one;
use crate::problem::Problem;
use crate::query::Query;

/// Candles.
#[derive(Debug, Serialize, ToSchema)]
pub struct Candles {
    /// What was traded.
    #[schema(value_type = String)]
    pub instrument: Instrument,
    /// The candles, the newest first.
    pub candles: Vec<ShownCandle>,
}

/// One minute of trading at one venue.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct ShownCandle {
    /// Where it was traded.
    #[schema(schema_with = one::<Venue>)]
    pub venue: Venue,
    /// The start of the minute, in milliseconds since 1970.
    #[schema(value_type = i64)]
    pub open_time: Timestamp,
    /// First price.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
    /// Traded amount of the base currency.
    pub volume: f64,
    /// How it reached us; `simulated` means that nobody traded at these prices.
    #[schema(schema_with = one::<Origin>)]
    pub origin: Origin,
    /// When we learnt it.
    #[schema(value_type = i64)]
    pub ingest_time: Timestamp,
}

impl From<CandleValidated> for ShownCandle {
    fn from(CandleValidated { candle, origin, ingest_time }: CandleValidated) -> Self {
        let wick_schemas::Candle { venue, open_time, open, high, low, close, volume } = candle;
        Self { venue, open_time, open, high, low, close, volume, origin, ingest_time }
    }
}

/// The newest one-minute candles that passed every rule, the newest first.
#[utoipa::path(
    tag = "data",
    params(
        ("venue" = Option<String>, Query, description = "one venue only, as in kraken"),
        ("to" = Option<String>, Query, description = "opened before this moment: RFC 3339, a date, or milliseconds"),
        ("limit" = Option<usize>, Query, description = "candles, up to 1000; 100 where it is not given"),
    ),
    responses(
        (status = 200, body = Candles),
        (status = 400, body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/v1/candles")]
pub async fn candles(request: HttpRequest, gate: web::Data<Gate>) -> Result<web::Json<Candles>, Problem> {
    let query = Query::read(request.query_string(), &["venue", "to", "limit"])?;
    let (venue, to, limit) = (query.parse("venue")?, query.moment("to")?, query.limit()?);
    let candles = gate.tables.candles(venue, to, limit).await?;
    let candles = candles.into_iter().map(ShownCandle::from).collect();
    Ok(web::Json(Candles { instrument: gate.house.instrument().clone(), candles }))
}
