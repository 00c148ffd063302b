//! What goes wrong with a request, in the gateway's shape: `application/problem+json` (RFC 9457).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde_json::json;

/// An answer that says what went wrong. `code` stays the same, for programs; `detail` is for people.
#[must_use]
pub fn answer(status: StatusCode, code: &str, title: &str, detail: &str) -> HttpResponse {
    let problem = json!({
        "type": format!("urn:wick:problem:{code}"),
        "title": title,
        "status": status.as_u16(),
        "detail": detail,
        "code": code,
    });
    HttpResponse::build(status)
        .insert_header(("cache-control", "no-store"))
        .content_type("application/problem+json")
        .body(problem.to_string())
}

/// The gateway does not answer.
#[must_use]
pub fn gateway_away() -> HttpResponse {
    let detail = "the gateway does not answer: see dashboard.gateway_url, and whether it runs";
    answer(StatusCode::BAD_GATEWAY, "gateway_away", "the gateway is away", detail)
}

/// There is no such path.
#[must_use]
pub fn nothing(path: &str) -> HttpResponse {
    let detail = format!("there is no {path}: the page is at /, the gateway's answers are below /api/");
    answer(StatusCode::NOT_FOUND, "no_such_route", "no such route", &detail)
}

/// Only questions go through.
#[must_use]
pub fn method() -> HttpResponse {
    let detail = "the dashboard only asks: give commands to the gateway itself, with an operator key";
    let mut answer =
        answer(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "the route takes other methods", detail);
    let allow = actix_web::http::header::HeaderValue::from_static("GET");
    answer.headers_mut().insert(actix_web::http::header::ALLOW, allow);
    answer
}

/// Too many are asking at once.
#[must_use]
pub fn busy() -> HttpResponse {
    let detail = "too many are asking at once: try again later";
    let mut answer = answer(StatusCode::SERVICE_UNAVAILABLE, "busy", "too many requests at once", detail);
    let wait = actix_web::http::header::HeaderValue::from_static("5");
    answer.headers_mut().insert(actix_web::http::header::RETRY_AFTER, wait);
    answer
}
