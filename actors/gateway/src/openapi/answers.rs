//! What any route may answer besides what it says itself: said once, here, of all of them.

use actix_web::http::StatusCode;
use serde_json::{Map, Value, json};

use crate::middleware::shape::lasts;
use crate::problem::MEDIA_TYPE;

/// Routes that tell of health: they need no key, and nobody asks them too often.
const HEALTH: [&str; 5] = ["/livez", "/readyz", "/metrics", "/v2/health/live", "/v2/health/ready"];

/// Adds to every operation what the way to it may answer, and to those that read which key they need, if `locked`.
pub fn complete(document: &mut Value, locked: bool) {
    let mut used = Map::new();
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    for (path, operations) in paths {
        for (method, operation) in operations.as_object_mut().into_iter().flatten() {
            let health = HEALTH.contains(&path.as_str());
            let command = operation["security"].is_array();
            if locked && !health && !command {
                operation["security"] = json!([{ "read_key": [] }]);
            }
            let protected = operation["security"].is_array();
            let body = operation["requestBody"].is_object();
            let Some(responses) = operation["responses"].as_object_mut() else { continue };
            for (status, wanted, name, description) in [
                ("400", !health, "BadRequest", "the request is wrong; `detail` names what"),
                ("401", protected, "Unauthorized", "no key, or none of ours"),
                ("403", protected, "Forbidden", "the key is not for this"),
                ("406", true, "NotAcceptable", "no encoding that `accept-encoding` takes"),
                ("408", true, "Timeout", "it took longer than gateway.request_timeout_ms"),
                ("413", body, "TooLarge", "the body is longer than the route takes"),
                ("415", body, "UnsupportedEncoding", "`content-encoding` is none of identity, gzip and deflate"),
                ("429", !health, "TooManyRequests", "asked too often; `retry-after` says when to ask again"),
                ("500", true, "Internal", "something went wrong here"),
                ("503", true, "Away", "the bus or a table is away, or the house is not ready"),
            ] {
                if wanted && !responses.contains_key(status) {
                    responses.insert(status.into(), json!({ "$ref": format!("#/components/responses/{name}") }));
                    used.insert(name.into(), problem(description));
                }
            }
            if method == "get" && !health && lasts(path) {
                responses.insert("304".into(), json!({ "description": "the same as `if-none-match` names" }));
            }
            // What the routes leave unsaid, because the status says it.
            for (status, response) in responses.iter_mut() {
                let unsaid = response.get("$ref").is_none() && response.get("description").is_none();
                let words = status.parse().ok().and_then(|code| StatusCode::from_u16(code).ok());
                if let (true, Some(words)) = (unsaid, words.and_then(|status| status.canonical_reason())) {
                    response["description"] = words.to_lowercase().into();
                }
            }
        }
    }
    document["components"]["responses"] = Value::Object(used);
}

fn problem(description: &str) -> Value {
    let mut content = Map::new();
    content.insert(MEDIA_TYPE.into(), json!({ "schema": { "$ref": "#/components/schemas/Problem" } }));
    json!({ "description": description, "content": content })
}
