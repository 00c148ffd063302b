//! What a model takes and gives, and whether it can be asked.

use actix_web::{HttpRequest, get, web};
use serde_json::json;
use wick_schemas::Horizon;
use wick_schemas::prediction::TAUS;

use super::tensors::OUTPUTS;
use super::words::{IsReady, ModelMetadata, TensorMetadata};
use super::{NAME, version};
use crate::problem::{Details, Problem};
use crate::query::Query;
use crate::routes::Gate;

macro_rules! of_version {
    ($(#[$doc:meta])* $route:literal, $name:ident, $versioned_route:literal, $versioned:ident, $answer:ty, $does:ident) => {
        $(#[$doc])*
        #[utoipa::path(
            tag = "inference",
            params(("model" = String, Path, description = "wick")),
            responses(
                (status = 200, body = $answer),
                (status = 400, body = Details, content_type = "application/problem+json"),
                (status = 404, body = Details, content_type = "application/problem+json"),
                (status = 503, body = Details, content_type = "application/problem+json"),
            )
        )]
        #[get($route)]
        pub async fn $name(
            request: HttpRequest,
            gate: web::Data<Gate>,
            model: web::Path<String>,
        ) -> Result<web::Json<$answer>, Problem> {
            Query::read(request.query_string(), &[])?;
            $does(&gate, &model, None).await.map(web::Json)
        }

        $(#[$doc])*
        #[utoipa::path(
            tag = "inference",
            params(
                ("model" = String, Path, description = "wick"),
                ("version" = String, Path, description = "the model's hash, or enough of its beginning"),
            ),
            responses(
                (status = 200, body = $answer),
                (status = 400, body = Details, content_type = "application/problem+json"),
                (status = 404, body = Details, content_type = "application/problem+json"),
                (status = 409, body = Details, content_type = "application/problem+json"),
                (status = 503, body = Details, content_type = "application/problem+json"),
            )
        )]
        #[get($versioned_route)]
        pub async fn $versioned(
            request: HttpRequest,
            gate: web::Data<Gate>,
            model: web::Path<(String, String)>,
        ) -> Result<web::Json<$answer>, Problem> {
            Query::read(request.query_string(), &[])?;
            $does(&gate, &model.0, Some(&model.1)).await.map(web::Json)
        }
    };
}

of_version!(
    /// What the model takes and gives.
    "/v2/models/{model}", model_metadata, "/v2/models/{model}/versions/{version}", version_metadata, ModelMetadata, describe
);
of_version!(
    /// Whether the model can be asked: it is there and proves right.
    "/v2/models/{model}/ready", model_ready, "/v2/models/{model}/versions/{version}/ready", version_ready, IsReady, prove
);

async fn prove(gate: &Gate, model: &str, wanted: Option<&str>) -> Result<IsReady, Problem> {
    let hash = version(gate, model, wanted).await?;
    gate.models.load(&gate.house, &hash).await.map(|_| IsReady { ready: true })
}

async fn describe(gate: &Gate, model: &str, wanted: Option<&str>) -> Result<ModelMetadata, Problem> {
    let hash = version(gate, model, wanted).await?;
    let artifact = gate.models.load(&gate.house, &hash).await?;
    let columns = i64::try_from(artifact.names.len()).unwrap_or(i64::MAX);
    let tensor = |name, datatype, shape: &[i64]| TensorMetadata { name, datatype, shape: shape.to_vec() };
    let versions = gate.tables.models(100).await?.into_iter().map(|manifest| manifest.hash).collect();
    Ok(ModelMetadata {
        name: NAME,
        versions,
        platform: "wick_artifact",
        inputs: vec![tensor("features", "FP64", &[-1, columns]), tensor("as_of", "INT64", &[-1])],
        outputs: OUTPUTS
            .iter()
            .map(|output| tensor(output.name, "FP64", if output.quantiles { &[-1, 4, 7] } else { &[-1, 4] }))
            .collect(),
        parameters: json!({
            "version": hash, "feature_set": artifact.feature_set, "features": artifact.names,
            "horizons": Horizon::ALL.map(Horizon::as_str), "taus": TAUS,
        }),
    })
}
