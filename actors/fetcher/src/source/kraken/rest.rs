//! Kraken over HTTP: history and the time of day.

use std::sync::Once;
use std::time::Duration;

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use reqwest::{Client, Response};
use url::{Host, Url};
use wick_schemas::Timestamp;

use super::parse::{self, History};
use crate::error::{Error, Result};

/// The longest answer that is read: history is some 70 kB.
const LONGEST_ANSWER: usize = 4 << 20;
/// The longest that a `Retry-After` is believed.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// The REST interface at a base address.
#[derive(Debug)]
pub(super) struct Rest {
    client: Client,
    base: Url,
}

impl Rest {
    /// A client that gives up on an answer after `timeout`.
    pub fn new(base: &str, timeout: Duration) -> Result<Self> {
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
        Ok(Self { client, base })
    }

    /// Host and port, for people.
    pub fn address(&self) -> String {
        host(&self.base)
    }

    /// The minutes after `since` that are over (720 at most), and the server's time where it says it.
    pub async fn history(&self, pair: &str, since: Option<Timestamp>) -> Result<(History, Option<Timestamp>)> {
        let mut query = vec![("pair", pair.to_owned()), ("interval", "1".to_owned())];
        if let Some(since) = since {
            query.push(("since", (since.millis() / 1000).to_string()));
        }
        let (body, date) = self.get("0/public/OHLC", &query).await?;
        Ok((parse::history(&body)?, date))
    }

    /// The server's time.
    pub async fn time(&self) -> Result<Timestamp> {
        let (body, _) = self.get("0/public/Time", &[]).await?;
        parse::time(&body)
    }

    async fn get(&self, path: &str, query: &[(&str, String)]) -> Result<(String, Option<Timestamp>)> {
        let mut url = self.base.clone();
        url.set_path(&format!("{}/{path}", self.base.path().trim_end_matches('/')));
        let place = format!("{}{}", host(&url), url.path());
        let unreachable = |error: reqwest::Error| Error::Unreachable { address: place.clone(), reason: reason(&error) };
        let response = self.client.get(url).query(query).send().await.map_err(unreachable)?;
        let date = date(response.headers(), DATE.as_str());
        let status = response.status();
        if !status.is_success() {
            let retry_after = retry_after(response.headers(), date);
            return Err(Error::Refused { address: place, status: status.as_u16(), retry_after });
        }
        let body = read(response).await.map_err(unreachable)?;
        Ok((body, date))
    }
}

/// The body as text, as far as it is reasonably long: the decoder tells of what was cut.
async fn read(mut response: Response) -> std::result::Result<String, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await? {
        body.extend_from_slice(&part);
        if body.len() > LONGEST_ANSWER {
            break;
        }
    }
    Ok(String::from_utf8_lossy(&body).into_owned())
}

/// How long to stay away: a number of seconds, or a date, which is compared with the server's own.
pub(super) fn retry_after(headers: &HeaderMap, now: Option<Timestamp>) -> Option<Duration> {
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
pub(super) fn address(what: &'static str, text: &str, schemes: &[&str]) -> Result<Url> {
    let wanted = || format!("'{text}' is no address: write {}://host", schemes.join("://host or "));
    let url = Url::parse(text).map_err(|_| Error::Setting { what, reason: wanted() })?;
    if !schemes.contains(&url.scheme()) || url.host().is_none() {
        return Err(Error::Setting { what, reason: wanted() });
    }
    Ok(url)
}

/// Host and port as in the address.
pub(super) fn host(url: &Url) -> String {
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
pub(super) fn install_tls() {
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
