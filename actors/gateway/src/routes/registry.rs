//! Trained models, and which of them served when and why.

use actix_web::{HttpRequest, get, web};
use serde::Serialize;
use utoipa::ToSchema;
use wick_schemas::{ModelRefused, ModelTrained};

use super::Gate;
use crate::openapi::maybe;
use crate::problem::{Details, Problem};
use crate::query::Query;
use crate::tables::deployments::Deployment;
use crate::tables::registry::{Card, Manifest};

/// Trained models.
#[derive(Debug, Serialize, ToSchema)]
pub struct Models {
    /// Hash of the model that serves, or is the next to.
    pub champion: Option<String>,
    /// The models, the newest first.
    pub models: Vec<Manifest>,
    /// The newest training that was heard of.
    #[schema(schema_with = maybe::<ModelTrained>)]
    pub last_trained: Option<ModelTrained>,
    /// The newest refusal that was heard of.
    #[schema(schema_with = maybe::<ModelRefused>)]
    pub last_refused: Option<ModelRefused>,
}

/// A model.
#[derive(Debug, Serialize, ToSchema)]
pub struct Model {
    /// Whether it serves, or is the next to.
    pub champion: bool,
    /// Everything that is known of it.
    #[serde(flatten)]
    pub card: Card,
}

/// What served when.
#[derive(Debug, Serialize, ToSchema)]
pub struct Deployments {
    /// What served from when, the newest first.
    pub deployments: Vec<Deployment>,
}

/// The trained models, the newest first.
#[utoipa::path(
    tag = "models",
    params(("limit" = Option<usize>, Query, description = "models, up to 1000; 100 where it is not given")),
    responses(
        (status = 200, body = Models),
        (status = 400, body = Details, content_type = "application/problem+json"),
    )
)]
#[get("/v1/models")]
pub async fn models(request: HttpRequest, gate: web::Data<Gate>) -> Result<web::Json<Models>, Problem> {
    let limit = Query::read(request.query_string(), &["limit"])?.limit()?;
    let models = gate.tables.models(limit).await?;
    let view = gate.seen().view;
    Ok(web::Json(Models {
        champion: view.champion.as_ref().map(|champion| champion.model.clone()),
        models,
        last_trained: view.trained.clone(),
        last_refused: view.refused.clone(),
    }))
}

/// What served from when and why, the newest first.
#[utoipa::path(
    operation_id = "model_history",
    tag = "models",
    params(("limit" = Option<usize>, Query, description = "deployments, up to 1000; 100 where it is not given")),
    responses(
        (status = 200, body = Deployments),
        (status = 400, body = Details, content_type = "application/problem+json"),
    )
)]
#[get("/v1/models/history")]
pub async fn history(request: HttpRequest, gate: web::Data<Gate>) -> Result<web::Json<Deployments>, Problem> {
    let limit = Query::read(request.query_string(), &["limit"])?.limit()?;
    Ok(web::Json(Deployments { deployments: gate.tables.deployments(limit).await? }))
}

/// Everything that is known of a model.
#[utoipa::path(
    tag = "models",
    params(("hash" = String, Path, description = "the model's hash, or enough of its beginning")),
    responses(
        (status = 200, body = Model),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
        (status = 409, body = Details, content_type = "application/problem+json"),
    )
)]
#[get("/v1/models/{hash}")]
pub async fn model(
    request: HttpRequest,
    hash: web::Path<String>,
    gate: web::Data<Gate>,
) -> Result<web::Json<Model>, Problem> {
    Query::read(request.query_string(), &[])?;
    let card = find(&gate, &hash).await?.ok_or_else(|| Problem::no_model(&hash))?;
    let champion = gate.seen().view.champion.as_ref().is_some_and(|champion| champion.model == card.manifest.hash);
    Ok(web::Json(Model { champion, card }))
}

/// The one model whose hash begins like this; none where there is no registry here to ask.
///
/// # Errors
/// A problem where it is no hash, or there is no such model or more than one.
pub async fn find(gate: &Gate, hash: &str) -> Result<Option<Card>, Problem> {
    if hash.is_empty() || hash.len() > 64 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Problem::parameter("hash", "write up to 64 hexadecimal digits"));
    }
    let Some(mut fit) = gate.tables.models_named(hash).await? else { return Ok(None) };
    match (fit.pop(), fit.is_empty()) {
        (None, _) => Err(Problem::no_model(hash)),
        (Some(card), true) => Ok(Some(card)),
        (Some(_), false) => Err(Problem::many_models(hash)),
    }
}
