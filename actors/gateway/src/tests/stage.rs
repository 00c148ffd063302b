//! A house with a bus, tables and a gateway of its own.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use redis::cmd;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::Value;
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteConnectOptions;
use tempfile::TempDir;
use tokio::sync::watch;
use wick_bus::server::Server;
use wick_bus::{Clock, Config, House, codec, session};
use wick_schemas::time::BAR;
use wick_schemas::{Envelope, Payload, Prediction, Score, Timestamp};

use crate::Builder;
use crate::door::{Serving, serve};

/// What the clock says.
pub const NOW: Timestamp = Timestamp(1_704_110_400_000 + 1_000);
/// The bar that has just closed.
pub const BAR_CLOSE: Timestamp = Timestamp(1_704_110_400_000);
/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(8);

/// What a test has to itself.
pub struct Stage {
    pub folder: TempDir,
    pub house: House,
    pub server: Option<Server>,
    pub door: Option<Serving>,
    client: Client,
    _stop: watch::Sender<bool>,
}

impl Stage {
    /// A bus, and a clock that stands still. The gateway is not open yet: tables may be filled first.
    pub async fn set() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let flags = [
            ("data_dir".to_owned(), folder.path().display().to_string()),
            ("gateway.listen".to_owned(), "127.0.0.1:0".to_owned()),
        ];
        let config = Config::load(None, &flags).expect("settings");
        let server = Server::start(&config).await.expect("a server");
        let (stop, stopped) = watch::channel(false);
        let mut house = House::new(config, server.url.clone(), stopped).expect("a house");
        house.clock = Clock::manual(NOW);
        Self { folder, house, server: Some(server), door: None, client: Client::new(), _stop: stop }
    }

    /// Opens the gateway.
    pub async fn open(self) -> Self {
        self.open_with(None).await
    }

    /// Opens the gateway of a house that makes features like this.
    pub async fn open_with(mut self, builder: Option<Arc<dyn Builder>>) -> Self {
        self.door = Some(serve(&self.house, builder).await.expect("a door"));
        self
    }

    /// Changes a setting before the gateway is opened.
    pub fn with(mut self, key: &str, value: impl serde::Serialize) -> Self {
        self.house.config = self.house.config.with(key, value).expect("settings").into();
        self
    }

    /// Closes everything.
    pub async fn strike(mut self) {
        if let Some(door) = self.door.take() {
            door.stop().await;
        }
        if let Some(server) = self.server.take() {
            server.stop().await;
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.door.as_ref().expect("an open door").address())
    }

    /// A request that wants something besides.
    pub fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.url(path))
    }

    pub async fn get(&self, path: &str) -> Response {
        self.client.get(self.url(path)).send().await.expect("an answer")
    }

    /// As one who has heard up to `last`.
    pub async fn get_after(&self, path: &str, last: &str) -> Response {
        self.client.get(self.url(path)).header("last-event-id", last).send().await.expect("an answer")
    }

    /// What is answered with 200.
    pub async fn found(&self, path: &str) -> Value {
        let response = self.get(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}: {}", response.text().await.unwrap_or_default());
        response.json().await.expect("JSON")
    }

    pub async fn post(&self, path: &str, key: Option<&str>, body: impl Into<String>) -> Response {
        let mut request = self.client.post(self.url(path)).body(body.into());
        if let Some(key) = key {
            request = request.bearer_auth(key);
        }
        request.send().await.expect("an answer")
    }

    /// The key that was made at the start.
    pub fn key(&self) -> String {
        let text = std::fs::read_to_string(self.folder.path().join("operator.key")).expect("a key");
        text.trim().to_owned()
    }

    /// Asks until the answer is as it should be.
    pub async fn until(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            let answer: Value = self.get(path).await.json().await.expect("JSON");
            if wanted(&answer) {
                return answer;
            }
            assert!(begun.elapsed() < PATIENCE, "{path} stays at {answer}");
            tokio::task::yield_now().await;
        }
    }

    /// Says something on the bus.
    pub async fn say<P: Payload>(&self, payload: &P) -> Envelope {
        let message = Envelope::wrap(payload, "test", self.house.instrument(), None).expect("wraps");
        let mut add = cmd("XADD");
        add.arg(self.house.stream(&P::TOPIC)).arg("*");
        codec::write(&mut add, &message);
        let mut bus = session::connect(&self.house.redis_url).await.expect("a bus");
        let _: String = add.query_async(&mut bus).await.expect("added");
        message
    }

    /// Says how far the features are built.
    pub async fn built_to(&self, mark: Timestamp) {
        let mut bus = session::connect(&self.house.redis_url).await.expect("a bus");
        let mut set = cmd("HSET");
        set.arg(self.house.key("watermark")).arg("features.built").arg(mark.millis());
        let _: i64 = set.query_async(&mut bus).await.expect("set");
    }

    /// A file of tables, as its owner makes it.
    pub async fn tables(&self, name: &str, migration: &str) -> SqlitePool {
        let path: &Path = &self.folder.path().join(name);
        let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
        let pool = SqlitePool::connect_with(options).await.expect("a database");
        sqlx::raw_sql(sqlx::AssertSqlSafe(migration.to_owned())).execute(&pool).await.expect("tables");
        pool
    }

    pub async fn serving(&self) -> SqlitePool {
        let migrations = concat!(
            include_str!("../../../predictor/migrations/0001_serving.sql"),
            include_str!("../../../predictor/migrations/0002_gaps.sql"),
            include_str!("../../../predictor/migrations/0003_whose.sql"),
            include_str!("../../../predictor/migrations/0004_slopes.sql")
        );
        self.tables("serving.sqlite", migrations).await
    }

    pub async fn monitoring(&self) -> SqlitePool {
        self.tables("monitoring.sqlite", include_str!("../../../drift_monitor/migrations/0001_monitoring.sql")).await
    }

    pub async fn models(&self) -> SqlitePool {
        self.tables("models.sqlite", include_str!("../../../trainer/migrations/0001_models.sql")).await
    }

    pub async fn silver(&self) -> SqlitePool {
        let migrations = concat!(
            include_str!("../../../validator/migrations/sqlite/0001_silver.sql"),
            include_str!("../../../validator/migrations/sqlite/0002_consensus.sql"),
            include_str!("../../../validator/migrations/sqlite/0003_texts.sql"),
            include_str!("../../../validator/migrations/sqlite/0004_released.sql")
        );
        self.tables("silver.sqlite", migrations).await
    }
}

