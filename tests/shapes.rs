//! A house on a simulated market, asked everything that can be asked in JSON: the shapes of the answers are a contract, and
//! `tests/shapes.json` holds them. With `WICK_BLESS=1` they are written instead. Prometheus' tool reads its metrics.

mod harness;

use std::collections::BTreeMap;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use harness::living::{self, first_forecast, simulated};
use harness::{Home, market, replay, wait_until};
use serde_json::{Map, Value, json};

/// Objects whose keys are not words of ours: settings, names of features, levels.
const MAPS: [&str; 6] = ["config", "values", "levels", "origins", "growth", "fields"];

/// Asks in JSON; `None` where the answer is no.
fn ask(data: &Path, words: &[&str]) -> Option<Value> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wick"));
    let output =
        command.arg("--data-dir").arg(data).args(words).args(["--json", "--quiet"]).output().expect("wick runs");
    let text = String::from_utf8_lossy(&output.stdout);
    // One document, or one a line.
    let first = serde_json::from_str(&text).or_else(|_| serde_json::from_str(text.lines().next().unwrap_or_default()));
    output.status.success().then(|| first.unwrap_or_else(|error| panic!("{words:?}: {error}: {text}")))
}

/// What a value looks like: the types of its parts.
fn shape(name: &str, value: &Value) -> Value {
    match value {
        Value::Null => Value::Null,
        Value::Bool(_) => json!("bool"),
        Value::Number(_) => json!("number"),
        Value::String(_) => json!("string"),
        Value::Array(all) => Value::Array(all.iter().map(|one| shape("", one)).reduce(both).into_iter().collect()),
        Value::Object(fields) if MAPS.contains(&name) => {
            json!({ "*": fields.values().map(|one| shape("", one)).reduce(both) })
        }
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(name, value)| (name.clone(), shape(name, value))).collect())
        }
    }
}

/// One shape for two values of one kind: what is there in either is known, and what differs is anything.
fn both(one: Value, other: Value) -> Value {
    match (one, other) {
        (Value::Null, known) | (known, Value::Null) => known,
        (Value::Array(one), Value::Array(other)) => {
            Value::Array(one.into_iter().chain(other).reduce(both).into_iter().collect())
        }
        (Value::Object(mut one), Value::Object(other)) => {
            for (name, value) in other {
                let known = one.remove(&name).unwrap_or_default();
                one.insert(name, both(known, value));
            }
            Value::Object(one)
        }
        (one, other) if one == other => one,
        _ => json!("any"),
    }
}

/// Where an answer does not fit what is kept: nothing where both are silent.
fn unfit(kept: &Value, seen: &Value, path: &str) -> Option<String> {
    match (kept, seen) {
        (Value::Null, _) | (_, Value::Null) => None,
        (Value::String(any), _) if any == "any" => None,
        (Value::Array(kept), Value::Array(seen)) => {
            kept.iter().zip(seen).find_map(|(kept, seen)| unfit(kept, seen, path))
        }
        (Value::Object(kept), Value::Object(seen)) => {
            for (name, kept) in kept {
                let found = seen.get(name).and_then(|seen| unfit(kept, seen, &format!("{path}.{name}")));
                if found.is_some() {
                    return found;
                }
            }
            let names = |fields: &Map<String, Value>| fields.keys().cloned().collect::<Vec<_>>();
            (names(kept) != names(seen)).then(|| format!("{path}: {:?} is now {:?}", names(kept), names(seen)))
        }
        (kept, seen) => (kept != seen).then(|| format!("{path}: {kept} is now {seen}")),
    }
}

