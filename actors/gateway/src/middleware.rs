//! What happens to every request: a limit in time, a count, and problems in one shape.

use std::time::{Duration, Instant};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use actix_web::middleware::Next;
use actix_web::{ResponseError, web};
use wick_bus::metrics::Metrics;

use crate::problem::{MEDIA_TYPE, Problem};

/// What a request may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The longest body, in bytes.
    pub body_bytes: usize,
    /// The longest time, in milliseconds.
    pub request_ms: u64,
}

/// Attends to a request.
///
/// # Errors
/// A problem where it takes too long.
pub async fn attend(
    limits: web::Data<Limits>,
    metrics: web::Data<Metrics>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let started = Instant::now();
    let limit = Duration::from_millis(limits.request_ms);
    let Ok(answer) = tokio::time::timeout(limit, next.call(request)).await else {
        let problem = Problem::late(limits.request_ms);
        metrics.answered("timeout", problem.status, started.elapsed());
        return Err(problem.into());
    };
    let mut response = in_one_shape(answer?.map_into_boxed_body());
    // A route and not a path: there are few of them.
    let route = response.request().match_pattern();
    metrics.answered(route.as_deref().unwrap_or("unmatched"), response.status().as_u16(), started.elapsed());
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Makes a problem of an error that the HTTP library answers in words of its own.
fn in_one_shape(response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let status = response.status();
    let ours = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes() == MEDIA_TYPE.as_bytes());
    if ours || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let (request, _) = response.into_parts();
    ServiceResponse::new(request, Problem::of_status(status).error_response())
}
