//! The generated documents are those on disk, and every sample of a message decodes, for ever.
//!
//! With `WICK_BLESS=1` the documents are written instead, and the samples of message types that have none.

mod gaps;
mod samples;
mod text;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use wick_schemas::document::{self, Document, MESSAGES, Message};
use wick_schemas::{Envelope, MessageId, Timestamp, topic};

fn folder(below: &str) -> PathBuf {
    // Below the package's own folder, in which tests run. What was compiled in may be of another clone with the same cache.
    PathBuf::from(below)
}

fn blessing() -> bool {
    std::env::var_os("WICK_BLESS").is_some_and(|value| value == "1")
}

/// The names of the files in a folder.
fn files(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).expect("a folder that can be read");
    entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

fn check(folder: &Path, documents: &[Document]) {
    for document in documents {
        let path = folder.join(&document.path);
        if blessing() {
            fs::create_dir_all(folder).expect("a folder");
            fs::write(&path, &document.text).expect("a file that can be written");
        }
        let found = fs::read_to_string(&path).unwrap_or_default();
        assert!(found == document.text, "{} is stale: run `make schemas` and commit what it writes", document.path);
    }
}

#[test]
fn the_schemas_are_those_of_the_types() {
    let documents = document::all();
    check(&folder("json"), &documents);
    let generated: BTreeSet<String> = documents.into_iter().map(|document| document.path).collect();
    let found = files(&folder("json"));
    let strays: Vec<_> = found.difference(&generated).collect();
    assert!(strays.is_empty(), "nothing generates {strays:?} any more: delete it");
}

#[test]
fn the_pages_are_those_of_the_lists() {
    check(&folder("../docs"), &document::pages());
}

/// Every sample, also of versions that nobody writes any more: what was published once stays readable.
#[test]
fn every_topic_has_a_sample_and_every_sample_decodes_and_loses_nothing() {
    let folder = folder("examples");
    if blessing() {
        write_missing(&folder);
    }
    let found = files(&folder);
    for message in MESSAGES {
        let name = message.file();
        assert!(found.contains(&name), "{name}: no sample: add one to samples::all(), then run `make schemas`");
    }
    for name in found {
        let text = fs::read_to_string(folder.join(&name)).expect("a file that can be read");
        let event: Value = serde_json::from_str(&text).expect("JSON");
        let message = speaker(&event).unwrap_or_else(|| panic!("{name}: no type of document::MESSAGES reads it"));
        assert_eq!(name, message.file());
        let envelope = envelope(&event);
        assert_eq!(event["traceparent"], envelope.traceparent(), "{name}");
        let read = (message.reread)(&envelope).unwrap_or_else(|error| panic!("{name}: {error}"));
        let read: Value = serde_json::from_str(&read).expect("JSON");
        let lost = lost(&event["data"], &read, "data");
        assert_eq!(lost, None, "{name}: lost or changed");
    }
}

#[test]
fn every_topic_has_its_type_and_its_sample_here() {
    let topics: Vec<_> = topic::ALL.iter().map(|topic| topic.name).collect();
    assert_eq!(MESSAGES.iter().map(|message| message.topic.name).collect::<Vec<_>>(), topics);
    assert_eq!(samples::all().iter().map(|sample| sample.kind.as_str()).collect::<Vec<_>>(), topics);
}

/// A sample on disk is never written again: it stands for what is in somebody's stream already.
fn write_missing(folder: &Path) {
    fs::create_dir_all(folder).expect("a folder");
    for (message, sample) in MESSAGES.iter().zip(samples::all()) {
        let path = folder.join(message.file());
        if !path.exists() {
            fs::write(&path, samples::text(&sample)).expect("a file that can be written");
        }
    }
}

#[test]
fn a_lost_or_changed_value_is_seen() {
    let value = |text| serde_json::from_str::<Value>(text).expect("JSON");
    let sample = value(r#"{"a":[1,{"b":2}]}"#);
    assert_eq!(lost(&sample, &value(r#"{"a":[1,{"b":2,"added":3}],"added":4}"#), ""), None);
    assert_eq!(lost(&sample, &value(r#"{"a":[1,{"b":3}]}"#), ""), Some(".a.1.b".to_owned()));
    assert_eq!(lost(&sample, &value(r#"{"a":[1]}"#), ""), Some(".a".to_owned()));
    assert_eq!(lost(&sample, &value("{}"), ""), Some(".a".to_owned()));
}

fn speaker(event: &Value) -> Option<&'static Message> {
    MESSAGES.iter().find(|message| event["dataschema"] == message.topic.schema())
}

fn envelope(event: &Value) -> Envelope {
    let text = |name: &str| event[name].as_str().unwrap_or_else(|| panic!("no attribute '{name}'")).to_owned();
    assert_eq!((text("specversion").as_str(), text("datacontenttype").as_str()), ("1.0", "application/json"));
    Envelope {
        id: MessageId::from_wire(text("id")),
        source: text("source"),
        kind: text("type"),
        time: Timestamp::parse(&text("time")).expect("a moment"),
        subject: text("subject"),
        dataschema: text("dataschema"),
        correlation_id: text("correlationid"),
        causation_id: text("causationid"),
        data: event["data"].to_string(),
    }
}

/// The first place where `read` does not say what `sample` says. It may say more, because fields may be added within
/// a version.
fn lost(sample: &Value, read: &Value, place: &str) -> Option<String> {
    match (sample, read) {
        (Value::Object(fields), Value::Object(others)) => fields.iter().find_map(|(name, value)| {
            let place = format!("{place}.{name}");
            match others.get(name) {
                Some(other) => lost(value, other, &place),
                None => Some(place),
            }
        }),
        (Value::Array(items), Value::Array(others)) if items.len() == others.len() => {
            let pairs = items.iter().zip(others).enumerate();
            pairs.into_iter().find_map(|(at, (item, other))| lost(item, other, &format!("{place}.{at}")))
        }
        (sample, read) => (sample != read).then(|| place.to_owned()),
    }
}
