//! A message type's JSON Schema.

use serde_json::Value;

use super::message::Message;

/// The schema as text. Its `$id` is the `dataschema` of the messages that it describes.
pub(super) fn text(message: &Message) -> String {
    let mut schema = (message.schema)();
    schema.insert("$id".to_owned(), Value::String(message.topic.schema()));
    let mut schema = Value::from(schema);
    plain_words(&mut schema);
    // Whether a map keeps its order is up to features that another crate of the build may ask for.
    schema.sort_all_objects();
    format!("{schema:#}\n")
}

/// Takes the brackets of links off the descriptions: they lead somewhere only in the API documentation.
fn plain_words(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if name == "description" => {
                        *text = text.replace("[`", "`").replace("`]", "`");
                    }
                    other => plain_words(other),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(plain_words),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::MESSAGES;
    use crate::topic;

    #[test]
    fn a_schema_names_itself_and_its_fields() {
        let of = |topic| {
            let message = MESSAGES.iter().find(|message| message.topic == topic).expect("a message");
            serde_json::from_str::<Value>(&text(message)).expect("JSON")
        };
        let candle = of(topic::CANDLES_RECEIVED);
        assert_eq!(candle["$id"], "/schemas/candles.received/v1");
        assert_eq!(candle["required"], serde_json::json!(["candle", "origin", "ingest_time"]));
        assert_eq!(
            candle["definitions"]["RawCandle"]["properties"]["open"]["type"],
            serde_json::json!(["number", "null"])
        );
        let validated = of(topic::CANDLES_VALIDATED);
        assert_eq!(validated["definitions"]["Candle"]["properties"]["open"]["type"], "number");
    }

    #[test]
    fn descriptions_have_no_links_of_rust() {
        for message in MESSAGES {
            assert!(!text(message).contains("[`"), "{}", message.topic.name);
        }
    }
}
