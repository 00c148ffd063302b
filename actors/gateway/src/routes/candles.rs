//! Candles that passed every rule.

use std::str::FromStr;

use actix_web::{HttpRequest, get, web};
use serde::Serialize;
use utoipa::ToSchema;
use wick_schemas::time::{BAR, DAY, HOUR, MINUTE};
use wick_schemas::{CandleValidated, Instrument, Origin, Timestamp, Venue};

use super::Gate;
use crate::openapi::one;
use crate::problem::{Details, Problem};
use crate::query::Query;
use crate::tables::candles::Wide;

/// Candles.
#[derive(Debug, Serialize, ToSchema)]
pub struct Candles {
    /// What was traded.
    #[schema(value_type = String)]
    pub instrument: Instrument,
    /// The candles, the newest first.
    pub candles: Vec<ShownCandle>,
}

/// A minute of trading at one venue, or several.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct ShownCandle {
    /// Where it was traded.
    #[schema(schema_with = one::<Venue>)]
    pub venue: Venue,
    /// Its start, in milliseconds since 1970.
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
    /// How many minutes it is made of: fewer than it is long while it goes on, or where some are missing.
    pub minutes: i64,
}

impl From<CandleValidated> for ShownCandle {
    fn from(CandleValidated { candle, origin, ingest_time }: CandleValidated) -> Self {
        let wick_schemas::Candle { venue, open_time, open, high, low, close, volume } = candle;
        Self { venue, open_time, open, high, low, close, volume, origin, ingest_time, minutes: 1 }
    }
}

impl From<Wide> for ShownCandle {
    fn from(Wide { candle, minutes }: Wide) -> Self {
        Self { minutes, ..Self::from(candle) }
    }
}

/// How long candles are, as the query has it.
#[derive(Clone, Copy)]
struct Interval(i64);

impl FromStr for Interval {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = [("1m", MINUTE), ("15m", BAR), ("1h", HOUR), ("4h", 4 * HOUR), ("1d", DAY)];
        let found = known.into_iter().find(|(name, _)| *name == text);
        found.map(|(_, width)| Self(width)).ok_or_else(|| format!("'{text}' is none of 1m, 15m, 1h, 4h, 1d"))
    }
}

/// The newest candles that passed every rule, the newest first.
///
/// Longer ones than a minute are made of those of one venue: of the one that is named, or the one that was heard of last.
#[utoipa::path(
    tag = "data",
    params(
        ("venue" = Option<String>, Query, description = "one venue only, as in kraken"),
        ("from" = Option<String>, Query, description = "opened at or after this moment: RFC 3339, a date, or milliseconds"),
        ("to" = Option<String>, Query, description = "opened before this moment"),
        ("interval" = Option<String>, Query, description = "1m, 15m, 1h, 4h or 1d; 1m where it is not given"),
        ("limit" = Option<usize>, Query, description = "candles, up to 1000 (366 of a day); 100 where it is not given"),
    ),
    responses(
        (status = 200, body = Candles),
        (status = 400, body = Details, content_type = "application/problem+json"),
    )
)]
#[get("/v1/candles")]
pub async fn candles(request: HttpRequest, gate: web::Data<Gate>) -> Result<web::Json<Candles>, Problem> {
    let query = Query::read(request.query_string(), &["venue", "from", "to", "interval", "limit"])?;
    let (venue, from, to, limit) = (query.parse("venue")?, query.moment("from")?, query.moment("to")?, query.limit()?);
    let width = query.parse::<Interval>("interval")?.map_or(MINUTE, |interval| interval.0);
    let candles = if width == MINUTE {
        let candles = gate.tables.candles(venue, (from, to), limit).await?;
        candles.into_iter().map(ShownCandle::from).collect()
    } else {
        wide(&gate, venue, (from, to), width, limit).await?
    };
    Ok(web::Json(Candles { instrument: gate.house.instrument().clone(), candles }))
}

async fn wide(
    gate: &Gate,
    venue: Option<Venue>,
    (from, to): (Option<Timestamp>, Option<Timestamp>),
    width: i64,
    limit: usize,
) -> Result<Vec<ShownCandle>, Problem> {
    let limit = limit.min(usize::try_from(366 * DAY / width).unwrap_or(limit));
    let Some(newest) = gate.tables.candles(venue, (None, to), 1).await?.pop() else { return Ok(Vec::new()) };
    // Only as many minutes are read as are wanted.
    let last = newest.candle.open_time.floor(width).shift(width);
    let first = last.shift(-width * count(limit));
    // Whole ones that open in the span: the first of them after the one in which the span begins.
    let from = from.map_or(first, |from| if from.floor(width) == from { from } else { from.floor(width).shift(width) });
    let found = gate.tables.wide_candles(newest.candle.venue, (from.max(first), last), width, limit).await?;
    Ok(found.into_iter().map(ShownCandle::from).collect())
}

fn count(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
