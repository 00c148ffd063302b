//! Whether we live, whether we are worth asking, and what is counted.

use std::time::Duration;

use actix_web::{HttpResponse, get, web};
use serde::Serialize;
use utoipa::ToSchema;
use wick_bus::metrics::Metrics;
use wick_bus::stream;
use wick_schemas::{Timestamp, topic};

use super::Gate;
use crate::middleware::closing::Phase;
use crate::problem::{Details, Problem};
use crate::readiness::{self, Check};

/// How long the bus may take to answer before it counts as away.
pub const BUS_PATIENCE: Duration = Duration::from_secs(2);

/// We live.
#[derive(Debug, Serialize, ToSchema)]
pub struct Alive {
    /// Always.
    pub alive: bool,
}

/// We are ready.
#[derive(Debug, Serialize, ToSchema)]
pub struct Ready {
    /// Always: otherwise there is a problem instead, with the same checks.
    pub ready: bool,
    /// What holds.
    pub checks: Vec<Check>,
}

/// Whether the process answers.
#[utoipa::path(tag = "health", responses((status = 200, body = Alive)))]
#[get("/livez")]
pub async fn livez() -> web::Json<Alive> {
    web::Json(Alive { alive: true })
}

/// Whether the bus answers, a model serves, and features are fresh.
#[utoipa::path(tag = "health", responses((status = 200, body = Ready), (status = 503, body = Details,
    content_type = "application/problem+json")))]
#[get("/readyz")]
pub async fn readyz(gate: web::Data<Gate>) -> Result<web::Json<Ready>, Problem> {
    ready(&gate).await.map(web::Json)
}

/// Whether we are ready.
///
/// # Errors
/// A problem that says what does not hold.
pub async fn ready(gate: &Gate) -> Result<Ready, Problem> {
    if *gate.phase.borrow() != Phase::Open {
        let detail = "the gateway is being closed".into();
        return Err(Problem::not_ready(vec![Check { name: "door", ok: false, detail }]));
    }
    let built = tokio::time::timeout(BUS_PATIENCE, built(gate)).await;
    let bus = match built {
        Ok(Ok(mark)) => Ok(mark),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no answer within {} s", BUS_PATIENCE.as_secs())),
    };
    let checks = readiness::judge(&gate.seen().view, bus, gate.house.clock.now());
    if checks.iter().all(|check| check.ok) {
        Ok(Ready { ready: true, checks })
    } else {
        Err(Problem::not_ready(checks))
    }
}

/// How far the features are built, by the bus; none where none are.
///
/// # Errors
/// Where the bus is away.
pub async fn built(gate: &Gate) -> wick_bus::Result<Option<Timestamp>> {
    let mut bus = gate.connections.get().await?;
    let marks = stream::read_watermarks(&gate.house, &mut bus).await?;
    // One who is at home and has handled nothing yet says zero.
    Ok(marks.get(topic::FEATURES_BUILT.name).copied().filter(|mark| mark.millis() > 0))
}

/// What this process counts, for Prometheus.
#[utoipa::path(tag = "health", responses((status = 200, body = String, content_type = "text/plain")))]
#[get("/metrics")]
pub async fn metrics(metrics: web::Data<Metrics>) -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(metrics.text())
}
