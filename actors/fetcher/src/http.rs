//! HTTP as every source speaks it: bounded, patient, and with what came kept as it came.

use std::sync::Once;
use std::time::Duration;

use reqwest::header::{ACCEPT, DATE, ETAG, HeaderMap, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, RETRY_AFTER};
use reqwest::{Client, Response};
use url::{Host, Url};
use wick_schemas::Timestamp;

use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::source::Clock;

/// The longest answer that is read.
const LONGEST_ANSWER: usize = 8 << 20;
/// The longest that a `Retry-After` is believed.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// A client of one service.
pub struct Http {
    client: Client,
    base: Url,
    source: String,
    clock: Clock,
}

/// What is asked for.
#[derive(Debug, Default)]
pub struct Ask<'a> {
    /// The path below the base address; the base itself where it is empty.
    pub path: &'a str,
    /// Query parameters that may be shown.
    pub query: &'a [(&'a str, String)],
    /// Query parameters that are secret: sent, but in no frame, log or error.
    pub secret_query: &'a [(&'a str, &'a str)],
    /// Headers; none of them is ever shown.
    pub headers: &'a [(&'a str, &'a str)],
    /// What the last answer was: the same one need not be sent again.
    pub known: Option<&'a Known>,
    /// Media types that are wanted, where it matters.
    pub accept: Option<&'a str>,
}

/// What makes a request conditional.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// `ETag` of the last answer.
    pub etag: Option<String>,
    /// `Last-Modified` of the last answer.
    pub last_modified: Option<String>,
}

/// What was answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What came, for bronze: address, status, bytes.
    pub frame: Frame,
    /// The server's clock, where it says it.
    pub date: Option<Timestamp>,
    /// What makes the next request conditional.
    pub known: Known,
    /// The media type, where it says it.
    pub content_type: Option<String>,
    /// How long it asks us to stay away.
    pub retry_after: Option<Duration>,
    /// Host and path, for people.
    pub address: String,
}

impl Answer {
    /// The answer itself where it is one: 2xx, or 304 to who asked for news.
    ///
    /// # Errors
    /// [`Error::Refused`] for any other status.
    pub fn accepted(&self) -> Result<&Self> {
        let Self { frame, retry_after, address, .. } = self;
        match frame.status {
            200..=299 | 304 => Ok(self),
            status => Err(Error::Refused { address: address.clone(), status, retry_after: *retry_after }),
        }
    }

    /// Whether nothing is new since the last answer.
    #[must_use]
    pub fn is_unchanged(&self) -> bool {
        self.frame.status == 304
    }

    /// The body as text; what is no UTF-8 is replaced.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.frame.payload).into_owned()
    }
}

impl Http {
    /// A client for `source` at a base address that gives up on an answer after `timeout`.
    ///
    /// # Errors
    /// Where the address is none.
    pub fn new(source: &str, base: &str, timeout: Duration, clock: Clock) -> Result<Self> {
        install_tls();
        let base = address("rest", base, &["http", "https"])?;
        let agent = concat!("wick/", env!("CARGO_PKG_VERSION"));
        let mut client = Client::builder().user_agent(agent).timeout(timeout);
        if is_loopback(&base) {
            // A proxy set for the outside world does not know what listens here.
            client = client.no_proxy();
        }
        let client = client
            .build()
            .map_err(|error| Error::Setting { what: "rest", reason: format!("no HTTP client ({error})") })?;
        Ok(Self { client, base, source: source.to_owned(), clock })
    }

    /// Host and port, for people.
    #[must_use]
    pub fn address(&self) -> String {
        host(&self.base)
    }

