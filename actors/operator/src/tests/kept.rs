//! Commands that read what the house keeps in files.

use std::path::Path;

use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection};
use wick_bus::Clock;
use wick_schemas::time::{BAR, HOUR};
use wick_schemas::{Horizon, Level, Score, Timestamp, testing};

use super::{json, parse, say};
use crate::Exit;
use crate::page::Page;
use crate::place::Place;

const NOON: Timestamp = Timestamp(1_704_110_400_000);

/// Makes an owner's database with the owner's own tables, so that a changed table is noticed here.
pub(super) async fn owned(folder: &Path, actor: &str, name: &str) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(folder.join(name)).create_if_missing(true);
    let mut database = SqliteConnection::connect_with(&options).await.expect("a database");
    let migrations = Path::new("..").join(actor).join("migrations");
    let mut files: Vec<_> =
        std::fs::read_dir(migrations).expect("migrations").map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    for file in files {
        let text = std::fs::read_to_string(file).expect("text");
        sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(&mut database).await.expect("migrated");
    }
    database
}

async fn predictions(folder: &Path, origin: &str) {
    let mut serving = owned(folder, "predictor", "serving.sqlite").await;
    for (step, as_of) in [NOON - BAR, NOON].into_iter().enumerate() {
        for horizon in [Horizon::M15, Horizon::H1] {
            sqlx::query(
                "INSERT INTO predictions VALUES (?, ?, ?, 'cause', 100.0, ?, ?, 'champion', 'abcdef0123456789', 'set', ?, \
                 0.001, 0.0004, '[]', '[90,92,95,100.5,105,108,110]', -9.0, '{}', '[]', NULL)",
            )
            .bind(as_of.millis())
            .bind(horizon.as_str())
            .bind(format!("id{step}"))
            .bind(origin)
            .bind(as_of.millis())
            .bind(0.5 + 0.05 * step as f64)
            .execute(&mut serving)
            .await
            .expect("kept");
        }
    }
    serving.close().await.expect("closed");
}

#[tokio::test]
async fn predict_shows_the_newest_forecast_of_each_horizon() {
    let folder = tempfile::tempdir().expect("a folder");
    predictions(folder.path(), "simulated").await;
    let cli = parse(folder.path(), &["predict"]);
    let mut place = Place::find(&crate::overlay(&cli).expect("settings")).await.expect("a place");
    place.house.clock = Clock::manual(NOON + 90_000);
    let args = crate::predict::PredictArgs { horizon: Some(Horizon::H1) };

    let mut out = Vec::new();
    crate::predict::predict(&place, &args, &mut Page::new(&mut out, true, false, true)).await.expect("answered");
    let answer: Value = serde_json::from_slice(&out).expect("JSON");
    let forecast = json!({
        "horizon": "1h", "as_of": NOON.millis(), "age_ms": 90_000, "origin": "simulated", "level": "champion",
        "made_with": "champion", "model": "abcdef0123456789", "price": 100.0, "p_up": 0.55, "expected_return": 0.001, "volatility": 0.02,
        "median": 100.5, "interval_80": [92.0, 108.0], "interval_95": [90.0, 110.0], "id": "id1",
    });
    assert_eq!(answer, json!({ "instrument": "BTC-USD", "forecasts": [forecast] }));

    let mut out = Vec::new();
    crate::predict::predict(&place, &args, &mut Page::new(&mut out, false, false, true)).await.expect("answered");
    let text = String::from_utf8(out).expect("text");
    assert!(text.starts_with("BTC-USD at 100.00 as of 2024-01-01 12:00:00 UTC\n"), "{text}");
    assert!(text.contains("1h       55.0 %  100.50  92.00 – 108.00  90.00 – 110.00      2.00 %"), "{text}");
    assert!(text.contains("abcdef012345  1m 30s  SIMULATED"), "{text}");
}

