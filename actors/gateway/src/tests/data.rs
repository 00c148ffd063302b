//! What the layers hold: texts, reports, wide candles, the pipeline, drift, and where a forecast comes from.

use serde_json::{Value, json};
use wick_schemas::time::{BAR, MINUTE};
use wick_schemas::{Level, Timestamp};

use super::samples::{drifted, missed, prediction};
use super::stage::{BAR_CLOSE, Stage, bars_ago, keep_model, keep_prediction, keep_score, problem};
use crate::tests::samples::score;
use wick_schemas::Horizon;

async fn run(pool: &sqlx::SqlitePool, statement: &str) {
    sqlx::query(sqlx::AssertSqlSafe(statement.to_owned())).execute(pool).await.expect(statement);
}

#[actix_web::test]
async fn texts_come_with_how_they_sound_and_what_moods_are_told() {
    let stage = Stage::set().await;
    let silver = stage.silver().await;
    run(
        &silver,
        "INSERT INTO articles VALUES ('a', 'desk', 'https://x/a', 'Up', '', 5, 'en', NULL, 'live', 1000, 'm')",
    )
    .await;
    run(
        &silver,
        "INSERT INTO posts VALUES ('p', 'reddit', 'https://x/p', '', 'words', NULL, NULL, 3, 'live', 2000, 'm')",
    )
    .await;
    run(&silver, "INSERT INTO sentiments VALUES ('a', 'lexicon 1', 'article', -0.5, 0.9, 1000)").await;
    run(&silver, "INSERT INTO sentiments VALUES ('a', 'model 2', 'article', 0.25, 0.8, 1500)").await;
    run(&silver, "INSERT INTO readings VALUES ('fear_greed', 100, 1000, 40.0, 'live', 'm')").await;
    run(&silver, "INSERT INTO readings VALUES ('fear_greed', 200, 1100, 55.0, 'live', 'm')").await;
    let stage = stage.open().await;
    let found = stage.found("/v1/articles").await;
    assert_eq!(
        (&found["articles"][0]["id"], &found["articles"][0]["kind"], &found["articles"][0]["sentiment"]),
        (&json!("p"), &json!("post"), &json!(null))
    );
    let article = &found["articles"][1];
    assert_eq!((&article["title"], &article["published"]), (&json!("Up"), &json!(5)));
    assert_eq!(article["sentiment"], json!({ "score": 0.25, "confidence": 0.8, "method": "model 2" }));
    assert_eq!(found["readings"], json!([{ "name": "fear_greed", "at": 200, "value": 55.0, "ingest_time": 1100 }]));
    assert_eq!(stage.found("/v1/articles?from=1500&limit=5").await["articles"].as_array().map(Vec::len), Some(1));
    problem(stage.get("/v1/articles?limit=0").await, 400, "bad_parameter").await;
    stage.strike().await;
}

#[actix_web::test]
async fn reports_are_given_whole() {
    let stage = Stage::set().await;
    let silver = stage.silver().await;
    for (from, success) in [(0, true), (60_000, false)] {
        let report = json!({
            "success": success, "suite": "candles", "results": [], "meta": { "from": from, "to": from + 60_000, "rows": 1, "rejected": {} },
            "statistics": { "evaluated_expectations": 1, "successful_expectations": 1, "unsuccessful_expectations": 0, "success_percent": 100.0 },
        });
        run(&silver, &format!("INSERT INTO quality VALUES ('candles', {from}, 1, {success}, 1, '{report}', 'm')"))
            .await;
    }
    let stage = stage.open().await;
    let reports = |found: Value| found["reports"].as_array().expect("reports").len();
    assert_eq!(reports(stage.found("/v1/quality?suite=candles").await), 2);
    let failed = stage.found("/v1/quality?failed=true").await;
    assert_eq!((&failed["reports"][0]["success"], reports(failed.clone())), (&json!(false), 1));
    assert_eq!(reports(stage.found("/v1/quality?suite=articles").await), 0);
    problem(stage.get("/v1/quality?failed=perhaps").await, 400, "bad_parameter").await;
    stage.strike().await;
}

