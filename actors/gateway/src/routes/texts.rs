//! News and posts, and what the indices of mood say.

use actix_web::{HttpRequest, get, web};
use serde::Serialize;
use utoipa::ToSchema;
use wick_schemas::Timestamp;

use super::Gate;
use crate::problem::{Details, Problem};
use crate::query::Query;
use crate::tables::texts::{Reading, Written};

/// What people write.
#[derive(Debug, Serialize, ToSchema)]
pub struct Texts {
    /// Articles and posts that passed every rule, the newest first.
    pub articles: Vec<Written>,
    /// The newest reading of each index.
    pub readings: Vec<Reading>,
}

/// Articles and posts that passed every rule, with how they sound, the newest first.
#[utoipa::path(
    tag = "data",
    params(
        ("from" = Option<String>, Query, description = "first seen at or after this moment: RFC 3339, a date, or milliseconds"),
        ("to" = Option<String>, Query, description = "first seen before this moment"),
        ("limit" = Option<usize>, Query, description = "texts, up to 1000; 100 where it is not given"),
    ),
    responses(
        (status = 200, body = Texts),
        (status = 400, body = Details, content_type = "application/problem+json"),
    )
)]
#[get("/v1/articles")]
pub async fn articles(request: HttpRequest, gate: web::Data<Gate>) -> Result<web::Json<Texts>, Problem> {
    let query = Query::read(request.query_string(), &["from", "to", "limit"])?;
    let (from, to) = (query.moment("from")?.unwrap_or(Timestamp::MIN), query.moment("to")?.unwrap_or(Timestamp::MAX));
    let articles = gate.tables.texts(from, to, query.limit()?).await?;
    Ok(web::Json(Texts { articles, readings: gate.tables.readings().await? }))
}
