//! What is asked for.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use wick_schemas::time::MINUTE;
use wick_schemas::{Cause, Horizon, Level, ModelPromoted, PredictionsScored};

use super::samples::{candle, prediction, score};
use super::stage::{BAR_CLOSE, NOW, Stage, bars_ago, keep_model, keep_prediction, keep_score, problem};

const MODEL: &str = "ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12";
const OTHER: &str = "ab34ab34ab34ab34ab34ab34ab34ab34ab34ab34ab34ab34ab34ab34ab34ab34";

#[actix_web::test]
async fn the_newest_forecast_comes_from_the_tables_and_then_from_the_bus() {
    let stage = Stage::set().await;
    problem(stage_without_anything(&stage).await, 404, "no_forecast").await;
    let serving = stage.serving().await;
    keep_prediction(&serving, "kept", &prediction(bars_ago(3), Level::Champion)).await;
    let stage = stage.open().await;
    let kept = stage.found("/v1/predictions/latest").await;
    assert_eq!(kept["forecasts"].as_array().map(Vec::len), Some(4));
    assert_eq!(kept["forecasts"][0]["level"], "stale");
    assert_eq!(kept["forecasts"][0]["made_with"], "champion");
    assert_eq!(kept["origin"], "simulated");

    let said = stage.say(&prediction(BAR_CLOSE, Level::Previous)).await;
    stage.say(&candle(BAR_CLOSE - MINUTE)).await;
    let new = stage.until("/v1/predictions/latest?horizon=1h", |answer| answer["price"].is_object()).await;
    assert_eq!(new["bus_connected"], true);
    assert_eq!(new["price"]["close"], 101.0);
    assert_eq!(new["price"]["age_ms"], NOW - BAR_CLOSE);
    let forecasts = new["forecasts"].as_array().expect("forecasts");
    assert_eq!(forecasts.len(), 1);
    let forecast = &forecasts[0];
    assert_eq!(forecast["id"], said.id.as_str());
    assert_eq!((&forecast["horizon"], &forecast["level"]), (&json!("1h"), &json!("previous")));
    assert_eq!((&forecast["age_ms"], &forecast["origin"]), (&json!(1000), &json!("simulated")));
    assert_eq!(forecast["due"], BAR_CLOSE.shift(Horizon::H1.millis()).millis());
    assert_eq!(forecast["quantiles"][3], json!({ "tau": 0.5, "log_return": 0.0, "price": 101.0 }));

    stage.house.clock.set(BAR_CLOSE + 31 * MINUTE);
    let old = stage.found("/v1/predictions/latest?horizon=1h").await;
    assert_eq!(old["forecasts"][0]["level"], "stale");
    stage.strike().await;
}

/// The answer of a gateway that knows nothing.
async fn stage_without_anything(stage: &Stage) -> reqwest::Response {
    let door = crate::serve(&stage.house, None).await.expect("a door");
    let answer = reqwest::get(format!("http://{}/v1/predictions/latest", door.address())).await.expect("an answer");
    door.stop().await;
    answer
}

#[actix_web::test]
async fn history_is_given_page_by_page_with_what_came() {
    let stage = Stage::set().await;
    let (serving, monitoring) = (stage.serving().await, stage.monitoring().await);
    for bar in 0..5 {
        keep_prediction(&serving, &format!("bar-{bar}"), &prediction(bars_ago(bar), Level::Champion)).await;
    }
    keep_score(&monitoring, &score(Horizon::M15, bars_ago(1))).await;
    sqlx::query("INSERT INTO outcomes VALUES (?, '15m', ?, -0.004, 0.0002, 0.0004, '[]', '', NULL, NULL)")
        .bind(bars_ago(2).millis())
        .bind(bars_ago(1).millis())
        .execute(&serving)
        .await
        .expect("kept");
    let stage = stage.open().await;

    let mut seen = Vec::new();
    let mut path = "/v1/predictions?limit=3".to_owned();
    loop {
        let page = stage.found(&path).await;
        let forecasts = page["forecasts"].as_array().expect("forecasts").clone();
        seen.extend(forecasts.iter().map(|one| (one["as_of"].as_i64(), one["horizon"].to_string())));
        let Some(next) = page["next"].as_str() else { break };
        assert_eq!(forecasts.len(), 3);
        path = format!("/v1/predictions?limit=3&cursor={next}");
    }
    assert_eq!(seen.len(), 20);
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 20);
    assert!(seen.windows(2).all(|pair| pair[0].0 >= pair[1].0));

    let from = bars_ago(3).to_string();
    let some = stage.found(&format!("/v1/predictions?horizon=15m&from={from}&to={}", BAR_CLOSE.millis())).await;
    let some = some["forecasts"].as_array().expect("forecasts");
    assert_eq!(some.len(), 3);
    assert_eq!(some[0]["score"]["inside_95"], true);
    assert_eq!(some[0]["outcome"], json!({ "up": true, "log_return": 0.005, "realised_variance": 0.0003 }));
    assert_eq!(some[1]["outcome"], json!({ "up": false, "log_return": -0.004, "realised_variance": 0.0002 }));
    assert_eq!((&some[1]["score"], &some[2]["outcome"]), (&Value::Null, &Value::Null));
    stage.strike().await;
}

