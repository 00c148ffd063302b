//! The AsyncAPI 3 description of every stream.

use serde_yaml_ng::Value;

use super::message::{MESSAGES, Message};
use crate::envelope::{CONTENT_TYPE, SPEC_VERSION};
use crate::topic::Topic;

/// The attributes of CloudEvents and of Wick, with what each says; `data` is the payload.
pub(super) const ATTRIBUTES: [(&str, &str); 11] = [
    ("id", "the message's identity, derived from what it says: the same words are the same message"),
    ("source", "who published it: `/wick/<actor>`"),
    ("type", "the topic"),
    ("specversion", "the version of CloudEvents"),
    ("time", "when it happened, or from when it holds: RFC 3339 with milliseconds, UTC"),
    ("subject", "the instrument"),
    ("dataschema", "which JSON Schema the data follow: `/schemas/<topic>/v<version>`"),
    ("datacontenttype", "the media type of the data"),
    ("correlationid", "the `id` of the first message of the chain that led here"),
    ("causationid", "the `id` of the message that this one answers; empty at the start of a chain"),
    ("traceparent", "W3C trace context: `correlationid` is the trace, the first half of `id` the span"),
];

const ABOUT: &str = "\
Event-driven forecasts of Bitcoin. Each channel is a Redis stream whose key is the channel's address behind the \
setting bus.prefix (empty by default). The address's parameter brings its braces along, because they are part of the \
key: they put all of an instrument's streams in one slot of a Redis Cluster. An entry of a stream is a CloudEvent in \
binary mode: its headers are the entry's fields, and its payload is the field data, as JSON.";

const SERVER: &str = "\
A Redis of your own, named by bus.url. Without that setting Wick starts one that listens only on the unix socket \
bus/redis.sock in its data folder.";

const DEAD: &str = "\
Messages that the actor named in the field actor could not handle, with every field that they had, and with the reason \
in the field error. An entry that is no message keeps the fields that it has.";

/// The description as YAML.
pub(super) fn text() -> String {
    let description = object([
        ("asyncapi", "3.0.0".into()),
        ("info", object([("title", "Wick".into()), ("version", "1".into()), ("description", ABOUT.into())])),
        ("defaultContentType", CONTENT_TYPE.into()),
        ("servers", object([("redis", server())])),
        ("channels", channels()),
        ("operations", map(MESSAGES.iter().flat_map(operations))),
        ("components", components()),
    ]);
    // A tree of strings and maps with strings as keys always has a text; an empty file would fail its test.
    serde_yaml_ng::to_string(&description).unwrap_or_default()
}

fn server() -> Value {
    object([("host", "127.0.0.1:6379".into()), ("protocol", "redis".into()), ("description", SERVER.into())])
}

fn channels() -> Value {
    let channel = |Message { topic, .. }: &Message| {
        let channel = object([
            ("address", format!("{}:{{instrument}}", topic.name).into()),
            ("description", topic.says.into()),
            ("parameters", object([("instrument", reference("#/components/parameters/instrument".to_owned()))])),
            ("messages", object([(topic.name, reference(format!("#/components/messages/{}", topic.name)))])),
        ]);
        (topic.name.to_owned(), channel)
    };
    let read = MESSAGES.iter().filter(|message| !message.topic.consumers.is_empty());
    let dead = object([
        ("address", "dead.{topic}:{instrument}".into()),
        ("description", DEAD.into()),
        (
            "parameters",
            object([
                ("topic", object([("enum", read.map(|message| Value::from(message.topic.name)).collect())])),
                ("instrument", reference("#/components/parameters/instrument".to_owned())),
            ]),
        ),
        ("messages", object([("dead", reference("#/components/messages/dead".to_owned()))])),
    ]);
    map(MESSAGES.iter().map(channel).chain([("dead".to_owned(), dead)]))
}

/// Who sends and who receives, each seen from the actor.
fn operations(Message { topic, .. }: &Message) -> Vec<(String, Value)> {
    let operation = |actor: &str, action: &str| {
        let message = format!("#/channels/{0}/messages/{0}", topic.name);
        let operation = object([
            ("action", action.into()),
            ("channel", reference(format!("#/channels/{}", topic.name))),
            ("messages", Value::Sequence(vec![reference(message)])),
            ("tags", Value::Sequence(vec![object([("name", actor.into())])])),
        ]);
        (format!("{actor}.{action}.{}", topic.name), operation)
    };
    let sent = topic.publishers.iter().map(|actor| operation(actor, "send"));
    let received = topic.consumers.iter().map(|actor| operation(actor, "receive"));
    sent.chain(received).collect()
}