    /// Asks. Whatever is answered is an answer: see [`Answer::accepted`].
    ///
    /// # Errors
    /// [`Error::Unreachable`] where nobody answers.
    pub async fn get(&self, ask: &Ask<'_>) -> Result<Answer> {
        let mut url = self.base.clone();
        if !ask.path.is_empty() {
            url.set_path(&format!("{}/{}", self.base.path().trim_end_matches('/'), ask.path.trim_start_matches('/')));
        }
        if !ask.query.is_empty() {
            url.query_pairs_mut().extend_pairs(ask.query.iter().map(|(name, value)| (*name, value.as_str())));
        }
        let shown = url.to_string();
        let place = format!("{}{}", host(&url), url.path());
        if !ask.secret_query.is_empty() {
            url.query_pairs_mut().extend_pairs(ask.secret_query);
        }
        let mut request = self.client.get(url);
        for (name, value) in ask.headers {
            request = request.header(*name, *value);
        }
        if let Some(accept) = ask.accept {
            request = request.header(ACCEPT, accept);
        }
        if let Some(known) = ask.known {
            if let Some(etag) = &known.etag {
                request = request.header(IF_NONE_MATCH, etag);
            }
            if let Some(last_modified) = &known.last_modified {
                request = request.header(IF_MODIFIED_SINCE, last_modified);
            }
        }
        let unreachable = |error: reqwest::Error| Error::Unreachable { address: place.clone(), reason: reason(&error) };
        let response = request.send().await.map_err(unreachable)?;
        let headers = response.headers().clone();
        let date = date(&headers, DATE.as_str());
        let status = response.status().as_u16();
        let payload = read(response).await.map_err(unreachable)?;
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Ok(Answer {
            frame: Frame { source: self.source.clone(), url: shown, status, received_at: (self.clock)(), payload },
            date,
            known: Known { etag: text(ETAG), last_modified: text(LAST_MODIFIED) },
            content_type: text(reqwest::header::CONTENT_TYPE),
            retry_after: retry_after(&headers, date),
            address: place,
        })
    }
}

/// The body, as far as it is reasonably long: the decoder tells of what was cut.
async fn read(mut response: Response) -> std::result::Result<Vec<u8>, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await? {
        body.extend_from_slice(&part);
        if body.len() > LONGEST_ANSWER {
            break;
        }
    }
    Ok(body)
}

/// How long to stay away: a number of seconds, or a date, which is compared with the server's own.
#[must_use]
pub fn retry_after(headers: &HeaderMap, now: Option<Timestamp>) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?;
    let wait = match text.trim().parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let span = date(headers, RETRY_AFTER.as_str())? - now?;
            Duration::from_millis(u64::try_from(span).unwrap_or(0))
        }
    };
    Some(wait.min(LONGEST_WAIT))
}

fn date(headers: &HeaderMap, name: &str) -> Option<Timestamp> {
    let text = headers.get(name)?.to_str().ok()?;
    chrono::DateTime::parse_from_rfc2822(text).ok().map(|moment| Timestamp(moment.timestamp_millis()))
}

/// The innermost cause: reqwest's own words only repeat the address.
fn reason(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

/// Reads an address of one of these schemes.
///
/// # Errors
/// Where it is none.
pub fn address(what: &'static str, text: &str, schemes: &[&str]) -> Result<Url> {
    let wanted = || format!("'{text}' is no address: write {}://host", schemes.join("://host or "));
    let url = Url::parse(text).map_err(|_| Error::Setting { what, reason: wanted() })?;
    if !schemes.contains(&url.scheme()) || url.host().is_none() {
        return Err(Error::Setting { what, reason: wanted() });
    }
    Ok(url)
}

/// Host and port as in the address.
#[must_use]
pub fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Names ring as the provider of cryptography for the whole process: without one, rustls panics where two are
/// compiled in. Whoever named one before is right.
pub fn install_tls() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(retry_after: &str) -> HeaderMap {
        HeaderMap::from_iter([(RETRY_AFTER, retry_after.parse().expect("a header"))])
    }

    #[test]
    fn the_wait_is_seconds_or_a_date() {
        let now = Timestamp::parse("2015-10-21T07:27:30Z").ok();
        assert_eq!(retry_after(&headers("7"), None), Some(Duration::from_secs(7)));
        assert_eq!(retry_after(&headers("Wed, 21 Oct 2015 07:28:00 GMT"), now), Some(Duration::from_secs(30)));
        assert_eq!(retry_after(&headers("Wed, 21 Oct 2015 07:27:00 GMT"), now), Some(Duration::ZERO));
        assert_eq!(retry_after(&headers("99999999"), None), Some(LONGEST_WAIT));
        assert_eq!(retry_after(&headers("soon"), now), None);
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }

    #[test]
    fn an_address_without_scheme_is_refused_with_what_to_write() {
        let error = address("rest", "api.kraken.com", &["http", "https"]).expect_err("no scheme");
        assert!(error.to_string().contains("https://host"), "{error}");
        assert!(address("socket", "https://ws.kraken.com/v2", &["ws", "wss"]).is_err());
        assert!(address("socket", "wss://ws.kraken.com/v2", &["ws", "wss"]).is_ok());
    }
}
