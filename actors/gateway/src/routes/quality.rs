//! How batches of data met what is expected of them.

use actix_web::{HttpRequest, get, web};
use serde::Serialize;
use utoipa::ToSchema;
use wick_schemas::QualityReported;

use super::Gate;
use crate::openapi::many;
use crate::problem::{Details, Problem};
use crate::query::Query;

/// Reports of batches.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reports {
    /// The reports, the newest first.
    #[schema(schema_with = many::<QualityReported>)]
    pub reports: Vec<QualityReported>,
}

/// How batches of data met what is expected of their tables, the newest first.
#[utoipa::path(
    tag = "data",
    params(
        ("suite" = Option<String>, Query, description = "one suite only, as in candles"),
        ("failed" = Option<bool>, Query, description = "true: only those that did not meet everything"),
        ("limit" = Option<usize>, Query, description = "reports, up to 1000; 100 where it is not given"),
    ),
    responses(
        (status = 200, body = Reports),
        (status = 400, body = Details, content_type = "application/problem+json"),
    )
)]
#[get("/v1/quality")]
pub async fn quality(request: HttpRequest, gate: web::Data<Gate>) -> Result<web::Json<Reports>, Problem> {
    let query = Query::read(request.query_string(), &["suite", "failed", "limit"])?;
    let (suite, failed) = (query.text("suite").unwrap_or_default(), query.parse("failed")?.unwrap_or(false));
    if suite.len() > 64 || !suite.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-') {
        return Err(Problem::parameter("suite", "write the name of a suite, as in candles"));
    }
    Ok(web::Json(Reports { reports: gate.tables.reports(suite, failed, query.limit()?).await? }))
}
