//! The registry on a real MLflow server, which is skipped aloud where there is none (`WICK_PYTHON`: a Python with mlflow).

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wick_bus::{Config, House, Layer, registry};
use wick_schemas::{Cause, Timestamp};
use wick_trainer::models::{Deployment, Manifest, ModelRow, Models};
use wick_trainer::tracking::{Mirror, TrackingConfig};

/// An MLflow server of a test's own.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    async fn start(folder: &Path) -> Option<Self> {
        let port = free_port();
        let python = std::env::var("WICK_PYTHON").unwrap_or_default();
        if python.is_empty() {
            eprintln!("skipped: WICK_PYTHON names no Python with mlflow");
            return None;
        }
        let log = std::fs::File::create(folder.join("mlflow.log")).expect("a log");
        let mut command = Command::new(python);
        command.args(["-m", "mlflow", "server", "--host", "127.0.0.1", "--workers", "1", "--port", &port.to_string()]);
        command.args(["--backend-store-uri", &format!("sqlite:///{}/mlflow.db", folder.display())]);
        command.args(["--artifacts-destination", &folder.join("artifacts").display().to_string()]);
        // No queue of jobs, and no word to anybody outside.
        command.env("MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false").env("MLFLOW_DISABLE_TELEMETRY", "true");
        command.current_dir(folder).stdin(Stdio::null()).stdout(log.try_clone().expect("a log")).stderr(log);
        // Its workers are its children: they are ended with it, as one group.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let child = command.spawn().expect("python runs");
        let server = Self { child, url: format!("http://127.0.0.1:{port}") };
        let (client, started) = (client(), Instant::now());
        while client.get(format!("{}/health", server.url)).send().await.is_err() {
            let log = || std::fs::read_to_string(folder.join("mlflow.log")).unwrap_or_default();
            assert!(started.elapsed() < Duration::from_secs(100), "MLflow does not start: {}", log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Some(server)
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let url = format!("{}/api/2.0/mlflow/{path}", self.url);
        client().post(url).json(body).send().await.expect("answers").json().await.expect("JSON")
    }

    async fn get(&self, path: &str) -> Value {
        let url = format!("{}/api/2.0/{path}", self.url);
        client().get(url).send().await.expect("answers").json().await.expect("JSON")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let group = format!("-{}", self.child.id());
        let _ = Command::new("kill").args(["-9", "--", &group]).status();
        let _ = self.child.wait();
    }
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().expect("a client")
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("bound").port()
}

/// A house in a folder that tracks at this address.
fn house_at(folder: &Path, url: &str) -> House {
    let flags = [("data_dir", folder.display().to_string()), ("tracking.mlflow_url", url.to_owned())];
    let config = Config::load(None, &flags.map(|(key, value)| (key.to_owned(), value))).expect("settings");
    House::new(config, String::new(), tokio::sync::watch::channel(false).1).expect("a house")
}

