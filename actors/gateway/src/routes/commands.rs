//! What a person tells the house. Told, not done: the trainer decides, and says so on the bus.

use actix_web::{HttpRequest, HttpResponse, post, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wick_bus::stream;
use wick_schemas::time::BAR;
use wick_schemas::topic::actor::GATEWAY;
use wick_schemas::{Cause, Payload, Promote, Retrain, Rollback, Timestamp};

use super::{Gate, health, registry};
use crate::auth::Operator;
use crate::problem::{Details, Problem};
use crate::query::Query;

/// The longest reason, in characters.
const REASON: usize = 500;

/// Why something is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Why, for the record: up to 500 characters, of which some say something.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    pub reason: String,
}

/// A command that is on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Told {
    /// The id of its message; what comes of it names this as its cause.
    pub id: String,
    /// Its stream.
    pub topic: &'static str,
    /// The moment of asking, by the house's own time. The same words of the same moment are the same command.
    #[schema(value_type = i64)]
    pub at: Timestamp,
}

/// Asks for a new model, learnt from what is known up to now.
#[utoipa::path(
    tag = "commands",
    request_body = Asked,
    responses(
        (status = 202, body = Told),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 401, body = Details, content_type = "application/problem+json"),
        (status = 503, body = Details, content_type = "application/problem+json"),
    ),
    security(("operator_key" = []))
)]
#[post("/v1/retrain")]
pub async fn retrain(
    _operator: Operator,
    request: HttpRequest,
    gate: web::Data<Gate>,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    Query::read(request.query_string(), &[])?;
    let cause = Cause::Person { reason: read(&body)? };
    tell(&gate, |at| Retrain { at, cause, requested_by: GATEWAY.into() }).await
}

/// Asks for another champion.
#[utoipa::path(
    tag = "commands",
    params(("hash" = String, Path, description = "the model's hash, or enough of its beginning")),
    request_body = Asked,
    responses(
        (status = 202, body = Told),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 401, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
        (status = 409, body = Details, content_type = "application/problem+json"),
        (status = 503, body = Details, content_type = "application/problem+json"),
    ),
    security(("operator_key" = []))
)]
#[post("/v1/models/{hash}/promote")]
pub async fn promote(
    _operator: Operator,
    request: HttpRequest,
    gate: web::Data<Gate>,
    hash: web::Path<String>,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    // What somebody believes to be heeded, as in dry_run, must not be ignored.
    Query::read(request.query_string(), &[])?;
    let cause = Cause::Person { reason: read(&body)? };
    // Where there is no registry here to ask, the trainer knows.
    let model = registry::find(&gate, &hash).await?.map_or_else(|| hash.into_inner(), |card| card.manifest.hash);
    tell(&gate, |at| Promote { at, model, cause, requested_by: GATEWAY.into() }).await
}

/// Asks that the former champion serve again.
#[utoipa::path(
    tag = "commands",
    request_body = Asked,
    responses(
        (status = 202, body = Told),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 401, body = Details, content_type = "application/problem+json"),
        (status = 503, body = Details, content_type = "application/problem+json"),
    ),
    security(("operator_key" = []))
)]
#[post("/v1/models/rollback")]
pub async fn rollback(
    _operator: Operator,
    request: HttpRequest,
    gate: web::Data<Gate>,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    Query::read(request.query_string(), &[])?;
    let cause = Cause::Person { reason: read(&body)? };
    tell(&gate, |at| Rollback { at, cause, requested_by: GATEWAY.into() }).await
}

/// Reads why.
fn read(body: &[u8]) -> Result<String, Problem> {
    let wrong = |why: &str| Problem::body(format!("expected {{\"reason\": \"…\"}}: {why}"));
    // A list of values would be read as well: nobody who means it writes a command so.
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(wrong("it is no object"));
    }
    let asked: Asked = serde_json::from_slice(body).map_err(|error| wrong(&error.to_string()))?;
    match asked.reason.trim() {
        "" => Err(Problem::body("reason: say why, for the record")),
        reason if reason.chars().count() > REASON => {
            Err(Problem::body(format!("reason: more than {REASON} characters")))
        }
        reason => Ok(reason.to_owned()),
    }
}

/// Publishes a command, stamped with how far the features are built: what the house calls now.
async fn tell<P: Payload>(gate: &Gate, command: impl FnOnce(Timestamp) -> P) -> Result<HttpResponse, Problem> {
    let said = async {
        let at = health::built(gate).await?.unwrap_or_else(|| gate.house.clock.now().floor(BAR));
        let mut bus = gate.connections.get().await?;
        stream::tell(&gate.house, &mut bus, GATEWAY, &command(at)).await
    };
    let message = tokio::time::timeout(health::BUS_PATIENCE, said).await.map_err(|_| Problem::bus())??;
    tracing::info!(topic = P::TOPIC.name, id = %message.id, "a person gave a command");
    Ok(HttpResponse::Accepted().json(Told { id: message.id.to_string(), topic: P::TOPIC.name, at: message.time }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_needed_and_bounded() {
        assert_eq!(read(br#"{"reason": " new fees "}"#).expect("a reason"), "new fees");
        let long = format!("{{\"reason\": \"{}\"}}", "x".repeat(501));
        for wrong in
            ["", "[\"why\"]", "{}", "{\"reason\": \"\"}", "{\"reason\": 1}", "{\"reason\": \"a\", \"b\": 1}", &long]
        {
            assert_eq!(read(wrong.as_bytes()).expect_err(wrong).code, "bad_body");
        }
    }
}
