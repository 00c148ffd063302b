//! Where a forecast comes from: its vector, the candles behind it, the files as they came, the model and its training.

use actix_web::{HttpRequest, get, web};
use serde::Serialize;
use utoipa::ToSchema;
use wick_bus::lake::Listed;
use wick_bus::trace::Behind;
use wick_schemas::{Instrument, Timestamp};

use super::Gate;
use super::forecast::ShownForecast;
use crate::problem::{Details, Problem};
use crate::query::Query;
use crate::tables::registry::Manifest;

/// Bars that look-backs reach where nobody is there who knows better: a week and one.
const LOOKBACK: i64 = 673;

/// Where a forecast comes from.
#[derive(Debug, Serialize, ToSchema)]
pub struct Trace {
    /// What was forecast.
    #[schema(value_type = String)]
    pub instrument: Instrument,
    /// The id of the forecast's message.
    pub id: String,
    /// Its forecasts, one for each horizon, the nearest first.
    pub forecasts: Vec<ShownForecast>,
    /// The feature vector that they were made from.
    pub features: VectorTrace,
    /// The clean candles that the vector was made from.
    pub silver: SilverTrace,
    /// The files of bronze that these came in, each with its hash.
    pub bronze: Vec<FileTrace>,
    /// The model; `null` where there was none, or there is no registry here.
    pub model: Option<Manifest>,
}

/// A feature vector.
#[derive(Debug, Serialize, ToSchema)]
pub struct VectorTrace {
    /// The close of its bar, in milliseconds since 1970.
    #[schema(value_type = i64)]
    pub as_of: Timestamp,
    /// Id of its feature set.
    pub feature_set: String,
    /// The files of gold that hold it; none while it is in the journal.
    pub files: Vec<FileTrace>,
}

/// Rows of silver.
#[derive(Debug, Serialize, ToSchema)]
pub struct SilverTrace {
    /// The table.
    pub table: &'static str,
    /// Opened at or after this moment, in milliseconds since 1970: as far back as look-backs reach.
    #[schema(value_type = i64)]
    pub from: Timestamp,
    /// Opened before this moment.
    #[schema(value_type = i64)]
    pub to: Timestamp,
    /// How many candles there are, of all venues.
    pub candles: usize,
}

/// A file.
#[derive(Debug, Serialize, ToSchema)]
pub struct FileTrace {
    /// Its path in its layer.
    pub path: String,
    /// SHA-256 of its bytes; its beginning where no manifest lists it yet.
    pub sha256: String,
    /// How many rows it holds, where a manifest says.
    pub rows: Option<u64>,
}

impl From<Listed> for FileTrace {
    fn from(listed: Listed) -> Self {
        Self { path: listed.path, sha256: listed.sha256, rows: listed.rows }
    }
}

/// Where a forecast comes from, back to the files as they came.
///
/// Features that are smoothed over all of the past reach further back than what is listed here, by less and less.
#[utoipa::path(
    tag = "predictions",
    params(("id" = String, Path, description = "the id of the forecast's message")),
    responses(
        (status = 200, body = Trace),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
        (status = 503, body = Details, content_type = "application/problem+json"),
    )
)]
#[get("/v1/predictions/{id}/trace")]
pub async fn trace(
    request: HttpRequest,
    id: web::Path<String>,
    gate: web::Data<Gate>,
) -> Result<web::Json<Trace>, Problem> {
    Query::read(request.query_string(), &[])?;
    let made = gate.tables.forecasts_of(&id).await?;
    let Some(first) = made.first() else { return Err(Problem::no_prediction(&id)) };
    let (as_of, feature_set, model) = (first.as_of, first.feature_set.clone(), first.model.clone());
    let back = gate.builder.as_ref().map_or(LOOKBACK, |builder| builder.lookback());
    let model = match model.as_str() {
        "" => None,
        hash => gate.tables.models_named(hash).await?.and_then(|mut fit| fit.pop()).map(|card| card.manifest),
    };
    let (house, set) = (gate.house.clone(), feature_set.clone());
    let behind = web::block(move || Behind::of(&house, &set, as_of, back)).await;
    let Behind { from, gold, bronze } = behind.map_err(|_| Problem::table())??;
    let candles = gate.tables.count_candles(from, as_of).await?;
    let files = |files: Vec<Listed>| files.into_iter().map(FileTrace::from).collect();
    Ok(web::Json(Trace {
        instrument: gate.house.instrument().clone(),
        id: id.into_inner(),
        forecasts: made.into_iter().map(ShownForecast::from).collect(),
        features: VectorTrace { as_of, feature_set, files: files(gold) },
        silver: SilverTrace { table: "candles", from, to: as_of, candles },
        bronze: files(bronze),
        model,
    }))
}