#[actix_web::test]
async fn models_candles_and_the_scoreboard_are_read_from_their_owners_tables() {
    let stage = Stage::set().await;
    let (serving, monitoring) = (stage.serving().await, stage.monitoring().await);
    let (models, silver) = (stage.models().await, stage.silver().await);
    keep_model(&models, OTHER, bars_ago(20), None).await;
    keep_model(&models, MODEL, bars_ago(10), Some(OTHER)).await;
    for bar in 1..=4 {
        keep_prediction(&serving, &format!("bar-{bar}"), &prediction(bars_ago(bar), Level::Champion)).await;
        keep_score(&monitoring, &score(Horizon::M15, bars_ago(bar))).await;
    }
    for minute in 1..=3 {
        sqlx::query("INSERT INTO candles VALUES ('simulated', ?, 100, 103, 99, ?, 2, 'simulated', 0, 'id', 0)")
            .bind((BAR_CLOSE - minute * MINUTE).millis())
            .bind(100.0 + minute as f64)
            .execute(&silver)
            .await
            .expect("kept");
    }
    let stage = stage.open().await;

    let all = stage.found("/v1/models").await;
    assert_eq!(all["champion"], MODEL);
    assert_eq!(all["models"][0]["hash"], MODEL);
    assert_eq!(all["models"][1]["cause"], json!({ "kind": "schedule" }));
    let one = stage.found("/v1/models/ab12").await;
    assert_eq!((&one["hash"], &one["champion"], &one["metrics"]), (&json!(MODEL), &json!(true), &json!([])));
    problem(stage.get("/v1/models/ab").await, 409, "ambiguous_model").await;
    problem(stage.get("/v1/models/ff").await, 404, "no_such_model").await;
    problem(stage.get("/v1/models/xyz").await, 400, "bad_parameter").await;
    let history = stage.found("/v1/models/history").await;
    assert_eq!(history["deployments"][0]["previous"], OTHER);

    let candles = stage.found("/v1/candles?limit=2").await;
    let closes: Vec<_> =
        candles["candles"].as_array().expect("candles").iter().map(|one| one["close"].as_f64()).collect();
    assert_eq!(closes, [Some(101.0), Some(102.0)]);
    assert_eq!(candles["candles"][0]["origin"], "simulated");
    assert_eq!(stage.found("/v1/candles?venue=kraken").await["candles"], json!([]));

    let board = stage.found("/v1/scoreboard").await;
    assert_eq!((&board["summaries"][0]["n"], &board["summaries"][0]["coverage_95"]), (&json!(4), &json!(1.0)));
    assert_eq!(board["origins"], json!(["simulated"]));
    assert_eq!(board["levels"], json!({ "champion": 4 }));
    let skill = board["rows"][0]["skill"].as_f64().expect("a skill");
    assert!((skill - (1.0 - 0.6f64.ln() / 0.5f64.ln())).abs() < 1e-12);

    stage.say(&PredictionsScored { at: BAR_CLOSE, scores: Vec::new() }).await;
    stage.until("/v1/scoreboard", |answer| answer["scored_at"] == BAR_CLOSE.millis()).await;

    let promoted = ModelPromoted {
        serves_from: BAR_CLOSE,
        model: OTHER.into(),
        previous: Some(MODEL.into()),
        feature_set: "f".into(),
        cause: Cause::Schedule,
        requested_by: "test".into(),
        reasons: Vec::new(),
        number: 1,
    };
    stage.say(&promoted).await;
    stage.until("/v1/models", |answer| answer["champion"] == OTHER).await;
    assert_eq!(stage.found("/v1/models/ab12").await["champion"], false);
    stage.strike().await;
}

