//! Where the page is served: an HTTP server that is opened and closed.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::middleware::{Compress, DefaultHeaders};
use actix_web::{App, HttpResponse, HttpServer, guard, web};
use tokio::sync::watch;
use wick_bus::House;
use wick_bus::metrics::Answers;

use crate::assets::{self, Assets};
use crate::config::DashboardConfig;
use crate::error::{Error, Result};
use crate::problem;
use crate::proxy::{self, Proxy};

/// How long requests that have begun may take to end when the door is closed, in seconds.
const FAREWELL_SECONDS: u64 = 5;
/// How long a client may take to send a request's head.
const HEAD: Duration = Duration::from_secs(5);
/// Connections of a worker, at most.
const CONNECTIONS: usize = 1024;

/// Everything comes from here and goes nowhere else.
const POLICY: &str =
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'";

/// An open door.
#[must_use = "a door stays open until it is stopped"]
pub struct Serving {
    address: SocketAddr,
    server: ServerHandle,
    ended: tokio::task::JoinHandle<std::io::Result<()>>,
    stop: watch::Sender<bool>,
}

impl Serving {
    /// Where it is: with the port that was taken, where any would do.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Closes it: live answers end, what else has begun is answered, then nobody is.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        self.server.stop(true).await;
        if let Ok(Err(error)) = self.ended.await {
            tracing::warn!(%error, "the dashboard's server did not end well");
        }
    }
}

/// Opens the dashboard of these settings; `gateway` is where the house's gateway listens. Must be called inside an actix
/// system.
///
/// # Errors
/// [`Error::Listen`] where the address is taken, [`Error::House`] where the settings make no sense.
pub async fn serve(house: &House, gateway: SocketAddr) -> Result<Serving> {
    let config = DashboardConfig::of(house)?;
    let failed = |source| Error::Listen { address: config.listen, source };
    let listener = TcpListener::bind(config.listen).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let (stop, stopped) = watch::channel(false);
    let proxy = web::Data::new(Proxy::new(config.gateway(gateway)?, stopped)?);
    let assets = web::Data::new(Assets::new().map_err(|error| Error::Server(error.into()))?);
    let metrics = Arc::clone(&house.metrics);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(proxy.clone())
            .app_data(assets.clone())
            .app_data(web::Data::new(Answers::of(&metrics)))
            .wrap(
                DefaultHeaders::new()
                    .add(("content-security-policy", POLICY))
                    .add(("x-content-type-options", "nosniff"))
                    .add(("referrer-policy", "no-referrer"))
                    .add(("cross-origin-opener-policy", "same-origin"))
                    .add(("permissions-policy", "camera=(), geolocation=(), microphone=()")),
            )
            .route("/healthz", web::get().to(alive))
            .service(
                web::resource("/api/{path:.*}")
                    .wrap(Compress::default())
                    .route(web::get().to(proxy::forward))
                    .default_service(web::to(async || problem::method())),
            )
            .default_service(web::route().guard(guard::Any(guard::Get()).or(guard::Head())).to(assets::show))
    });
    let server = server
        .workers(1)
        // The house stops us, in the order of the flow; signals are its own.
        .disable_signals()
        .shutdown_timeout(FAREWELL_SECONDS)
        .client_request_timeout(HEAD)
        .max_connections(CONNECTIONS)
        .listen(listener)
        .map_err(|error| Error::Server(error.into()))?
        .run();
    tracing::info!(%address, "the dashboard is shown");
    Ok(Serving { address, server: server.handle(), ended: tokio::spawn(server), stop })
}

/// Whether this process answers; whether the gateway does, `/api/readyz` says.
async fn alive() -> HttpResponse {
    HttpResponse::Ok().insert_header(("cache-control", "no-store")).json(serde_json::json!({ "alive": true }))
}
