//! Forecasts as they are kept in serving.

use serde::Serialize;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use wick_bus::{House, database};
use wick_schemas::time::BAR;
use wick_schemas::{Horizon, Level, Origin, Timestamp};

use crate::error::{Error, Result};

/// The newest forecast of a horizon.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Newest {
    /// The horizon.
    pub horizon: Horizon,
    /// The close of the bar: it knows nothing later.
    pub as_of: Timestamp,
    /// How old it is, in milliseconds.
    pub age_ms: i64,
    /// `live`, `replay` or `simulated`.
    pub origin: String,
    /// What it is worth now: what it was made with, or `stale` once it is older than two bars. A recorded one is always old.
    pub level: String,
    /// What it was made with.
    pub made_with: String,
    /// Hash of the model; empty at level `baseline`.
    pub model: String,
    /// The price that it starts from.
    pub price: f64,
    /// Probability of a rise.
    pub p_up: f64,
    /// Expected log return.
    pub expected_return: f64,
    /// Expected volatility over the horizon: a standard deviation of the log return.
    pub volatility: f64,
    /// Median of the price.
    pub median: f64,
    /// The price's 80 % interval.
    pub interval_80: [f64; 2],
    /// The price's 95 % interval.
    pub interval_95: [f64; 2],
    /// The id of its message.
    pub id: String,
}

/// The newest forecast of each horizon, or of one; none where none was made yet.
///
/// # Errors
/// Where serving does not read.
pub async fn newest(house: &House, horizon: Option<Horizon>) -> Result<Vec<Newest>> {
    let path = house.path("serving.sqlite");
    let Some(pool) = database::read(&path).await? else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for wanted in Horizon::ALL.into_iter().filter(|one| horizon.is_none_or(|horizon| horizon == *one)) {
        let row = sqlx::query(
            "SELECT as_of, id, price, origin, level, model, p_up, expected_return, variance, price_quantiles \
             FROM predictions WHERE horizon = ? ORDER BY as_of DESC LIMIT 1",
        )
        .bind(wanted.as_str())
        .fetch_optional(&pool)
        .await
        .map_err(wick_bus::Error::database(&path))?;
        if let Some(row) = row {
            found.push(read(&row, wanted, house.clock.now())?);
        }
    }
    pool.close().await;
    Ok(found)
}

fn read(row: &SqliteRow, horizon: Horizon, now: Timestamp) -> Result<Newest> {
    let wrong = || Error::unreadable::<sqlx::Error>(format!("a forecast for {horizon}"));
    let quantiles: String = row.try_get("price_quantiles").map_err(wrong())?;
    // Seven of them, as in `wick_schemas::prediction::TAUS`.
    let [q025, q10, _, median, _, q90, q975]: [f64; 7] =
        serde_json::from_str(&quantiles).map_err(Error::unreadable(format!("a forecast for {horizon}")))?;
    let as_of = Timestamp(row.try_get("as_of").map_err(wrong())?);
    let variance: f64 = row.try_get("variance").map_err(wrong())?;
    let age_ms = now.millis().saturating_sub(as_of.millis());
    let origin: String = row.try_get("origin").map_err(wrong())?;
    let made_with: String = row.try_get("level").map_err(wrong())?;
    let old = age_ms > 2 * BAR && origin != Origin::Replay.as_str();
    Ok(Newest {
        horizon,
        as_of,
        age_ms,
        origin,
        level: if old { Level::Stale.as_str().to_owned() } else { made_with.clone() },
        made_with,
        model: row.try_get("model").map_err(wrong())?,
        price: row.try_get("price").map_err(wrong())?,
        p_up: row.try_get("p_up").map_err(wrong())?,
        expected_return: row.try_get("expected_return").map_err(wrong())?,
        volatility: variance.sqrt(),
        median,
        interval_80: [q10, q90],
        interval_95: [q025, q975],
        id: row.try_get("id").map_err(wrong())?,
    })
}

/// An origin as people are shown it: that nobody traded at these prices must not be overlooked.
#[must_use]
pub fn shown_origin(origin: &str) -> String {
    if origin == "simulated" { origin.to_uppercase() } else { origin.to_owned() }
}
