//! As much of MLflow's REST interface (2.0) as a registry needs.

use std::time::Duration;

use reqwest::{Client, Method, StatusCode, Url};
use serde_json::{Value, json};
use thiserror::Error as ThisError;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// What MLflow calls a thing that is not there.
const MISSING: &str = "RESOURCE_DOES_NOT_EXIST";

/// Why MLflow is not up to date.
#[derive(Debug, ThisError)]
pub enum Error {
    /// It does not answer.
    #[error("{address} does not answer ({reason}): check tracking.mlflow_url, and that MLflow runs there")]
    Away {
        /// Host and port.
        address: String,
        /// Why.
        reason: String,
    },
    /// It says no.
    #[error("{address}{path} answered {status}: {reason}")]
    Refused {
        /// Host and port.
        address: String,
        /// What was asked.
        path: String,
        /// The HTTP status.
        status: u16,
        /// MLflow's own words.
        reason: String,
    },
    /// It answers in another shape.
    #[error("{path}: no {what} in the answer: is this an MLflow server of version 2 or 3?")]
    Shape {
        /// What was asked.
        path: String,
        /// What is missing.
        what: &'static str,
    },
    /// The registry does not read.
    #[error(transparent)]
    Registry(#[from] wick_bus::Error),
}

type Result<T> = std::result::Result<T, Error>;

/// A client.
pub(super) struct Mlflow {
    client: Client,
    base: Url,
    token: String,
}

impl Mlflow {
    /// A client of the server at this address.
    pub fn new(url: &str, token: &str) -> wick_bus::Result<Self> {
        let setting = |reason: &str| wick_bus::Error::Config(format!("tracking.mlflow_url: {reason}"));
        let base = Url::parse(url).map_err(|error| setting(&error.to_string()))?;
        if !matches!(base.scheme(), "http" | "https") || base.cannot_be_a_base() {
            return Err(setting("write http://host:port"));
        }
        let mut client = Client::builder().timeout(TIMEOUT).user_agent(concat!("wick/", env!("CARGO_PKG_VERSION")));
        if base.host_str().is_some_and(|host| matches!(host, "localhost" | "127.0.0.1" | "[::1]")) {
            // A proxy set for the outside world does not know what listens here.
            client = client.no_proxy();
        }
        let client = client.build().map_err(|error| setting(&error.to_string()))?;
        Ok(Self { client, base, token: token.to_owned() })
    }

    /// The id of the experiment of this name, which is made where it is missing.
    pub async fn experiment(&self, name: &str) -> Result<String> {
        let path = "experiments/get-by-name";
        if let Some(found) = self.get(path, &[("experiment_name", name)]).await? {
            return text(&found, "/experiment/experiment_id", path);
        }
        let path = "experiments/create";
        text(&self.post(path, &json!({ "name": name })).await?, "/experiment_id", path)
    }

    /// Every run of an experiment with this tag: the tag's value and the run.
    pub async fn runs_with_tag(&self, experiment: &str, tag: &str) -> Result<Vec<(String, Value)>> {
        let (mut found, mut page) = (Vec::new(), Value::Null);
        loop {
            let mut ask =
                json!({ "experiment_ids": [experiment], "filter": format!("tags.`{tag}` != ''"), "max_results": 1000 });
            if !page.is_null() {
                ask["page_token"] = page;
            }
            let answer = self.post("runs/search", &ask).await?;
            for run in answer["runs"].as_array().into_iter().flatten() {
                let tags = run.pointer("/data/tags").and_then(Value::as_array);
                let own = tags.into_iter().flatten().find(|one| one["key"] == tag);
                if let Some(value) = own.and_then(|one| one["value"].as_str()) {
                    found.push((value.to_owned(), run.clone()));
                }
            }
            page = answer["next_page_token"].clone();
            if page.as_str().is_none_or(str::is_empty) {
                return Ok(found);
            }
        }
    }

    /// Begins a run.
    pub async fn begin_run(&self, experiment: &str, name: &str, start: i64, tags: &Value) -> Result<Value> {
        let path = "runs/create";
        let ask = json!({ "experiment_id": experiment, "run_name": name, "start_time": start, "tags": tags });
        let answer = self.post(path, &ask).await?;
        answer.get("run").cloned().ok_or(Error::Shape { path: path.into(), what: "run" })
    }

    /// Logs parameters, tags or metrics of a run: up to what one request may hold, which is the caller's to see to.
    pub async fn log(&self, run: &str, what: &str, items: &[Value]) -> Result<()> {
        self.post("runs/log-batch", &json!({ "run_id": run, what: items })).await.map(|_| ())
    }

    /// Ends a run well.
    pub async fn end_run(&self, run: &str, end: i64) -> Result<()> {
        self.post("runs/update", &json!({ "run_id": run, "status": "FINISHED", "end_time": end })).await.map(|_| ())
    }

