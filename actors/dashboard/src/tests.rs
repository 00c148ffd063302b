//! The dashboard between a browser and a gateway.

use std::net::SocketAddr;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::web::{self, Bytes};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use futures::{StreamExt, stream};
use reqwest::{Client, Response};
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};
use wick_bus::{Config, House};

use crate::{Serving, serve};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(8);

struct Stage {
    house: House,
    dashboard: Serving,
    gateway: ServerHandle,
    say: mpsc::UnboundedSender<String>,
    client: Client,
    _stop: watch::Sender<bool>,
}

/// A gateway that says what it was asked, and events as they are said.
async fn gateway() -> (ServerHandle, SocketAddr, mpsc::UnboundedSender<String>) {
    let (say, said) = mpsc::unbounded_channel::<String>();
    let said = web::Data::new(std::sync::Mutex::new(Some(said)));
    let server = HttpServer::new(move || {
        App::new()
            .app_data(said.clone())
            .route(
                "/v1/live",
                web::get().to(async |said: web::Data<std::sync::Mutex<Option<mpsc::UnboundedReceiver<String>>>>| {
                    let said = said.lock().expect("not poisoned").take().expect("asked once");
                    let parts = stream::unfold(said, async |mut said| {
                        let part = said.recv().await?;
                        Some((Ok::<_, std::convert::Infallible>(Bytes::from(part)), said))
                    });
                    HttpResponse::Ok().content_type("text/event-stream").streaming(parts)
                }),
            )
            .default_service(web::to(async |request: HttpRequest| {
                let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
                HttpResponse::build(if request.path() == "/teapot" {
                    actix_web::http::StatusCode::IM_A_TEAPOT
                } else {
                    actix_web::http::StatusCode::OK
                })
                .insert_header(("set-cookie", "a=b"))
                .json(json!({
                    "uri": request.uri().to_string(),
                    "cookie": header("cookie"),
                    "authorization": header("authorization"),
                    "last-event-id": header("last-event-id"),
                    "padding": "x".repeat(5000),
                }))
            }))
    });
    let server = server.workers(1).disable_signals().bind("127.0.0.1:0").expect("a port");
    let address = server.addrs()[0];
    let server = server.run();
    let handle = server.handle();
    tokio::spawn(server);
    (handle, address, say)
}

async fn stage() -> Stage {
    let (gateway, address, say) = gateway().await;
    let flags = [("dashboard.listen".to_owned(), "127.0.0.1:0".to_owned())];
    let (stop, stopped) = watch::channel(false);
    let house = House::new(Config::load(None, &flags).expect("settings"), String::new(), stopped).expect("a house");
    let dashboard = serve(&house, address).await.expect("a door");
    let client = Client::builder().gzip(false).no_proxy().build().expect("a client");
    Stage { house, dashboard, gateway, say, client, _stop: stop }
}

impl Stage {
    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.dashboard.address())
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        let request = headers
            .iter()
            .fold(self.client.get(self.url(path)), |request, (name, value)| request.header(*name, *value));
        request.send().await.expect("an answer")
    }

    async fn strike(self) {
        self.dashboard.stop().await;
        self.gateway.stop(false).await;
    }
}

fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers().get(name).map_or("", |value| value.to_str().expect("text"))
}

#[actix_web::test]
async fn the_page_is_compressed_tagged_and_asks_nobody_else() {
    let stage = stage().await;
    let page = stage.get("/", &[("accept-encoding", "gzip, br")]).await;
    assert_eq!((page.status().as_u16(), header(&page, "content-encoding")), (200, "gzip"));
    assert_eq!(header(&page, "content-type"), "text/html; charset=utf-8");
    let policy = header(&page, "content-security-policy");
    assert!(policy.starts_with("default-src 'self';") && !policy.contains("unsafe"), "{policy}");
    assert_eq!((header(&page, "x-content-type-options"), header(&page, "referrer-policy")), ("nosniff", "no-referrer"));
    let tag = header(&page, "etag").to_owned();
    let again = stage.get("/", &[("if-none-match", &tag)]).await;
    assert_eq!((again.status().as_u16(), again.content_length().unwrap_or(0)), (304, 0));
    assert_eq!(stage.get("/", &[("if-none-match", "W/\"other\"")]).await.status(), 200);
    let plain = stage.get("/js/main.js", &[("accept-encoding", "gzip;q=0")]).await;
    assert_eq!(header(&plain, "content-encoding"), "");
    assert!(plain.text().await.expect("text").contains("import"));
    let alive: Value = stage.get("/healthz", &[]).await.json().await.expect("JSON");
    assert_eq!(alive, json!({ "alive": true }));
    for path in ["/nothing", "/../Cargo.toml", "/js/", "/js/../sw.js%00"] {
        assert_eq!(stage.get(path, &[]).await.status(), 404, "{path}");
    }
    let head = stage.client.head(stage.url("/")).send().await.expect("an answer");
    assert_eq!(head.status(), 200);
    stage.strike().await;
}

