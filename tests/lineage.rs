//! From bronze file to model: the events name every file with its hash, a collector hears them, and others can read them.

mod harness;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use harness::{Home, finish, market, place, replay};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A collector that takes what it is given.
fn collector() -> (String, Arc<Mutex<Vec<Value>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/api/v1/lineage", listener.local_addr().expect("bound"));
    let heard: Arc<Mutex<Vec<Value>>> = Arc::default();
    let hears = heard.clone();
    #[allow(clippy::disallowed_methods)] // the far side of the wire
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a caller");
            let (mut bytes, mut part) = (Vec::new(), [0; 65_536]);
            let body = loop {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                if let Some((head, body)) = text.split_once("\r\n\r\n") {
                    let length = head
                        .lines()
                        .find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
                    if length.is_some_and(|length: usize| body.len() >= length) {
                        break body.to_owned();
                    }
                }
                match stream.read(&mut part).expect("words") {
                    0 => break String::new(),
                    count => bytes.extend_from_slice(&part[..count]),
                }
            };
            hears.lock().expect("alone").push(serde_json::from_str(&body).expect("JSON"));
            let _ = stream.write_all(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
    });
    (url, heard)
}

fn datasets<'a>(event: &'a Value, side: &str) -> Vec<&'a Value> {
    event[side].as_array().expect("datasets").iter().collect()
}

#[test]
fn every_model_is_told_from_the_bronze_files_that_it_comes_of() {
    let home = Home::new();
    let (file, data) = (home.join("market.csv"), home.join("data"));
    market(&file, 10 * 1440);
    let (url, heard) = collector();
    finish(replay(&data, &file, &["--set", &format!("lineage.url={url}")]));

    let told = std::fs::read_to_string(place(&data).join("lineage/events.ndjson")).expect("events");
    let events: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert!(!events.is_empty() && events.len().is_multiple_of(6), "{} events", events.len());
    assert_eq!(*heard.lock().expect("alone"), events);
    let jobs: Vec<&str> = events[..6].iter().map(|event| event["job"]["name"].as_str().expect("a job")).collect();
    assert_eq!(jobs, ["validate", "validate", "build_features", "build_features", "train", "train"]);
    let [validated, built, trained] = [&events[1], &events[3], &events[5]];
    assert_eq!(trained["eventType"], "COMPLETE");
    // What one job writes the next one reads.
    assert_eq!(datasets(validated, "outputs"), datasets(built, "inputs"));
    assert_eq!(datasets(built, "outputs"), datasets(trained, "inputs"));
    assert!(datasets(validated, "inputs").len() >= 8, "a file of bronze for each day");
    for dataset in datasets(validated, "inputs").into_iter().chain(datasets(trained, "inputs")) {
        let bytes = std::fs::read(dataset["name"].as_str().expect("a path")).expect("the file is there");
        let hash: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(dataset["facets"]["version"]["datasetVersion"], hash.as_str());
    }
    let artifact = datasets(trained, "outputs")[0];
    let model = artifact["facets"]["version"]["datasetVersion"].as_str().expect("a hash");
    assert!(Path::new(artifact["name"].as_str().expect("a path")).ends_with(format!("{model}.json")));
    assert_eq!(trained["run"]["facets"]["wick_training"]["model"], model);

    // Asked for, it is the same; and a second life tells nothing twice.
    let mut ask = Command::new(env!("CARGO_BIN_EXE_wick"));
    ask.arg("--data-dir").arg(&data).args(["--namespace", "replay", "models", "lineage", &model[..12]]);
    let output = ask.output().expect("wick runs");
    let lines: Vec<&str> = told.lines().take(6).collect();
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().collect::<Vec<_>>(), lines);
    finish(replay(&data, &file, &[]));
    assert_eq!(std::fs::read_to_string(place(&data).join("lineage/events.ndjson")).expect("events"), told);
    read_by_others(&place(&data).join("lineage/events.ndjson"), events.len());
}

/// The client of OpenLineage itself, where a Python with it is at hand.
fn read_by_others(file: &Path, count: usize) {
    let Ok(python) = std::env::var("WICK_PYTHON") else {
        eprintln!("skipped: WICK_PYTHON names no Python with openlineage-python");
        return;
    };
    let script = "import json, sys\n\
                  from openlineage.client import event_v2 as e\n\
                  n = 0\n\
                  for line in open(sys.argv[1]):\n\
                  \x20   o = json.loads(line)\n\
                  \x20   side = lambda kind, items: [kind(namespace=i['namespace'], name=i['name']) for i in items]\n\
                  \x20   e.RunEvent(eventTime=o['eventTime'], producer=o['producer'], eventType=e.RunState[o['eventType']],\n\
                  \x20     run=e.Run(runId=o['run']['runId']), job=e.Job(**o['job']),\n\
                  \x20     inputs=side(e.InputDataset, o['inputs']), outputs=side(e.OutputDataset, o['outputs']))\n\
                  \x20   n += 1\n\
                  print(n)";
    let output = Command::new(python).args(["-c", script]).arg(file).output().expect("python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), count.to_string());
}