    /// Puts a file among a run's artifacts; gives where it is, or nothing where the server does not keep artifacts itself.
    pub async fn put_artifact(&self, run: &Value, name: &str, bytes: Vec<u8>) -> Result<Option<String>> {
        let root = text(run, "/info/artifact_uri", "runs")?;
        let Some(folder) = root.strip_prefix("mlflow-artifacts:/") else { return Ok(None) };
        // The address may name the server's host: what counts is behind it.
        let folder =
            folder.strip_prefix('/').map_or(folder, |rest| rest.split_once('/').map_or(rest, |(_, path)| path));
        let path = format!("api/2.0/mlflow-artifacts/artifacts/{folder}/{name}");
        self.ask(Method::PUT, &path, |request| request.body(bytes)).await?;
        Ok(Some(format!("{root}/{name}")))
    }

    /// Makes a registered model where it is missing.
    pub async fn register(&self, name: &str, says: &str) -> Result<()> {
        if self.get("registered-models/get", &[("name", name)]).await?.is_none() {
            self.post("registered-models/create", &json!({ "name": name, "description": says })).await?;
        }
        Ok(())
    }

    /// The version of each run of a registered model.
    pub async fn versions(&self, name: &str) -> Result<Vec<(String, String)>> {
        let (mut found, mut page) = (Vec::new(), String::new());
        loop {
            let filter = format!("name = '{name}'");
            let ask = [("filter", filter.as_str()), ("max_results", "1000"), ("page_token", page.as_str())];
            let answer = self.get("model-versions/search", &ask[..if page.is_empty() { 2 } else { 3 }]).await?;
            let answer = answer.unwrap_or_default();
            for version in answer["model_versions"].as_array().into_iter().flatten() {
                if let (Some(run), Some(number)) = (version["run_id"].as_str(), version["version"].as_str()) {
                    found.push((run.to_owned(), number.to_owned()));
                }
            }
            page = answer["next_page_token"].as_str().unwrap_or_default().to_owned();
            if page.is_empty() {
                return Ok(found);
            }
        }
    }

    /// Makes a version of a registered model.
    pub async fn add_version(&self, name: &str, run: &str, source: &str, says: &str) -> Result<String> {
        let path = "model-versions/create";
        let ask = json!({ "name": name, "run_id": run, "source": source, "description": says });
        text(&self.post(path, &ask).await?, "/model_version/version", path)
    }

    /// The aliases of a registered model, and the version of each.
    pub async fn aliases(&self, name: &str) -> Result<Vec<(String, String)>> {
        let answer = self.get("registered-models/get", &[("name", name)]).await?.unwrap_or_default();
        let aliases =
            answer.pointer("/registered_model/aliases").and_then(Value::as_array).cloned().unwrap_or_default();
        let one = |alias: &Value| Some((alias["alias"].as_str()?.to_owned(), alias["version"].as_str()?.to_owned()));
        Ok(aliases.iter().filter_map(one).collect())
    }

    /// Lets an alias mean this version.
    pub async fn alias(&self, name: &str, alias: &str, version: &str) -> Result<()> {
        let ask = json!({ "name": name, "alias": alias, "version": version });
        self.post("registered-models/alias", &ask).await.map(|_| ())
    }

    async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Option<Value>> {
        match self.ask(Method::GET, &format!("api/2.0/mlflow/{path}"), |request| request.query(query)).await {
            Err(Error::Refused { reason, .. }) if reason.starts_with(MISSING) => Ok(None),
            answer => answer.map(Some),
        }
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.ask(Method::POST, &format!("api/2.0/mlflow/{path}"), |request| request.json(body)).await
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        with: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder,
    ) -> Result<Value> {
        let address = self.base.host_str().map_or_else(String::new, |host| match self.base.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        });
        let mut url = self.base.clone();
        url.set_path(&format!("{}/{path}", self.base.path().trim_end_matches('/')));
        let mut request = with(self.client.request(method, url));
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        // The address may hold a password: it is not told.
        let away = |error: reqwest::Error| Error::Away {
            address: address.clone(),
            reason: if error.is_timeout() { "no answer in time".into() } else { causes(&error.without_url()) },
        };
        let response = request.send().await.map_err(away)?;
        let status = response.status();
        let body: Value = match response.text().await.map_err(away)? {
            empty if empty.is_empty() => Value::Null,
            text => serde_json::from_str(&text).unwrap_or(Value::String(text.chars().take(300).collect())),
        };
        if status == StatusCode::OK {
            return Ok(body);
        }
        let said = |key: &str| body[key].as_str().unwrap_or_default();
        let reason = match (said("error_code"), body.as_str()) {
            ("", text) => text.unwrap_or("no reason given").to_owned(),
            (code, _) => format!("{code}: {}", said("message")),
        };
        Err(Error::Refused { address, path: format!("/{path}"), status: status.as_u16(), reason })
    }
}

/// The last cause of an error: what the system said.
fn causes(error: &reqwest::Error) -> String {
    let mut last: &dyn std::error::Error = error;
    while let Some(next) = last.source() {
        last = next;
    }
    last.to_string()
}

fn text(answer: &Value, pointer: &'static str, path: &str) -> Result<String> {
    let found = answer.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    found.ok_or_else(|| Error::Shape { path: path.to_owned(), what: pointer })
}
