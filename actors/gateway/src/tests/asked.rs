//! What would be forecast: of features, of candles, of tensors and of series.

use std::sync::Arc;

use redis::cmd;
use serde_json::{Value, json};
use wick_bus::session;
use wick_schemas::model::sigmoid;
use wick_schemas::time::{BAR, MINUTE};
use wick_schemas::{Artifact, CandleValidated, FeatureVector, Level, Origin, Timestamp};

use super::samples::{FEATURE_SET, artifact, prediction};
use super::stage::{BAR_CLOSE, Stage, keep_model, keep_prediction, problem};
use crate::Builder;

/// Makes the two features of the sample of the closes of two candles.
struct Closes;

impl Builder for Closes {
    fn build(&self, candles: &[CandleValidated], feature_set: &str) -> Result<FeatureVector, String> {
        assert_eq!(feature_set, FEATURE_SET);
        let [first, .., last] = candles else { return Err("two candles are needed".into()) };
        let (first, last) = (first.candle, last.candle);
        Ok(FeatureVector {
            as_of: last.close_time(),
            feature_set: feature_set.into(),
            price: last.close,
            warm: true,
            minutes: 15,
            origin: Origin::Replay,
            ingest_time: last.close_time(),
            names: vec!["odds".into(), "log_variance".into()],
            values: vec![Some((last.close / first.close).ln()), Some(-9.0)],
        })
    }

    fn lookback(&self) -> i64 {
        2
    }
}

/// A gateway of a house whose model is the sample, with a vector online, and forecasts made of it where wanted.
async fn stage(made: bool) -> (Stage, String) {
    let stage = Stage::set().await;
    let json = artifact().to_json().expect("JSON");
    let hash = Artifact::hash_of(&json);
    let folder = stage.folder.path().join("models");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join(format!("{hash}.json")), json).expect("kept");
    keep_model(&stage.models().await, &hash, Timestamp(BAR), None).await;
    if made {
        let mut prediction = prediction(BAR_CLOSE, Level::Champion);
        prediction.model.clone_from(&hash);
        for forecast in &mut prediction.forecasts {
            forecast.raw_log_variance = -9.0;
            // Half as sure as the model, whose edge was twice as great as what was published.
            (forecast.p_up, forecast.raw_p_up) = (sigmoid(0.25), Some(sigmoid(0.5)));
            forecast.baseline.p_up = 0.5;
            forecast.variance = 2.0 * (-9.0_f64).exp() * forecast.horizon.bars() as f64;
            forecast.return_quantiles =
                [-2.5, -1.4, -0.6, 0.0, 0.6, 1.4, 2.5].map(|q: f64| q * forecast.volatility()).to_vec();
        }
        keep_prediction(&stage.serving().await, "made", &prediction).await;
    }
    let mut bus = session::connect(&stage.house.redis_url).await.expect("a bus");
    let key = stage.house.key(&format!("online.{FEATURE_SET}"));
    let mut set = cmd("HSET");
    set.arg(key)
        .arg("odds")
        .arg(0.2)
        .arg("log_variance")
        .arg(-9.0)
        .arg("as_of")
        .arg(BAR_CLOSE.millis())
        .arg("price")
        .arg(101.0);
    let _: i64 = set.query_async(&mut bus).await.expect("set");
    (stage.open_with(Some(Arc::new(Closes))).await, hash)
}

fn close(found: &Value, expected: f64) {
    let found = found.as_f64().expect("a number");
    assert!((found / expected - 1.0).abs() < 1e-12, "{found} {expected}");
}

async fn asked(stage: &Stage, path: &str, body: Value) -> Value {
    let response = stage.post(path, None, body.to_string()).await;
    assert_eq!(response.status().as_u16(), 200, "{}", response.text().await.unwrap_or_default());
    response.json().await.expect("JSON")
}

#[actix_web::test]
async fn what_is_asked_about_the_newest_vector_is_what_was_served_of_it() {
    let (stage, hash) = stage(true).await;
    let online = stage.found("/v1/features/latest").await;
    assert_eq!((&online["as_of"], &online["price"]), (&json!(BAR_CLOSE), &json!(101.0)));
    let answer = asked(&stage, "/v1/forecast", json!({ "features": online["values"] })).await;
    assert_eq!(
        (&answer["model"], &answer["as_of"], &answer["price"]),
        (&json!(hash), &json!(BAR_CLOSE), &json!(101.0))
    );
    let served = stage.found("/v1/predictions/latest").await;
    for (said, served) in
        answer["forecasts"].as_array().expect("said").iter().zip(served["forecasts"].as_array().expect("served"))
    {
        assert_eq!((&said["horizon"], &said["due"]), (&served["horizon"], &served["due"]));
        close(&said["variance"], served["variance"].as_f64().expect("a number"));
        close(&said["volatility"], served["volatility"].as_f64().expect("a number"));
        close(&said["quantiles"][0]["log_return"], served["quantiles"][0]["log_return"].as_f64().expect("a number"));
        close(&said["p_up"], sigmoid(0.5 * 0.2));
    }
    let changed = asked(
        &stage,
        "/v1/forecast",
        json!({ "features": { "odds": -0.2 }, "base": "latest", "price": 50.0, "as_of": BAR, "model": &hash[..8] }),
    )
    .await;
    close(&changed["forecasts"][0]["p_up"], sigmoid(0.5 * -0.2));
    close(&changed["forecasts"][0]["quantiles"][3]["price"], 50.0);
    stage.strike().await;
}

