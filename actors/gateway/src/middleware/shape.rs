//! What becomes of an answer before it is compressed: whether it has changed since it was asked for last, and whether
//! compressing it is worth the while.

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, ETAG, EntityTag, Header, HeaderValue, IfNoneMatch,
    TryIntoHeaderValue,
};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{HttpResponse, web};
use xxhash_rust::xxh3::xxh3_128;

use super::Attendant;
use super::closing::Ending;

/// The longest answer that gets a tag, in bytes.
const TAGGED: u64 = 1 << 20;
/// The shortest answer that is compressed, in bytes: below, the head and the work outweigh what is saved.
const COMPRESSED: u64 = 1024;
/// Answers that tell the time, and so are never the same twice.
const VOLATILE: [&str; 3] = ["/v1/predictions/latest", "/v1/pipeline", "/v1/features/latest"];

/// Shapes an answer.
///
/// # Errors
/// Where there is none.
pub async fn shape(
    attendant: web::Data<Attendant>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let mut response = next.call(request).await?.map_into_boxed_body();
    let length = match response.response().body().size() {
        BodySize::Sized(length) => length,
        BodySize::None => return Ok(response),
        BodySize::Stream => {
            leave_as_it_is(&mut response);
            return Ok(response.map_body(|_, body| BoxBody::new(Ending::new(body, attendant.phase.clone()))));
        }
    };
    if length < COMPRESSED {
        leave_as_it_is(&mut response);
    }
    if response.status() == StatusCode::OK
        && length <= TAGGED
        && lasts(response.request().method(), response.request().path())
    {
        return Ok(tag(response));
    }
    Ok(response)
}

/// Says to the compressor that there is nothing for it to do. Who asked is not told.
fn leave_as_it_is(response: &mut ServiceResponse<BoxBody>) {
    // Where nothing is accepted, it has nothing to do anyway.
    let wanted = response.request().headers().contains_key(ACCEPT_ENCODING);
    if wanted && !response.headers().contains_key(CONTENT_ENCODING) {
        response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("identity"));
    }
}

/// Whether the same answer may come again.
fn lasts(method: &Method, path: &str) -> bool {
    let ours = ["/v1/", "/v2/", "/docs", "/openapi.json"].iter().any(|beginning| path.starts_with(beginning));
    method == Method::GET && ours && !VOLATILE.contains(&path)
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
    let mut response =
        if known { HttpResponse::NotModified().finish() } else { response.set_body(body).map_into_boxed_body() };
    let headers = response.headers_mut();
    if let Ok(tag) = tag.try_into_value() {
        headers.insert(ETAG, tag);
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    ServiceResponse::new(request, response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tells_the_time_is_never_the_same() {
        assert!(lasts(&Method::GET, "/v1/candles"));
        assert!(lasts(&Method::GET, "/openapi.json"));
        for path in ["/v1/predictions/latest", "/v1/pipeline", "/metrics", "/livez", "/readyz", "/"] {
            assert!(!lasts(&Method::GET, path), "{path}");
        }
        assert!(!lasts(&Method::POST, "/v1/retrain"));
    }
}