#[tokio::test]
async fn a_forecast_older_than_two_bars_is_stale_unless_it_is_recorded() {
    for (origin, age, expected) in [
        ("live", 2 * BAR, "champion"),
        ("live", 2 * BAR + 1, "stale"),
        ("simulated", 2 * BAR + 1, "stale"),
        ("replay", 2_000 * BAR, "champion"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        predictions(folder.path(), origin).await;
        let cli = parse(folder.path(), &["predict"]);
        let mut place = Place::find(&crate::overlay(&cli).expect("settings")).await.expect("a place");
        place.house.clock = Clock::manual(NOON + age);
        let newest = crate::forecast::newest(&place.house, Some(Horizon::H1)).await.expect("reads");
        assert_eq!((newest[0].level.as_str(), newest[0].made_with.as_str()), (expected, "champion"), "{origin} {age}");
    }
}

#[tokio::test]
async fn where_nothing_was_forecast_or_scored_the_exit_says_not_found() {
    let folder = tempfile::tempdir().expect("a folder");
    for words in [&["predict"][..], &["scoreboard"], &["models", "show", "ab"]] {
        let (exit, text) = say(folder.path(), words).await;
        assert_eq!((exit.expect_err("nothing").exit(), text.as_str()), (Exit::NotFound, ""), "{words:?}");
    }
    assert_eq!(json(folder.path(), &["models", "list"]).await, json!({ "models": [] }));
}

fn score(horizon: Horizon, bar: i64) -> Score {
    // Something that differs from bar to bar.
    let base = 0.6 + 0.1 * (bar as f64).sin();
    Score {
        origin: NOON + bar * BAR,
        level: if bar < 10 { Level::Baseline } else { Level::Champion },
        up: bar % 2 == 0,
        inside_80: bar % 4 != 0,
        ..testing::score(horizon, bar, base)
    }
}

async fn scores(folder: &Path, bars: i64) {
    let mut monitoring = owned(folder, "drift_monitor", "monitoring.sqlite").await;
    for bar in 0..bars {
        let score = score(Horizon::M15, bar);
        sqlx::query("INSERT INTO scores VALUES (?, ?, ?, ?)")
            .bind(score.origin.millis())
            .bind(score.horizon.as_str())
            .bind((score.origin + BAR).millis())
            .bind(serde_json::to_string(&score).expect("JSON"))
            .execute(&mut monitoring)
            .await
            .expect("kept");
    }
    monitoring.close().await.expect("closed");
}

#[tokio::test]
async fn the_scoreboard_counts_what_it_speaks_of() {
    let folder = tempfile::tempdir().expect("a folder");
    predictions(folder.path(), "replay").await;
    scores(folder.path(), 40).await;
    let board = json(folder.path(), &["scoreboard"]).await;
    assert_eq!(board["forecasts"], 40);
    assert_eq!(board["levels"], json!({ "baseline": 10, "champion": 30 }));
    assert_eq!(board["origins"], json!({ "replay": 1 }));
    assert_eq!((&board["from"], &board["to"]), (&json!(NOON.millis()), &json!((NOON + 39 * BAR).millis())));
    let summary = &board["scoreboard"]["summaries"][0];
    assert_eq!((&summary["accuracy"], &summary["coverage_80"]), (&json!(0.5), &json!(0.75)));
    let row = &board["scoreboard"]["rows"][0];
    assert_eq!((&row["target"], &row["skill"]), (&json!("direction"), &json!(0.5)));
    assert!(row["dm_t"].as_f64().expect("proved") > 5.0);

    let (exit, text) = say(folder.path(), &["scoreboard"]).await;
    assert_eq!(exit.expect("answered"), Exit::Done);
    assert!(text.contains("40 forecasts of BTC-USD made from 2024-01-01 12:00:00"), "{text}");
    assert!(text.contains("10 baseline, 30 champion") && text.contains("replay (1 bars)"), "{text}");
    assert!(text.contains("+50.00 %"), "{text}");
}

#[tokio::test]
async fn the_scoreboard_keeps_to_the_time_that_was_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    scores(folder.path(), 40).await;
    let last_hour = json(folder.path(), &["scoreboard", "--since", "1h"]).await;
    assert_eq!(
        (last_hour["forecasts"].as_i64(), last_hour["to"].as_i64()),
        (Some(4), Some((NOON + 39 * BAR).millis()))
    );
    let to = (NOON + HOUR).rfc3339();
    assert_eq!(json(folder.path(), &["scoreboard", "--to", &to]).await["forecasts"], 4);
    assert_eq!(json(folder.path(), &["scoreboard", "--from", &to]).await["forecasts"], 36);
    let (exit, _) = say(folder.path(), &["scoreboard", "--from", "2030-01-01"]).await;
    assert_eq!(exit.expect_err("nothing").exit(), Exit::NotFound);
}