#[test]
fn what_is_answered_in_json_keeps_its_shape() {
    let home = Home::new();
    let data = home.join("data");
    let mut house = simulated(&data, &[], Stdio::null());
    let (_, door) = first_forecast(&mut house);
    let patience = Duration::from_secs(60);
    wait_until("a champion's forecast", patience, || {
        let answer = ask(&data, &["predict"]);
        answer.is_some_and(|answer| {
            answer["forecasts"].as_array().is_some_and(|all| all.len() == 4 && all[0]["level"] == "champion")
        })
    });
    wait_until("scores of the past", patience, || ask(&data, &["scoreboard"]).is_some());
    let predict = ask(&data, &["predict"]).expect("forecasts");
    let id = predict["forecasts"][0]["id"].as_str().expect("an id").to_owned();
    let models = ask(&data, &["models", "list"]).expect("models");
    let model = models["models"][0]["hash"].as_str().expect("a hash").to_owned();
    let schemas = home.join("schemas").display().to_string();
    let pages = home.join("pages").display().to_string();
    let mut seen = BTreeMap::new();
    for words in [
        &["status"][..],
        &["top"],
        &["predict"],
        &["trace", &id],
        &["drift"],
        &["scoreboard"],
        &["doctor"],
        &["models", "list"],
        &["models", "show", &model],
        &["models", "history"],
        &["models", "trials", &model],
        &["streams", "list"],
        &["streams", "lag"],
        &["streams", "tail", "predictions.made", "-n", "1"],
        &["dead-letters", "list"],
        &["bronze", "ls"],
        &["bronze", "verify"],
        &["features", "list"],
        &["features", "sets"],
        &["features", "show"],
        &["quality", "list"],
        &["quality", "reports"],
        &["config", "show"],
        &["config", "check", "deploy/engine.toml"],
        &["schema", "export", &schemas],
        &["man", "--dir", &pages],
        &["retrain", "--reason", "shapes"],
    ] {
        let command: Vec<&str> = words
            .iter()
            .copied()
            .filter(|word| ![&id, &model, &schemas, &pages].contains(&&(*word).to_owned()))
            .collect();
        let answer = ask(&data, words).unwrap_or_else(|| panic!("wick {} answers no", command.join(" ")));
        seen.insert(
            command.join(" "),
            if words == ["config", "show"] { json!({ "*": null }) } else { shape("", &answer) },
        );
    }
    traced(&data, &id);
    measured(&door);
    drop(house);
    replayed(&home, &mut seen);

    let place = Path::new("tests/shapes.json");
    if std::env::var_os("WICK_BLESS").is_some_and(|value| value == "1") {
        std::fs::write(place, serde_json::to_string_pretty(&seen).expect("JSON") + "\n").expect("written");
    }
    let kept: BTreeMap<String, Value> =
        serde_json::from_str(&std::fs::read_to_string(place).expect("shapes")).expect("JSON");
    assert_eq!(kept.keys().collect::<Vec<_>>(), seen.keys().collect::<Vec<_>>());
    let unfit: Vec<String> =
        kept.iter().filter_map(|(name, kept)| unfit(kept, &seen[name], &format!("wick {name}"))).collect();
    assert!(unfit.is_empty(), "shapes have changed, on which programs rely:\n{}", unfit.join("\n"));
}

/// A forecast leads to the bytes that it was made of.
fn traced(data: &Path, id: &str) {
    let trace = ask(data, &["trace", &id[..12]]).expect("a trace");
    assert_eq!((&trace["prediction"]["id"], &trace["prediction"]["level"]), (&json!(id), &json!("champion")));
    assert_eq!(trace["model"]["hash"], trace["prediction"]["model"]);
    assert!(trace["features"]["values"].as_object().is_some_and(|values| values.len() > 50), "{trace}");
    let bar = trace["silver"]["bar"].as_array().expect("candles");
    assert_eq!(bar.len(), 15, "{bar:?}");
    for candle in bar {
        assert_eq!(candle["message"].as_str().map(str::len), Some(32), "{candle}");
    }
    let files = trace["bronze"].as_array().expect("files");
    let settled: Vec<&Value> =
        files.iter().filter(|file| file["sha256"].as_str().is_some_and(|hash| hash.len() == 64)).collect();
    assert!(settled.len() >= 7, "a week of files: {files:?}");
    for file in settled {
        let bytes = std::fs::read(PathBuf::from(file["place"].as_str().expect("a path"))).expect("a file");
        let hash: String =
            <sha2::Sha256 as sha2::Digest>::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(file["sha256"], hash, "{file}");
    }
    assert!(ask(data, &["trace", "ffffffffffff"]).is_none() && ask(data, &["trace", "no hash"]).is_none());
}

/// What Prometheus would read.
fn scrape(door: &str) -> String {
    let (_, answer) = living::ask(door, "GET /metrics");
    let text = answer.split_once("\r\n\r\n").expect("a body").1;
    // Without the lengths of the chunks that it comes in.
    text.lines().filter(|line| line.contains(' ')).map(|line| format!("{line}\n")).collect()
}

