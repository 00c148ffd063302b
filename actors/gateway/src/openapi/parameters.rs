//! What a parameter may hold, by its name: the same name means the same in every route.

use serde_json::{Value, json};
use wick_schemas::{Horizon, Venue};

use crate::live::KINDS;
use crate::query::{MOMENTS, PAGE};

/// Says of every parameter what it may hold.
pub fn complete(document: &mut Value) {
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    let operations = paths.flat_map(|(_, item)| item.as_object_mut().into_iter().flatten());
    for (_, operation) in operations {
        // Indexing would put a `null` where there are none.
        let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
        for parameter in parameters.into_iter().flatten() {
            if let Some(schema) = parameter["name"].as_str().and_then(schema) {
                // An empty parameter of a query is as good as none.
                let optional = parameter["in"] == "query" && parameter["required"] != true;
                let nothing = json!({ "type": "string", "maxLength": 0 });
                parameter["schema"] = if optional { json!({ "anyOf": [schema, nothing] }) } else { schema };
            }
        }
    }
}

/// The schema of a parameter of this name; none where what the route says is all there is to say.
fn schema(name: &str) -> Option<Value> {
    Some(match name {
        "limit" => json!({ "type": "integer", "minimum": 1, "maximum": PAGE }),
        "horizon" => json!({ "type": "string", "enum": Horizon::ALL.map(Horizon::as_str) }),
        "interval" => json!({ "type": "string", "enum": ["1m", "15m", "1h", "4h", "1d"] }),
        "venue" => json!({ "type": "string", "enum": Venue::ALL.map(Venue::as_str) }),
        "from" | "to" => json!({ "anyOf": [
            { "type": "string", "format": "date-time" },
            { "type": "string", "format": "date" },
            { "type": "integer", "format": "int64", "minimum": MOMENTS.start(), "maximum": MOMENTS.end() },
        ] }),
        "cursor" => json!({ "type": "string", "pattern": "^[0-9]{1,15}-(15m|1h|4h|24h)$" }),
        "hash" => json!({ "type": "string", "pattern": "^[0-9a-fA-F]{1,64}$", "minLength": 1, "maxLength": 64 }),
        "topics" => json!({ "type": "string", "pattern": format!("^({0})(,({0}))*$", KINDS.join("|")) }),
        "set" | "suite" => json!({ "type": "string", "pattern": "^[0-9A-Za-z_-]{1,64}$" }),
        "failed" => json!({ "type": "boolean" }),
        // A segment of a path.
        "id" | "model" | "version" => json!({ "type": "string", "minLength": 1, "maxLength": 200 }),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parameter_that_is_known_says_what_it_may_hold() {
        let document = crate::routes::openapi(false);
        let limit = &document["paths"]["/v1/models"]["get"]["parameters"][0];
        assert_eq!((&limit["name"], &limit["schema"]["anyOf"][0]["maximum"]), (&json!("limit"), &json!(PAGE)));
        assert!(document["paths"]["/livez"]["get"].get("parameters").is_none());
    }
}
