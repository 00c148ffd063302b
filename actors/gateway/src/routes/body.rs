//! Bodies that may be longer than others: windows of candles, rows of features, series.

use actix_web::dev::Decompress;
use actix_web::error::PayloadError;
use actix_web::http::header::CONTENT_ENCODING;
use actix_web::{HttpRequest, web};
use futures::StreamExt;

use crate::problem::Problem;

/// The longest of them, unpacked: five weeks of minutes with room for spaces.
pub const LONGEST: usize = 8 << 20;

/// Reads a body, unpacked where it was packed.
///
/// # Errors
/// A problem where it is too long, packed as nobody here unpacks it, or ends early.
pub async fn whole(request: &HttpRequest, body: web::Payload) -> Result<Vec<u8>, Problem> {
    if let Some(packed) = request.headers().get(CONTENT_ENCODING) {
        let known =
            |name: &str| ["identity", "gzip", "deflate"].iter().any(|ours| ours.eq_ignore_ascii_case(name.trim()));
        if !packed.to_str().is_ok_and(known) {
            return Err(Problem::packed());
        }
    }
    let mut parts = Decompress::from_headers(body, request.headers());
    let mut bytes = Vec::new();
    while let Some(part) = parts.next().await {
        let part = part.map_err(|error| match error {
            PayloadError::Overflow => Problem::too_long(LONGEST),
            _ => Problem::body("the body ended early, or is not packed as content-encoding says"),
        })?;
        if bytes.len() + part.len() > LONGEST {
            return Err(Problem::too_long(LONGEST));
        }
        bytes.extend_from_slice(&part);
    }
    Ok(bytes)
}
