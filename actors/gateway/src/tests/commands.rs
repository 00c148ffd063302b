//! What a person tells the house.

use serde_json::Value;
use wick_bus::{session, stream};
use wick_schemas::time::BAR;
use wick_schemas::{Cause, Payload, Promote, Retrain, Rollback};

use super::stage::{BAR_CLOSE, Stage, bars_ago, keep_model, problem};

const ASKED: &str = r#"{"reason": "new fees"}"#;

/// The newest command of that kind.
async fn told<P: Payload>(stage: &Stage) -> (String, P) {
    let mut bus = session::connect(&stage.house.redis_url).await.expect("a bus");
    let mut tail = stream::tail(&mut bus, &stage.house.stream(&P::TOPIC), None, 10).await.expect("a tail");
    assert_eq!(tail.len(), 1, "one command");
    let message = tail.remove(0).message.expect("a message");
    assert_eq!(message.source, "/wick/gateway");
    (message.id.to_string(), message.open().expect("opens"))
}

#[actix_web::test]
async fn a_command_of_a_person_with_a_key_reaches_the_bus() {
    let stage = Stage::set().await;
    let model = "cd".repeat(32);
    keep_model(&stage.models().await, &model, bars_ago(10), None).await;
    let stage = stage.open().await;
    let key = stage.key();
    let person = Cause::Person { reason: "new fees".into() };

    let answer = stage.post("/v1/retrain", Some(&key), ASKED).await;
    assert_eq!(answer.status(), 202);
    let answer: Value = answer.json().await.expect("JSON");
    let (id, retrain) = told::<Retrain>(&stage).await;
    assert_eq!(answer["id"], id.as_str());
    // Nothing was built yet, so now is the bar of the clock.
    assert_eq!(retrain, Retrain { at: BAR_CLOSE, cause: person.clone(), requested_by: "gateway".into() });

    let mark = bars_ago(4 * 96);
    stage.built_to(mark).await;
    assert_eq!(stage.post("/v1/models/cdcd/promote", Some(&key), ASKED).await.status(), 202);
    let (_, promote) = told::<Promote>(&stage).await;
    assert_eq!(promote, Promote { at: mark, model, cause: person.clone(), requested_by: "gateway".into() });
    assert!(mark.on_grid(BAR));

    assert_eq!(stage.post("/v1/models/rollback", Some(&key), ASKED).await.status(), 202);
    let (_, rollback) = told::<Rollback>(&stage).await;
    assert_eq!(rollback, Rollback { at: mark, cause: person, requested_by: "gateway".into() });

    problem(stage.post("/v1/models/ff/promote", Some(&key), ASKED).await, 404, "no_such_model").await;
    problem(stage.post("/v1/retrain", Some(&key), "{}").await, 400, "bad_body").await;
    for path in ["/v1/retrain", "/v1/models/rollback", "/v1/models/ab12/promote"] {
        // Who believes that something is heeded must not find out afterwards that it was not.
        let told = problem(stage.post(&format!("{path}?dry_run=true"), Some(&key), ASKED).await, 400, "bad_parameter");
        assert!(told.await["detail"].as_str().is_some_and(|detail| detail.starts_with("dry_run: ")));
    }
    let long = format!("{{\"reason\": \"{}\"}}", "x".repeat(70_000));
    problem(stage.post("/v1/retrain", Some(&key), long).await, 413, "body_too_large").await;
    stage.strike().await;
}

#[actix_web::test]
async fn nobody_else_is_heard() {
    let stage = Stage::set().await.open().await;
    let wrong = stage.key().replace(&stage.key()[..1], "x");
    for key in [None, Some(""), Some(wrong.as_str())] {
        for path in ["/v1/retrain", "/v1/models/ab12/promote", "/v1/models/rollback"] {
            let answer = stage.post(path, key, ASKED).await;
            assert!(answer.headers().contains_key("www-authenticate"));
            problem(answer, 401, "no_operator_key").await;
        }
    }
    let mut bus = session::connect(&stage.house.redis_url).await.expect("a bus");
    let survey = stream::survey(&stage.house, &mut bus).await.expect("a survey");
    assert!(survey.iter().all(|stream| stream.length == 0));
    stage.strike().await;
}
