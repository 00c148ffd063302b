//! Makes MLflow look like the registry.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Value, json};
use wick_bus::{House, registry as artifacts};
use wick_schemas::Timestamp;

use super::client::{Error, Mlflow};
use super::config::TrackingConfig;
use super::registry::{self, Model};

/// The tag by which a run is known as a model's.
const MODEL: &str = "wick.model";
/// The tag that a run carries when everything of it is there.
const COMPLETE: &str = "wick.complete";
/// What one request may hold of parameters and tags.
const ITEMS: usize = 100;
/// The longest value of a parameter and of a tag, in characters.
const LONGEST: usize = 5_000;

/// A registry and the server that shows it.
pub struct Mirror {
    house: House,
    mlflow: Mlflow,
    name: String,
    /// What was last seen to be as it should: models, and who serves.
    known: Option<(usize, Vec<String>)>,
}

impl Mirror {
    /// Shows the registry of a house on the server of these settings.
    ///
    /// # Errors
    /// Where the address is none.
    pub fn new(house: &House, config: &TrackingConfig) -> wick_bus::Result<Self> {
        let mlflow = Mlflow::new(&config.mlflow_url, &config.mlflow_token)?;
        Ok(Self { house: house.clone(), mlflow, name: config.name.clone(), known: None })
    }

    /// Brings the server up to date; gives how many things were changed there.
    ///
    /// # Errors
    /// Where the server is away or says no: what was done is found there the next time.
    pub async fn update(&mut self) -> Result<usize, Error> {
        let (models, served) = registry::read(&self.house).await?;
        let seen = (models.len(), served.clone());
        if models.is_empty() || self.known.as_ref() == Some(&seen) {
            return Ok(0);
        }
        let experiment = self.mlflow.experiment(&self.name).await?;
        let there: HashMap<String, Value> = self.mlflow.runs_with_tag(&experiment, MODEL).await?.into_iter().collect();
        let mut runs = BTreeMap::new();
        let mut changed = 0;
        for model in &models {
            let run = match there.get(&model.hash) {
                Some(run) if is_complete(run) => run.clone(),
                begun => {
                    changed += 1;
                    self.show(&experiment, model, begun).await?
                }
            };
            runs.insert(model.hash.as_str(), run);
        }
        changed += self.show_served(&models, &runs, &served).await?;
        self.known = Some(seen);
        Ok(changed)
    }

    /// Shows a model as a run; one that was begun and cut off is gone on with.
    async fn show(&self, experiment: &str, model: &Model, begun: Option<&Value>) -> Result<Value, Error> {
        let run = match begun {
            Some(run) => run.clone(),
            None => {
                let name = &model.hash[..model.hash.len().min(12)];
                let tags = json!([{ "key": MODEL, "value": model.hash }]);
                self.mlflow.begin_run(experiment, name, model.trained_at, &tags).await?
            }
        };
        let id = run_id(&run)?;
        for params in params(model).chunks(ITEMS) {
            self.mlflow.log(&id, "params", params).await?;
        }
        self.mlflow.log(&id, "metrics", &metrics(model)).await?;
        if let Ok(artifact) = std::fs::read(artifacts::artifact_path(&self.house, &model.hash)) {
            self.mlflow.put_artifact(&run, "model.json", artifact).await?;
        }
        self.mlflow.end_run(&id, model.trained_at).await?;
        // Last of all: until it is there the run is done again.
        self.mlflow.log(&id, "tags", &tags(model)).await?;
        Ok(run)
    }

