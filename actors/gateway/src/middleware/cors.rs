//! Whose pages may ask from within a browser.

use actix_cors::Cors;
use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE, IF_NONE_MATCH};
use actix_web::http::{Method, Uri};
use actix_web::middleware::Condition;

/// What a page may read of an answer's head.
const EXPOSED: [&str; 6] = ["allow", "etag", "ratelimit", "ratelimit-policy", "retry-after", "x-request-id"];
/// How long a browser may remember what it is allowed, in seconds.
const REMEMBERED: usize = 3600;

/// Lets pages of these origins in; nothing is said where there are none. `*` is everybody. Browsers send keys only where a
/// page of theirs does it itself: there are no cookies here.
#[must_use]
pub fn cors(origins: &[String]) -> Condition<Cors> {
    let mut cors = Cors::default()
        .allowed_methods([Method::GET, Method::HEAD, Method::POST])
        .allowed_headers([AUTHORIZATION, CONTENT_TYPE, IF_NONE_MATCH])
        .allowed_headers(["last-event-id", "traceparent", "x-request-id"])
        .expose_headers(EXPOSED)
        .block_on_origin_mismatch(false)
        .max_age(REMEMBERED);
    for origin in origins {
        cors = if origin == "*" { cors.allow_any_origin().send_wildcard() } else { cors.allowed_origin(origin) };
    }
    Condition::new(!origins.is_empty(), cors)
}

/// Whether this is an origin as browsers write them: `https://example.org`, `http://localhost:3000`, or `*`.
#[must_use]
pub fn is_origin(text: &str) -> bool {
    let Ok(address) = text.parse::<Uri>() else { return text == "*" };
    let (Some(scheme), Some(authority)) = (address.scheme_str(), address.authority()) else { return text == "*" };
    let written = format!("{scheme}://{authority}");
    ["http", "https"].contains(&scheme) && written == text && !authority.as_str().contains('@')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_scheme_a_host_and_perhaps_a_port() {
        for origin in ["https://example.org", "http://localhost:3000", "http://127.0.0.1:8081", "*"] {
            assert!(is_origin(origin), "{origin}");
        }
        for wrong in ["", "example.org", "https://example.org/", "https://a@b", "ftp://x", "https://*.x.org/y", "null"]
        {
            assert!(!is_origin(wrong), "{wrong}");
        }
    }
}
