//! What would be forecast if things were as the caller says.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, post, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wick_schemas::time::{BAR, MINUTE};
use wick_schemas::{Candle, CandleValidated, Origin, Timestamp, Venue};

use super::Gate;
use super::body::whole;
use super::features::newest;
use super::numbers::Named;
use crate::problem::{Details, Problem};
use crate::query::Query;
use crate::scoring::{self, Said};

/// Candles in a window, at most.
const CANDLES: usize = 50_000;

/// What is asked: features, or a window of candles.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WhatIf {
    /// Values by name, as `GET /v1/features/latest` gives them.
    #[serde(default)]
    #[schema(value_type = Option<BTreeMap<String, f64>>)]
    pub features: Option<Named>,
    /// Where the values come from that are not named: `none` (all must be), or `latest`.
    #[serde(default)]
    pub base: Base,
    /// The close of the bar, for its hour of the week, in milliseconds since 1970; that of the newest vector where it is not
    /// given.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    pub as_of: Option<Timestamp>,
    /// The price that prices start from; that of the newest vector where it is not given.
    #[serde(default)]
    #[schema(exclusive_minimum = 0.0)]
    pub price: Option<f64>,
    /// One-minute candles, oldest first, up to 50,000: features are made of them alone. Their last whole quarter hour is
    /// forecast from.
    #[serde(default)]
    pub candles: Option<Vec<GivenCandle>>,
    /// The model by its hash or enough of its beginning; the one that serves where it is not given.
    #[serde(default)]
    pub model: Option<String>,
}

/// Where values come from that the caller does not name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Base {
    /// Nowhere: every value must be named.
    #[default]
    None,
    /// From the newest feature vector.
    Latest,
}

/// A minute of trading.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenCandle {
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
}

/// What would be forecast.
#[derive(Debug, Serialize, ToSchema)]
pub struct Would {
    /// Hash of the model.
    pub model: String,
    /// Id of the feature set that it reads.
    pub feature_set: String,
    /// The close of the bar that was forecast from, in milliseconds since 1970.
    #[schema(value_type = i64)]
    pub as_of: Timestamp,
    /// The price that prices start from.
    pub price: f64,
    /// The forecasts, the nearest horizon first.
    pub forecasts: Vec<Said>,
}

/// A forecast of a feature vector or a window of candles of the caller's, with the model that serves.
///
/// It is what would be served for them: the same model, and the level and the width of intervals of its newest forecast.
/// Nothing of it is kept or published.
#[utoipa::path(
    tag = "predictions",
    request_body = WhatIf,
    responses(
        (status = 200, body = Would),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
        (status = 408, body = Details, content_type = "application/problem+json"),
        (status = 409, body = Details, content_type = "application/problem+json"),
        (status = 413, body = Details, content_type = "application/problem+json"),
        (status = 422, body = Details, content_type = "application/problem+json"),
        (status = 503, body = Details, content_type = "application/problem+json"),
    )
)]
#[post("/v1/forecast")]
pub async fn what_if(
    request: HttpRequest,
    gate: web::Data<Gate>,
    body: web::Payload,
) -> Result<web::Json<Would>, Problem> {
    Query::read(request.query_string(), &[])?;
    let mut asked: WhatIf = serde_json::from_slice(&whole(&request, body).await?).map_err(Problem::body)?;
    let seen = gate.seen();
    let hash = match &asked.model {
        Some(name) => super::registry::find(&gate, name).await?.ok_or_else(|| Problem::no_model(name))?.manifest.hash,
        None => scoring::serving(&seen.view, gate.house.clock.now())?,
    };
    let artifact = gate.models.load(&gate.house, &hash).await?;
    let (values, base, as_of, price) = match (asked.features.take(), asked.candles.take()) {
        (Some(features), None) => {
            let (base, as_of, price) = around(&gate, &asked, &artifact.feature_set).await?;
            (features, base, as_of, price)
        }
        (None, Some(candles)) => {
            if asked.as_of.is_some() || asked.price.is_some() || asked.base != Base::None {
                return Err(Problem::body(
                    "as_of, price and base belong to features: candles say all of that themselves",
                ));
            }
            let (values, as_of, price) = built(&gate, candles, &artifact.feature_set).await?;
            (values, None, as_of, price)
        }
        _ => return Err(Problem::body("give either features or candles")),
    };
    let row = row(&artifact.names, &values, base.as_ref())?;
    let forecasts = scoring::say(&artifact, &hash, &row, as_of, price, &seen.view);
    Ok(web::Json(Would { model: hash, feature_set: artifact.feature_set.clone(), as_of, price, forecasts }))
}

type Values = BTreeMap<String, f64>;