    /// Shows those that served as versions, and by aliases who serves now and who did before.
    async fn show_served(
        &self,
        models: &[Model],
        runs: &BTreeMap<&str, Value>,
        served: &[String],
    ) -> Result<usize, Error> {
        if served.is_empty() {
            return Ok(0);
        }
        let mut changed = 0;
        self.mlflow.register(&self.name, "Forecasts of Bitcoin by Wick: each version is a model that served").await?;
        let mut versions: HashMap<String, String> = self.mlflow.versions(&self.name).await?.into_iter().collect();
        let ever: HashSet<&str> = served.iter().map(String::as_str).collect();
        for model in models.iter().filter(|model| ever.contains(model.hash.as_str())) {
            let Some(run) = runs.get(model.hash.as_str()) else { continue };
            let id = run_id(run)?;
            if let Entry::Vacant(missing) = versions.entry(id.clone()) {
                let root = run.pointer("/info/artifact_uri").and_then(Value::as_str).unwrap_or_default();
                let says = format!("{}: {}", model.hash, model.reasons.join("; "));
                let source = format!("{root}/model.json");
                let version = self.mlflow.add_version(&self.name, &id, &source, &cut(&says)).await?;
                missing.insert(version);
                changed += 1;
            }
        }
        let aliases: HashMap<String, String> = self.mlflow.aliases(&self.name).await?.into_iter().collect();
        let former = served.iter().find(|hash| *hash != &served[0]);
        for (alias, hash) in [("champion", Some(&served[0])), ("former", former)] {
            let run = hash.and_then(|hash| runs.get(hash.as_str()));
            let Some(version) = run.map(run_id).transpose()?.and_then(|id| versions.get(&id)) else { continue };
            if aliases.get(alias) != Some(version) {
                self.mlflow.alias(&self.name, alias, version).await?;
                changed += 1;
            }
        }
        Ok(changed)
    }
}

fn run_id(run: &Value) -> Result<String, Error> {
    let id = run.pointer("/info/run_id").and_then(Value::as_str).map(str::to_owned);
    id.ok_or(Error::Shape { path: "runs".into(), what: "run_id" })
}

fn is_complete(run: &Value) -> bool {
    let tags = run.pointer("/data/tags").and_then(Value::as_array);
    tags.into_iter().flatten().any(|tag| tag["key"] == COMPLETE)
}

fn tags(model: &Model) -> Vec<Value> {
    let all = [
        ("wick.feature_set", model.feature_set.clone()),
        ("wick.cause", model.cause["kind"].as_str().unwrap_or_default().to_owned()),
        ("wick.requested_by", model.requested_by.clone()),
        ("wick.promoted", model.promoted.to_string()),
        ("wick.reasons", model.reasons.join("\n")),
        ("wick.version", env!("CARGO_PKG_VERSION").to_owned()),
        (COMPLETE, "true".to_owned()),
    ];
    all.into_iter().map(|(key, value)| json!({ "key": key, "value": cut(&value) })).collect()
}

/// The settings of the fit, a nested one as `outer.inner`, and what it was fitted on.
fn params(model: &Model) -> Vec<Value> {
    let mut all = BTreeMap::from([
        ("data.from".to_owned(), Timestamp(model.from).rfc3339()),
        ("data.to".to_owned(), Timestamp(model.to).rfc3339()),
        ("data.rows".to_owned(), model.rows.to_string()),
    ]);
    flatten("fit", &model.config, &mut all);
    all.into_iter().map(|(key, value)| json!({ "key": key, "value": cut(&value) })).collect()
}

fn flatten(name: &str, value: &Value, all: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(inner) => inner.iter().for_each(|(key, value)| flatten(&format!("{name}.{key}"), value, all)),
        Value::String(text) => {
            all.insert(name.to_owned(), text.clone());
        }
        other => {
            all.insert(name.to_owned(), other.to_string());
        }
    }
}

/// The figures of each horizon and target. MLflow keeps numbers only: what is none is left out.
fn metrics(model: &Model) -> Vec<Value> {
    let mut all = Vec::new();
    for cell in model.metrics.as_array().into_iter().flatten() {
        let word = |key: &str| cell[key].as_str().unwrap_or_default();
        let name = format!("{}/{}", word("horizon"), word("target"));
        let loss = word("loss_name");
        let figures = [
            (format!("{name}/{loss}"), "loss"),
            (format!("{name}/{loss}_of_baseline"), "baseline_loss"),
            (format!("{name}/skill"), "skill"),
            (format!("{name}/dm_t"), "dm_t"),
            (format!("{name}/rows"), "rows"),
        ];
        for (key, figure) in figures {
            if let Some(value) = cell[figure].as_f64().filter(|value| value.is_finite()) {
                all.push(json!({ "key": key, "value": value, "timestamp": model.trained_at, "step": 0 }));
            }
        }
    }
    all
}

fn cut(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}