impl Drop for Stage {
    /// A test that fails leaves no server behind.
    fn drop(&mut self) {
        if self.server.is_some()
            && let Ok(client) = redis::Client::open(self.house.redis_url.as_str())
            && let Ok(mut bus) = client.get_connection()
        {
            // It closes the connection instead of answering.
            let _ = cmd("SHUTDOWN").arg("NOSAVE").query::<redis::Value>(&mut bus);
        }
    }
}

/// The bar that closed so many bars before the newest one.
pub fn bars_ago(bars: i64) -> Timestamp {
    BAR_CLOSE - bars * BAR
}

/// The problem in an answer.
pub async fn problem(response: Response, status: u16, code: &str) -> Value {
    let kind = response.headers()["content-type"].to_str().expect("text").to_owned();
    let (told, text) = (response.status().as_u16(), response.text().await.expect("a body"));
    assert_eq!((told, kind.as_str()), (status, "application/problem+json"), "{text}");
    let problem: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(problem["code"], code, "{problem}");
    assert_eq!(problem["status"], status);
    assert_eq!(problem["type"], format!("urn:wick:problem:{code}"));
    assert!(problem["title"].as_str().is_some_and(|title| !title.is_empty()));
    problem
}

/// Keeps the forecasts of a bar.
pub async fn keep_prediction(pool: &SqlitePool, id: &str, made: &Prediction) {
    for forecast in &made.forecasts {
        sqlx::query(
            "INSERT INTO predictions VALUES (?, ?, ?, 'c', ?, 'simulated', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '[]', ?)",
        )
        .bind(made.as_of.millis())
        .bind(forecast.horizon.as_str())
        .bind(id)
        .bind(made.price)
        .bind(made.ingest_time.millis())
        .bind(made.level.as_str())
        .bind(&made.model)
        .bind(&made.feature_set)
        .bind(forecast.p_up)
        .bind(forecast.expected_return)
        .bind(forecast.variance)
        .bind(serde_json::to_string(&forecast.return_quantiles).expect("JSON"))
        .bind(serde_json::to_string(&forecast.price_quantiles).expect("JSON"))
        .bind(forecast.raw_log_variance)
        .bind(serde_json::to_string(&forecast.baseline).expect("JSON"))
        .bind(forecast.raw_p_up)
        .execute(pool)
        .await
        .expect("kept");
    }
}

/// Keeps a score.
pub async fn keep_score(pool: &SqlitePool, score: &Score) {
    sqlx::query("INSERT INTO scores VALUES (?, ?, ?, ?)")
        .bind(score.origin.millis())
        .bind(score.horizon.as_str())
        .bind(score.origin.shift(score.horizon.millis()).millis())
        .bind(serde_json::to_string(score).expect("JSON"))
        .execute(pool)
        .await
        .expect("kept");
}

/// Keeps a model, and lets it serve from `serves_from` on.
pub async fn keep_model(pool: &SqlitePool, hash: &str, serves_from: Timestamp, previous: Option<&str>) {
    sqlx::query(
        "INSERT INTO models VALUES (?, ?, 'f', 0, 1, 5000, '{\"kind\":\"schedule\"}', 'drift_monitor', '[]', '{}', 1, \
         '[\"better\"]')",
    )
    .bind(hash)
    .bind(serves_from.millis() - 3_600_000)
    .execute(pool)
    .await
    .expect("kept");
    sqlx::query(
        "INSERT INTO deployments VALUES (?, ?, 'promoted', ?, ?, '{\"kind\":\"schedule\"}', 'me', '[\"better\"]')",
    )
    .bind(format!("command-{hash}"))
    .bind(serves_from.millis())
    .bind(hash)
    .bind(previous)
    .execute(pool)
    .await
    .expect("kept");
}