#[actix_web::test]
async fn features_are_made_of_the_callers_candles() {
    let (stage, _) = stage(false).await;
    let candle = |minute: i64, close: f64| json!({ "open_time": BAR + minute * MINUTE, "open": 100.0, "high": 120.0, "low": 90.0, "close": close, "volume": 1.0 });
    let answer = asked(&stage, "/v1/forecast", json!({ "candles": [candle(0, 100.0), candle(14, 110.0)] })).await;
    close(&answer["forecasts"][0]["p_up"], 1.0 / (1.0 + 100.0 / 110.0));
    // Where the model has forecast nothing yet: the level and the quantiles of its training.
    close(&answer["forecasts"][0]["variance"], 1.5 * (-9.0_f64).exp());
    close(&answer["forecasts"][0]["quantiles"][6]["log_return"], 2.0 * (1.5 * (-9.0_f64).exp()).sqrt());
    for (wrong, status, code, word) in [
        (json!({ "candles": [candle(0, 100.0)], "price": 5.0 }), 400, "bad_body", "belong to features"),
        (json!({ "candles": [candle(0, 100.0)] }), 422, "unprocessable", "two candles"),
        (json!({ "candles": [candle(1, 100.0), candle(1, 100.0)] }), 400, "bad_body", "candles[1]"),
        (json!({ "candles": [candle(0, 130.0)] }), 400, "bad_body", "between low and high"),
        (json!({ "candles": [candle(0, -1.0)] }), 400, "bad_body", "above zero"),
        (json!({ "features": { "odds": 1.0 } }), 422, "unprocessable", "log_variance"),
        (json!({ "features": { "x": 1.0 }, "base": "latest" }), 422, "unprocessable", "'x'"),
        (json!({ "features": {}, "candles": [] }), 400, "bad_body", "either"),
        (json!({ "features": { "odds": "high" } }), 400, "bad_body", "invalid type"),
        (json!({ "feature": {} }), 400, "bad_body", "unknown field"),
        (json!({ "features": {}, "model": "ffff" }), 404, "no_such_model", "ffff"),
    ] {
        let told = problem(stage.post("/v1/forecast", None, wrong.to_string()).await, status, code).await;
        assert!(told["detail"].as_str().is_some_and(|detail| detail.contains(word)), "{told}");
    }
    stage.strike().await;
}

#[actix_web::test]
async fn long_bodies_may_come_packed() {
    let (stage, _) = stage(true).await;
    let asked = |packing: &str, body: Vec<u8>| {
        let request = stage.ask(reqwest::Method::POST, "/v1/forecast").header("content-encoding", packing);
        request.body(body).send()
    };
    let body = json!({ "features": {}, "base": "latest" }).to_string();
    let plain = asked("identity", body.clone().into_bytes()).await.expect("an answer");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, body.as_bytes()).expect("packed");
    let packed = packed.finish().expect("packed");
    let unpacked = asked("gzip", packed).await.expect("an answer");
    assert_eq!(plain.status(), unpacked.status());
    assert_eq!(plain.text().await.expect("text"), unpacked.text().await.expect("text"));
    problem(asked("gzip", b"not packed".to_vec()).await.expect("an answer"), 400, "bad_body").await;
    let other = asked("zstd", body.into_bytes()).await.expect("an answer");
    assert_eq!(other.headers()["accept-encoding"], "identity, gzip, deflate");
    problem(other, 415, "unsupported_encoding").await;
    // A bomb: little to send, much to unpack.
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, &vec![b' '; crate::routes::body::LONGEST + 1]).expect("packed");
    let bomb = packed.finish().expect("packed");
    assert!(bomb.len() < 100_000);
    problem(asked("gzip", bomb).await.expect("an answer"), 413, "body_too_large").await;
    stage.strike().await;
}