#[actix_web::test]
async fn what_is_wrong_is_a_problem_that_names_it() {
    let stage = Stage::set().await.open().await;
    let wrong = [
        ("/v1/predictions/latest?horizon=2h", "horizon: "),
        ("/v1/predictions/latest?horizn=1h", "horizn: "),
        ("/v1/predictions?from=then", "from: "),
        ("/v1/predictions?to=2024-13-01", "to: "),
        ("/v1/predictions?limit=0", "limit: "),
        ("/v1/predictions?limit=1001", "limit: "),
        ("/v1/predictions?cursor=x", "cursor: "),
        ("/v1/candles?venue=mars", "venue: "),
        ("/v1/scoreboard?from=2020-01-01&to=2024-01-01", "from: "),
    ];
    for (path, name) in wrong {
        let problem = problem(stage.get(path).await, 400, "bad_parameter").await;
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.starts_with(name)), "{path}: {problem}");
    }
    problem(stage.get("/v1/nothing").await, 404, "no_such_route").await;
    let other = stage.post("/v1/candles", None, "").await;
    assert_eq!(other.headers()["allow"], "GET, HEAD");
    problem(other, 405, "method_not_allowed").await;
    let no_model = stage.get("/v1/models/rollback").await;
    assert_eq!(no_model.headers()["allow"], "POST");
    problem(no_model, 405, "method_not_allowed").await;
    let text = stage.get("/metrics").await.text().await.expect("text");
    assert!(text.contains("wick_http_requests_total{route=\"/v1/predictions\",status=\"400\"} 5"), "{text}");
    assert!(text.contains("wick_http_requests_total{route=\"unmatched\",status=\"404\"} 1"), "{text}");
    stage.strike().await;
}

/// The contract: what can be asked.
const ROUTES: [(&str, &str); 31] = [
    ("get", "/livez"),
    ("get", "/metrics"),
    ("get", "/readyz"),
    ("get", "/v1/articles"),
    ("get", "/v1/candles"),
    ("get", "/v1/drift"),
    ("get", "/v1/features/latest"),
    ("get", "/v1/live"),
    ("get", "/v1/models"),
    ("get", "/v1/models/history"),
    ("get", "/v1/models/{hash}"),
    ("get", "/v1/pipeline"),
    ("get", "/v1/predictions"),
    ("get", "/v1/predictions/latest"),
    ("get", "/v1/predictions/{id}/trace"),
    ("get", "/v1/quality"),
    ("get", "/v1/scoreboard"),
    ("get", "/v2"),
    ("get", "/v2/health/live"),
    ("get", "/v2/health/ready"),
    ("get", "/v2/models/{model}"),
    ("get", "/v2/models/{model}/ready"),
    ("get", "/v2/models/{model}/versions/{version}"),
    ("get", "/v2/models/{model}/versions/{version}/ready"),
    ("post", "/v1/forecast"),
    ("post", "/v1/models/rollback"),
    ("post", "/v1/models/{hash}/promote"),
    ("post", "/v1/retrain"),
    ("post", "/v1/timeseries/forecast"),
    ("post", "/v2/models/{model}/infer"),
    ("post", "/v2/models/{model}/versions/{version}/infer"),
];

#[actix_web::test]
async fn every_route_is_described_and_every_description_is_a_route() {
    let stage = Stage::set().await.open().await;
    let document = stage.found("/openapi.json").await;
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")));
    let (mut described, mut named) = (BTreeSet::new(), BTreeSet::new());
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("methods") {
            let protected = operation["security"].is_array();
            let command = ["retrain", "promote", "rollback"].iter().any(|word| path.ends_with(word));
            assert_eq!(protected, command, "{method} {path}");
            described.insert((method.clone(), path.clone()));
            assert!(named.insert(operation["operationId"].to_string()), "{method} {path} has another's name");
            for (status, response) in operation["responses"].as_object().expect("answers") {
                let said = response["$ref"].is_string() || response["description"].is_string();
                assert!(said, "{method} {path} {status} says nothing of itself");
            }
        }
    }
    let expected = ROUTES.map(|(method, path)| (method.to_owned(), path.to_owned()));
    assert_eq!(described, BTreeSet::from(expected));
    for (method, path) in ROUTES {
        let path = path.replace("{hash}", "ab12");
        if path == "/v1/live" {
            // Has no end.
            continue;
        }
        let answer = if method == "get" { stage.get(&path).await } else { stage.post(&path, None, "").await };
        assert!(!answer.text().await.expect("a body").contains("no_such_route"), "{method} {path}");
    }
    let mut references = Vec::new();
    collect_references(&document, &mut references);
    assert!(references.len() > 20);
    for reference in references {
        assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference} leads nowhere");
    }
    stage.strike().await;
}

fn collect_references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if let ("$ref", Some(text)) = (name.as_str(), value.as_str()) {
                    found.push(text.to_owned());
                }
                collect_references(value, found);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect_references(value, found)),
        _ => {}
    }
}
