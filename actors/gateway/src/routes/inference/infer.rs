//! Forecasts of rows of features.

use actix_web::{HttpRequest, post, web};
use wick_schemas::Horizon;
use wick_schemas::prediction::TAUS;

use super::tensors::{OUTPUTS, inputs, output};
use super::words::{InferRequest, InferResponse, ResponseOutput};
use super::{NAME, version};
use crate::problem::{Details, Problem};
use crate::query::Query;
use crate::routes::Gate;
use crate::routes::body::whole;
use crate::scoring;

/// Forecasts of rows of features, with the model that serves.
#[utoipa::path(
    tag = "inference",
    params(("model" = String, Path, description = "wick")),
    request_body = InferRequest,
    responses(
        (status = 200, body = InferResponse),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
        (status = 413, body = Details, content_type = "application/problem+json"),
        (status = 503, body = Details, content_type = "application/problem+json"),
    )
)]
#[post("/v2/models/{model}/infer")]
pub async fn infer(
    request: HttpRequest,
    gate: web::Data<Gate>,
    model: web::Path<String>,
    body: web::Payload,
) -> Result<web::Json<InferResponse>, Problem> {
    Query::read(request.query_string(), &[])?;
    answer(&gate, &model, None, &whole(&request, body).await?).await.map(web::Json)
}

/// Forecasts of rows of features, with a model of the caller's choice.
#[utoipa::path(
    tag = "inference",
    params(
        ("model" = String, Path, description = "wick"),
        ("version" = String, Path, description = "the model's hash, or enough of its beginning"),
    ),
    request_body = InferRequest,
    responses(
        (status = 200, body = InferResponse),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
        (status = 409, body = Details, content_type = "application/problem+json"),
        (status = 413, body = Details, content_type = "application/problem+json"),
        (status = 503, body = Details, content_type = "application/problem+json"),
    )
)]
#[post("/v2/models/{model}/versions/{version}/infer")]
pub async fn infer_version(
    request: HttpRequest,
    gate: web::Data<Gate>,
    model: web::Path<(String, String)>,
    body: web::Payload,
) -> Result<web::Json<InferResponse>, Problem> {
    Query::read(request.query_string(), &[])?;
    answer(&gate, &model.0, Some(&model.1), &whole(&request, body).await?).await.map(web::Json)
}

async fn answer(gate: &Gate, model: &str, wanted: Option<&str>, body: &[u8]) -> Result<InferResponse, Problem> {
    let hash = version(gate, model, wanted).await?;
    let request: InferRequest = serde_json::from_slice(body).map_err(Problem::body)?;
    let outputs = match request.outputs.as_deref() {
        None | Some([]) => OUTPUTS.iter().collect(),
        Some(names) => names.iter().map(|one| output(&one.name)).collect::<Result<Vec<_>, _>>()?,
    };
    let artifact = gate.models.load(&gate.house, &hash).await?;
    let seen = gate.seen();
    let made = seen.view.latest(None).map(|made| made.as_of).max();
    let (rows, moments) = inputs(&artifact, &request.inputs, made.unwrap_or(gate.house.clock.now()))?;
    let mut tensors: Vec<Vec<f64>> = outputs.iter().map(|_| Vec::new()).collect();
    for (row, as_of) in rows.iter().zip(&moments) {
        for said in scoring::say(&artifact, &hash, row, *as_of, 1.0, &seen.view) {
            outputs.iter().zip(&mut tensors).for_each(|(output, data)| (output.value)(&said, data));
        }
    }
    let outputs = outputs.iter().zip(tensors).map(|(output, data)| {
        let mut shape = vec![rows.len(), Horizon::ALL.len()];
        shape.extend(output.quantiles.then_some(TAUS.len()));
        ResponseOutput { name: output.name, shape, datatype: "FP64", data }
    });
    Ok(InferResponse { model_name: NAME, model_version: hash, id: request.id, outputs: outputs.collect() })
}