#[actix_web::test]
async fn wide_candles_are_made_of_those_of_one_venue() {
    let stage = Stage::set().await;
    let silver = stage.silver().await;
    for minute in 0..30 {
        let (open, close, time) = (100 + minute, 101 + minute, minute * MINUTE);
        for (venue, add) in [("kraken", 0), ("binance", 1000)] {
            run(&silver, &format!("INSERT INTO candles (venue, open_time, open, high, low, close, volume, origin, ingest_time, id) VALUES ('{venue}', {time}, {}, {}, {}, {}, 2.0, 'live', {time}, 'c{venue}{minute}')",
                open + add, close + add + 5, open + add - 5, close + add)).await;
        }
    }
    let stage = stage.open().await;
    let found = stage.found("/v1/candles?venue=kraken&interval=15m").await;
    let candles = found["candles"].as_array().expect("candles");
    assert_eq!(candles.len(), 2);
    let newest = &candles[0];
    assert_eq!((&newest["open_time"], &newest["open"], &newest["close"]), (&json!(BAR), &json!(115.0), &json!(130.0)));
    assert_eq!((&newest["high"], &newest["low"], &newest["volume"]), (&json!(135.0), &json!(110.0), &json!(30.0)));
    let early = stage.found(&format!("/v1/candles?venue=kraken&interval=15m&to={BAR}")).await;
    assert_eq!((early["candles"].as_array().map(Vec::len), &early["candles"][0]["open_time"]), (Some(1), &json!(0)));
    assert_eq!((&newest["minutes"], &early["candles"][0]["minutes"]), (&json!(15), &json!(15)));
    // Only whole ones: a span that begins or ends within one does not cut it.
    let cut =
        |from: i64, to: i64| format!("/v1/candles?venue=kraken&interval=15m&from={}&to={}", from * MINUTE, to * MINUTE);
    for (from, to, opens) in
        [(0, 20, vec![BAR, 0]), (1, 16, vec![BAR]), (1, 15, vec![]), (15, 99, vec![BAR]), (16, 99, vec![])]
    {
        let found = stage.found(&cut(from, to)).await;
        let candles = found["candles"].as_array().expect("candles");
        assert_eq!(candles.iter().map(|one| one["open_time"].as_i64().expect("a time")).collect::<Vec<_>>(), opens);
        assert!(candles.iter().all(|one| one["minutes"] == 15 && one["volume"] == 30.0), "{from} to {to}: {candles:?}");
    }
    let one = stage.found("/v1/candles?interval=1h&limit=1").await;
    assert_eq!(one["candles"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        stage.found(&format!("/v1/candles?venue=kraken&from={}", 29 * MINUTE)).await["candles"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    problem(stage.get("/v1/candles?interval=2h").await, 400, "bad_parameter").await;
    stage.strike().await;
}

#[actix_web::test]
async fn the_pipeline_is_shown_and_without_a_bus_said_to_be_unknown() {
    let mut stage = Stage::set().await.open().await;
    stage.say(&prediction(BAR_CLOSE, Level::Champion)).await;
    let found = stage.found("/v1/pipeline").await;
    assert_eq!((&found["bus_connected"], found["actors"].as_array().map(Vec::len)), (&json!(true), Some(6)));
    assert_eq!((&found["actors"][0]["actor"], &found["actors"][0]["health"]), (&json!("fetcher"), &json!("away")));
    let made = found["streams"]
        .as_array()
        .expect("streams")
        .iter()
        .find(|flow| flow["topic"] == "predictions.made")
        .expect("it");
    assert_eq!(made["entries"], 1);
    stage.server.take().expect("a server").stop().await;
    let away = stage.found("/v1/pipeline").await;
    assert_eq!((&away["bus_connected"], &away["actors"]), (&json!(false), &json!([])));
    stage.strike().await;
}

#[actix_web::test]
async fn drift_is_told_of_the_edge_even_where_a_model_has_no_profile() {
    let stage = Stage::set().await;
    let (monitoring, serving) = (stage.monitoring().await, stage.serving().await);
    for bar in 0..5 {
        keep_score(&monitoring, &score(Horizon::H1, bars_ago(10 + bar))).await;
    }
    keep_prediction(&serving, "p", &prediction(BAR_CLOSE, Level::Champion)).await;
    let stage = stage.open().await;
    let found = stage.found("/v1/drift").await;
    assert_eq!(
        (&found["reference"], &found["features"], &found["model"]),
        (&json!(null), &json!([]), &json!("ab12".repeat(16)))
    );
    let targets = found["targets"].as_array().expect("targets");
    assert_eq!(targets.len(), 3);
    assert!(targets.iter().all(|target| target["horizon"] == "1h" && target["n"] == 5 && target["degraded"] == false));
    assert_eq!((&found["detected"], &found["coverage_missed"]), (&json!(null), &json!(null)));
    // What is said meanwhile is told, although nothing else has changed.
    stage.say(&drifted(BAR_CLOSE)).await;
    stage.say(&missed(BAR_CLOSE)).await;
    let told = |found: &Value| found["detected"] != json!(null) && found["coverage_missed"] != json!(null);
    let found = stage.until("/v1/drift", told).await;
    assert_eq!(found["detected"]["evidence"][0]["name"], "log_rv_672");
    assert_eq!(
        (&found["coverage_missed"]["horizon"], &found["coverage_missed"]["interval"]),
        (&json!("4h"), &json!(0.95))
    );
    stage.strike().await;
}

#[actix_web::test]
async fn a_forecast_is_traced_back() {
    let stage = Stage::set().await;
    let (serving, models, silver) = (stage.serving().await, stage.models().await, stage.silver().await);
    let hash = "ab12".repeat(16);
    keep_prediction(&serving, "made", &prediction(BAR_CLOSE, Level::Champion)).await;
    keep_model(&models, &hash, Timestamp(BAR), None).await;
    let time = BAR_CLOSE.millis() - MINUTE;
    run(
        &silver,
        &format!("INSERT INTO candles (venue, open_time, open, high, low, close, volume, origin, ingest_time, id) VALUES ('kraken', {time}, 1.0, 1.0, 1.0, 1.0, 2.0, 'live', {time}, 'c')"),
    )
    .await;
    let stage = stage.open().await;
    let found = stage.found("/v1/predictions/made/trace").await;
    assert_eq!(found["forecasts"].as_array().map(Vec::len), Some(4));
    assert_eq!((&found["forecasts"][0]["horizon"], &found["forecasts"][3]["horizon"]), (&json!("15m"), &json!("24h")));
    assert_eq!((&found["model"]["hash"], &found["model"]["cause"]["kind"]), (&json!(hash), &json!("schedule")));
    assert_eq!((&found["silver"]["candles"], &found["silver"]["to"]), (&json!(1), &json!(BAR_CLOSE)));
    assert_eq!(found["features"]["as_of"], json!(BAR_CLOSE));
    problem(stage.get("/v1/predictions/nothing/trace").await, 404, "no_such_prediction").await;
    stage.strike().await;
}
