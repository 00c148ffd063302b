//! `/api/*`: the gateway's answers, through the same door as the page, so that a browser needs one address and the
//! gateway no exception for it.
//!
//! Answers are passed on as they come, so that server-sent events arrive when they are sent. Nothing that a browser
//! knows of a person goes to the gateway: no cookies, no keys.

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName};
use actix_web::{HttpRequest, HttpResponse, web};
use futures::StreamExt;
use reqwest::redirect::Policy;
use tokio::sync::{Semaphore, watch};
use url::Url;
use wick_bus::metrics::Answers;

use crate::error::{Error, Result};
use crate::problem;

/// Requests that go through at once, at most: each open page holds one, for as long as it is open.
const MOST: usize = 256;
/// How long the gateway may take to be connected to, and to begin an answer.
const CONNECT: Duration = Duration::from_secs(2);
const BEGIN: Duration = Duration::from_secs(15);
/// How long an answer may be silent: a live one has a heartbeat each 15 s.
const SILENCE: Duration = Duration::from_secs(60);

/// What is told to the gateway of a request, and to the browser of an answer.
const ASKED: [HeaderName; 4] =
    [header::ACCEPT, header::ACCEPT_ENCODING, header::IF_NONE_MATCH, HeaderName::from_static("last-event-id")];
const ANSWERED: [HeaderName; 6] = [
    header::CONTENT_TYPE,
    header::CONTENT_ENCODING,
    header::CACHE_CONTROL,
    header::ETAG,
    header::VARY,
    header::RETRY_AFTER,
];

/// The way to the gateway.
#[derive(Clone)]
pub struct Proxy {
    client: reqwest::Client,
    gateway: Url,
    room: Arc<Semaphore>,
    stopped: watch::Receiver<bool>,
}

impl Proxy {
    /// The way to this gateway, until the dashboard is stopped.
    ///
    /// # Errors
    /// [`Error::Server`] where there can be no client.
    pub fn new(gateway: Url, stopped: watch::Receiver<bool>) -> Result<Self> {
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE)
            .redirect(Policy::none())
            // A neighbour: no proxy of the environment leads there. Compressed answers stay so.
            .no_proxy()
            .gzip(false)
            .build()
            .map_err(|error| Error::Server(error.into()))?;
        Ok(Self { client, gateway, room: Arc::new(Semaphore::new(MOST)), stopped })
    }

    /// Where a request goes; `None` where it would leave the gateway.
    fn target(&self, path: &str, query: &str) -> Option<Url> {
        let mut url = self.gateway.join(path.strip_prefix("/api/")?).ok()?;
        url.set_query(Some(query).filter(|query| !query.is_empty()));
        let inside = url.origin() == self.gateway.origin() && url.path().starts_with(self.gateway.path());
        inside.then_some(url)
    }

    async fn ask(&self, request: &HttpRequest) -> HttpResponse {
        let Some(url) = self.target(request.path(), request.query_string()) else {
            return problem::nothing(request.path());
        };
        let Ok(room) = Arc::clone(&self.room).try_acquire_owned() else { return problem::busy() };
        let mut asked = self.client.get(url);
        for name in ASKED {
            // The same header in the words of another library.
            if let Some(value) = request.headers().get(&name) {
                asked = asked.header(name.as_str(), value.as_bytes());
            }
        }
        let answer = match tokio::time::timeout(BEGIN, asked.send()).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => {
                tracing::debug!(%error, "the gateway does not answer");
                return problem::gateway_away();
            }
            Err(_) => return problem::gateway_away(),
        };
        let status = StatusCode::from_u16(answer.status().as_u16()).unwrap_or(StatusCode::BAD_GATEWAY);
        let mut shown = HttpResponse::build(status);
        for name in ANSWERED {
            if let Some(value) = answer.headers().get(name.as_str()) {
                shown.insert_header((name, value.as_bytes()));
            }
        }
        let mut stopped = self.stopped.clone();
        let end = Box::pin(async move {
            let _ = stopped.wait_for(|stopped| *stopped).await;
        });
        // The door compresses what is not compressed, but for what must arrive at once.
        let live = answer.headers().get("content-type").is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-"));
        if live {
            shown.insert_header((header::CONTENT_ENCODING, "identity"));
        }
        // The place is given back when the answer ends, or the browser goes.
        shown.streaming(answer.bytes_stream().take_until(end).map(move |part| {
            let _ = &room;
            part
        }))
    }
}

/// Passes a question on.
pub async fn forward(request: HttpRequest, proxy: web::Data<Proxy>, answers: web::Data<Answers>) -> HttpResponse {
    let started = Instant::now();
    let answer = proxy.ask(&request).await;
    answers.count("dashboard /api", answer.status().as_u16(), started.elapsed());
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(gateway: &str, path: &str, query: &str) -> Option<String> {
        let proxy = Proxy::new(Url::parse(gateway).expect("an address"), watch::channel(false).1).expect("a client");
        proxy.target(path, query).map(String::from)
    }

    #[test]
    fn a_path_stays_as_it_is_written_and_inside_the_gateway() {
        let here = "http://127.0.0.1:8080/";
        assert_eq!(
            target(here, "/api/v1/candles", "limit=1&to=2024-01-01T00%3A00Z").as_deref(),
            Some("http://127.0.0.1:8080/v1/candles?limit=1&to=2024-01-01T00%3A00Z")
        );
        assert_eq!(target("https://far/wick/", "/api/livez", "").as_deref(), Some("https://far/wick/livez"));
        for path in ["/api/http://evil/", "/api//evil/x", "/api/../../x", "/api/..%2f"] {
            let gone = target("https://far/wick/", path, "");
            assert!(gone.as_deref().is_none_or(|url| url.starts_with("https://far/wick/")), "{path}: {gone:?}");
        }
    }
}
