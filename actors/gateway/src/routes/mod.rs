//! What can be asked, and the shape of the answers.

pub mod candles;
pub mod commands;
pub mod docs;
pub mod forecast;
pub mod health;
pub mod history;
pub mod latest;
pub mod methods;
pub mod registry;
pub mod scoreboard;

use actix_web::guard::{Not, Post};
use actix_web::{App, HttpRequest, HttpResponse, get, web};
use tokio::sync::watch;
use utoipa_actix_web::AppExt;
use utoipa_actix_web::service_config::ServiceConfig;
use wick_bus::House;
use wick_bus::pool::Connections;

use crate::actor::Seen;
use crate::auth::Keys;
use crate::middleware::closing::Phase;
use crate::openapi;
use crate::problem::Problem;
use crate::tables::Tables;

/// What every route needs.
pub struct Gate {
    /// Settings, names, clock.
    pub house: House,
    /// The bus, for those who ask it something.
    pub connections: Connections,
    /// The tables of others.
    pub tables: Tables,
    /// Who may give commands.
    pub keys: Keys,
    /// What is known.
    pub seen: watch::Receiver<Seen>,
    /// The description of the API.
    pub openapi: web::Bytes,
    /// Which methods a path takes.
    pub methods: methods::Methods,
    /// How far the gateway is with closing.
    pub phase: watch::Receiver<Phase>,
}

impl Gate {
    /// What is known now.
    #[must_use]
    pub fn seen(&self) -> Seen {
        self.seen.borrow().clone()
    }
}

/// Every route that is described.
pub fn register(config: &mut ServiceConfig) {
    config
        .service(health::livez)
        .service(health::readyz)
        .service(health::metrics)
        .service(latest::latest)
        .service(history::history)
        .service(candles::candles)
        .service(scoreboard::scoreboard)
        .service(registry::models)
        // Before the hash, which these would be taken for.
        .service(registry::history)
        .map(|config| config.service(web::resource("/v1/models/rollback").guard(Not(Post())).to(nothing)))
        .service(registry::model)
        .service(commands::retrain)
        .service(commands::promote)
        .service(commands::rollback);
}

/// The description of the API as OpenAPI 3.1; `locked` where reading needs a key.
#[must_use]
pub fn openapi(locked: bool) -> serde_json::Value {
    let (_, collected) = App::new().into_utoipa_app().configure(register).split_for_parts();
    openapi::complete(collected, locked)
}

/// Gives the description.
#[get("/openapi.json")]
pub async fn openapi_document(gate: web::Data<Gate>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(gate.openapi.clone())
}

/// Answers what nobody else does.
///
/// # Errors
/// Always.
pub async fn nothing(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let (method, path) = (request.method().as_str(), request.path());
    let allow = request.app_data::<web::Data<Gate>>().and_then(|gate| gate.methods.allow(path));
    Err(allow.map_or_else(|| Problem::route(method, path), |allow| Problem::method(method, path, &allow)))
}
