//! What every answer has: its shape, its head, its end.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::stage::{Stage, problem};

#[actix_web::test]
async fn an_answer_that_did_not_change_is_not_sent_again() {
    let stage = Stage::set().await.open().await;
    let first = stage.get("/v1/models").await;
    assert_eq!(first.headers()["cache-control"], "no-cache");
    let tag = first.headers()["etag"].clone();
    assert!(tag.to_str().is_ok_and(|tag| tag.starts_with("W/\"")), "{tag:?}");
    let body = first.text().await.expect("a body");
    let again = async |tags: &str| {
        stage.ask(Method::GET, "/v1/models").header("if-none-match", tags).send().await.expect("an answer")
    };
    let tag = tag.to_str().expect("text");
    for known in [tag.to_owned(), format!("\"other\", {tag}"), tag.trim_start_matches("W/").to_owned(), "*".into()] {
        let same = again(&known).await;
        assert_eq!((same.status().as_u16(), same.headers()["etag"].to_str().ok()), (304, Some(tag)), "{known}");
        assert_eq!(same.headers()["cache-control"], "no-cache");
        assert!(same.headers().contains_key("x-request-id"));
        assert_eq!(same.text().await.expect("nothing"), "");
    }
    for other in ["W/\"other\"", "nonsense", ""] {
        let whole = again(other).await;
        assert_eq!(whole.status(), 200, "{other}");
        assert_eq!(whole.text().await.expect("a body"), body);
    }
    // What tells the time is never the same, and errors are not kept.
    let told = stage.get("/v1/predictions/latest").await;
    assert!(!told.headers().contains_key("etag"));
    assert_eq!(told.headers()["cache-control"], "no-store");
    stage.strike().await;
}

/// Whoever kept an answer takes what the head of a later one says for its head (RFC 9111, 4.3.4): a page whose policy was lost there
/// would be blank.
#[actix_web::test]
async fn what_is_not_sent_again_may_be_done_with_as_before() {
    let stage = Stage::set().await.open().await;
    for path in ["/docs", "/docs/start.js", "/docs/swagger-ui.css", "/openapi.json", "/v1/models"] {
        let ask = |tag: Option<&str>| {
            let client = reqwest::Client::builder().no_gzip().build().expect("a client");
            let asked = client.get(stage.url(path)).header("accept-encoding", "gzip");
            tag.map_or_else(
                || asked.try_clone(),
                |tag| asked.try_clone().map(|asked| asked.header("if-none-match", tag)),
            )
        };
        let first = ask(None).expect("a request").send().await.expect("an answer");
        let tag = first.headers()["etag"].to_str().expect("text").to_owned();
        let again = ask(Some(&tag)).expect("a request").send().await.expect("an answer");
        assert_eq!((first.status().as_u16(), again.status().as_u16()), (200, 304), "{path}");
        for name in ["content-security-policy", "permissions-policy", "vary", "cache-control", "etag"] {
            let said = |answer: &reqwest::Response| {
                answer.headers().get(name).map(|value| value.as_bytes().to_ascii_lowercase())
            };
            assert_eq!(said(&again), said(&first), "{name} of {path}");
        }
        assert!(!again.headers().contains_key("content-encoding"));
    }
    stage.strike().await;
}

#[actix_web::test]
async fn long_answers_are_compressed_where_that_is_wanted() {
    let stage = Stage::set().await.open().await;
    let client = reqwest::Client::builder().no_gzip().build().expect("a client");
    let ask = async |path: &str, accepted: &str| {
        let asked = client.get(stage.url(path)).header("accept-encoding", accepted);
        asked.send().await.expect("an answer")
    };
    let plain = ask("/openapi.json", "identity").await;
    assert!(!plain.headers().contains_key("content-encoding"));
    let tag = plain.headers()["etag"].clone();
    let length = plain.bytes().await.expect("a body").len();
    let packed = ask("/openapi.json", "gzip").await;
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    assert_eq!(packed.headers()["etag"], tag);
    assert!(packed.headers()["vary"].to_str().is_ok_and(|vary| vary.eq_ignore_ascii_case("accept-encoding")));
    assert!(packed.bytes().await.expect("a body").len() < length / 3);
    let short = ask("/livez", "gzip").await;
    assert!(!short.headers().contains_key("content-encoding"));
    assert_eq!(short.text().await.expect("a body"), "{\"alive\":true}");
    problem(ask("/v1/models", "identity;q=0, br").await, 406, "not_acceptable").await;
    stage.strike().await;
}

