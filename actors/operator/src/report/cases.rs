//! Settled forecasts: what monitoring scored, beside what serving gave.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;

use serde::Deserialize;
use sqlx::{Row, SqlitePool};
use wick_bus::{House, database};
use wick_schemas::report::{Case, Served};
use wick_schemas::{Horizon, Score, Timestamp};

use crate::error::{Error, Result};

/// Rows that are read at once.
const ROWS: i64 = 20_000;

/// What is read of the baselines' forecasts.
#[derive(Deserialize)]
struct Baselines {
    return_quantiles: [f64; 7],
}

/// Every case of a horizon whose forecast was made in that time, in time order.
///
/// # Errors
/// Where a layer does not read.
pub async fn read(house: &House, horizon: Horizon, within: &Range<Timestamp>) -> Result<Vec<Case>> {
    let path = house.path("monitoring.sqlite");
    let Some(monitoring) = database::read(&path).await? else { return Ok(Vec::new()) };
    let serving_path = house.path("serving.sqlite");
    let serving = database::read(&serving_path).await?;
    let mut cases = Vec::new();
    let mut from = within.start;
    loop {
        let query = "SELECT score FROM scores WHERE horizon = ? AND origin >= ? AND origin < ? ORDER BY origin LIMIT ?";
        let rows = sqlx::query(query)
            .bind(horizon.as_str())
            .bind(from.millis())
            .bind(within.end.millis())
            .bind(ROWS)
            .fetch_all(&monitoring)
            .await
            .map_err(wick_bus::Error::database(&path))?;
        let mut scores: Vec<Score> = Vec::with_capacity(rows.len());
        for row in &rows {
            let text: &str = row.try_get("score").map_err(Error::unreadable("a score"))?;
            scores.push(serde_json::from_str(text).map_err(Error::unreadable("a score"))?);
        }
        let (Some(first), Some(last)) = (scores.first(), scores.last()) else { break };
        let span = first.origin..last.origin.shift(1);
        from = span.end;
        let mut served = match &serving {
            Some(pool) => forecasts(pool, &serving_path, horizon, &span).await?,
            None => HashMap::new(),
        };
        cases.extend(scores.into_iter().map(|score| Case { served: served.remove(&score.origin), score }));
    }
    monitoring.close().await;
    if let Some(serving) = serving {
        serving.close().await;
    }
    Ok(cases)
}

/// What was served, by when it was made.
async fn forecasts(
    serving: &SqlitePool,
    path: &Path,
    horizon: Horizon,
    within: &Range<Timestamp>,
) -> Result<HashMap<Timestamp, Served>> {
    let query = "SELECT as_of, expected_return, raw_log_variance, return_quantiles, baseline FROM predictions \
                 WHERE horizon = ? AND as_of >= ? AND as_of < ?";
    let rows = sqlx::query(query)
        .bind(horizon.as_str())
        .bind(within.start.millis())
        .bind(within.end.millis())
        .fetch_all(serving)
        .await
        .map_err(wick_bus::Error::database(path))?;
    rows.iter().map(read_served).collect()
}

fn read_served(row: &sqlx::sqlite::SqliteRow) -> Result<(Timestamp, Served)> {
    let unreadable = || Error::unreadable("a forecast");
    let quantiles: &str = row.try_get("return_quantiles").map_err(unreadable())?;
    let baseline: &str = row.try_get("baseline").map_err(unreadable())?;
    let baselines: Baselines = serde_json::from_str(baseline).map_err(Error::unreadable("a baseline's forecast"))?;
    let served = Served {
        expected_return: row.try_get("expected_return").map_err(unreadable())?,
        raw_log_variance: row.try_get("raw_log_variance").map_err(unreadable())?,
        quantiles: serde_json::from_str(quantiles).map_err(Error::unreadable("a forecast's quantiles"))?,
        rolling: baselines.return_quantiles,
    };
    Ok((Timestamp(row.try_get("as_of").map_err(unreadable())?), served))
}
