//! All services as one: each on its own schedule, none held up by another, every text once.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::stream::{BoxStream, SelectAll, StreamExt};
use wick_schemas::{ArticleReceived, Origin, PostReceived, ReadingReceived, Timestamp};

use super::config::TextConfig;
use super::item::{Kind, article, post};
use super::memory::Memory;
use super::poller::{Pace, Poller, Visit};
use super::service::{Service, services};
use crate::error::Result;
use crate::frame::Frame;
use crate::source::Clock;

/// How long a service may take to answer.
const TIMEOUT: Duration = Duration::from_secs(20);
/// Between the first visits to two services.
const STAGGER: Duration = Duration::from_millis(200);

/// What was heard at once.
#[derive(Debug, Default)]
pub struct Heard {
    /// Whose.
    pub source: String,
    /// New articles.
    pub articles: Vec<ArticleReceived>,
    /// New posts.
    pub posts: Vec<PostReceived>,
    /// New readings.
    pub readings: Vec<ReadingReceived>,
    /// What came over the wire.
    pub frames: Vec<Frame>,
    /// Who could not be read, and why.
    pub trouble: Option<String>,
    /// How many items were left out, by reason: by design, or because they are none.
    pub left_out: BTreeMap<&'static str, usize>,
}

/// The services.
pub struct Texts {
    visits: SelectAll<BoxStream<'static, Visit>>,
    memory: Memory,
    clock: Clock,
}

impl Texts {
    /// Reads every service of the settings; `memory` holds what is kept of the last days.
    ///
    /// # Errors
    /// Where an address of the settings is none.
    pub fn new(config: &TextConfig, memory: Memory, clock: Clock) -> Result<Self> {
        let named = if config.enabled { services(config) } else { Vec::new() };
        let paced = (0..).zip(named).map(|(place, service)| {
            let every = service.every();
            (service, Pace { timeout: TIMEOUT, every, delay: STAGGER * place, pages: config.pages })
        });
        Self::paced(paced, memory, clock)
    }

    /// Reads these services, each at its pace.
    ///
    /// # Errors
    /// Where an address is none.
    pub fn paced(
        services: impl IntoIterator<Item = (Box<dyn Service>, Pace)>,
        memory: Memory,
        clock: Clock,
    ) -> Result<Self> {
        let mut visits = SelectAll::new();
        for (service, pace) in services {
            visits.push(Poller::new(service, pace, clock.clone())?.visits());
        }
        Ok(Self { visits, memory, clock })
    }

    /// What comes next. May be dropped while it waits: nothing is lost. Waits for ever where nobody is read.
    pub async fn next(&mut self) -> Heard {
        match self.visits.next().await {
            Some(visit) => self.hear(visit),
            None => std::future::pending().await,
        }
    }

    fn hear(&mut self, visit: Visit) -> Heard {
        let now = (self.clock)();
        if let Some((reason, wait)) = &visit.trouble {
            tracing::warn!(source = visit.source, "{reason} (trying again in {:.0} s)", wait.as_secs_f64());
        }
        let mut heard = Heard { source: visit.source.clone(), ..Heard::default() };
        let mut left_out: BTreeMap<&'static str, usize> = BTreeMap::new();
        visit.skipped().for_each(|skipped| *left_out.entry(skipped.0).or_default() += 1);
        // Oldest page first, and within a page what was published first: as if we had been there.
        let mut items: Vec<_> = visit.pages.iter().rev().flat_map(|page| page.items.iter().rev().cloned()).collect();
        items.sort_by_key(|item| item.published.unwrap_or(Timestamp::MAX));
        for item in items {
            let kind = item.kind;
            match item.into_text(&visit.source) {
                Err(reason) => *left_out.entry(reason).or_default() += 1,
                Ok(text) if !self.memory.take(&text, now) => {}
                Ok(text) if kind == Kind::Article => heard.articles.push(article(text, now)),
                Ok(text) => heard.posts.push(post(text, now)),
            }
        }
        let readings = visit.pages.iter().flat_map(|page| page.readings.iter());
        for reading in readings.filter(|reading| self.memory.take_reading(reading)) {
            heard.readings.push(ReadingReceived { reading: reading.clone(), origin: Origin::Live, ingest_time: now });
        }
        for (reason, count) in &left_out {
            tracing::debug!(source = visit.source, reason, count, "left out");
        }
        heard.frames = visit.frames;
        heard.trouble = visit.trouble.map(|(reason, _)| reason);
        heard.left_out = left_out;
        heard
    }
}
