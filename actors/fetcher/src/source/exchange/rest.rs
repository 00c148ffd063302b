//! An exchange over HTTP: history page by page, and the time of day.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use wick_schemas::Timestamp;
use wick_schemas::time::MINUTE;

use super::assembler::Page;
use super::protocol::{Paging, Protocol, Request, Row, Window, malformed};
use super::settings::Settings;
use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::http::{Answer, Ask, Http};
use crate::source::Clock;

/// An exchange counts the requests of an address, not of a connection: whoever asks it from here shares one limit.
static LIMITS: LazyLock<Mutex<HashMap<String, Arc<DefaultDirectRateLimiter>>>> = LazyLock::new(Mutex::default);

/// A REST interface.
pub struct Rest {
    http: Http,
    protocol: &'static dyn Protocol,
    limit: Arc<DefaultDirectRateLimiter>,
    settings: Settings,
    clock: Clock,
    /// What came and was not taken yet, accepted or not.
    frames: Mutex<Vec<Frame>>,
}

/// An answer of history.
pub struct Fetched {
    /// By how much the exchange's clock is ahead of ours, in milliseconds, where it said what time it is.
    pub ahead: Option<i64>,
    /// What it says.
    pub page: Result<Page>,
}

impl Rest {
    /// A client that gives up on an answer after the settings' silence.
    pub fn new(protocol: &'static dyn Protocol, settings: Settings, clock: Clock) -> Result<Self> {
        let http = Http::new(settings.venue.as_str(), &settings.rest, settings.silence, clock.clone())?;
        let quota = Quota::per_second(NonZeroU32::new(settings.requests_per_second).unwrap_or(NonZeroU32::MIN));
        let mut limits = LIMITS.lock().unwrap_or_else(PoisonError::into_inner);
        let limit = limits.entry(settings.rest.clone()).or_insert_with(|| Arc::new(RateLimiter::direct(quota)));
        Ok(Self { http, protocol, limit: Arc::clone(limit), settings, clock, frames: Mutex::default() })
    }

    /// Host and port, for people.
    pub fn address(&self) -> String {
        self.http.address()
    }

    /// What time it is there.
    pub async fn time(&self) -> Result<Timestamp> {
        let answer = self.get(&self.protocol.ask_time(&self.settings.pair)).await?;
        self.protocol.time(&answer.text())
    }

    /// The minutes of a window that are over. `ahead` is what is known so far of the exchange's clock.
    pub async fn page(&self, window: Window, ahead: i64) -> Result<Fetched> {
        let sent = (self.clock)();
        let answer = self.get(&self.protocol.ask(&self.settings.pair, window)).await?;
        let received = answer.frame.received_at;
        // The header is cut to the second, and was written somewhere between asking and reading.
        let here = sent.shift((received - sent) / 2);
        let ahead_now = answer.date.map(|date| date.shift(500) - here);
        let now = received.shift(ahead_now.unwrap_or(ahead));
        let rows = self.protocol.history(&answer.text());
        let page = rows.and_then(|rows| self.judge(rows, window, now));
        Ok(Fetched { ahead: ahead_now, page })
    }

    async fn get(&self, request: &Request) -> Result<Answer> {
        self.limit.until_ready().await;
        let answer = self.http.get(&Ask { path: &request.path, query: &request.query, ..Ask::default() }).await?;
        self.frames.lock().unwrap_or_else(PoisonError::into_inner).push(answer.frame.clone());
        answer.accepted()?;
        Ok(answer)
    }

    /// What came since this was last asked, refusals among it.
    pub fn frames(&self) -> Vec<Frame> {
        std::mem::take(&mut *self.frames.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What rows settle: nothing that may still change, and no absent minute that may still come.
    fn judge(&self, mut rows: Vec<Row>, window: Window, now: Timestamp) -> Result<Page> {
        let (venue, was_empty) = (self.protocol.venue(), rows.is_empty());
        if let Some(row) = rows.iter().find(|row| !row.open_time().on_grid(MINUTE)) {
            return Err(malformed(venue, "history", format!("a row of {}, off the minute grid", row.open_time())));
        }
        rows.sort_by_key(Row::open_time);
        rows.dedup_by_key(|row| row.open_time());
        let newest = rows.last().map(Row::open_time);
        if let Paging::Tail { rows: reach } = self.protocol.paging() {
            // The last row is going on, whatever our clock says.
            let Some(newest) = newest else { return Err(malformed(venue, "history", "no rows")) };
            rows.pop();
            let reaches = rows.first().filter(|_| rows.len() >= reach).map(Row::open_time);
            return Ok(Page { rows, through: newest - MINUTE, reaches, from: window.from });
        }
        rows.retain(|row| (window.from..=window.until).contains(&row.open_time()));
        if rows.is_empty() && !was_empty && newest > Some(window.until) {
            return Err(malformed(venue, "history", "only rows that were not asked for"));
        }
        // A row is the last word on its minute when there is a later one: answers may be older than they look. Where
        // nothing is traded afterwards, time tells; it also tells that a minute without a row had no trades.
        let told = rows.last().map_or(Timestamp::MIN, Row::open_time).shift(-MINUTE);
        let certain = now.shift(-self.settings.lag_millis()).floor(MINUTE).shift(-MINUTE);
        let through = window.until.min(told.max(certain));
        rows.retain(|row| row.open_time() <= through);
        Ok(Page { rows, through, reaches: None, from: window.from })
    }
}

/// Asks an exchange what time it is: whether it can be reached from here at all.
///
/// # Errors
/// Within `timeout`, why it cannot.
pub(super) async fn probe(protocol: &'static dyn Protocol, settings: Settings, timeout: Duration) -> Result<Timestamp> {
    // Nothing of the answer is kept, so nobody asks when it came.
    let rest = Rest::new(protocol, settings, Arc::new(|| Timestamp::MIN))?;
    let late = |_| Error::Unreachable { address: rest.address(), reason: "no answer in time".to_owned() };
    tokio::time::timeout(timeout, rest.time()).await.map_err(late)?
}