#[tokio::test]
async fn models_are_listed_with_their_champion_and_found_by_their_beginning() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut registry = owned(folder.path(), "trainer", "models.sqlite").await;
    let metric = |skill: f64, chosen: &str| {
        json!({ "horizon": "1h", "target": "volatility", "loss_name": "qlike", "chosen": chosen, "loss": 0.4,
                "baseline": "seasonal_har", "baseline_loss": 0.5, "skill": skill, "dm_t": 2.5, "dm_p": 0.01, "rows": 9 })
    };
    for (hash, trained) in [("aa11", 1_000), ("aa22", 2_000)] {
        sqlx::query(
            "INSERT INTO models VALUES (?, ?, 'set', 0, 900, 77, '{\"kind\":\"schedule\"}', 'drift_monitor', ?, '{}', 1, \
             '[\"within tolerance\"]')",
        )
        .bind(hash)
        .bind(trained)
        .bind(json!([metric(0.2, "ridge"), metric(-0.1, "forest")]).to_string())
        .execute(&mut registry)
        .await
        .expect("kept");
    }
    // The second decision is to serve sooner than the first, which it voids.
    for (id, from, model) in [("d1", 9_500, "aa22"), ("d2", 2_500, "aa11")] {
        sqlx::query(
            "INSERT INTO deployments VALUES (?, ?, 'promoted', ?, NULL, '{\"kind\":\"no_champion\"}', 'x', '[]')",
        )
        .bind(id)
        .bind(from)
        .bind(model)
        .execute(&mut registry)
        .await
        .expect("kept");
    }
    for (horizon, number, losses, fate) in [("1h", 0, "[0.5,0.4]", "beaten"), ("15m", 1, "[0.6]", "stopped")] {
        let growth = r#"{"trees":9,"leaves":4,"rate":0.1,"leaf":20,"l2":1.0,"columns":0.5}"#;
        sqlx::query("INSERT INTO trials VALUES ('aa11', ?, 'volatility', ?, ?, ?, ?)")
            .bind(horizon)
            .bind(number)
            .bind(growth)
            .bind(losses)
            .bind(fate)
            .execute(&mut registry)
            .await
            .expect("kept");
    }
    registry.close().await.expect("closed");

    let trials = json(folder.path(), &["models", "trials", "aa1"]).await;
    assert_eq!((&trials["trials"][0]["horizon"], &trials["trials"][1]["losses"][1]), (&json!("15m"), &json!(0.4)));
    let (_, text) = say(folder.path(), &["models", "trials", "aa1"]).await;
    assert!(text.contains("stopped") && text.contains("0.40000"), "{text}");
    assert_eq!(json(folder.path(), &["models", "trials", "aa2"]).await["trials"], json!([]));
    let list = json(folder.path(), &["models", "list"]).await;
    let shown: Vec<_> =
        list["models"].as_array().expect("a list").iter().map(|m| (&m["hash"], &m["champion"])).collect();
    assert_eq!(shown, [(&json!("aa22"), &json!(false)), (&json!("aa11"), &json!(true))]);
    let (_, text) = say(folder.path(), &["models", "list"]).await;
    assert!(text.contains("in 1 of 1 cells"), "{text}");
    let history = json(folder.path(), &["models", "history"]).await;
    assert_eq!(history["deployments"][0]["id"], "d2");
    let shown = json(folder.path(), &["models", "show", "aa1"]).await;
    assert_eq!((&shown["model"]["rows"], &shown["artifact"]["sound"]), (&json!(77), &json!(false)));
    let (exit, _) = say(folder.path(), &["models", "show", "aa"]).await;
    let error = exit.expect_err("two of them");
    assert_eq!(error.exit(), Exit::NotFound);
    assert!(error.to_string().contains("2 models begin with 'aa'"), "{error}");
}

#[tokio::test]
async fn a_model_has_a_card_in_words_and_as_a_page() {
    let home = tempfile::tempdir().expect("a folder");
    let hash = "ab".repeat(32);
    let mut models = owned(home.path(), "trainer", "models.sqlite").await;
    sqlx::query("INSERT INTO models VALUES (?, 1, 's', 0, 1, 1, '{\"kind\":\"schedule\"}', 'x', '[]', '{}', 0, '[]')")
        .bind(&hash)
        .execute(&mut models)
        .await
        .expect("kept");
    scores(home.path(), 40).await;
    let (exit, text) = say(home.path(), &["models", "card", "abab"]).await;
    assert_eq!(exit.expect("answered"), Exit::Done);
    assert!(text.starts_with("# Model abababababab") && text.contains("It never served."), "{text}");
    let file = home.path().join("card.html");
    let told = json(home.path(), &["models", "card", "abab", "--out", file.to_str().expect("a path")]).await;
    assert_eq!(told["model"], hash.as_str());
    assert!(std::fs::read_to_string(&file).expect("a page").starts_with("<!DOCTYPE html>"));
    let (exit, _) = say(home.path(), &["models", "card", "cdcd"]).await;
    assert_eq!(exit.expect_err("no such model").exit(), Exit::NotFound);
    let (exit, _) = say(home.path(), &["models", "card", "abab", "--out", "/nowhere/card.md"]).await;
    assert!(exit.expect_err("no such folder").to_string().contains("/nowhere/card.md"));
}

#[tokio::test]
async fn settings_documents_and_completions_need_no_house() {
    let folder = tempfile::tempdir().expect("a folder");
    let shown = json(folder.path(), &["config", "show"]).await;
    assert_eq!(shown["instrument"], "BTC-USD");
    let documents = folder.path().join("documents");
    let written = json(folder.path(), &["schema", "export", documents.to_str().expect("a path")]).await;
    let written = written["written"].as_array().expect("a list");
    assert!(!written.is_empty());
    assert!(written.iter().all(|path| Path::new(path.as_str().expect("a path")).is_file()));
    for shell in ["bash", "zsh", "fish"] {
        let (exit, script) = say(folder.path(), &["completions", shell]).await;
        assert_eq!(exit.expect("answered"), Exit::Done);
        assert!(script.contains("dead-letters"));
    }
}