#[actix_web::test]
async fn whatever_can_be_asked_for_can_be_asked_about() {
    let stage = Stage::set().await.open().await;
    for path in ["/livez", "/readyz", "/metrics", "/v1/models", "/v1/models/xyz", "/v1/nothing", "/openapi.json", "/"] {
        let client = reqwest::Client::builder().no_gzip().build().expect("a client");
        let whole = client.get(stage.url(path)).send().await.expect("an answer");
        let head = client.head(stage.url(path)).send().await.expect("an answer");
        assert_eq!(head.status(), whole.status(), "{path}");
        assert_eq!(head.headers()["content-type"], whole.headers()["content-type"], "{path}");
        if path != "/metrics" {
            assert_eq!(head.headers()["content-length"], whole.headers()["content-length"], "{path}");
        }
        assert_eq!(head.bytes().await.expect("nothing").len(), 0, "{path}");
    }
    let other = stage.ask(Method::HEAD, "/v1/retrain").send().await.expect("an answer");
    assert_eq!((other.status().as_u16(), other.headers()["allow"].to_str().ok()), (405, Some("POST")));
    stage.strike().await;
}

#[actix_web::test]
async fn a_request_has_a_name_in_its_answer_and_in_its_problem() {
    let stage = Stage::set().await.open().await;
    let told = stage.ask(Method::GET, "/v1/nothing").header("x-request-id", "mine-1").send().await.expect("an answer");
    assert_eq!(told.headers()["x-request-id"], "mine-1");
    assert_eq!(problem(told, 404, "no_such_route").await["request_id"], "mine-1");
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let told = stage.ask(Method::GET, "/livez").header("traceparent", trace).send().await.expect("an answer");
    assert_eq!(told.headers()["x-request-id"], "4bf92f3577b34da6a3ce929d0e0e4736");
    let (one, other) = (stage.get("/livez").await, stage.get("/livez").await);
    assert_ne!(one.headers()["x-request-id"], other.headers()["x-request-id"]);
    stage.strike().await;
}

#[actix_web::test]
async fn no_answer_may_be_used_for_anything_else() {
    let stage = Stage::set().await.open().await;
    for path in
        ["/livez", "/v1/models", "/v1/nothing", "/v1/models?limit=0", "/openapi.json", "/docs", "/docs/start.js"]
    {
        let headers = stage.get(path).await.headers().clone();
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["referrer-policy"], "no-referrer", "{path}");
        assert_eq!(headers["cross-origin-resource-policy"], "same-origin", "{path}");
        let policy = headers["content-security-policy"].to_str().expect("text").to_owned();
        assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert_eq!(policy.contains("script-src 'self'"), path == "/docs", "{path}: {policy}");
        assert!(!policy.contains("unsafe-eval"));
    }
    stage.strike().await;
}

