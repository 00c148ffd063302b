//! From bronze file to model: what each trained model was made of, as OpenLineage events.
//!
//! Everything is read from what is kept (the registry, the manifests of the lake), so the events of a model are the same
//! whenever they are told, and one that was not told before a stop is told after it.

use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use wick_bus::database::Location;
use wick_bus::lake::{Lake, Listed, features_root, files_between, targets_root};
use wick_bus::{Config, House, registry as artifacts};
use wick_feature_builder::engine::Engine;
use wick_operator::model::LineageArgs;
use wick_operator::place::Place;
use wick_operator::registry::{self, Model};
use wick_schemas::lineage::{Dataset, Job, PRODUCER, RunEvent};
use wick_schemas::time::{BAR, DAY};

use crate::voice::say;

/// How often the registry is looked at.
const LOOK: Duration = Duration::from_secs(10);
/// How long a collector may take to answer.
const TIMEOUT: Duration = Duration::from_secs(20);
/// How long the house waits for it when it closes.
const CLOSING: Duration = Duration::from_secs(5);

/// `[lineage]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineageConfig {
    enabled: bool,
    url: String,
    token: String,
}

/// `wick models lineage`: a model's events, one JSON object a line.
pub async fn lineage(config: &Config, args: &LineageArgs) -> anyhow::Result<()> {
    let house = Place::find(config).await?.house;
    let model = registry::find(&house, &args.hash).await?;
    let lines = lines(&events(&house, &model)?)?;
    match &args.out {
        Some(out) => std::fs::write(out, lines)
            .with_context(|| format!("{} cannot be written: name another with --out", out.display())),
        None => {
            say(lines.trim_end());
            Ok(())
        }
    }
}

