//! What goes wrong with a request: `application/problem+json` (RFC 9457), with a code that stays the same.

use std::fmt;
use std::ops::Deref;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;
use wick_bus::keys::Scope;

use crate::middleware::protect;
use crate::readiness::Check;

/// The media type.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// A problem, for programs by its code, for people by its detail.
///
/// In a box: it is much larger than what it is given instead of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Problem(Box<Details>);

impl Deref for Problem {
    type Target = Details;

    fn deref(&self) -> &Details {
        &self.0
    }
}

/// What a problem says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct Details {
    /// `urn:wick:problem:<code>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The code in words.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What went wrong this time, and what to do.
    pub detail: String,
    /// The detail once more, by the name that the Open Inference Protocol has for it.
    pub error: String,
    /// Stable, for programs.
    pub code: &'static str,
    /// What must hold, and whether it does; only where the house is not ready.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Check>,
    /// The request, as `x-request-id` names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// What the answer's head says besides.
    #[serde(skip)]
    #[schema(ignore)]
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        let (kind, detail) = (format!("urn:wick:problem:{code}"), detail.into());
        let (error, checks, headers) = (detail.clone(), Vec::new(), Vec::new());
        let status = status.as_u16();
        Self(Box::new(Details { kind, title, status, detail, error, code, checks, request_id: None, headers }))
    }

    /// The same problem of a request that has this name.
    #[must_use]
    pub fn named(mut self, request: &HeaderValue) -> Self {
        self.0.request_id = request.to_str().ok().map(str::to_owned);
        self
    }

    /// The same problem with something more in its head.
    #[must_use]
    fn saying(mut self, name: HeaderName, value: &str) -> Self {
        self.0.headers.extend(HeaderValue::from_str(value).map(|value| (name, value)));
        self
    }

    /// A parameter is not what it must be.
    #[must_use]
    pub fn parameter(name: &str, reason: impl fmt::Display) -> Self {
        let detail = format!("{}: {reason}", shortened(name));
        Self::new(StatusCode::BAD_REQUEST, "bad_parameter", "a parameter is wrong", detail)
    }

    /// The body is not what it must be.
    #[must_use]
    pub fn body(reason: impl fmt::Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_body", "the body is wrong", reason.to_string())
    }

    /// There is no key, or it is none of ours.
    #[must_use]
    pub fn key(wanted: Scope, shown: bool) -> Self {
        let (code, title, detail) = match wanted {
            Scope::Operate => (
                "no_operator_key",
                "an operator key is needed",
                "send 'Authorization: Bearer <operator key>'; the key is in operator.key in the data folder",
            ),
            Scope::Read => (
                "no_read_key",
                "a key is needed",
                "send 'Authorization: Bearer <key>'; whoever runs the house makes one: wick keys create NAME --scope read",
            ),
        };
        let challenge = if shown { "Bearer realm=\"wick\", error=\"invalid_token\"" } else { "Bearer realm=\"wick\"" };
        Self::new(StatusCode::UNAUTHORIZED, code, title, detail).saying(header::WWW_AUTHENTICATE, challenge)
    }

    /// The key has come to its end.
    #[must_use]
    pub fn expired() -> Self {
        let detail = "the key is good no longer: whoever runs the house makes another with `wick keys create`";
        let challenge = "Bearer realm=\"wick\", error=\"invalid_token\", error_description=\"expired\"";
        Self::new(StatusCode::UNAUTHORIZED, "key_expired", "the key has expired", detail)
            .saying(header::WWW_AUTHENTICATE, challenge)
    }

    /// The key was taken back.
    #[must_use]
    pub fn revoked() -> Self {
        let detail = "the key was taken back: whoever runs the house knows why";
        let challenge = "Bearer realm=\"wick\", error=\"invalid_token\", error_description=\"revoked\"";
        Self::new(StatusCode::UNAUTHORIZED, "key_revoked", "the key was revoked", detail)
            .saying(header::WWW_AUTHENTICATE, challenge)
    }

    /// The key is good, but not for this.
    #[must_use]
    pub fn scope(wanted: Scope) -> Self {
        let scope = wanted.as_str();
        let detail = format!("this needs a key of scope {scope}: wick keys create NAME --scope {scope}");
        let challenge = format!("Bearer realm=\"wick\", error=\"insufficient_scope\", scope=\"{scope}\"");
        Self::new(StatusCode::FORBIDDEN, "scope_missing", "the key is not for this", detail)
            .saying(header::WWW_AUTHENTICATE, &challenge)
    }

    /// There is a key in the address.
    #[must_use]
    pub fn key_in_address() -> Self {
        let detail = "keys belong into the Authorization header, because addresses are kept in logs and histories: take \
                      this one back (wick keys revoke) and make another";
        Self::new(StatusCode::BAD_REQUEST, "key_in_address", "there is a key in the address", detail)
    }

    /// Somebody asks too often.
    #[must_use]
    pub fn too_often(wait: Duration) -> Self {
        let seconds = wait.as_millis().div_ceil(1000).max(1);
        let detail = format!("ask again in {seconds} s (gateway.requests_per_second, gateway.burst)");
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", "too many requests", detail)
            .saying(header::RETRY_AFTER, &seconds.to_string())
    }

    /// There is no such route.
    #[must_use]
    pub fn route(method: &str, path: &str) -> Self {
        let detail = format!("there is no {method} {path}: GET /openapi.json lists what there is");
        Self::new(StatusCode::NOT_FOUND, "no_such_route", "no such route", detail)
    }

    /// There is such a route, for other methods.
    #[must_use]
    pub fn method(method: &str, path: &str, allow: &str) -> Self {
        let detail = format!("{path} does not take {method}, but {allow}");
        let status = StatusCode::METHOD_NOT_ALLOWED;
        Self::new(status, "method_not_allowed", "the route takes other methods", detail).saying(header::ALLOW, allow)
    }

    /// No forecast was made yet.
    #[must_use]
    pub fn no_forecast() -> Self {
        let detail = "no forecast was made yet: the first comes with the first closed bar";
        Self::new(StatusCode::NOT_FOUND, "no_forecast", "no forecast", detail)
    }

    /// There is no such model.
    #[must_use]
    pub fn no_model(hash: &str) -> Self {
        let detail = format!("no model's hash begins with '{hash}': GET /v1/models lists them");
        Self::new(StatusCode::NOT_FOUND, "no_such_model", "no such model", detail)
    }

    /// More than one model has a hash that begins like this.
    #[must_use]
    pub fn many_models(hash: &str) -> Self {
        let detail = format!("more than one model's hash begins with '{hash}': write more of it");
        Self::new(StatusCode::CONFLICT, "ambiguous_model", "more than one such model", detail)
    }

    /// No model serves yet.
    #[must_use]
    pub fn no_champion() -> Self {
        let detail = "no model serves yet: the first is trained as soon as there are enough outcomes";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "no_champion", "no model serves", detail)
    }

    /// There is no model of that name.
    #[must_use]
    pub fn no_model_called(name: &str, known: &str) -> Self {
        let detail = format!("there is no model called '{}'; there is {known}", shortened(name));
        Self::new(StatusCode::NOT_FOUND, "no_such_model", "no such model", detail)
    }

    /// A model does not load here.
    #[must_use]
    pub fn model_unreadable(hash: &str) -> Self {
        let detail = format!("model {hash} does not load here: the gateway's log says why");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "model_unreadable", "a model does not load", detail)
    }

    /// There is no vector of that set.
    #[must_use]
    pub fn no_features(set: &str) -> Self {
        let detail = format!("no feature vector of {} was built yet", shortened(set));
        Self::new(StatusCode::NOT_FOUND, "no_features", "no feature vector", detail)
    }

    /// There is no such forecast.
    #[must_use]
    pub fn no_prediction(id: &str) -> Self {
        let detail = format!("no forecast has the id '{}': GET /v1/predictions lists them", shortened(id));
        Self::new(StatusCode::NOT_FOUND, "no_such_prediction", "no such forecast", detail)
    }

    /// What was sent reads well and cannot be worked with.
    #[must_use]
    pub fn unprocessable(reason: impl fmt::Display) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "unprocessable", "what was sent is not enough", reason.to_string())
    }

    /// This gateway cannot make features of candles.
    #[must_use]
    pub fn no_builder() -> Self {
        let detail = "features cannot be made of candles here: give features";
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "no_builder", "no features are made here", detail)
    }

    /// A body is longer than the route takes.
    #[must_use]
    pub fn too_long(bytes: usize) -> Self {
        let detail = format!("a body has {bytes} bytes at most here");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", "the body is too large", detail)
    }

    /// A body is packed in a way that nobody here unpacks.
    #[must_use]
    pub fn packed() -> Self {
        let detail = "content-encoding: there is identity, gzip and deflate";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_encoding", "there is no such encoding", detail)
            .saying(header::ACCEPT_ENCODING, "identity, gzip, deflate")
    }

    /// As many listen as may.
    #[must_use]
    pub fn full(most: usize) -> Self {
        let detail = format!("{most} listen already, which is as many as may (gateway.max_listeners): try again later");
        // A listener that has gone is noticed when it is next told something.
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "too_many_listeners", "too many listeners", detail)
            .saying(header::RETRY_AFTER, "15")
    }

    /// The bus is away.
    #[must_use]
    pub fn bus() -> Self {
        let detail = "the bus does not answer: try again later; the same command is carried out once";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "bus_away", "the bus is away", detail)
    }

    /// A table does not read.
    #[must_use]
    pub fn table() -> Self {
        let detail = "a table could not be read: the gateway's log says why";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "table_unreadable", "a table does not read", detail)
    }

    /// Something must hold that does not.
    #[must_use]
    pub fn not_ready(checks: Vec<Check>) -> Self {
        let wrong: Vec<&str> = checks.iter().filter(|check| !check.ok).map(|check| check.name).collect();
        let detail = format!("not as it must be: {}", wrong.join(", "));
        let mut problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", "not ready", detail);
        problem.0.checks = checks;
        problem
    }

    /// The request took too long.
    #[must_use]
    pub fn late(limit_ms: u64, request: &HeaderValue) -> Self {
        let detail = format!("the request took more than {limit_ms} ms (gateway.request_timeout_ms)");
        Self::new(StatusCode::REQUEST_TIMEOUT, "timeout", "the request took too long", detail)
            .saying(HeaderName::from_static("x-request-id"), request.to_str().unwrap_or_default())
            .named(request)
    }

    /// What the HTTP library refused by itself.
    #[must_use]
    pub fn of_status(status: StatusCode) -> Self {
        let (code, title) = match status {
            StatusCode::PAYLOAD_TOO_LARGE => ("body_too_large", "the body is too large"),
            StatusCode::NOT_ACCEPTABLE => ("not_acceptable", "there is no such encoding"),
            status if status.is_server_error() => ("internal", "something went wrong here"),
            _ => ("bad_request", "the request is wrong"),
        };
        let detail = match status {
            StatusCode::PAYLOAD_TOO_LARGE => "a body has gateway.body_bytes at most".to_owned(),
            StatusCode::NOT_ACCEPTABLE => "accept-encoding: there is identity, gzip and deflate".to_owned(),
            status => status.canonical_reason().unwrap_or("unknown").to_lowercase(),
        };
        Self::new(status, code, title, detail)
    }
}

/// What came from outside, as much of it as one wants to see again.
fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        // Strings and numbers: this always serialises.
        let body = serde_json::to_string(self).unwrap_or_default();
        let mut response = HttpResponse::build(self.status_code()).content_type(MEDIA_TYPE).body(body);
        let headers = response.headers_mut();
        for (name, value) in &self.headers {
            headers.insert(name.clone(), value.clone());
        }
        // Where it took too long, nobody else has a hand in the answer.
        protect(headers);
        response
    }
}

impl From<wick_bus::Error> for Problem {
    /// Says what is away; the rest is for the log, once, here.
    fn from(error: wick_bus::Error) -> Self {
        tracing::warn!(%error, "a request could not be answered");
        match error {
            wick_bus::Error::Database { .. } | wick_bus::Error::File { .. } => Self::table(),
            wick_bus::Error::Bus(_) => Self::bus(),
            _ => Self::of_status(StatusCode::INTERNAL_SERVER_ERROR),
        }
    }
}
