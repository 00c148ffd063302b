//! Listening.

use std::time::Duration;

use wick_schemas::Level;
use wick_schemas::time::MINUTE;

use super::samples::{candle, drifted, missed, prediction};
use super::stage::{BAR_CLOSE, Stage, problem};

/// Reads a stream until it says this.
async fn until(response: &mut reqwest::Response, heard: &mut String, word: &str) {
    let reading = async {
        while !heard.contains(word) {
            let part = response.chunk().await.expect("a stream").expect("not its end");
            heard.push_str(std::str::from_utf8(&part).expect("text"));
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(8), reading).await;
    assert!(in_time.is_ok(), "'{word}' was not said: {heard}");
}

#[actix_web::test]
async fn what_is_said_is_heard_and_what_was_missed_too() {
    let stage = Stage::set().await.open().await;
    stage.until("/v1/pipeline", |found| found["bus_connected"] == true).await;
    let mut response = stage.get("/v1/live?topics=forecast,candle,drift,coverage").await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut heard = String::new();
    until(&mut response, &mut heard, "retry: 3000").await;
    stage.say(&candle(BAR_CLOSE - MINUTE)).await;
    until(&mut response, &mut heard, "event: candle").await;
    stage.say(&prediction(BAR_CLOSE, Level::Champion)).await;
    until(&mut response, &mut heard, "event: forecast").await;
    let first = heard.lines().find_map(|line| line.strip_prefix("id: ")).expect("an id").to_owned();
    stage.say(&drifted(BAR_CLOSE)).await;
    until(&mut response, &mut heard, "event: drift").await;
    stage.say(&missed(BAR_CLOSE)).await;
    until(&mut response, &mut heard, "event: coverage").await;
    // Who listens no more and comes back hears the second once more, not the first.
    drop(response);
    let mut back = stage.get_after("/v1/live", &first).await;
    let mut again = String::new();
    until(&mut back, &mut again, "event: forecast").await;
    assert!(!again.contains("event: candle"), "{again}");
    let mut lost = stage.get_after("/v1/live", "1-1").await;
    let mut told = String::new();
    until(&mut lost, &mut told, "event: missed").await;
    problem(stage.get("/v1/live?topics=weather").await, 400, "bad_parameter").await;
    // Who listens does not keep the door open.
    let closing = std::time::Instant::now();
    stage.strike().await;
    assert!(closing.elapsed() < Duration::from_secs(4), "{:?}", closing.elapsed());
    assert!(back.chunk().await.is_ok_and(|end| end.is_none()), "the stream ends well");
}
