//! The Open Inference Protocol, version 2: forecasts for whoever speaks it, tensors in and tensors out.

use actix_web::{HttpRequest, get, post, web};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use wick_schemas::prediction::TAUS;
use wick_schemas::{Artifact, Horizon, Timestamp};

use super::numbers::Flat;
use super::{Gate, health, registry};
use crate::problem::{Details, Problem};
use crate::query::Query;
use crate::scoring;

/// What the model is called; its versions are hashes.
const NAME: &str = "wick";
/// Rows of a request, at most.
const ROWS: usize = 1_024;
/// The latest moment that a row may speak of: the end of the 21st century.
const LATEST: i64 = 4_102_444_800_000;

/// Who answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServerMetadata {
    /// The server's name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// What it can besides: nothing.
    pub extensions: Vec<String>,
}

/// Whether the server lives.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServerLive {
    /// Always.
    pub live: bool,
}

/// Whether something is ready.
#[derive(Debug, Serialize, ToSchema)]
pub struct IsReady {
    /// Always: otherwise there is a problem instead.
    pub ready: bool,
}

/// What a model takes and gives.
#[derive(Debug, Serialize, ToSchema)]
pub struct ModelMetadata {
    /// The model's name.
    pub name: &'static str,
    /// Hashes of the versions that can be asked for, the newest first.
    pub versions: Vec<String>,
    /// What it is: trees and lines of Wick's own format.
    pub platform: &'static str,
    /// `features`, a row for each forecast, in the order of `parameters.features`; and, if wanted, `as_of`, the close of the
    /// bar of each row in milliseconds since 1970.
    pub inputs: Vec<TensorMetadata>,
    /// What it says of each row and horizon.
    pub outputs: Vec<TensorMetadata>,
    /// `features`: their names in order; `horizons` and `taus`: those of the outputs; `version`: the hash.
    #[schema(value_type = Object)]
    pub parameters: Value,
}

/// What a tensor is.
#[derive(Debug, Serialize, ToSchema)]
pub struct TensorMetadata {
    /// Its name.
    pub name: &'static str,
    /// `FP64` or `INT64`.
    pub datatype: &'static str,
    /// Its shape; -1 stands for the number of rows.
    pub shape: Vec<i64>,
}

/// A request for forecasts.
#[derive(Debug, Deserialize, ToSchema)]
pub struct InferRequest {
    /// What the caller calls it; it is given back.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub id: Option<String>,
    /// Nothing is done with them.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub parameters: Option<serde_json::Map<String, Value>>,
    /// `features`, and `as_of` if wanted.
    pub inputs: Vec<RequestInput>,
    /// Which outputs are wanted; all where none is named.
    #[serde(default)]
    pub outputs: Option<Vec<RequestOutput>>,
}

/// A tensor that goes in.
#[derive(Debug, Deserialize, ToSchema)]
pub struct RequestInput {
    /// `features` or `as_of`.
    pub name: String,
    /// As many rows as forecasts are wanted, up to 1024.
    pub shape: Vec<u64>,
    /// `FP64` or `FP32` for features, `INT64` for moments.
    pub datatype: String,
    /// Nothing is done with them.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub parameters: Option<serde_json::Map<String, Value>>,
    /// The numbers, row by row; nested or flat.
    #[schema(value_type = Vec<Object>)]
    pub data: Flat,
}

/// An output that is wanted.
#[derive(Debug, Deserialize, ToSchema)]
pub struct RequestOutput {
    /// `p_up`, `variance`, `volatility` or `return_quantiles`.
    pub name: String,
    /// Nothing is done with them.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub parameters: Option<serde_json::Map<String, Value>>,
}

/// Forecasts.
#[derive(Debug, Serialize, ToSchema)]
pub struct InferResponse {
    /// The model's name.
    pub model_name: &'static str,
    /// Its hash.
    pub model_version: String,
    /// What the caller called it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The tensors.
    pub outputs: Vec<ResponseOutput>,
}

