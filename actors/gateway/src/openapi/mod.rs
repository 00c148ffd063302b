//! The description of the API: OpenAPI 3.1, made of the routes themselves and of the vocabulary's own schemas.

mod answers;
mod parameters;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Value, json};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{OpenApi, Ref, RefOr};
use wick_schemas::model_event::CellMetric;
use wick_schemas::prediction::BaselineForecast;
use wick_schemas::scoreboard::{Row, Summary};
use wick_schemas::{
    Cause, CoverageMissed, DriftDetected, Horizon, Level, ModelRefused, ModelTrained, Origin, QualityReported, Score,
    SkillDegraded, Target, Timestamp, Venue,
};

/// A type of the vocabulary, whose schema is its own.
pub fn one<T: JsonSchema>() -> RefOr<Schema> {
    RefOr::Ref(Ref::from_schema_name(T::schema_name()))
}

/// A type of the vocabulary, or `null`.
pub fn maybe<T: JsonSchema>() -> RefOr<Schema> {
    let nothing = ObjectBuilder::new().schema_type(SchemaType::Type(Type::Null)).build();
    RefOr::T(Schema::OneOf(OneOfBuilder::new().item(one::<T>()).item(nothing).build()))
}

/// A list of a type of the vocabulary.
pub fn many<T: JsonSchema>() -> RefOr<Schema> {
    RefOr::T(Schema::Array(ArrayBuilder::new().items(one::<T>()).build()))
}

/// Completes what was collected from the routes: who we are, the keys, what any answer may be, and the vocabulary.
/// `locked` says whether reading needs a key.
#[must_use]
pub fn complete(mut collected: OpenApi, locked: bool) -> Value {
    collected.info = utoipa::openapi::InfoBuilder::new()
        .title("Wick")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Forecasts of the price of Bitcoin, and how good they were. Times are milliseconds since 1970 (UTC); errors \
             are application/problem+json with a stable code. What says `simulated` was never traded.",
        ))
        .license(Some(utoipa::openapi::LicenseBuilder::new().name(env!("CARGO_PKG_LICENSE")).build()))
        .build();
    // Strings, numbers and maps with text keys: this always serialises.
    let mut document = serde_json::to_value(&collected).unwrap_or_default();
    answers::complete(&mut document, locked);
    parameters::complete(&mut document);
    let components = &mut document["components"];
    components["securitySchemes"]["operator_key"] = json!({
        "type": "http",
        "scheme": "bearer",
        "description": "an operator key: made at the first start, in operator.key in the data folder; or one of scope \
                        operate, made by `wick keys create`",
    });
    if locked {
        components["securitySchemes"]["read_key"] = json!({
            "type": "http",
            "scheme": "bearer",
            "description": "a key of scope read or operate, made by `wick keys create`",
        });
    }
    for (name, schema) in vocabulary() {
        components["schemas"][name] = schema;
    }
    document
}

/// The schemas of the vocabulary that answers speak.
fn vocabulary() -> serde_json::Map<String, Value> {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    fn add<T: JsonSchema>(generator: &mut SchemaGenerator) {
        generator.subschema_for::<T>();
    }
    add::<BaselineForecast>(&mut generator);
    add::<Cause>(&mut generator);
    add::<CellMetric>(&mut generator);
    add::<CoverageMissed>(&mut generator);
    add::<DriftDetected>(&mut generator);
    add::<Horizon>(&mut generator);
    add::<Level>(&mut generator);
    add::<ModelRefused>(&mut generator);
    add::<ModelTrained>(&mut generator);
    add::<Origin>(&mut generator);
    add::<QualityReported>(&mut generator);
    add::<Score>(&mut generator);
    add::<Row>(&mut generator);
    add::<Summary>(&mut generator);
    add::<SkillDegraded>(&mut generator);
    add::<Target>(&mut generator);
    add::<Timestamp>(&mut generator);
    add::<Venue>(&mut generator);
    generator.take_definitions(true)
}