fn manifest(number: u8) -> ModelRow {
    let metrics = json!([{
        "horizon": "1h", "target": "volatility", "loss_name": "qlike", "chosen": "mean", "loss": 0.25, "baseline": "seasonal_har",
        "baseline_loss": 0.5, "skill": 0.5, "dm_t": 4.25, "dm_p": 0.0001, "rows": 4_000
    }]);
    // More settings than one request may hold.
    let many: serde_json::Map<String, Value> = (0..230).map(|one| (format!("knob_{one}"), json!(one))).collect();
    ModelRow::Model(Box::new(Manifest {
        hash: format!("{number:02x}").repeat(32),
        json: format!(r#"{{"model":{number}}}"#),
        profile: "{}".into(),
        trained_at: Timestamp(1_750_000_000_000 + i64::from(number)),
        feature_set: "f".repeat(16),
        from: Timestamp(0),
        to: Timestamp(1_750_000_000_000),
        rows: 4_000,
        cause: Cause::Schedule,
        requested_by: "drift_monitor".into(),
        metrics: metrics.to_string(),
        config: json!({ "seed": 7, "forest": { "trees": 50 }, "many": many }).to_string(),
        promoted: number != 2,
        reasons: vec!["better than the champion".into()],
        trials: Vec::new(),
    }))
}

fn deployment(number: u8, at: i64) -> ModelRow {
    ModelRow::Deployment(Deployment {
        id: format!("{at}"),
        serves_from: Timestamp(at),
        kind: "promoted",
        model: format!("{number:02x}").repeat(32),
        previous: None,
        cause: Cause::Schedule,
        requested_by: "drift_monitor".into(),
        reasons: Vec::new(),
    })
}

fn mirror(house: &House) -> Mirror {
    Mirror::new(house, &TrackingConfig::of(house).expect("settings")).expect("an address")
}

/// The hash that an alias stands for.
async fn serves(server: &Server, alias: &str) -> String {
    let path = format!("mlflow/registered-models/alias?name=wick-btc-usd&alias={alias}");
    let version = server.get(&path).await["model_version"].clone();
    let run = server.get(&format!("mlflow/runs/get?run_id={}", version["run_id"].as_str().expect("a run"))).await;
    let tags = run["run"]["data"]["tags"].as_array().expect("tags").clone();
    let tag = tags.iter().find(|tag| tag["key"] == "wick.model").expect("a model");
    tag["value"].as_str().expect("a hash")[..2].to_owned()
}

#[tokio::test]
async fn a_server_shows_what_the_registry_holds_and_catches_up_after_an_absence() {
    let (folder, data) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let Some(server) = Server::start(folder.path()).await else { return };
    let house = house_at(data.path(), &server.url);
    let mut models = Models::open(&house).await.expect("a registry");
    assert_eq!(mirror(&house).update().await.expect("nothing yet"), 0);
    models.keep(vec![manifest(1), deployment(1, 10), manifest(2)]).await.expect("kept");

    // Two runs, a version, an alias.
    let mut first = mirror(&house);
    assert_eq!(first.update().await.expect("shown"), 4);
    assert_eq!(first.update().await.expect("as it should be"), 0);
    // Another program that knows nothing of the first finds everything there.
    assert_eq!(mirror(&house).update().await.expect("as it should be"), 0);

    let experiment = server.get("mlflow/experiments/get-by-name?experiment_name=wick-btc-usd").await;
    let experiment = experiment["experiment"]["experiment_id"].as_str().expect("an experiment").to_owned();
    let runs = server.post("runs/search", &json!({ "experiment_ids": [experiment] })).await;
    let runs = runs["runs"].as_array().expect("runs").clone();
    assert_eq!(runs.len(), 2);
    let run = runs.iter().find(|run| run["info"]["run_name"] == "010101010101").expect("the first");
    assert_eq!(run["info"]["status"], "FINISHED");
    let of = |kind: &str, key: &str| {
        let all = run["data"][kind].as_array().expect("items");
        all.iter().find(|one| one["key"] == key).unwrap_or_else(|| panic!("no {key} in {all:?}"))["value"].clone()
    };
    assert_eq!((of("metrics", "1h/volatility/skill"), of("metrics", "1h/volatility/dm_t")), (json!(0.5), json!(4.25)));
    assert_eq!((of("params", "fit.forest.trees"), of("params", "fit.many.knob_229")), (json!("50"), json!("229")));
    assert_eq!((of("tags", "wick.cause"), of("tags", "wick.promoted")), (json!("schedule"), json!("true")));
    let id = run["info"]["run_id"].as_str().expect("an id");
    let artifacts = server.get(&format!("mlflow/artifacts/list?run_id={id}")).await;
    assert_eq!(artifacts["files"][0]["path"], "model.json");
    let path =
        run["info"]["artifact_uri"].as_str().and_then(|uri| uri.strip_prefix("mlflow-artifacts:/")).expect("proxied");
    let url = format!("{}/api/2.0/mlflow-artifacts/artifacts/{path}/model.json", server.url);
    let bytes = client().get(url).send().await.expect("answers").bytes().await.expect("bytes");
    let own = std::fs::read(registry::artifact_path(&house, &"01".repeat(32))).expect("the artifact");
    assert_eq!(bytes.as_ref(), own.as_slice());
    assert_eq!(serves(&server, "champion").await, "01");

    // Away: said, with the cure, and nothing is lost.
    models.keep(vec![manifest(3), deployment(3, 20)]).await.expect("kept");
    let nobody = house_at(data.path(), &format!("http://127.0.0.1:{}", free_port()));
    let error = mirror(&nobody).update().await.expect_err("away").to_string();
    assert!(error.contains("does not answer") && error.contains("tracking.mlflow_url"), "{error}");
    // A run, a version, the champion, the former.
    assert_eq!(first.update().await.expect("shown"), 4);
    assert_eq!((serves(&server, "champion").await, serves(&server, "former").await), ("03".into(), "01".into()));
    // A rollback moves both.
    models.keep(vec![deployment(1, 30)]).await.expect("kept");
    assert_eq!(first.update().await.expect("shown"), 2);
    assert_eq!((serves(&server, "champion").await, serves(&server, "former").await), ("01".into(), "03".into()));
}

#[tokio::test]
async fn what_is_no_mlflow_is_named() {
    let data = tempfile::tempdir().expect("a folder");
    for (url, word) in [("ftp://a", "http://host:port"), ("nonsense", "mlflow_url"), ("", "mlflow_url")] {
        let house = house_at(data.path(), url);
        let error = Mirror::new(&house, &TrackingConfig::of(&house).expect("settings")).err().expect("refused");
        assert!(error.to_string().contains(word), "{error}");
    }
    let house = house_at(data.path(), "http://me:hunter2@127.0.0.1:9");
    Models::open(&house).await.expect("a registry").keep(vec![manifest(1)]).await.expect("kept");
    let error = mirror(&house).update().await.expect_err("away").to_string();
    assert!(error.contains("127.0.0.1:9") && !error.contains("hunter2"), "{error}");
}