#[actix_web::test]
async fn tensors_go_in_and_come_out() {
    let (stage, hash) = stage(true).await;
    for (path, field) in [("/v2/health/live", "live"), ("/v2/models/wick/ready", "ready")] {
        assert_eq!(stage.found(path).await[field], true, "{path}");
    }
    assert_eq!(stage.found("/v2").await["name"], "wick");
    let model = stage.found(&format!("/v2/models/wick/versions/{hash}")).await;
    assert_eq!((&model["inputs"][0]["shape"], &model["versions"][0]), (&json!([-1, 2]), &json!(hash)));
    assert_eq!(model["parameters"]["features"], json!(["odds", "log_variance"]));
    let request = |data: Value, shape: Value| json!({ "id": "7", "inputs": [{ "name": "features", "datatype": "FP64", "shape": shape, "data": data }] });
    let answer =
        asked(&stage, "/v2/models/wick/infer", request(json!([[0.2, -9.0], [0.0, -8.0]]), json!([2, 2]))).await;
    assert_eq!((&answer["id"], &answer["model_version"]), (&json!("7"), &json!(hash)));
    let outputs = answer["outputs"].as_array().expect("outputs");
    let names: Vec<_> = outputs.iter().map(|output| output["name"].as_str().expect("a name")).collect();
    assert_eq!(names, ["p_up", "variance", "volatility", "return_quantiles"]);
    assert_eq!((&outputs[0]["shape"], &outputs[3]["shape"]), (&json!([2, 4]), &json!([2, 4, 7])));
    close(&outputs[0]["data"][4], 0.5);
    close(&outputs[1]["data"][4], 2.0 * (-8.0_f64).exp());
    assert_eq!(outputs[3]["data"].as_array().map(Vec::len), Some(56));
    // Flat numbers, and one output that is wanted.
    let mut flat = request(json!([0.2, -9.0]), json!([1, 2]));
    flat["outputs"] = json!([{ "name": "p_up" }]);
    let one = asked(&stage, &format!("/v2/models/wick/versions/{}/infer", &hash[..6]), flat).await;
    assert_eq!(one["outputs"].as_array().map(Vec::len), Some(1));
    for (data, shape, word) in [
        (json!([[0.2]]), json!([1, 1]), "shape"),
        (json!([[0.2, 1.0]]), json!([2, 2]), "as many numbers"),
        (json!([["a", 1.0]]), json!([1, 2]), "expected numbers"),
    ] {
        let wrong = stage.post("/v2/models/wick/infer", None, request(data, shape).to_string()).await;
        let told = problem(wrong, 400, "bad_body").await;
        assert!(told["error"].as_str().is_some_and(|error| error.contains(word)), "{told}");
    }
    problem(stage.get("/v2/models/other").await, 404, "no_such_model").await;
    problem(stage.get("/v2/health/ready").await, 503, "not_ready").await;
    stage.strike().await;
}

#[actix_web::test]
async fn series_are_forecast_as_kserve_asks() {
    let (stage, hash) = stage(true).await;
    let series: Vec<f64> = (0..20).map(|place| 100.0 + f64::from(place % 3)).collect();
    let body = json!({
        "inputs": [
            { "name": "BTC-USD", "frequency": "15min" },
            { "name": "mine", "series": series, "frequency": "1h", "start_timestamp": "2024-01-01T00:00:00Z" },
            { "name": "short", "series": [1.0], "frequency": "1h" },
        ],
        "options": { "horizon": 4, "quantiles": [0.1, 0.9] },
    });
    let answer = asked(&stage, "/v1/timeseries/forecast", body).await;
    assert_eq!(answer["model"], json!(hash));
    let served = stage.found("/v1/predictions/latest").await;
    let own = &answer["outputs"][0]["content"][0];
    assert_eq!((&answer["outputs"][0]["status"], &own["level"]), (&json!("completed"), &json!("champion")));
    // The first step ends at 15 minutes, the fourth at an hour.
    for (step, horizon) in [(0, 0), (3, 1)] {
        let served = &served["forecasts"][horizon]["quantiles"];
        close(&own["quantiles"]["0.1"][step], 101.0 * served[1]["log_return"].as_f64().expect("a number").exp());
        close(&own["quantiles"]["0.9"][step], 101.0 * served[5]["log_return"].as_f64().expect("a number").exp());
    }
    let mine = &answer["outputs"][1]["content"][0];
    assert_eq!((&mine["level"], &mine["mean_forecast"][3]), (&json!("baseline"), &json!(101.0)));
    let short = &answer["outputs"][2];
    assert_eq!((&short["status"], short["error"]["message"].is_string()), (&json!("error"), true));
    // Everything that KServe's own types require.
    let text = |value: &Value, names: &[&str]| assert!(names.iter().all(|name| value[*name].is_string()), "{value}");
    text(&answer, &["id", "status", "model"]);
    assert_eq!((&answer["status"], answer["created_at"].is_i64()), (&json!("partial"), true));
    text(short, &["id", "type"]);
    text(&short["error"], &["type", "message"]);
    text(own, &["type", "name", "frequency", "start_timestamp"]);
    text(mine, &["type", "name", "frequency", "start_timestamp"]);
    let plain = json!({ "model": "mine", "inputs": [{ "type": "univariate_time_series", "name": "BTC-USD", "series": [],
        "frequency": "H" }], "options": { "horizon": 2, "quantiles": null } });
    let answer = asked(&stage, "/v1/timeseries/forecast", plain).await;
    assert_eq!((&answer["status"], &answer["model"]), (&json!("completed"), &json!("mine")));
    let much = json!({ "horizon": 1000, "quantiles": vec![0.5; 100] });
    for wrong in [json!({ "horizon": 0 }), json!({ "horizon": 4, "quantiles": [1.0] }), much] {
        let body = json!({ "inputs": [{ "name": "BTC-USD", "frequency": "1h" }], "options": wrong });
        problem(stage.post("/v1/timeseries/forecast", None, body.to_string()).await, 400, "bad_body").await;
    }
    stage.strike().await;
}
