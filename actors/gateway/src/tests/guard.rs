//! Who is let in: keys, scopes, limits, and what must never be repeated.

use std::time::{Duration, Instant};

use reqwest::{Method, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wick_bus::keys::{Key, KeyFile, Scope};
use wick_schemas::Timestamp;

use super::stage::{NOW, Stage, problem};

const ASKED: &str = r#"{"reason": "new fees"}"#;

/// Makes a key of this house. Gives its id and the whole of it.
fn make(stage: &Stage, scope: Scope, expires_at: Option<Timestamp>) -> (String, String) {
    let issued = Key::issue("test", scope, NOW, expires_at).expect("a key");
    let id = issued.key.id.clone();
    let kept = KeyFile::of(stage.folder.path()).change(|ring| {
        ring.0.push(issued.key);
        Ok(())
    });
    kept.expect("kept");
    (id, issued.secret)
}

async fn read(stage: &Stage, path: &str, key: &str) -> Response {
    stage.ask(Method::GET, path).bearer_auth(key).send().await.expect("an answer")
}

#[actix_web::test]
async fn a_key_does_what_its_scope_says_as_long_as_it_is_good() {
    let stage = Stage::set().await.with("gateway.read_key_required", true);
    let (_, reader) = make(&stage, Scope::Read, None);
    let (_, operator) = make(&stage, Scope::Operate, None);
    let (_, short) = make(&stage, Scope::Read, Some(NOW.shift(1)));
    let stage = stage.open().await;

    let nobody = stage.get("/v1/models").await;
    assert_eq!(nobody.headers()["www-authenticate"], "Bearer realm=\"wick\"");
    problem(nobody, 401, "no_read_key").await;
    let wrong = read(&stage, "/v1/models", &reader.replace("wick", "kwic")).await;
    assert!(wrong.headers()["www-authenticate"].to_str().is_ok_and(|text| text.contains("invalid_token")));
    problem(wrong, 401, "no_read_key").await;
    // Nobody learns what there is, either.
    problem(stage.get("/v1/nothing").await, 401, "no_read_key").await;
    problem(stage.get("/v1/predictions/latest").await, 401, "no_read_key").await;
    problem(stage.post("/v1/forecast", None, "{}").await, 401, "no_read_key").await;
    for open in ["/livez", "/metrics", "/v2/health/live", "/openapi.json", "/docs", "/"] {
        assert_eq!(stage.get(open).await.status(), 200, "{open}");
    }
    for open in ["/readyz", "/v2/health/ready"] {
        problem(stage.get(open).await, 503, "not_ready").await;
    }

    for key in [&reader, &operator, &short, &stage.key()] {
        assert_eq!(read(&stage, "/v1/models", key).await.status(), 200);
    }
    let refused = stage.post("/v1/retrain", Some(&reader), ASKED).await;
    assert!(refused.headers()["www-authenticate"].to_str().is_ok_and(|text| text.contains("scope=\"operate\"")));
    problem(refused, 403, "scope_missing").await;
    assert_eq!(stage.post("/v1/retrain", Some(&operator), ASKED).await.status(), 202);
    stage.house.clock.set(NOW.shift(1));
    problem(read(&stage, "/v1/models", &short).await, 401, "key_expired").await;
    assert_eq!(read(&stage, "/v1/models", &reader).await.status(), 200);
    let document = stage.found("/openapi.json").await;
    assert!(document["paths"]["/v1/models"]["get"]["security"][0]["read_key"].is_array());
    assert!(document["paths"]["/v1/forecast"]["post"]["security"][0]["read_key"].is_array());
    assert!(document["paths"]["/v1/retrain"]["post"]["security"][0]["operator_key"].is_array());
    for open in ["/livez", "/v2/health/ready"] {
        assert!(document["paths"][open]["get"]["security"].is_null(), "{open}");
    }
    stage.strike().await;
}

#[actix_web::test]
async fn a_key_is_made_and_taken_back_while_the_gateway_runs() {
    let stage = Stage::set().await.open().await;
    let (id, key) = make(&stage, Scope::Operate, None);
    let becomes = async |status: u16| {
        let begun = Instant::now();
        loop {
            let answer = stage.post("/v1/retrain", Some(&key), "{}").await;
            if answer.status() == status {
                return answer;
            }
            assert!(begun.elapsed() < Duration::from_secs(5), "{answer:?}");
            tokio::task::yield_now().await;
        }
    };
    becomes(400).await;
    KeyFile::of(stage.folder.path()).change(|ring| Ok(ring.revoke(&id, NOW).is_some())).expect("revoked");
    let told = problem(becomes(401).await, 401, "key_revoked").await;
    assert!(!told.to_string().contains(&key[14..]));
    stage.strike().await;
}

#[actix_web::test]
async fn a_key_in_an_address_is_refused_and_not_repeated() {
    let stage = Stage::set().await;
    let (_, key) = make(&stage, Scope::Read, None);
    let stage = stage.open().await;
    let operator = stage.key();
    for path in [
        format!("/v1/predictions/latest?horizon={key}"),
        format!("/v1/models/{key}"),
        format!("/nowhere/{}", key.replace('_', "%5f")),
        format!("/v1/models?access_token={operator}"),
        format!("/v1/models?KEY={operator}"),
    ] {
        let told = problem(stage.get(&path).await, 400, "key_in_address").await.to_string();
        assert!(!told.contains(&key[14..]) && !told.contains(&operator), "{told}");
    }
    let counted = stage.get("/metrics").await.text().await.expect("text");
    assert!(!counted.contains(&key[14..]) && !counted.contains(&operator), "{counted}");
    stage.strike().await;
}

#[actix_web::test]
async fn who_asks_too_often_is_told_when_to_ask_again() {
    let stage = Stage::set().await.with("gateway.requests_per_second", 1).with("gateway.burst", 3);
    let (_, key) = make(&stage, Scope::Read, None);
    let stage = stage.open().await;
    let first = stage.get("/v1/models").await;
    assert_eq!(first.headers()["ratelimit-policy"], "\"default\";q=3;w=3");
    assert_eq!(first.headers()["ratelimit"], "\"default\";r=2;t=1");
    let begun = Instant::now();
    let refused = loop {
        let answer = stage.get("/v1/models").await;
        if answer.status() == 429 {
            break answer;
        }
        assert!(begun.elapsed() < Duration::from_secs(5), "never refused");
    };
    assert_eq!(refused.headers()["retry-after"], "1");
    assert!(refused.headers()["ratelimit"].to_str().is_ok_and(|text| text.starts_with("\"default\";r=0")));
    problem(refused, 429, "too_many_requests").await;
    // Who looks after the house, and whoever has a key, is not concerned.
    assert_eq!(stage.get("/livez").await.status(), 200);
    assert_eq!(read(&stage, "/v1/models", &key).await.headers()["ratelimit"], "\"default\";r=2;t=1");
    stage.strike().await;
}

#[actix_web::test]
async fn pages_of_configured_origins_may_ask_and_no_others() {
    let stage = Stage::set().await.with("gateway.cors_origins", ["https://example.org"]).open().await;
    let from = async |method: Method, path: &str, origin: &str| {
        let asked = stage.ask(method, path).header("origin", origin);
        asked.header("access-control-request-method", "POST").send().await.expect("an answer")
    };
    for path in ["/v1/models", "/v1/models?limit=0", "/v1/nothing"] {
        let ours = from(Method::GET, path, "https://example.org").await;
        assert_eq!(ours.headers()["access-control-allow-origin"], "https://example.org", "{path}");
        let other = from(Method::GET, path, "https://example.com").await;
        assert!(!other.headers().contains_key("access-control-allow-origin"), "{path}");
    }
    let preflight = from(Method::OPTIONS, "/v1/retrain", "https://example.org").await;
    assert!(preflight.status().is_success(), "{preflight:?}");
    assert!(preflight.headers()["access-control-allow-methods"].to_str().is_ok_and(|text| text.contains("POST")));
    assert!(!preflight.headers().contains_key("access-control-allow-credentials"));
    stage.strike().await;
    // Where there are none, nothing is said, and a browser lets nobody in.
    let stage = Stage::set().await.open().await;
    let asked = stage.ask(Method::GET, "/v1/models").header("origin", "https://example.org");
    let answer = asked.send().await.expect("an answer");
    assert!(!answer.headers().contains_key("access-control-allow-origin"));
    stage.strike().await;
}

#[actix_web::test]
async fn more_connections_than_are_allowed_wait_for_their_turn() {
    let settings = [("gateway.workers", 1), ("gateway.max_listeners", 1), ("gateway.max_connections", 2)];
    let stage = settings.into_iter().fold(Stage::set().await, |stage, (key, value)| stage.with(key, value));
    let stage = stage.open().await;
    let address = stage.door.as_ref().expect("a door").address();
    let ask = async || {
        let mut socket = TcpStream::connect(address).await.expect("a connection");
        socket.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("sent");
        socket
    };
    let answered = async |socket: &mut TcpStream, patience| {
        let mut answer = [0; 12];
        let read = tokio::time::timeout(patience, socket.read_exact(&mut answer)).await;
        read.is_ok_and(|read| read.is_ok() && &answer == b"HTTP/1.1 200")
    };
    let long = Duration::from_secs(5);
    let (mut one, mut two) = (ask().await, ask().await);
    assert!(answered(&mut one, long).await && answered(&mut two, long).await);
    let mut three = ask().await;
    assert!(!answered(&mut three, Duration::from_millis(100)).await);
    drop(one);
    assert!(answered(&mut three, long).await);
    drop((two, three));
    stage.strike().await;
}