/// Tells the lineage of each model when it is trained. Ends only where that is not wanted.
pub async fn follow(house: House) -> anyhow::Result<()> {
    let config: LineageConfig = house.config.section("lineage")?;
    if !config.enabled {
        return Ok(());
    }
    let mut told_of = None;
    loop {
        match catch_up(&house, &config).await {
            Ok(()) => told_of = None,
            // A collector that is away stays away for a while: it is said once.
            Err(error) if told_of.replace(error.to_string()).is_none() => {
                tracing::warn!(error = format!("{error:#}"), "lineage is not told; models are trained all the same");
            }
            Err(_) => {}
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Tells what is left to tell when the house closes, if that is quick.
pub async fn finish(house: &House) {
    let Ok(config) = house.config.section::<LineageConfig>("lineage") else { return };
    if config.enabled {
        // What is cut off is told after the next start.
        let _ = tokio::time::timeout(CLOSING, catch_up(house, &config)).await;
    }
}

/// Tells of every model that was not told of yet.
async fn catch_up(house: &House, config: &LineageConfig) -> anyhow::Result<()> {
    let folder = house.path("lineage");
    let told = folder.join("told.txt");
    let known: HashSet<String> =
        std::fs::read_to_string(&told).unwrap_or_default().lines().map(str::to_owned).collect();
    let models = registry::models(house).await?;
    for model in models.iter().rev().filter(|model| !known.contains(&model.hash)) {
        let events = {
            let (house, model) = (house.clone(), model.clone());
            // A bucket is far away, and years are many files.
            tokio::task::spawn_blocking(move || events(&house, &model)).await??
        };
        if !config.url.is_empty() {
            for event in &events {
                post(config, event).await?;
            }
        }
        std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        append(&folder.join("events.ndjson"), &lines(&events)?)?;
        append(&told, &format!("{}\n", model.hash))?;
    }
    Ok(())
}

/// What a model was made of: bronze became silver, silver became gold, gold became the model.
fn events(house: &House, model: &Model) -> anyhow::Result<Vec<RunEvent>> {
    let job = |name: &str| Job {
        namespace: format!("wick://{}{}", house.config.bus.prefix, house.instrument()),
        name: name.into(),
    };
    // The first row looks back; the last one's outcome came a day later at most.
    let back = i64::try_from(Engine::LOOKBACK).unwrap_or_default() * BAR;
    let (first, last) = (model.from.shift(-back), model.to.shift(DAY));
    let bronze = datasets(files_between(&Lake::bronze(&house.config)?.files, "kind=candle", first, last)?);
    let gold = |root: PathBuf, below: &str| files_between(&Lake::folder(root).files, below, model.from, last);
    let features = gold(features_root(house), &format!("set={}", model.feature_set))?;
    let gold = datasets(features.into_iter().chain(gold(targets_root(house), "")?).collect());
    let silver = [silver(house)?];
    let artifact = absolute(&artifacts::artifact_path(house, &model.hash));
    let artifact = [Dataset::file("file", &artifact, &model.hash, None)];
    let at = model.trained_at;
    let facet = json!({
        "_producer": PRODUCER, "_schemaURL": "urn:wick:facet:training:1", "model": model.hash, "from": model.from,
        "to": model.to, "rows": model.rows, "featureSet": model.feature_set, "cause": model.cause,
        "requestedBy": model.requested_by, "promoted": model.promoted, "config": model.config,
    });
    let facets = Map::from_iter([("wick_training".to_owned(), facet)]);
    let none = Map::<String, Value>::new();
    let mut all = Vec::new();
    all.extend(RunEvent::whole(&job("validate"), &model.hash, at, &none, &bronze, &silver));
    all.extend(RunEvent::whole(&job("build_features"), &model.hash, at, &none, &silver, &gold));
    all.extend(RunEvent::whole(&job("train"), &model.hash, at, &facets, &gold, &artifact));
    Ok(all)
}

fn datasets(files: Vec<Listed>) -> Vec<Dataset> {
    let one = |file: Listed| match file.place.strip_prefix("s3://").and_then(|rest| rest.split_once('/')) {
        Some((bucket, key)) => Dataset::file(&format!("s3://{bucket}"), key, &file.sha256, file.rows),
        None => Dataset::file("file", &absolute(Path::new(&file.place)), &file.sha256, file.rows),
    };
    files.into_iter().map(one).collect()
}

/// Clean candles: a table of a file or of a server.
fn silver(house: &House) -> anyhow::Result<Dataset> {
    Ok(match Location::silver(&house.config)? {
        Location::File(path) => Dataset::new("file", &format!("{}#candles", absolute(&path))),
        Location::Server { options, schema } => Dataset::new(
            &format!("postgres://{}:{}", options.get_host(), options.get_port()),
            &format!("{}.{schema}.candles", options.get_database().unwrap_or(options.get_username())),
        ),
    })
}

fn absolute(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
}

fn lines(events: &[RunEvent]) -> anyhow::Result<String> {
    let mut text = String::new();
    for event in events {
        text += &serde_json::to_string(event)?;
        text.push('\n');
    }
    Ok(text)
}

fn append(path: &Path, text: &str) -> anyhow::Result<()> {
    let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("{} cannot be written", path.display()))
}

async fn post(config: &LineageConfig, event: &RunEvent) -> anyhow::Result<()> {
    let mut client = reqwest::Client::builder().timeout(TIMEOUT);
    if config.url.contains("//127.0.0.1") || config.url.contains("//localhost") {
        // A proxy set for the outside world does not know what listens here.
        client = client.no_proxy();
    }
    let mut request = client.build()?.post(&config.url).json(event);
    if !config.token.is_empty() {
        request = request.bearer_auth(&config.token);
    }
    let sent = request.send().await.map_err(reqwest::Error::without_url);
    let answer = sent.context("the collector of lineage.url does not answer: check that it runs there")?;
    if !answer.status().is_success() {
        bail!("the collector of lineage.url answered {}", answer.status());
    }
    Ok(())
}
