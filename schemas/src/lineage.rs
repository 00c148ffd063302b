//! Lineage in the words of OpenLineage: which run made what out of what.
//!
//! As much of the specification (2-0-2) as runs of a lake need. What it has no word for is said in a facet of our own.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::time::Timestamp;

/// Who says so.
pub const PRODUCER: &str = concat!("urn:wick:", env!("CARGO_PKG_VERSION"));
const SCHEMA: &str = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent";
const VERSION_FACET: &str = "https://openlineage.io/spec/facets/1-0-1/DatasetVersionDatasetFacet.json";
const FILE_FACET: &str = "urn:wick:facet:file:1";

/// What happened to a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum EventType {
    /// It began.
    Start,
    /// It ended well.
    Complete,
}

/// An event of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunEvent {
    /// What happened.
    pub event_type: EventType,
    /// When, as RFC 3339.
    pub event_time: String,
    /// The run.
    pub run: Run,
    /// What was run.
    pub job: Job,
    /// What it read.
    pub inputs: Vec<Dataset>,
    /// What it wrote.
    pub outputs: Vec<Dataset>,
    /// Who says so.
    pub producer: String,
    /// The shape of this event.
    #[serde(rename = "schemaURL")]
    pub schema_url: String,
}

/// A run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// Its id: the same run has the same one, whoever tells of it.
    pub run_id: String,
    /// What more is known of it.
    pub facets: Map<String, Value>,
}

/// What is run again and again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// The house.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// Something that is read or written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dataset {
    /// Where it is: `file`, `s3://bucket`, `postgres://host:port`.
    pub namespace: String,
    /// Its name there.
    pub name: String,
    /// What more is known of it.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub facets: Map<String, Value>,
}

impl Dataset {
    /// Something without a version.
    #[must_use]
    pub fn new(namespace: &str, name: &str) -> Self {
        Self { namespace: namespace.to_owned(), name: name.to_owned(), facets: Map::new() }
    }

    /// A file with the hash of its bytes and how many rows it holds, where that is known.
    #[must_use]
    pub fn file(namespace: &str, name: &str, sha256: &str, rows: Option<u64>) -> Self {
        let mut dataset = Self::new(namespace, name);
        let version = json!({ "_producer": PRODUCER, "_schemaURL": VERSION_FACET, "datasetVersion": sha256 });
        dataset.facets.insert("version".to_owned(), version);
        if let Some(rows) = rows {
            let file = json!({ "_producer": PRODUCER, "_schemaURL": FILE_FACET, "rows": rows });
            dataset.facets.insert("wick_file".to_owned(), file);
        }
        dataset
    }
}

impl RunEvent {
    /// Both events of a run that ended well: its start and its end.
    #[must_use]
    pub fn whole(
        job: &Job,
        key: &str,
        at: Timestamp,
        facets: &Map<String, Value>,
        inputs: &[Dataset],
        outputs: &[Dataset],
    ) -> [Self; 2] {
        let run = Run { run_id: run_id(&format!("{}/{}/{key}", job.namespace, job.name)), facets: facets.clone() };
        [EventType::Start, EventType::Complete].map(|event_type| Self {
            event_type,
            event_time: at.rfc3339(),
            run: run.clone(),
            job: job.clone(),
            inputs: inputs.to_vec(),
            outputs: outputs.to_vec(),
            producer: PRODUCER.to_owned(),
            schema_url: SCHEMA.to_owned(),
        })
    }
}

/// A UUID (version 8, RFC 9562) that is the hash of a name.
fn run_id(name: &str) -> String {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&blake3::hash(name.as_bytes()).as_bytes()[..16]);
    bytes[6] = 0x80 | (bytes[6] & 0x0f);
    bytes[8] = 0x80 | (bytes[8] & 0x3f);
    let hex = crate::envelope::hex(&bytes);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_told_in_two_events_of_one_id_that_reads_back() {
        let job = Job { namespace: "wick://BTC-USD".into(), name: "train".into() };
        let input = Dataset::file("file", "/a.parquet", "ab", Some(3));
        let events = RunEvent::whole(&job, "m1", Timestamp(0), &Map::new(), &[input], &[Dataset::new("file", "/m")]);
        assert_eq!((events[0].event_type, events[1].event_type), (EventType::Start, EventType::Complete));
        assert_eq!(events[0].run, events[1].run);
        let text = serde_json::to_string(&events[1]).expect("JSON");
        for part in [r#""eventType":"COMPLETE""#, r#""schemaURL":"#, r#""runId":"#, r#""datasetVersion":"ab""#] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert_eq!(serde_json::from_str::<RunEvent>(&text).expect("reads"), events[1]);
        let again = RunEvent::whole(&job, "m1", Timestamp(9), &Map::new(), &[], &[]);
        let other = RunEvent::whole(&job, "m2", Timestamp(0), &Map::new(), &[], &[]);
        assert!(again[0].run.run_id == events[0].run.run_id && other[0].run.run_id != events[0].run.run_id);
        let id = &events[0].run.run_id;
        assert!(id.len() == 36 && id.as_bytes()[14] == b'8' && b"89ab".contains(&id.as_bytes()[19]), "{id}");
    }
}
