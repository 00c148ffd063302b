//! How good the forecasts were.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, get, web};
use serde::Serialize;
use utoipa::ToSchema;
use wick_schemas::scoreboard::{Row, Scoreboard, Summary};
use wick_schemas::time::DAY;
use wick_schemas::{Instrument, SkillDegraded, Timestamp};

use super::Gate;
use crate::openapi::{many, maybe};
use crate::problem::{Details, Problem};
use crate::query::Query;

/// The time that is looked at where none is named, in days.
const USUAL_DAYS: i64 = 30;
/// The longest time that is looked at at once, in days.
const MOST_DAYS: i64 = 366;

/// How good the forecasts of some time were, beside their baselines.
#[derive(Debug, Serialize, ToSchema)]
pub struct Board {
    /// What was forecast.
    #[schema(value_type = String)]
    pub instrument: Instrument,
    /// Forecasts made at or after this moment, in milliseconds since 1970.
    #[schema(value_type = i64)]
    pub from: Timestamp,
    /// Forecasts made before this moment.
    #[schema(value_type = i64)]
    pub to: Timestamp,
    /// Where they came from: `live`, `replay`, `simulated`.
    pub origins: Vec<String>,
    /// How many there are of each level.
    pub levels: BTreeMap<&'static str, usize>,
    /// One for each horizon.
    #[schema(schema_with = many::<Summary>)]
    pub summaries: Vec<Summary>,
    /// One for each horizon, loss and baseline.
    #[schema(schema_with = many::<Row>)]
    pub rows: Vec<Row>,
    /// When forecasts were last scored, as far as was heard.
    #[schema(value_type = Option<i64>)]
    pub scored_at: Option<Timestamp>,
    /// The newest loss of skill.
    #[schema(schema_with = maybe::<SkillDegraded>)]
    pub skill_lost: Option<SkillDegraded>,
}

/// How good the forecasts were, by horizon, beside their baselines.
#[utoipa::path(
    tag = "predictions",
    params(
        ("from" = Option<String>, Query, description = "forecasts made at or after this moment; 30 days before `to` \
                                                        where it is not given"),
        ("to" = Option<String>, Query, description = "forecasts made before this moment; up to the newest scored one \
                                                      where it is not given. 366 days at most"),
    ),
    responses(
        (status = 200, body = Board),
        (status = 400, body = Details, content_type = "application/problem+json"),
    )
)]
#[get("/v1/scoreboard")]
pub async fn scoreboard(request: HttpRequest, gate: web::Data<Gate>) -> Result<web::Json<Board>, Problem> {
    let query = Query::read(request.query_string(), &["from", "to"])?;
    let to = match query.moment("to")? {
        Some(to) => to,
        // Event time, not the clock's: a replay is scored, too.
        None => gate.tables.newest_scored(Timestamp::MAX).await?.unwrap_or(gate.house.clock.now()).shift(1),
    };
    let from = query.moment("from")?.unwrap_or(to.shift(-USUAL_DAYS * DAY));
    if to.millis().saturating_sub(from.millis()) > MOST_DAYS * DAY {
        return Err(Problem::parameter("from", format!("more than {MOST_DAYS} days before the end")));
    }
    let scores = gate.tables.scores(from, to).await?;
    let mut levels = BTreeMap::new();
    for score in &scores {
        *levels.entry(score.level.as_str()).or_insert(0) += 1;
    }
    // A year's scores take a moment, during which others want to be answered.
    let board = web::block(move || Scoreboard::of(scores.into_iter())).await;
    let board = board.map_err(|_| Problem::of_status(actix_web::http::StatusCode::INTERNAL_SERVER_ERROR))?;
    let view = gate.seen().view;
    Ok(web::Json(Board {
        instrument: gate.house.instrument().clone(),
        from,
        to,
        origins: gate.tables.origins(from, to.shift(-1)).await?,
        levels,
        summaries: board.summaries,
        rows: board.rows,
        scored_at: view.scored_at,
        skill_lost: view.skill_lost.clone(),
    }))
}
