//! Where the house is asked: an HTTP server that is opened and closed.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix::{Arbiter, Supervisor};
use actix_web::dev::{Server, ServerHandle};
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web};
use tokio::sync::watch;
use utoipa_actix_web::AppExt;
use wick_bus::House;
use wick_bus::pool::Connections;

use crate::actor::{Gateway, Seen};
use crate::auth::Keys;
use crate::config::GatewayConfig;
use crate::error::{Error, Result};
use crate::live::Live;
use crate::middleware::closing::Phase;
use crate::middleware::cors::cors;
use crate::middleware::limit::Limiter;
use crate::middleware::{Attendant, attend};
use crate::routes::{self, Builder, Gate, Shared, docs, health};
use crate::scoring::Models;
use crate::tables::Tables;

/// How long requests that have begun may take to end when the door is closed, in seconds.
const FAREWELL_SECONDS: u64 = 5;
/// How long a client may take to send a request's head.
const HEAD: Duration = Duration::from_secs(5);

/// An open door.
#[must_use = "a door stays open until it is stopped"]
pub struct Serving {
    address: SocketAddr,
    closing: Closing,
    server: ServerHandle,
    ended: tokio::task::JoinHandle<std::io::Result<()>>,
    listener: Option<Listener>,
}

/// How a door is closed.
struct Closing {
    phase: watch::Sender<Phase>,
    /// How long it says that it will be, first.
    drain: Duration,
}

/// The gateway's actor on its arbiter.
struct Listener {
    stop: watch::Sender<bool>,
    arbiter: Arbiter,
}

impl Serving {
    /// Where it is: with the port that was taken, where any would do.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Closes it: first it is not ready any more, so that nobody new is sent here; then streams are ended, what has begun
    /// is answered, and nobody is let in.
    pub async fn stop(self) {
        let Closing { phase, drain } = self.closing;
        phase.send_replace(Phase::Draining);
        if !drain.is_zero() {
            tokio::time::sleep(drain).await;
        }
        phase.send_replace(Phase::Closing);
        self.server.stop(true).await;
        if let Ok(Err(error)) = self.ended.await {
            tracing::warn!(%error, "the http server did not end well");
        }
        if let Some(listener) = self.listener {
            let _ = listener.stop.send(true);
            listener.arbiter.stop();
        }
    }
}

/// Opens the gateway of these settings. Must be called inside an actix system.
///
/// # Errors
/// [`Error::Listen`] where the address is taken, [`Error::Keys`] where the operator keys do not read.
pub async fn serve(house: &House, builder: Option<Arc<dyn Builder>>) -> Result<Serving> {
    let config = GatewayConfig::of(house)?;
    // First of all: a taken port is said before anything else has begun.
    let (listener, address) = bind(config.listen, "gateway.listen")?;
    let keys = Keys::open(&config.keys(house), &house.config.data_dir)?;
    let tables = Tables::new(house)?;
    let view = tables.recover().await?;

    let (shown, seen) = watch::channel(Seen { view: Arc::new(view.clone()), connected: false });
    let (stop, stopped) = watch::channel(false);
    let heard = house.with_stop(stopped);
    let live = Arc::new(Live::new(house.clock.now().millis()));
    let openapi = routes::openapi(config.read_key_required);
    let (phase, closing) = watch::channel(Phase::Open);
    let shared = Arc::new(Shared {
        house: house.clone(),
        connections: Connections::new(&house.redis_url)?,
        tables,
        keys,
        seen,
        methods: routes::methods::Methods::of(&openapi),
        openapi: openapi.to_string().into(),
        phase: closing,
        live: Arc::clone(&live),
        max_listeners: config.max_listeners,
        models: Models::default(),
        builder,
        drift: Default::default(),
    });
    let metrics = web::Data::from(Arc::clone(&house.metrics));
    let limiter = Limiter::new(config.requests_per_second, config.burst).map(Arc::new);
    let (settings, workers) = (config.clone(), config.workers);
    // Once on each of its threads.
    let server = HttpServer::new(move || {
        let gate = web::Data::new(Gate::new(Arc::clone(&shared)));
        let attendant = Attendant::new(gate.clone(), &settings, limiter.clone());
        App::new()
            .app_data(gate)
            .app_data(metrics.clone())
            .app_data(web::Data::new(attendant))
            .app_data(web::PayloadConfig::new(settings.body_bytes))
            .wrap(from_fn(attend))
            .wrap(cors(&settings.cors_origins))
            .into_utoipa_app()
            .configure(routes::register)
            .into_app()
            .service(routes::openapi_document)
            .service(docs::index)
            .service(docs::page)
            .service(docs::file)
            .default_service(web::to(routes::nothing))
    });
    let server = server
        .workers(workers)
        // Of each worker.
        .max_connections(config.max_connections.div_ceil(workers))
        // The house stops us, in the order of the flow; signals are its own.
        .disable_signals()
        .shutdown_timeout(FAREWELL_SECONDS)
        .client_request_timeout(HEAD)
        .listen(listener)
        .map_err(Error::Server)?
        .run();

    let arbiter = Arbiter::new();
    let _ = Supervisor::start_in_arbiter(&arbiter.handle(), move |_| Gateway::new(heard, view, shown, live));
    tracing::info!(%address, "the gateway answers");
    let closing = Closing { phase, drain: Duration::from_millis(config.drain_ms) };
    Ok(Serving { closing, listener: Some(Listener { stop, arbiter }), ..door(server, address) })
}

/// Opens `/metrics` of this process, which every process has, with or without the gateway.
///
/// # Errors
/// [`Error::Listen`] where the address is taken.
pub async fn serve_metrics(house: &House, address: SocketAddr) -> Result<Serving> {
    let (listener, address) = bind(address, "telemetry.metrics")?;
    let metrics = web::Data::from(Arc::clone(&house.metrics));
    let server = HttpServer::new(move || {
        App::new().app_data(metrics.clone()).service(health::metrics).default_service(web::to(routes::nothing))
    });
    let server = server
        .workers(1)
        .disable_signals()
        .shutdown_timeout(FAREWELL_SECONDS)
        .client_request_timeout(HEAD)
        .listen(listener)
        .map_err(Error::Server)?
        .run();
    Ok(door(server, address))
}

fn bind(address: SocketAddr, setting: &'static str) -> Result<(TcpListener, SocketAddr)> {
    let failed = |source| Error::Listen { address, setting, source };
    let listener = TcpListener::bind(address).map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

fn door(server: Server, address: SocketAddr) -> Serving {
    let closing = Closing { phase: watch::channel(Phase::Open).0, drain: Duration::ZERO };
    Serving { address, closing, server: server.handle(), ended: tokio::spawn(server), listener: None }
}
