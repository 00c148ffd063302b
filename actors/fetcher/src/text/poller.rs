//! The life of asking one service: on its schedule, page after page while all is new, patiently.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use futures::stream::{self, BoxStream, StreamExt};
use tokio::time::Instant;

use super::item::{Page, Skipped};
use super::service::{Request, Service};
use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::http::{Answer, Ask, Http, Known};
use crate::source::Clock;

/// How a service is asked.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How long it may take to answer.
    pub timeout: Duration,
    /// How often it is asked.
    pub every: Duration,
    /// When it is asked for the first time.
    pub delay: Duration,
    /// Older pages that are read at once, at most.
    pub pages: usize,
}

/// What one visit to a service brought.
#[derive(Debug, Default)]
pub struct Visit {
    /// Whose.
    pub source: String,
    /// What was said, newest page first.
    pub pages: Vec<Page>,
    /// What came over the wire.
    pub frames: Vec<Frame>,
    /// What was the matter, and after how long it will be tried again.
    pub trouble: Option<(String, Duration)>,
}

impl Visit {
    /// What was left out.
    pub fn skipped(&self) -> impl Iterator<Item = Skipped> + '_ {
        self.pages.iter().flat_map(|page| page.skipped.iter().copied())
    }
}

/// One who asks a service.
pub struct Poller {
    service: Box<dyn Service>,
    http: Http,
    pace: Pace,
    known: Known,
    /// Addresses of the newest page of the last visit.
    last: Vec<String>,
    at: Instant,
    patience: ExponentialBackoff,
}

impl Poller {
    /// Asks a service at this pace.
    ///
    /// # Errors
    /// Where its address is none.
    pub fn new(service: Box<dyn Service>, pace: Pace, clock: Clock) -> Result<Self> {
        let http = Http::new(service.name(), service.base(), pace.timeout, clock)?;
        let (patience, at) = (patience(pace.every), Instant::now() + pace.delay);
        Ok(Self { service, http, pace, known: Known::default(), last: Vec::new(), at, patience })
    }

    /// Its visits, one after the other. What waits is in here: a stream that is not polled loses nothing.
    #[must_use]
    pub fn visits(self) -> BoxStream<'static, Visit> {
        let visit = |mut poller: Self| async move {
            tokio::time::sleep_until(poller.at).await;
            let visit = poller.visit().await;
            Some((visit, poller))
        };
        stream::unfold(self, visit).boxed()
    }

    /// Visits it once.
    pub async fn visit(&mut self) -> Visit {
        let mut visit = Visit { source: self.service.name().to_owned(), ..Visit::default() };
        match self.read(&mut visit).await {
            Ok(()) => {
                self.patience = patience(self.pace.every);
                self.at = Instant::now() + self.pace.every;
            }
            Err((reason, asked)) => {
                let own = self.patience.next().unwrap_or(self.pace.every);
                let wait = own.max(asked.unwrap_or_default());
                self.at = Instant::now() + wait;
                visit.trouble = Some((reason, wait));
            }
        }
        visit
    }

    async fn read(&mut self, visit: &mut Visit) -> std::result::Result<(), (String, Option<Duration>)> {
        let mut cursor: Option<String> = None;
        let mut newest = None;
        for _ in 0..=self.pace.pages {
            let request = self.service.request(cursor.as_deref());
            let known = cursor.is_none().then(|| self.known.clone());
            let answer = self.ask(&request, known.as_ref()).await.map_err(told)?;
            let accepted = answer.accepted().map(|_| ()).map_err(told);
            let page = accepted.and_then(|()| {
                if answer.is_unchanged() {
                    return Ok(None);
                }
                let malformed = |reason| (format!("{}: another shape: {reason}", answer.address), None);
                self.service.read(&answer).map(Some).map_err(malformed)
            });
            let unchanged = Known { ..answer.known.clone() };
            visit.frames.push(answer.frame);
            let Some(page) = page? else { return Ok(()) };
            let addresses: Vec<String> = page.items.iter().map(|item| item.url.clone()).collect();
            let all_new = !addresses.is_empty() && addresses.iter().all(|address| !self.last.contains(address));
            // What is older than what was seen at the first visit is history.
            let more = all_new && !self.last.is_empty();
            let next = page.next.clone();
            visit.pages.push(page);
            if newest.is_none() {
                newest = Some(addresses);
                self.known = unchanged;
            }
            match next {
                Some(next) if more && Some(&next) != cursor.as_ref() => cursor = Some(next),
                _ => break,
            }
        }
        self.last = newest.unwrap_or_default();
        Ok(())
    }

    async fn ask(&self, request: &Request, known: Option<&Known>) -> Result<Answer> {
        let secret: Vec<(&str, &str)> =
            request.secret_query.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let headers: Vec<(&str, &str)> = request.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let ask = Ask {
            path: &request.path,
            query: &request.query,
            secret_query: &secret,
            headers: &headers,
            known,
            accept: request.accept,
        };
        self.http.get(&ask).await
    }
}

fn told(error: Error) -> (String, Option<Duration>) {
    let asked = if let Error::Refused { retry_after, .. } = &error { *retry_after } else { None };
    (error.to_string(), asked)
}

/// Waits after failures: from a tenth of the schedule to ten times it.
fn patience(every: Duration) -> ExponentialBackoff {
    let builder = ExponentialBuilder::new().with_jitter().with_min_delay(every / 10).with_max_delay(every * 10);
    builder.without_max_times().build()
}
