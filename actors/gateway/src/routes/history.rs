//! Forecasts of the past, and what came of them.

use std::collections::HashMap;

use actix_web::{HttpRequest, get, web};
use serde::Serialize;
use utoipa::ToSchema;
use wick_schemas::{Horizon, Instrument, Score, Timestamp};

use super::Gate;
use super::forecast::ShownForecast;
use crate::openapi::maybe;
use crate::problem::{Details, Problem};
use crate::query::Query;
use crate::tables::forecasts::{Settled, Wanted};

/// A page of forecasts.
#[derive(Debug, Serialize, ToSchema)]
pub struct History {
    /// What was forecast.
    #[schema(value_type = String)]
    pub instrument: Instrument,
    /// The forecasts, the newest first.
    pub forecasts: Vec<PastForecast>,
    /// What to give as `cursor` for the next page; `null` where there is none.
    pub next: Option<String>,
}

/// A forecast of the past.
#[derive(Debug, Serialize, ToSchema)]
pub struct PastForecast {
    /// The forecast.
    #[serde(flatten)]
    pub forecast: ShownForecast,
    /// What came; `null` until its horizon is over.
    pub outcome: Option<Outcome>,
    /// How wrong it was, beside its baselines; `null` until then.
    #[schema(schema_with = maybe::<Score>)]
    pub score: Option<Score>,
}

/// What came.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct Outcome {
    /// Whether the price rose.
    pub up: bool,
    /// Realised log return over the horizon.
    pub log_return: f64,
    /// Realised variance over the horizon.
    pub realised_variance: f64,
}

/// Forecasts with their outcomes, page by page, the newest first.
#[utoipa::path(
    tag = "predictions",
    params(
        ("horizon" = Option<String>, Query, description = "15m, 1h, 4h or 24h; all where it is not given"),
        ("from" = Option<String>, Query, description = "made at or after this moment: RFC 3339, a date, or milliseconds"),
        ("to" = Option<String>, Query, description = "made before this moment"),
        ("cursor" = Option<String>, Query, description = "`next` of the page before"),
        ("limit" = Option<usize>, Query, description = "forecasts in a page, up to 1000; 100 where it is not given"),
    ),
    responses(
        (status = 200, body = History),
        (status = 400, body = Details, content_type = "application/problem+json"),
    )
)]
#[get("/v1/predictions")]
pub async fn history(request: HttpRequest, gate: web::Data<Gate>) -> Result<web::Json<History>, Problem> {
    let query = Query::read(request.query_string(), &["horizon", "from", "to", "cursor", "limit"])?;
    let limit = query.limit()?;
    let wanted = Wanted {
        horizon: query.parse("horizon")?,
        from: query.moment("from")?,
        to: query.moment("to")?,
        before: query.text("cursor").map(read_cursor).transpose()?,
        // One more than is shown says whether there is another page.
        limit: limit + 1,
    };
    let mut page = gate.tables.forecasts(&wanted).await?;
    let more = page.len() > limit;
    page.truncate(limit);
    let next = page.last().filter(|_| more).map(|last| write_cursor(&last.made));
    let mut scores = HashMap::new();
    if let (Some(newest), Some(oldest)) = (page.first(), page.last()) {
        for score in gate.tables.scores(oldest.made.as_of, newest.made.as_of.shift(1)).await? {
            scores.insert((score.origin, score.horizon), score);
        }
    }
    let shown = |settled: Settled| {
        let score = scores.remove(&(settled.made.as_of, settled.made.forecast.horizon));
        PastForecast { outcome: outcome(&settled, score.as_ref()), forecast: settled.made.into(), score }
    };
    let forecasts = page.into_iter().map(shown).collect();
    Ok(web::Json(History { instrument: gate.house.instrument().clone(), forecasts, next }))
}

/// What came, by whoever kept it: the predictor keeps what it learns from, the drift monitor what it scored.
fn outcome(settled: &Settled, score: Option<&Score>) -> Option<Outcome> {
    let learnt = settled.outcome.map(|target| (target.up(), target.log_return, target.realised_variance));
    let scored = score.map(|score| (score.up, score.log_return, score.realised_variance));
    let (up, log_return, realised_variance) = learnt.or(scored)?;
    Some(Outcome { up, log_return, realised_variance })
}

fn write_cursor(made: &crate::view::Made) -> String {
    format!("{}-{}", made.as_of.millis(), made.forecast.horizon)
}

fn read_cursor(text: &str) -> Result<(Timestamp, Horizon), Problem> {
    let read = || {
        let (millis, horizon) = text.rsplit_once('-')?;
        Some((Timestamp(millis.parse().ok()?), horizon.parse().ok()?))
    };
    read().ok_or_else(|| Problem::parameter("cursor", "give back what `next` of the page before said"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::samples::prediction;
    use crate::view::View;
    use wick_schemas::Level;

    #[test]
    fn a_cursor_reads_back() {
        let mut view = View::default();
        view.prediction("p", &prediction(Timestamp(1_704_067_200_000), Level::Champion));
        for made in view.latest(None) {
            let cursor = write_cursor(made);
            assert_eq!(read_cursor(&cursor).expect("reads"), (made.as_of, made.forecast.horizon));
        }
        for wrong in ["", "1", "x-1h", "1-2h"] {
            assert!(read_cursor(wrong).expect_err("no cursor").detail.starts_with("cursor: "));
        }
    }
}