fn components() -> Value {
    let instrument = object([
        ("description", "the instrument in its braces, which are part of the key".into()),
        ("default", "{BTC-USD}".into()),
        ("examples", Value::Sequence(vec!["{BTC-USD}".into()])),
    ]);
    let message = |message: &Message| {
        let topic = &message.topic;
        let described = object([
            ("title", topic.name.into()),
            ("summary", topic.says.into()),
            ("contentType", CONTENT_TYPE.into()),
            ("headers", headers(topic)),
            ("payload", reference(message.file())),
        ]);
        (topic.name.to_owned(), described)
    };
    let more = [("error", "why it died"), ("actor", "whose group it died in")];
    let dead = object([
        ("title", "dead letter".into()),
        ("summary", "a message that could not be handled".into()),
        ("headers", fields(more.map(|(name, says)| (name, field(says, None))).into_iter().collect())),
    ]);
    object([
        ("parameters", object([("instrument", instrument)])),
        ("messages", map(MESSAGES.iter().map(message).chain([("dead".to_owned(), dead)]))),
    ])
}

/// The attributes of a topic's messages; those that are the same for each of them by their value.
fn headers(topic: &Topic) -> Value {
    let header = |(name, says): (&'static str, &str)| {
        let value = match name {
            "type" => Some(topic.name.to_owned()),
            "specversion" => Some(SPEC_VERSION.to_owned()),
            "dataschema" => Some(topic.schema()),
            "datacontenttype" => Some(CONTENT_TYPE.to_owned()),
            _ => None,
        };
        (name, field(says, value))
    };
    fields(ATTRIBUTES.into_iter().map(header).collect())
}

fn fields(properties: Vec<(&str, Value)>) -> Value {
    object([
        ("type", "object".into()),
        ("required", properties.iter().map(|(name, _)| Value::from(*name)).collect()),
        ("properties", map(properties.into_iter())),
    ])
}

fn field(says: &str, value: Option<String>) -> Value {
    let fixed = value.map(|value| ("const", value.into()));
    map([("type", "string".into()), ("description", says.into())].into_iter().chain(fixed))
}

fn reference(to: String) -> Value {
    object([("$ref", to.into())])
}

fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    map(fields.into_iter())
}

/// A map in the order given, so that the text reads from the general to the particular.
fn map<K: Into<Value>>(fields: impl Iterator<Item = (K, Value)>) -> Value {
    Value::Mapping(fields.map(|(name, value)| (name.into(), value)).collect())
}

#[cfg(test)]
mod tests {
    use serde_yaml_ng::Mapping;

    use super::*;
    use crate::topic;

    fn follow<'a>(description: &'a Value, path: &str) -> Option<&'a Value> {
        path.strip_prefix("#/")?.split('/').try_fold(description, |value, name| value.get(name))
    }

    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Mapping(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
                fields.values().for_each(|value| references(value, found));
            }
            Value::Sequence(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let description: Value = serde_yaml_ng::from_str(&text()).expect("YAML");
        let mut found = Vec::new();
        references(&description, &mut found);
        let (inside, files): (Vec<_>, Vec<_>) = found.into_iter().partition(|to| to.starts_with('#'));
        assert!(inside.iter().all(|to| follow(&description, to).is_some()));
        let expected: Vec<String> = MESSAGES.iter().map(Message::file).collect();
        assert_eq!(files, expected);
    }

    #[test]
    fn every_topic_has_its_channel_and_an_operation_for_each_party() {
        let description: Value = serde_yaml_ng::from_str(&text()).expect("YAML");
        for topic in topic::ALL {
            let address = follow(&description, &format!("#/channels/{}/address", topic.name));
            assert_eq!(address, Some(&format!("{}:{{instrument}}", topic.name).into()));
        }
        let parties: usize = topic::ALL.iter().map(|topic| topic.publishers.len() + topic.consumers.len()).sum();
        assert_eq!(description["operations"].as_mapping().map(Mapping::len), Some(parties));
        assert_eq!(description["operations"]["validator.receive.candles.received"]["action"], "receive");
    }
}
