//! Who answers, and whether they can.

use actix_web::{get, web};

use super::NAME;
use super::words::{IsReady, ServerLive, ServerMetadata};
use crate::problem::{Details, Problem};
use crate::routes::{Gate, health};

/// Who answers.
#[utoipa::path(tag = "inference", responses((status = 200, body = ServerMetadata)))]
#[get("/v2")]
pub async fn server() -> web::Json<ServerMetadata> {
    web::Json(ServerMetadata { name: NAME, version: env!("CARGO_PKG_VERSION"), extensions: Vec::new() })
}

/// Whether the server lives.
#[utoipa::path(tag = "inference", responses((status = 200, body = ServerLive)))]
#[get("/v2/health/live")]
pub async fn server_live() -> web::Json<ServerLive> {
    web::Json(ServerLive { live: true })
}

/// Whether the server is ready: a model serves, forecasts and features are fresh, the bus answers.
#[utoipa::path(tag = "inference", responses((status = 200, body = IsReady), (status = 503, body = Details,
    content_type = "application/problem+json")))]
#[get("/v2/health/ready")]
pub async fn server_ready(gate: web::Data<Gate>) -> Result<web::Json<IsReady>, Problem> {
    health::ready(&gate).await.map(|_| web::Json(IsReady { ready: true }))
}