#[actix_web::test]
async fn a_question_goes_through_without_what_a_browser_knows_of_a_person() {
    let stage = stage().await;
    let asked =
        [("cookie", "me=1"), ("authorization", "Bearer key"), ("last-event-id", "7-0"), ("accept-encoding", "gzip")];
    let answer = stage.get("/api/v1/candles?limit=3&to=a%20b", &asked).await;
    assert_eq!((answer.status().as_u16(), header(&answer, "set-cookie")), (200, ""));
    assert_eq!(header(&answer, "content-encoding"), "gzip", "what the gateway sends plain is compressed here");
    assert!(answer.bytes().await.expect("a body").len() < 1000);
    let told: Value = stage.get("/api/v1/candles?limit=3&to=a%20b", &asked[..3]).await.json().await.expect("JSON");
    assert_eq!(told["uri"], "/v1/candles?limit=3&to=a%20b");
    assert_eq!((&told["cookie"], &told["authorization"]), (&Value::Null, &Value::Null));
    assert_eq!(told["last-event-id"], "7-0");
    assert_eq!(stage.get("/api/teapot", &[]).await.status(), 418);
    for method in [reqwest::Method::POST, reqwest::Method::PUT, reqwest::Method::DELETE] {
        let refused = stage.client.request(method, stage.url("/api/v1/retrain")).send().await.expect("an answer");
        assert_eq!((refused.status().as_u16(), header(&refused, "allow")), (405, "GET"));
        assert_eq!(header(&refused, "content-type"), "application/problem+json");
    }
    stage.strike().await;
}

#[actix_web::test]
async fn events_arrive_when_they_are_said_and_end_with_the_dashboard() {
    let stage = stage().await;
    stage.say.send(": here\n\n".into()).expect("heard");
    let answer = stage.get("/api/v1/live", &[("accept-encoding", "gzip")]).await;
    assert_eq!(header(&answer, "content-type"), "text/event-stream");
    let mut events = answer.bytes_stream();
    let mut next = async || tokio::time::timeout(PATIENCE, events.next()).await.expect("in time");
    assert_eq!(next().await.expect("a part").expect("text"), ": here\n\n");
    for event in ["event: candle\ndata: {}\n\n", "event: forecast\ndata: {}\n\n"] {
        // Not before it is read: a buffer would keep it.
        stage.say.send(event.into()).expect("heard");
        assert_eq!(next().await.expect("a part").expect("text"), event);
    }
    let Stage { dashboard, gateway, .. } = stage;
    tokio::time::timeout(Duration::from_secs(4), dashboard.stop()).await.expect("an open page keeps nobody waiting");
    assert!(next().await.is_none_or(|part| part.is_err()), "the end");
    gateway.stop(false).await;
}

#[actix_web::test]
async fn a_gateway_that_is_away_is_said_to_be() {
    let stage = stage().await;
    stage.gateway.stop(false).await;
    let answer = stage.get("/api/v1/candles", &[]).await;
    assert_eq!((answer.status().as_u16(), header(&answer, "content-type")), (502, "application/problem+json"));
    let problem: Value = answer.json().await.expect("JSON");
    assert_eq!((&problem["code"], &problem["status"]), (&json!("gateway_away"), &json!(502)));
    let text = stage.house.metrics.text();
    assert!(text.contains("wick_http_requests_total{route=\"dashboard /api\",status=\"502\"} 1\n"), "{text}");
    assert_eq!(stage.get("/healthz", &[]).await.status(), 200);
    assert_eq!(stage.get("/", &[]).await.status(), 200);
    stage.dashboard.stop().await;
}

#[actix_web::test]
async fn a_taken_port_is_named_with_its_cure() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address");
    let flags = [("dashboard.listen".to_owned(), address.to_string())];
    let house = House::new(Config::load(None, &flags).expect("settings"), String::new(), watch::channel(false).1);
    let error = serve(&house.expect("a house"), address).await.err().expect("taken").to_string();
    assert!(error.contains(&address.to_string()) && error.contains("--set dashboard.listen="), "{error}");
}
