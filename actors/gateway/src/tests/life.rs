//! Opening, closing, and what happens while the bus is away.

use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wick_bus::server::Server;
use wick_schemas::time::{BAR, MINUTE};
use wick_schemas::{CandleValidated, Level, Origin};

use super::samples::{candle, prediction};
use super::stage::{BAR_CLOSE, NOW, Stage, problem};
use crate::{Error, serve, serve_metrics};

#[actix_web::test]
async fn ready_means_bus_model_and_fresh_features() {
    let stage = Stage::set().await.open().await;
    assert_eq!(stage.found("/livez").await["alive"], true);
    let not = problem(stage.get("/readyz").await, 503, "not_ready").await;
    assert_eq!(not["detail"], "not as it must be: model, features, forecasts");
    assert_eq!(not["checks"][0]["ok"], true);

    stage.say(&prediction(BAR_CLOSE, Level::Champion)).await;
    stage.say(&CandleValidated { origin: Origin::Live, ..candle(BAR_CLOSE - MINUTE) }).await;
    stage.built_to(NOW - 2 * BAR).await;
    let ready = stage.until("/readyz", |answer| answer["ready"] == true).await;
    assert_eq!(ready["checks"].as_array().map(Vec::len), Some(4));
    stage.built_to(NOW - 2 * BAR - 1).await;
    let not = problem(stage.get("/readyz").await, 503, "not_ready").await;
    assert_eq!(not["detail"], "not as it must be: features");
    stage.strike().await;
}

#[actix_web::test]
async fn without_the_bus_answers_stay_and_when_it_is_back_news_come() {
    let mut stage = Stage::set().await.open().await;
    stage.say(&prediction(BAR_CLOSE, Level::Champion)).await;
    stage.until("/v1/predictions/latest", |answer| answer["bus_connected"] == true).await;
    stage.server.take().expect("a bus").stop().await;
    let away = stage.until("/v1/predictions/latest", |answer| answer["bus_connected"] == false).await;
    assert_eq!(away["forecasts"][0]["level"], "champion");
    let not = problem(stage.get("/readyz").await, 503, "not_ready").await;
    assert_eq!(not["checks"][0]["ok"], false);
    let key = stage.key();
    problem(stage.post("/v1/retrain", Some(&key), r#"{"reason": "r"}"#).await, 503, "bus_away").await;

    stage.server = Some(Server::start(&stage.house.config).await.expect("a bus"));
    stage.say(&prediction(BAR_CLOSE + BAR, Level::Champion)).await;
    let next = (BAR_CLOSE + BAR).millis();
    let back = stage.until("/v1/predictions/latest", |answer| answer["forecasts"][0]["as_of"] == next).await;
    assert_eq!(back["bus_connected"], true);
    stage.strike().await;
}

#[actix_web::test]
async fn a_taken_port_is_named_with_its_cure_and_a_closed_door_is_free() {
    let stage = Stage::set().await.open().await;
    let address = stage.door.as_ref().expect("a door").address();
    assert_ne!(address.port(), 0);
    let mut second = stage.house.clone();
    second.config = second.config.with("gateway.listen", address.to_string()).expect("settings").into();
    let error = serve(&second, None).await.err().expect("taken");
    assert!(matches!(&error, Error::Listen { .. }));
    let told = error.to_string();
    assert!(told.contains(&address.to_string()) && told.contains("--set gateway.listen="), "{told}");
    let error = serve_metrics(&stage.house, address).await.err().expect("taken").to_string();
    assert!(error.contains("--set telemetry.metrics="), "{error}");

    // A connection that is kept open does not keep the door open.
    stage.get("/livez").await;
    let begun = Instant::now();
    let mut stage = stage;
    stage.door.take().expect("a door").stop().await;
    assert!(begun.elapsed().as_secs() < 4, "took {:?}", begun.elapsed());
    let door = serve(&second, None).await.expect("free again");
    assert_eq!(door.address(), address);
    door.stop().await;
    stage.strike().await;
}

#[actix_web::test]
async fn who_never_ends_his_sentence_is_not_listened_to_for_ever() {
    let stage = Stage::set().await.with("gateway.request_timeout_ms", 50).open().await;
    let address = stage.door.as_ref().expect("a door").address();
    let mut socket = TcpStream::connect(address).await.expect("a connection");
    let key = stage.key();
    let head =
        format!("POST /v1/retrain HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\ncontent-length: 9\r\n\r\n");
    socket.write_all(head.as_bytes()).await.expect("sent");
    let mut answer = Vec::new();
    while !String::from_utf8_lossy(&answer).contains("\r\n\r\n") {
        assert_ne!(socket.read_buf(&mut answer).await.expect("an answer"), 0);
    }
    let answer = String::from_utf8_lossy(&answer).into_owned();
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("x-request-id: "), "{answer}");
    drop(socket);
    stage.strike().await;
}

#[actix_web::test]
async fn metrics_have_a_door_of_their_own() {
    let stage = Stage::set().await;
    stage.house.metrics.rejected("off_grid");
    let door = serve_metrics(&stage.house, "127.0.0.1:0".parse().expect("an address")).await.expect("a door");
    let answer = reqwest::get(format!("http://{}/metrics", door.address())).await.expect("an answer");
    assert!(answer.headers()["content-type"].to_str().is_ok_and(|kind| kind.starts_with("text/plain; version=0.0.4")));
    assert!(answer.text().await.expect("text").contains("wick_rows_rejected_total{rule=\"off_grid\"} 1"));
    let nothing = reqwest::get(format!("http://{}/v1/models", door.address())).await.expect("an answer");
    problem(nothing, 404, "no_such_route").await;
    door.stop().await;
    stage.strike().await;
}
