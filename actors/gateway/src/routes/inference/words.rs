//! What the protocol's documents look like.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type};

use crate::routes::numbers::Flat;

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
    #[schema(schema_with = numbers)]
    pub data: Flat,
}

/// Numbers, or lists of numbers.
fn numbers() -> RefOr<Schema> {
    let number = ObjectBuilder::new().schema_type(SchemaType::Type(Type::Number)).build();
    let row = ArrayBuilder::new().items(number.clone()).build();
    let either = OneOfBuilder::new().item(number).item(row).build();
    RefOr::T(Schema::Array(ArrayBuilder::new().items(RefOr::T(Schema::OneOf(either))).build()))
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
