//! Two feature sets side by side: each can be read online and offline by its name and its id, and is part of the full
//! one to the last bit; and the smaller one can be what is trained on and served.

mod harness;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use harness::{Home, finish, market, place, replay};
use serde_json::Value;
use wick_bus::lake::{FeatureRow, Shelf, set_folder};
use wick_schemas::{FeatureVector, Timestamp};

/// The set of this story.
const SLIM: &str = "feature_builder.sets.slim=[\"volatility\", \"log_season_*\", \"hour_of_week\"]";

fn wick(data: &Path, words: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wick"));
    command.arg("--data-dir").arg(data).args(["--namespace", "replay", "--set", SLIM]).args(words);
    let output = command.output().expect("wick runs");
    let told = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.code(), told)
}

fn json(data: &Path, words: &[&str]) -> Value {
    let (code, told) = wick(data, &[&["--json"], words].concat());
    assert_eq!(code, Some(0), "{words:?}: {told}");
    serde_json::from_str(&told).unwrap_or_else(|error| panic!("{error}: {told}"))
}

fn rows(data: &Path, id: &str) -> BTreeMap<Timestamp, FeatureVector> {
    let root = place(data).join("gold/features");
    let rows = Shelf::<FeatureRow>::read_in(&root, &set_folder(id), Timestamp::MIN, Timestamp::MAX).expect("gold");
    rows.into_iter().map(|row| (row.0.as_of, row.0)).collect()
}

/// What is shown online, read from a bus that is started on what the house left.
async fn shown(data: &Path, ids: &[&str]) -> Vec<BTreeMap<String, String>> {
    let folder = place(data).display().to_string();
    let config = wick_bus::Config::load(None, &[("data_dir".into(), folder)]).expect("settings");
    let server = wick_bus::server::Server::start(&config).await.expect("redis starts");
    let mut bus = wick_bus::session::connect(&server.url).await.expect("connects");
    let mut all = Vec::new();
    for id in ids {
        let key = format!("replay:online.{id}:{{BTC-USD}}");
        all.push(redis::cmd("HGETALL").arg(key).query_async(&mut bus).await.expect("a hash"));
    }
    server.stop().await;
    all
}

#[tokio::test]
async fn a_smaller_set_is_part_of_the_full_one_and_can_be_served() {
    let home = Home::new();
    let (file, data) = (home.join("market.csv"), home.join("data"));
    // Until a model of the ninth midnight serves.
    market(&file, 9 * 1440 + 180);
    let mut first = replay(&data, &file, &["--set", SLIM]);
    first.args(["--to", "2024-01-09"]);
    finish(first);

    let sets = json(&data, &["features", "sets"]);
    let (full, slim) = (sets[0]["id"].as_str().expect("an id"), sets[1]["id"].as_str().expect("an id"));
    assert_eq!((&sets[0]["name"], &sets[0]["main"]), (&"full".into(), &true.into()));
    assert_eq!((&sets[1]["name"], &sets[1]["main"]), (&"slim".into(), &false.into()));
    assert_ne!(full, slim);
    let listed = json(&data, &["features", "list", "--feature-set", "slim"]);
    assert_eq!(
        (&listed["id"], listed["features"].as_array().map(Vec::len)),
        (&slim.into(), sets[1]["features"].as_u64().map(|n| n as usize))
    );

    let (whole, part) = (rows(&data, full), rows(&data, slim));
    assert_eq!((whole.len(), part.len()), (8 * 96, 8 * 96));
    for (as_of, part) in &part {
        assert!(part.names.len() < whole[as_of].names.len() && part.names.contains(&"hour_of_week".to_owned()));
        for (name, value) in part.names.iter().zip(&part.values) {
            assert_eq!(value.map(f64::to_bits), whole[as_of].value(name).map(f64::to_bits), "{name} at {as_of}");
        }
    }
    let online = shown(&data, &[full, slim]).await;
    let (_, newest) = part.last_key_value().expect("rows");
    for (name, value) in newest.names.iter().zip(&newest.values) {
        let shown = online[1].get(name).map(|text| text.parse::<f64>().expect("a number").to_bits());
        assert_eq!((shown, online[0].get(name)), (value.map(f64::to_bits), online[1].get(name)));
    }
    assert!(online[0].len() > online[1].len());

    for set in ["slim", slim] {
        assert_eq!(json(&data, &["features", "verify", "--feature-set", set])["equal"], 8 * 96);
        let out = home.join("slim.parquet").display().to_string();
        let written = json(&data, &["features", "export", "--feature-set", set, "--cold", "--out", &out]);
        assert_eq!((&written["feature_set"], &written["rows"]), (&slim.into(), &(8 * 96).into()));
        assert_eq!(written["columns"].as_u64(), sets[1]["features"].as_u64().map(|count| count + 7 + 3 * 4));
    }
    let (code, told) = wick(&data, &["features", "list", "--feature-set", "large"]);
    assert!(code == Some(5) && told.contains("wick features sets"), "{code:?} {told}");
    let wrong = ["--set", "feature_builder.sets.odd=[\"nonsense\"]", "features", "list"];
    let (code, told) = wick(&data, &wrong);
    assert!(code == Some(3) && told.contains("nonsense") && told.contains("volatility"), "{code:?} {told}");

    // From now on the small one is served: the next models are its own, of all its rows.
    finish(replay(&data, &file, &["--set", SLIM, "--set", "feature_builder.main=slim"]));
    let pool = wick_bus::database::read(&place(&data).join("models.sqlite")).await.expect("opens").expect("models");
    let models: Vec<(String, i64)> = sqlx::query_as("SELECT feature_set, rows FROM models ORDER BY trained_at")
        .fetch_all(&pool)
        .await
        .expect("models");
    pool.close().await;
    let (last, trained) = models.last().expect("a model");
    assert_eq!(last, slim, "{models:?}");
    // With those of the days on which it was built beside the full one.
    assert!(*trained > 100, "{models:?}");
    let serving =
        wick_bus::database::read(&place(&data).join("serving.sqlite")).await.expect("opens").expect("serving");
    let newest: (String, String) =
        sqlx::query_as("SELECT feature_set, level FROM predictions ORDER BY as_of DESC LIMIT 1")
            .fetch_one(&serving)
            .await
            .expect("a forecast");
    serving.close().await;
    assert_eq!(newest, (slim.to_owned(), "champion".to_owned()));
}