/// A tensor that comes out.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResponseOutput {
    /// Its name.
    pub name: &'static str,
    /// Its shape: rows, horizons, and quantiles where there are any.
    pub shape: Vec<usize>,
    /// `FP64`.
    pub datatype: &'static str,
    /// The numbers, row by row.
    pub data: Vec<f64>,
}

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
    body: web::Bytes,
) -> Result<web::Json<InferResponse>, Problem> {
    Query::read(request.query_string(), &[])?;
    answer(&gate, &model, None, &body).await.map(web::Json)
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
    body: web::Bytes,
) -> Result<web::Json<InferResponse>, Problem> {
    Query::read(request.query_string(), &[])?;
    answer(&gate, &model.0, Some(&model.1), &body).await.map(web::Json)
}

/// The hash that is meant.
async fn version(gate: &Gate, model: &str, version: Option<&str>) -> Result<String, Problem> {
    if model != NAME {
        return Err(Problem::no_model_called(model, NAME));
    }
    match version {
        Some(version) => match registry::find(gate, version).await? {
            Some(card) => Ok(card.manifest.hash),
            None => Err(Problem::no_model(version)),
        },
        None => scoring::serving(&gate.seen().view, gate.house.clock.now()),
    }
}

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

/// Something that is said of each row.
struct Output {
    name: &'static str,
    quantiles: bool,
    value: fn(&scoring::Said, &mut Vec<f64>),
}

const OUTPUTS: [Output; 4] = [
    Output { name: "p_up", quantiles: false, value: |said, data| data.push(said.p_up) },
    Output { name: "variance", quantiles: false, value: |said, data| data.push(said.variance) },
    Output { name: "volatility", quantiles: false, value: |said, data| data.push(said.volatility) },
    Output {
        name: "return_quantiles",
        quantiles: true,
        value: |said, data| data.extend(said.quantiles.iter().map(|quantile| quantile.log_return)),
    },
];

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

fn output(name: &str) -> Result<&'static Output, Problem> {
    OUTPUTS.iter().find(|output| output.name == name).ok_or_else(|| {
        let known: Vec<&str> = OUTPUTS.iter().map(|output| output.name).collect();
        Problem::body(format!("outputs: no '{name}'; there is {}", known.join(", ")))
    })
}

/// Reads the tensors: rows of features, and the moment of each.
fn inputs(
    artifact: &Artifact,
    inputs: &[RequestInput],
    newest: Timestamp,
) -> Result<(Vec<Vec<f64>>, Vec<Timestamp>), Problem> {
    let columns = artifact.names.len();
    let (mut rows, mut moments) = (None, None);
    for input in inputs {
        let wrong =
            |why: &str| Problem::body(format!("inputs: {}: {why}", input.name.chars().take(40).collect::<String>()));
        let data = &input.data.0;
        let size = input.shape.iter().try_fold(1_u64, |size, side| size.checked_mul(*side));
        if size != Some(data.len() as u64) {
            return Err(wrong("there are not as many numbers as its shape says"));
        }
        match (input.name.as_str(), input.datatype.as_str(), input.shape.as_slice()) {
            ("features", "FP64" | "FP32", [count, wide]) if *wide == columns as u64 && *count <= ROWS as u64 => {
                rows = Some(data.chunks_exact(columns.max(1)).map(<[f64]>::to_vec).collect::<Vec<_>>());
            }
            ("features", "FP64" | "FP32", _) => {
                return Err(wrong(&format!("its shape must be [up to {ROWS}, {columns}]")));
            }
            ("as_of", "INT64", [_] | [_, 1]) => {
                if !data.iter().all(|millis| (0.0..=LATEST as f64).contains(millis)) {
                    return Err(wrong("milliseconds since 1970 are expected"));
                }
                moments = Some(data.iter().map(|millis| Timestamp(*millis as i64)).collect::<Vec<_>>());
            }
            ("features" | "as_of", datatype, _) => {
                return Err(wrong(&format!("datatype {datatype} and this shape do not go together here")));
            }
            _ => return Err(wrong("there is no such input; there is features and as_of")),
        }
    }
    let rows = rows.ok_or_else(|| Problem::body("inputs: features is missing"))?;
    let moments = moments.unwrap_or_else(|| vec![newest; rows.len()]);
    if moments.len() != rows.len() {
        return Err(Problem::body("inputs: as_of must have one number for each row of features"));
    }
    Ok((rows, moments))
}
