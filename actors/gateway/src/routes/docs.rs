//! The API for people: a page that shows its description, and where everything begins. Nothing comes from elsewhere.

use std::io::Read;

use actix_web::http::header::{
    AcceptEncoding, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, Encoding, Header, HeaderName, Preference, VARY,
};
use actix_web::{HttpRequest, HttpResponse, get, web};
use serde_json::json;

use crate::problem::Problem;

/// What the page may do: run and show what we give it, and ask us.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// Nothing of what a browser could do besides is wanted.
const PERMISSIONS: &str = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// The files of the page, compressed: their names, kinds and contents.
const FILES: [(&str, &str, &[u8]); 2] = [
    (
        "swagger-ui-bundle.js",
        "text/javascript; charset=utf-8",
        include_bytes!("../../assets/swagger-ui/swagger-ui-bundle.js.gz"),
    ),
    ("swagger-ui.css", "text/css; charset=utf-8", include_bytes!("../../assets/swagger-ui/swagger-ui.css.gz")),
];
/// What makes the page of them.
const START: &str = include_str!("../../assets/docs.js");

/// Where everything begins.
#[get("/")]
pub async fn index() -> web::Json<serde_json::Value> {
    web::Json(json!({
        "name": "wick",
        "version": env!("CARGO_PKG_VERSION"),
        "docs": "docs",
        "openapi": "openapi.json",
        "health": ["livez", "readyz", "metrics"],
        "latest": "v1/predictions/latest",
    }))
}

/// The page.
#[get("/docs")]
pub async fn page() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((PERMISSIONS_POLICY, PERMISSIONS))
        .body(include_str!("../../assets/docs.html"))
}

/// A file of the page.
///
/// # Errors
/// Where there is no such file.
#[get("/docs/{file}")]
pub async fn file(request: HttpRequest, name: web::Path<String>) -> Result<HttpResponse, Problem> {
    if *name == "start.js" {
        return Ok(HttpResponse::Ok().content_type("text/javascript; charset=utf-8").body(START));
    }
    let Some((_, kind, packed)) = FILES.iter().find(|(known, ..)| *known == *name) else {
        return Err(Problem::route(request.method().as_str(), request.path()));
    };
    let mut answer = HttpResponse::Ok();
    answer.content_type(*kind).insert_header((VARY, "accept-encoding"));
    if takes_gzip(&request) {
        return Ok(answer.insert_header((CONTENT_ENCODING, "gzip")).body(*packed));
    }
    let mut whole = Vec::new();
    let read = flate2::read::GzDecoder::new(*packed).read_to_end(&mut whole);
    read.map_err(|_| Problem::of_status(actix_web::http::StatusCode::INTERNAL_SERVER_ERROR))?;
    Ok(answer.body(whole))
}

fn takes_gzip(request: &HttpRequest) -> bool {
    AcceptEncoding::parse(request).is_ok_and(|accepted| {
        accepted.negotiate([Encoding::gzip(), Encoding::identity()].iter()) == Some(Encoding::gzip())
            && accepted.iter().any(|one| one.item == Preference::Specific(Encoding::gzip()))
    })
}