/// What a replay and its evaluation say to programs: one document, whatever happens.
fn replayed(home: &Home, seen: &mut BTreeMap<String, Value>) {
    let told = |minutes: usize, more: &[&str]| {
        let file = home.join(&format!("{minutes}.csv"));
        market(&file, minutes);
        let mut command = replay(&home.join(&minutes.to_string()), &file, &[]);
        let output = command.args(["--no-train", "--json", "--quiet"]).args(more).stdout(Stdio::piped()).output();
        let output = output.expect("wick runs");
        let text = String::from_utf8_lossy(&output.stdout);
        let whole: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{more:?}: {error}: {text}"));
        (output.status.code(), whole)
    };
    let page = home.join("report.html").display().to_string();
    let (code, alone) = told(600, &[]);
    assert_eq!((code, &alone["minutes"]), (Some(0), &json!(600)));
    seen.insert("replay".into(), shape("", &alone));
    let (code, both) = told(600, &["--report", &page]);
    assert_eq!((code, &both["replay"]["minutes"], &both["report"]["page"]), (Some(0), &json!(600), &json!(page)));
    assert!(both["report"]["forecasts"].as_u64().is_some_and(|count| count > 50), "{}", both["report"]["forecasts"]);
    seen.insert("replay --report".into(), shape("", &both));
    // Too short for any forecast to be scored: the replay was all the same.
    let (code, none) = told(10, &["--report", &page]);
    assert_eq!((code, &none["replay"]["minutes"], &none["report"]), (Some(5), &json!(10), &Value::Null));
}

/// What the house counts is there, and what Prometheus' own linter is content with.
fn measured(door: &str) {
    let mut text = String::new();
    wait_until("a look at Redis after the start", Duration::from_secs(20), || {
        text = scrape(door);
        text.contains("wick_stream_complete_timestamp_seconds{topic=\"candles.validated\"}")
    });
    for started in [
        "wick_bus_up 1",
        "wick_bus_memory_bytes ",
        "wick_actor_at_work{actor=\"trainer\"} 1",
        "wick_group_lag_messages{group=\"drift_monitor\",topic=\"predictions.made\"} ",
        "wick_group_pending_messages{group=\"trainer\"",
        "wick_stream_complete_timestamp_seconds{topic=\"candles.validated\"} ",
        "wick_messages_in_total{actor=\"validator\"",
        "wick_event_time_delay_seconds_count{layer=\"gold\"} ",
        "wick_rows_kept_total{actor=\"fetcher\"} ",
        "wick_feature_input_timestamp_seconds{input=\"candles\"} ",
        "wick_features_timestamp_seconds ",
        "wick_features_missing ",
        "wick_quality_reports_total{result=",
        "wick_predictions_total{level=\"champion\"} ",
        "wick_prediction_level{level=\"champion\"} 1",
        "wick_prediction_timestamp_seconds ",
        "wick_model_info{model=",
        "wick_model_trained_timestamp_seconds ",
        "wick_scores_total{horizon=\"24h\"} ",
        "wick_loss_total{by=\"seasonal_har\",horizon=\"1h\",loss=\"qlike\"} ",
        "wick_interval_hits_total{horizon=\"15m\",interval=\"95\"} ",
        "wick_retrain_commands_total{cause=\"no_champion\"} 1",
        "wick_trainings_total{outcome=\"promoted\"} ",
        "wick_training_seconds_count{outcome=\"promoted\"} ",
        "wick_build_info{version=",
        "process_resident_memory_bytes ",
    ] {
        assert!(text.lines().any(|line| line.starts_with(started)), "no {started} in\n{text}");
    }
    let mut tool = Command::new("promtool");
    tool.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut tool = match tool.spawn() {
        Ok(tool) => tool,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return eprintln!("skipped: there is no promtool (sudo apt-get install prometheus)");
        }
        Err(error) => panic!("{error}"),
    };
    tool.stdin.take().expect("its ear").write_all(text.as_bytes()).expect("told");
    let told = tool.wait_with_output().expect("an end");
    let words = String::from_utf8_lossy(&told.stderr).into_owned() + &String::from_utf8_lossy(&told.stdout);
    assert!(told.status.success(), "promtool: {words}");
}