#[actix_web::test]
async fn the_page_of_the_api_comes_from_here_alone() {
    let stage = Stage::set().await.open().await;
    let page = stage.get("/docs").await.text().await.expect("a page");
    assert!(!page.contains("://"), "{page}");
    let client = reqwest::Client::builder().no_gzip().build().expect("a client");
    for (file, least) in [("swagger-ui-bundle.js", 1_000_000), ("swagger-ui.css", 100_000), ("start.js", 100)] {
        assert!(page.contains(&format!("docs/{file}")), "{page}");
        let path = format!("/docs/{file}");
        assert!(stage.get(&path).await.bytes().await.expect("a file").len() > least, "{file}");
        let packed = client.get(stage.url(&path)).header("accept-encoding", "gzip").send().await.expect("an answer");
        assert!(packed.headers().contains_key("etag"), "{file}");
        assert_eq!(packed.headers().contains_key("content-encoding"), file != "start.js");
        let plain = client.get(stage.url(&path)).send().await.expect("an answer");
        assert!(!plain.headers().contains_key("content-encoding"), "{file}");
        assert!(plain.bytes().await.expect("a file").len() > least, "{file}");
    }
    problem(stage.get("/docs/other.js").await, 404, "no_such_route").await;
    let begin = stage.found("/").await;
    for link in ["docs", "openapi"] {
        let path = format!("/{}", begin[link].as_str().expect("a link"));
        assert_eq!(stage.get(&path).await.status(), 200, "{path}");
    }
    stage.strike().await;
}

#[actix_web::test]
async fn before_it_is_closed_the_gateway_says_so_and_finishes_what_has_begun() {
    let mut stage = Stage::set().await.with("gateway.drain_ms", 1000).open().await;
    let (address, key) = (stage.door.as_ref().expect("a door").address(), stage.key());
    let ready = stage.url("/readyz");
    let mut socket = TcpStream::connect(address).await.expect("a connection");
    let head = format!(
        "POST /v1/retrain HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\ncontent-length: 16\r\n\r\n{{\"reason\""
    );
    socket.write_all(head.as_bytes()).await.expect("sent");
    let stop = actix_web::rt::spawn(stage.door.take().expect("a door").stop());
    let draining = tokio::time::timeout(Duration::from_secs(5), async {
        loop {
            let answer = reqwest::get(&ready).await.expect("still an answer");
            let closes = answer.headers().get("connection").is_some_and(|value| value == "close");
            let told = problem(answer, 503, "not_ready").await;
            if told["checks"][0]["name"] == "door" {
                break closes;
            }
        }
    });
    assert!(draining.await.expect("it says so"), "and ends connections");
    // Wait for the door to be shut to others.
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    socket.write_all(b": \"xy\"").await.expect("still sent");
    socket.write_all(b"}").await.expect("still sent");
    let mut answer = [0; 12];
    socket.read_exact(&mut answer).await.expect("an answer");
    assert!(answer.starts_with(b"HTTP/1.1 202"), "{}", String::from_utf8_lossy(&answer));
    drop(socket);
    stop.await.expect("closed");
    stage.strike().await;
}

#[test]
fn every_problem_is_in_the_docs_and_every_one_in_the_docs_is_a_problem() {
    let code = include_str!("../problem.rs")
        .split_once("#[cfg(test)]")
        .map_or(include_str!("../problem.rs"), |(code, _)| code);
    let code: String = code.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_code = |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    // `Self::new(status, "code", …` and, where there is a choice, `=> ("code", …`.
    let first =
        |part: &str| part.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next().map(str::to_owned));
    let named = code.split("Self::new(").skip(1).filter_map(|call| first(call.split_once(',')?.1));
    let chosen = code.split("=> (").skip(1).filter_map(first);
    let codes: BTreeSet<String> = named.chain(chosen).filter(|code| is_code(&code.as_str())).collect();
    assert!(codes.len() > 15 && codes.contains("body_too_large") && codes.contains("no_read_key"), "{codes:?}");
    let docs = include_str!("../../../../docs/gateway.md");
    let table = docs.split_once("| code | status |").expect("the table").1.split("\n\n").next().expect("its rows");
    let told = table.lines().filter_map(|row| row.strip_prefix("| `")?.split('`').next().map(str::to_owned));
    assert_eq!(codes, told.collect::<BTreeSet<_>>());
}
