//! What can be asked, and the shape of the answers.

pub mod body;
pub mod candles;
pub mod commands;
pub mod docs;
pub mod drift;
pub mod features;
pub mod forecast;
pub mod health;
pub mod history;
pub mod inference;
pub mod latest;
pub mod live;
pub mod methods;
pub mod numbers;
pub mod pipeline;
pub mod quality;
pub mod registry;
pub mod scoreboard;
pub mod texts;
pub mod timeseries;
pub mod trace;
pub mod what_if;

use std::ops::Deref;
use std::sync::Arc;

use actix_web::guard::{Not, Post};
use actix_web::{App, HttpRequest, HttpResponse, get, web};
use tokio::sync::watch;
use utoipa_actix_web::AppExt;
use utoipa_actix_web::service_config::ServiceConfig;
use wick_bus::House;
use wick_bus::pool::Connections;
use wick_schemas::{CandleValidated, FeatureVector};

use crate::actor::Seen;
use crate::auth::Keys;
use crate::live::Live;
use crate::middleware::closing::Phase;
use crate::openapi;
use crate::problem::Problem;
use crate::scoring::Models;
use crate::tables::Tables;

/// What every route needs: one for all threads.
pub struct Shared {
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
    /// Who hears things as they are said.
    pub live: Arc<Live>,
    /// How many may listen at once.
    pub max_listeners: usize,
    /// Models for what is asked about.
    pub models: Models,
    /// Makes features of candles, where there is somebody who can.
    pub builder: Option<Arc<dyn Builder>>,
    /// What was last found to have drifted.
    pub drift: drift::Held,
}

/// A thread's own hold of it: threads that counted together how many requests hold it would wait for each other at every one.
pub struct Gate {
    shared: Arc<Shared>,
    /// The answer to the question that is asked most.
    pub newest: latest::Written,
}

impl Gate {
    /// Another hold.
    #[must_use]
    pub fn new(shared: Arc<Shared>) -> Self {
        let newest = latest::Written::new(shared.seen.clone());
        Self { shared, newest }
    }
}

impl Deref for Gate {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

/// Makes features of candles, as the feature builder does.
pub trait Builder: Send + Sync {
    /// The newest vector that these candles of one venue, oldest first, give; of the feature set of this id.
    ///
    /// # Errors
    /// Why they give none, in words.
    fn build(&self, candles: &[CandleValidated], feature_set: &str) -> Result<FeatureVector, String>;
    /// How many bars before a vector its look-backs reach.
    fn lookback(&self) -> i64;
}

impl Shared {
    /// What is known now.
    #[must_use]
    pub fn seen(&self) -> Seen {
        self.seen.borrow().clone()
    }
}

/// Every route that is described.
pub fn register(config: &mut ServiceConfig) {
    // They are tried in this order: first what is asked most, and as a name in a path takes longer to look for than a path
    // that is the same for all, those with names after those without, wherever they may be.
    config
        .service(latest::latest)
        .service(what_if::what_if)
        .service(timeseries::forecast_series)
        .service(history::history)
        .service(health::livez)
        .service(health::readyz)
        .service(health::metrics)
        .service(live::live)
        .service(candles::candles)
        .service(texts::articles)
        .service(features::latest_features)
        .service(quality::quality)
        .service(drift::drift)
        .service(pipeline::pipeline)
        .service(scoreboard::scoreboard)
        .service(inference::infer::infer)
        .service(inference::infer::infer_version)
        .service(trace::trace)
        .service(registry::models)
        // Before the hash, which these would be taken for.
        .service(registry::history)
        .map(|config| config.service(web::resource("/v1/models/rollback").guard(Not(Post())).to(nothing)))
        .service(registry::model)
        .service(commands::retrain)
        .service(commands::promote)
        .service(commands::rollback)
        .service(inference::server::server)
        .service(inference::server::server_live)
        .service(inference::server::server_ready)
        .service(inference::model::model_metadata)
        .service(inference::model::version_metadata)
        .service(inference::model::model_ready)
        .service(inference::model::version_ready);
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