/// What belongs to the caller's features: what those that they did not name are to be, the moment and the price.
async fn around(gate: &Gate, asked: &WhatIf, set: &str) -> Result<(Option<Values>, Timestamp, f64), Problem> {
    let on_top = asked.base == Base::Latest;
    let latest = if on_top || asked.as_of.is_none() || asked.price.is_none() {
        Some(newest(gate, Some(set)).await?)
    } else {
        None
    };
    let as_of = asked.as_of.or(latest.as_ref().map(|latest| latest.as_of)).unwrap_or(gate.house.clock.now().floor(BAR));
    let price = asked.price.or(latest.as_ref().map(|latest| latest.price)).unwrap_or(1.0);
    if !(price.is_finite() && price > 0.0) {
        return Err(Problem::body("price: must be above zero"));
    }
    Ok((latest.filter(|_| on_top).map(|latest| latest.values), as_of, price))
}

/// Features made of the caller's candles.
async fn built(gate: &Gate, given: Vec<GivenCandle>, set: &str) -> Result<(Named, Timestamp, f64), Problem> {
    let Some(builder) = gate.builder.clone() else { return Err(Problem::no_builder()) };
    if given.len() > CANDLES {
        return Err(Problem::body(format!("candles: more than {CANDLES}")));
    }
    let mut candles = Vec::with_capacity(given.len());
    for (place, one) in given.into_iter().enumerate() {
        let GivenCandle { open_time, open, high, low, close, volume } = one;
        let candle = Candle { venue: Venue::Binance, open_time, open, high, low, close, volume };
        let wrong = |why: String| Problem::body(format!("candles[{place}]: {why}"));
        if open_time.floor(MINUTE) != open_time {
            return Err(wrong("open_time is not the start of a minute".into()));
        }
        let prices = [open, high, low, close];
        if !(prices.iter().all(|price| price.is_finite() && *price > 0.0) && volume.is_finite() && volume >= 0.0) {
            return Err(wrong("prices must be above zero, and the volume not below".into()));
        }
        if low > open.min(close) || high < open.max(close) {
            return Err(wrong("open and close must lie between low and high".into()));
        }
        if candles.last().is_some_and(|before: &CandleValidated| before.candle.open_time >= open_time) {
            return Err(wrong("is not after the one before".into()));
        }
        candles.push(CandleValidated { candle, origin: Origin::Replay, ingest_time: candle.close_time() });
    }
    // Long holes would be filled bar by bar.
    if let (Some(first), Some(last)) = (candles.first(), candles.last())
        && last.candle.open_time - first.candle.open_time > 2 * CANDLES as i64 * MINUTE
    {
        return Err(Problem::body("candles: reach over too long a time"));
    }
    let set = set.to_owned();
    let vector = web::block(move || builder.build(&candles, &set)).await;
    let vector = vector.map_err(|_| Problem::no_builder())?.map_err(Problem::unprocessable)?;
    let values = vector.names.into_iter().zip(vector.values).filter_map(|(name, value)| Some((name, value?)));
    Ok((Named(values.collect()), vector.as_of, vector.price))
}

/// The values in the order in which the model reads them.
fn row(names: &[String], values: &Named, base: Option<&Values>) -> Result<Vec<f64>, Problem> {
    let row = values
        .in_order(names, base)
        .map_err(|unknown| Problem::unprocessable(format!("the model reads no feature '{unknown}'")))?;
    let mut missing = names.iter().zip(&row).filter(|(_, value)| value.is_none()).map(|(name, _)| name);
    if let Some(first) = missing.next() {
        let more = match missing.count() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        return Err(Problem::unprocessable(format!(
            "no value for {first}{more}: name it, take `\"base\": \"latest\"`, or give more candles"
        )));
    }
    Ok(row.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_whole_and_has_nothing_else() {
        let names = ["a", "b"].map(str::to_owned);
        let values =
            |pairs: &[(&str, f64)]| Named(pairs.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect());
        assert_eq!(row(&names, &values(&[("b", 2.0), ("a", 1.0)]), None).expect("whole"), [1.0, 2.0]);
        let base = Values::from([("a".to_owned(), 3.0), ("b".to_owned(), 4.0)]);
        assert_eq!(row(&names, &values(&[("b", 2.0)]), Some(&base)).expect("whole"), [3.0, 2.0]);
        let lacks = row(&names, &values(&[("b", 2.0)]), None).expect_err("lacks one");
        assert_eq!((lacks.code, lacks.detail.contains("no value for a:")), ("unprocessable", true));
        assert!(row(&names, &values(&[]), None).expect_err("lacks two").detail.contains("a and 1 more:"));
        assert!(row(&names, &values(&[("c", 2.0)]), None).expect_err("unknown").detail.contains("'c'"));
    }
}
