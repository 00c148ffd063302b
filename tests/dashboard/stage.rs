//! A gateway whose answers are known, and a dashboard that asks it.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use actix_web::dev::ServerHandle;
use actix_web::web::{self, Bytes};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use futures::stream;
use serde_json::{Value, json};
use tokio::sync::{broadcast, watch};
use wick_bus::{Clock, Config, House};

use crate::answers;

/// What every gateway has had, and what came later.
pub const OLD: [&str; 6] =
    ["/v1/predictions/latest", "/v1/predictions", "/v1/candles", "/v1/scoreboard", "/v1/models", "/v1/models/history"];
const NEW: [&str; 4] = ["/v1/drift", "/v1/articles", "/v1/pipeline", "/v1/live"];

/// What the gateway has, and what was asked of it.
struct World {
    offers: Vec<&'static str>,
    say: broadcast::Sender<String>,
    asked: Mutex<BTreeMap<(String, u16), usize>>,
    /// Whether it takes questions and never answers.
    mute: AtomicBool,
    /// How many of these nobody waits for any more.
    given_up: AtomicUsize,
}

/// A question that is not answered.
struct Unanswered<'a>(&'a World);

impl Drop for Unanswered<'_> {
    fn drop(&mut self) {
        self.0.given_up.fetch_add(1, Ordering::Relaxed);
    }
}

pub struct Stage {
    gateway: ServerHandle,
    address: SocketAddr,
    dashboard: wick_dashboard::Serving,
    world: Arc<World>,
    _stop: watch::Sender<bool>,
}

impl Stage {
    /// A gateway of today.
    pub async fn set() -> Self {
        Self::with(OLD.into_iter().chain(NEW).collect()).await
    }

    /// A gateway with these routes only.
    pub async fn with(offers: Vec<&'static str>) -> Self {
        let (say, _) = broadcast::channel(64);
        let (asked, mute, given_up) = (Mutex::default(), AtomicBool::default(), AtomicUsize::default());
        let world = Arc::new(World { offers, say, asked, mute, given_up });
        let (gateway, address) = open(Arc::clone(&world), "127.0.0.1:0".parse().expect("an address"));
        let flags = [("dashboard.listen".to_owned(), "127.0.0.1:0".to_owned())];
        let (stop, stopped) = watch::channel(false);
        let house = House::new(Config::load(None, &flags).expect("settings"), String::new(), stopped).expect("a house");
        let dashboard = wick_dashboard::serve(&house, address).await.expect("a door");
        Self { gateway, address, dashboard, world, _stop: stop }
    }

    /// Where the page is.
    pub fn url(&self) -> String {
        format!("http://{}/", self.dashboard.address())
    }

    /// How often the gateway was asked for a path, and answered so.
    pub fn asked(&self, path: &str, status: u16) -> usize {
        self.world.asked.lock().expect("not poisoned").get(&(path.to_owned(), status)).copied().unwrap_or(0)
    }

    /// Everything that the gateway did not have.
    pub fn asked_in_vain(&self) -> Vec<String> {
        let asked = self.world.asked.lock().expect("not poisoned");
        asked.keys().filter(|(_, status)| *status >= 400).map(|(path, _)| path.clone()).collect()
    }

    /// Says something to everyone who listens.
    pub fn say(&self, event: &str, data: &Value) {
        let heard = self.world.say.send(format!("id: 1-0\nevent: {event}\ndata: {data}\n\n"));
        assert!(heard.is_ok(), "nobody listens");
    }

    /// From now on the gateway takes questions and never answers.
    pub fn mute_the_gateway(&self) {
        self.world.mute.store(true, Ordering::Relaxed);
    }

    /// How many questions to a mute gateway the dashboard has given up.
    pub fn given_up(&self) -> usize {
        self.world.given_up.load(Ordering::Relaxed)
    }

    /// Takes everything away.
    pub async fn strike(self) {
        self.dashboard.stop().await;
        self.gateway.stop(false).await;
    }

    /// Takes the gateway away, and leaves the dashboard.
    pub async fn lose_the_gateway(&self) {
        self.gateway.stop(false).await;
    }

    /// Brings it back to where it was.
    pub fn bring_the_gateway_back(&mut self) {
        self.gateway = open(Arc::clone(&self.world), self.address).0;
    }
}

fn open(world: Arc<World>, address: SocketAddr) -> (ServerHandle, SocketAddr) {
    let world = web::Data::from(world);
    let server = HttpServer::new(move || App::new().app_data(world.clone()).default_service(web::to(answer)));
    let server = server.workers(1).disable_signals().bind(address).expect("a port");
    let address = server.addrs()[0];
    let server = server.run();
    let handle = server.handle();
    tokio::spawn(server);
    (handle, address)
}

async fn answer(request: HttpRequest, world: web::Data<World>) -> HttpResponse {
    if world.mute.load(Ordering::Relaxed) {
        let _unanswered = Unanswered(&world);
        std::future::pending::<()>().await;
    }
    let path = request.path();
    let found = world.offers.contains(&path) || path == "/openapi.json";
    let status = if found { 200 } else { 404 };
    *world.asked.lock().expect("not poisoned").entry((path.to_owned(), status)).or_insert(0) += 1;
    if !found {
        return HttpResponse::NotFound().content_type("application/problem+json").body(
            json!({ "code": "no_such_route", "detail": format!("there is no {path}"), "status": 404 }).to_string(),
        );
    }
    if path == "/v1/live" {
        return live(&world);
    }
    let query = web::Query::<BTreeMap<String, String>>::from_query(request.query_string()).expect("a query");
    HttpResponse::Ok().json(answers::to(path, &query, &world.offers, Clock::System.now().millis()))
}

fn live(world: &World) -> HttpResponse {
    let heard = world.say.subscribe();
    let hello = stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"retry: 3000\n\n"))]);
    let events = stream::unfold(heard, async |mut heard| Some((Ok(Bytes::from(heard.recv().await.ok()?)), heard)));
    HttpResponse::Ok().content_type("text/event-stream").streaming(futures::StreamExt::chain(hello, events))
}
