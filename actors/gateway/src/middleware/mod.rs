//! What happens to every request, from the outside in: others' pages are let in or not (CORS), then it is attended to here, and its
//! answer is shaped ([`shape`]).

pub mod closing;
pub mod cors;
pub mod limit;
pub mod request_id;
pub mod shape;

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use actix_web::http::{ConnectionType, Method};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, ResponseError, web};
use tokio::sync::watch;
use tracing::Instrument;
use wick_bus::keys::Scope;
use wick_bus::metrics::Answers;

use crate::auth::{Caller, address};
use crate::config::GatewayConfig;
use crate::problem::{MEDIA_TYPE, Problem};
use crate::routes::Gate;
use closing::Phase;
use limit::{Limiter, Standing};
use request_id::{RequestIds, X_REQUEST_ID};

/// Who may use an answer, where it says nothing else itself: nobody but who asked.
const POLICY: &str = "default-src 'none'; frame-ancestors 'none'";
/// Nobody else's page may load an answer as an image or a script.
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// What is answered from memory never waits and says nothing: it needs no place in the log, unless everything is wanted, and has no
/// name but its path.
const FROM_MEMORY: [&str; 2] = ["/livez", "/v1/predictions/latest"];
/// Headers that are added to an answer, at most.
const HEADERS: usize = 8;

/// What a thread needs to attend to requests.
pub struct Attendant {
    gate: web::Data<Gate>,
    answers: Answers,
    limiter: Option<Arc<Limiter>>,
    ids: RequestIds,
    /// How long a request may take, in milliseconds.
    request_ms: u64,
    /// Whether reading needs a key.
    locked: bool,
    /// How far the gateway is with closing.
    pub phase: watch::Receiver<Phase>,
}

impl Attendant {
    /// One for these settings. The limiter is that of all threads.
    #[must_use]
    pub fn new(gate: web::Data<Gate>, config: &GatewayConfig, limiter: Option<Arc<Limiter>>) -> Self {
        Self {
            answers: Answers::of(&gate.house.metrics),
            limiter,
            ids: RequestIds::default(),
            request_ms: config.request_timeout_ms,
            locked: config.read_key_required,
            phase: gate.phase.clone(),
            gate,
        }
    }

    /// Lets a request in, and says where whoever asks stands.
    fn admit(&self, request: &ServiceRequest, caller: Caller) -> (Option<Standing>, Result<(), Problem>) {
        let path = request.path();
        // Who looks after the house must see it whatever others do.
        if is_health(path) {
            return (None, Ok(()));
        }
        let peer = request.peer_addr().map(|peer| peer.ip());
        let standing = self.limiter.as_ref().map(|limiter| limiter.count(caller, peer));
        if let Some(wait) = standing.and_then(|standing| standing.wait) {
            return (standing, Err(Problem::too_often(wait)));
        }
        if address::holds_key(request.uri()) {
            return (standing, Err(Problem::key_in_address()));
        }
        let data = path == "/v2" || path.starts_with("/v1/") || path.starts_with("/v2/");
        let allowed = if self.locked && data { caller.may(Scope::Read) } else { Ok(()) };
        (standing, allowed)
    }
}

fn is_health(path: &str) -> bool {
    ["/livez", "/readyz", "/metrics"].contains(&path) || path.starts_with("/v2/health/")
}

/// Attends to a request.
///
/// # Errors
/// A problem where it takes too long.
pub async fn attend(
    attendant: web::Data<Attendant>,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let started = Instant::now();
    let id = attendant.ids.of(request.headers());
    let head = request.method() == Method::HEAD;
    if head {
        // Whatever can be asked for can be asked about; the server leaves the body out.
        request.head_mut().method = Method::GET;
    }
    let caller = attendant.gate.keys.caller(request.headers(), || attendant.gate.house.clock.now());
    let (standing, admitted) = attendant.admit(&request, caller);
    if caller != Caller::Nobody {
        request.extensions_mut().insert(caller);
    }
    let from_memory = FROM_MEMORY.contains(&request.path());
    let admitted = admitted.and_then(|()| shape::wanted(&request));
    let mut response = match admitted {
        Err(problem) => request.into_response(problem.named(&id).error_response()),
        Ok(encoding) => {
            let limit = Duration::from_millis(attendant.request_ms);
            let answer = if from_memory && !tracing::enabled!(tracing::Level::DEBUG) {
                next.call(request).await
            } else {
                let span = tracing::info_span!("request", id = id.to_str().unwrap_or_default(), key = caller.key());
                match tokio::time::timeout(limit, next.call(request).instrument(span)).await {
                    Ok(answer) => answer,
                    Err(_) => {
                        let problem = Problem::late(attendant.request_ms, &id);
                        attendant.answers.count("timeout", problem.status, started.elapsed());
                        return Err(problem.into());
                    }
                }
            };
            shape::shape(in_one_shape(answer?.map_into_boxed_body(), &id), encoding, &attendant.phase)
        }
    };
    // A route and not a path: there are few of them.
    let (request, status) = (response.request(), response.status().as_u16());
    let route = if from_memory { None } else { Some(request.match_pattern()) };
    let name = match &route {
        None => request.path(),
        Some(pattern) => pattern.as_deref().unwrap_or("unmatched"),
    };
    attendant.answers.count(name, status, started.elapsed());
    if head && response.response().body().size() == BodySize::Stream {
        response = response.map_body(|_, _| BoxBody::new(actix_web::body::None::new()));
    }
    // Whether it ever changed can be asked without waiting for anybody.
    if !matches!(attendant.phase.has_changed(), Ok(false)) && *attendant.phase.borrow() != Phase::Open {
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    let headers = response.headers_mut();
    // Together: one by one they would be moved three times.
    headers.reserve(HEADERS);
    headers.insert(X_REQUEST_ID, id);
    if let (Some(limiter), Some(standing)) = (&attendant.limiter, standing) {
        limiter.tell(standing, headers);
    }
    protect(headers);
    Ok(response)
}

/// What every answer says to those who show it.
pub fn protect(headers: &mut HeaderMap) {
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    for (name, usual) in [(CACHE_CONTROL, "no-store"), (CONTENT_SECURITY_POLICY, POLICY)] {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(usual));
        }
    }
}

/// Makes a problem of an error that the HTTP library answers in words of its own, and names the request in it.
fn in_one_shape(response: ServiceResponse<BoxBody>, id: &HeaderValue) -> ServiceResponse<BoxBody> {
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let problem = response.response().error().and_then(|error| error.as_error::<Problem>()).cloned();
    let problem = match problem {
        Some(problem) => problem,
        None if response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == MEDIA_TYPE) => return response,
        None => Problem::of_status(status),
    };
    let (request, _) = response.into_parts();
    ServiceResponse::new(request, problem.named(id).error_response())
}
