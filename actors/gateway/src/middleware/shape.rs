//! What becomes of an answer: whether it has changed since it was asked for last, and whether compressing it is worth the while.

use actix_http::ContentEncoding;
use actix_http::encoding::Encoder;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::ServiceResponse;
use actix_web::http::header::{
    ACCEPT_ENCODING, AcceptEncoding, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, Encoding, EntityTag, Header,
    HeaderMap, HeaderValue, IfNoneMatch, Preference, Quality, TryIntoHeaderValue, VARY,
};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpMessage, HttpResponse};
use tokio::sync::watch;
use xxhash_rust::xxh3::xxh3_128;

use super::closing::{Ending, Phase};
use crate::problem::Problem;

/// The longest answer that gets a tag, in bytes.
const TAGGED: u64 = 1 << 20;
/// The shortest answer that is compressed, in bytes: below, the head and the work outweigh what is saved.
const COMPRESSED: u64 = 1024;
/// Answers that tell the time, and so are never the same twice.
const VOLATILE: [&str; 4] = ["/v1/predictions/latest", "/v1/pipeline", "/v1/features/latest", "/v1/live"];

/// The encodings that we have, the dearest last: of those that are wanted alike it is taken.
const OURS: [ContentEncoding; 3] = [ContentEncoding::Identity, ContentEncoding::Deflate, ContentEncoding::Gzip];

/// In which encoding whoever asks wants an answer: the dearest to them of those that they name. Others that they allow are
/// not wanted, so that nothing is compressed where it need not be.
///
/// The library's own negotiation takes `*` for leave to send an answer as it is, even where `identity;q=0` forbids that.
///
/// # Errors
/// A problem where it is none that we have.
pub fn wanted(request: &impl HttpMessage) -> Result<ContentEncoding, Problem> {
    if !request.headers().contains_key(ACCEPT_ENCODING) {
        return Ok(ContentEncoding::Identity);
    }
    // What cannot be read says nothing.
    let Ok(accepted) = AcceptEncoding::parse(request) else { return Ok(ContentEncoding::Identity) };
    let quality =
        |of: &Preference<Encoding>| accepted.iter().filter(|one| one.item == *of).map(|one| one.quality).max();
    let named = |encoding| quality(&Preference::Specific(Encoding::Known(encoding)));
    let wanted = OURS.into_iter().filter_map(|encoding| Some((named(encoding)?, encoding)));
    if let Some((_, wanted)) =
        wanted.filter(|(quality, _)| *quality > Quality::ZERO).max_by_key(|(quality, _)| *quality)
    {
        return Ok(wanted);
    }
    let others = quality(&Preference::Any).map(|others| others > Quality::ZERO);
    let allowed = |encoding: &ContentEncoding| {
        named(*encoding).is_none() && others.unwrap_or(*encoding == ContentEncoding::Identity)
    };
    let mut in_turn = [ContentEncoding::Identity].into_iter().chain(OURS.into_iter().rev());
    in_turn.find(allowed).ok_or_else(|| Problem::of_status(StatusCode::NOT_ACCEPTABLE))
}

/// Shapes an answer.
#[must_use]
pub fn shape(
    response: ServiceResponse<BoxBody>,
    encoding: ContentEncoding,
    phase: &watch::Receiver<Phase>,
) -> ServiceResponse<BoxBody> {
    let length = match response.response().body().size() {
        BodySize::Sized(length) => length,
        BodySize::None => return response,
        BodySize::Stream => {
            return response.map_body(|_, body| BoxBody::new(Ending::new(body, phase.clone())));
        }
    };
    let request = response.request();
    let tagged = response.status() == StatusCode::OK
        && length <= TAGGED
        && request.method() == Method::GET
        && lasts(request.path());
    let (text, compressed) = (is_text(response.headers()), length >= COMPRESSED);
    let mut response = if tagged { tag(response) } else { response };
    let said = response.status() == StatusCode::NOT_MODIFIED;
    if encoding == ContentEncoding::Identity || !compressed || !text || said {
        // What might have been compressed says so even where it was not: whoever keeps it must know.
        if compressed && text && !response.headers().contains_key(VARY) {
            response.headers_mut().insert(VARY, HeaderValue::from_static("accept-encoding"));
        }
        return response;
    }
    response.map_body(|head, body| BoxBody::new(Encoder::response(encoding, head, body)))
}

/// Pictures are compressed already.
fn is_text(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| !kind.starts_with("image/") || kind.starts_with("image/svg"))
}

/// Whether the same answer to a question of this path may come again.
#[must_use]
pub fn lasts(path: &str) -> bool {
    let ours = ["/v1/", "/v2/", "/docs", "/openapi.json"].iter().any(|beginning| path.starts_with(beginning));
    ours && !VOLATILE.contains(&path)
}

/// Tags an answer by what it says, and leaves it out where whoever asks has it. The tag is a weak one, because the same
/// answer may be compressed or not.
fn tag(response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let (request, response) = response.into_parts();
    let (response, body) = response.into_parts();
    // A body whose length is known is whole: nothing is copied.
    let body = match body.try_into_bytes() {
        Ok(body) => body,
        Err(body) => return ServiceResponse::new(request, response.set_body(body)),
    };
    let tag = EntityTag::new_weak(format!("{:032x}", xxh3_128(&body)));
    let asked = request.headers().contains_key("if-none-match").then(|| IfNoneMatch::parse(&request));
    let known = match asked {
        Some(Ok(IfNoneMatch::Any)) => true,
        Some(Ok(IfNoneMatch::Items(tags))) => tags.iter().any(|known| known.weak_eq(&tag)),
        _ => false,
    };
    let mut response = if known { unchanged(response) } else { response.set_body(body).map_into_boxed_body() };
    let headers = response.headers_mut();
    if let Ok(tag) = tag.try_into_value() {
        headers.insert(ETAG, tag);
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    ServiceResponse::new(request, response)
}

/// An answer without what is known: its head says all the same what may be done with that.
fn unchanged(mut response: HttpResponse<()>) -> HttpResponse<BoxBody> {
    response.head_mut().status = StatusCode::NOT_MODIFIED;
    for name in [CONTENT_TYPE, CONTENT_ENCODING] {
        response.headers_mut().remove(name);
    }
    response.set_body(BoxBody::new(actix_web::body::None::new()))
}

#[cfg(test)]
mod tests;
