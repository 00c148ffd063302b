//! The fetcher's ears: what is heard is numbered, and what came over the wire waits for company.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use wick_bus::metrics::Metrics;
use wick_bus::producer::Intake;
use wick_bus::{House, Result};
use wick_schemas::{Timestamp, Venue};

use crate::arrived::{Arrived, Numbers, next};
use crate::bronze::{Bronze, BronzeArticle, BronzeCandle, BronzeFrame, BronzePost, BronzeReading};
use crate::config::FetcherConfig;
use crate::flow::{self, Flow, Heard};
use crate::frame::Frame;
use crate::housekeeping::Housekeeping;
use crate::source::Clock;
use crate::text::{self, Memory, Texts};

/// How long a frame that says nothing new waits for others: a write for each would wear a disk out.
const COMPANY: Duration = Duration::from_secs(1);
/// Bytes of frames that wait, at most.
const ENOUGH_BYTES: usize = 1 << 20;

/// What is listened to, and what was heard and is not yet handed on.
pub struct Listening {
    flow: Flow,
    texts: Option<Texts>,
    numbers: Numbers,
    /// Whether what comes over the wire is kept.
    raw: bool,
    /// Frames that wait for company, how many bytes they are, and until when.
    frames: Vec<BronzeFrame>,
    bytes: usize,
    until: Option<Instant>,
    /// Up to when all has come at the end of the flow, traded in or not; told once.
    end: Option<Timestamp>,
    housekeeping: Option<Housekeeping>,
    metrics: Option<Arc<Metrics>>,
}

impl Listening {
    /// Listens to what the settings name, from where bronze ends.
    ///
    /// # Errors
    /// Where the settings make no sense, or bronze cannot be read.
    pub fn open(
        house: &House,
        config: &FetcherConfig,
        layer: &Bronze,
        gaps: &BTreeMap<Venue, Timestamp>,
        numbers: Numbers,
    ) -> Result<Self> {
        let flow = flow::open(house, config, layer, gaps)?;
        let after = layer.span()?.map(|(_, newest)| newest.rfc3339());
        tracing::info!(source = flow.name(), after, "listening");
        let end = (config.source == "history").then(|| config.history.span()).transpose()?;
        let housekeeping = Housekeeping::new(house, layer.lake())?;
        let end = end.map(|span| span.end);
        // What is written today says nothing of a simulated market or of the past.
        let texts = (config.source == "live").then(|| open_texts(house, config, layer)).transpose()?;
        let metrics = Some(house.metrics.clone());
        Ok(Self { end, texts, metrics, ..Self::to(flow, numbers, config.keep_frames, Some(housekeeping)) })
    }

    /// Listens to a flow; `raw` says whether what comes over the wire is kept.
    #[must_use]
    pub fn to(flow: Flow, numbers: Numbers, raw: bool, housekeeping: Option<Housekeeping>) -> Self {
        let (frames, bytes, until, end) = (Vec::new(), 0, None, None);
        Self { flow, texts: None, numbers, raw, frames, bytes, until, end, housekeeping, metrics: None }
    }

    fn add(&mut self, frames: Vec<Frame>) {
        if !self.raw {
            return;
        }
        for frame in frames {
            self.bytes += frame.payload.len();
            self.frames.push(BronzeFrame { sequence: next(&mut self.numbers.frame), frame });
        }
        if !self.frames.is_empty() && self.until.is_none() {
            self.until = Some(Instant::now() + COMPANY);
        }
    }

    /// What was written, numbered, with the frames that wait; `None` where nothing of it is new.
    fn gather_texts(&mut self, written: text::Heard) -> Option<Arrived> {
        self.add(written.frames);
        if let (Some(metrics), Some(_)) = (&self.metrics, &written.trouble) {
            metrics.troubled(&written.source, "trouble", 1);
        }
        if written.articles.is_empty() && written.posts.is_empty() && written.readings.is_empty() {
            return None;
        }
        let numbers = &mut self.numbers;
        let articles = written.articles.into_iter();
        let articles =
            articles.map(|received| BronzeArticle { sequence: next(&mut numbers.article), received }).collect();
        let posts = written.posts.into_iter();
        let posts = posts.map(|received| BronzePost { sequence: next(&mut numbers.post), received }).collect();
        let readings = written.readings.into_iter();
        let readings =
            readings.map(|received| BronzeReading { sequence: next(&mut numbers.reading), received }).collect();
        Some(Arrived { articles, posts, readings, ..self.gather(Heard::default()) })
    }

    /// What waits, with what has come.
    fn gather(&mut self, heard: Heard) -> Arrived {
        let candles = heard.candles.into_iter();
        let candles =
            candles.map(|received| BronzeCandle { sequence: next(&mut self.numbers.candle), received }).collect();
        self.until = None;
        self.bytes = 0;
        Arrived { candles, frames: std::mem::take(&mut self.frames), gaps: heard.gaps, ..Arrived::default() }
    }
}

/// Everything written that the settings name; what was seen lately is known.
fn open_texts(house: &House, config: &FetcherConfig, layer: &Bronze) -> Result<Texts> {
    let mut memory = Memory::default();
    let since = Memory::since(house.clock.now());
    for row in layer.read::<BronzeArticle>(since, Timestamp::MAX)? {
        memory.take(&row.received.article, row.received.ingest_time);
    }
    for row in layer.read::<BronzePost>(since, Timestamp::MAX)? {
        memory.take(&row.received.post, row.received.ingest_time);
    }
    for row in layer.read::<BronzeReading>(since, Timestamp::MAX)? {
        memory.take_reading(&row.received.reading);
    }
    let own = house.clock.clone();
    let clock: Clock = Arc::new(move || own.now());
    Texts::new(&config.text, memory, clock).map_err(flow::explain)
}

/// What the texts bring; waits for ever where there are none.
async fn read(texts: &mut Option<Texts>) -> text::Heard {
    match texts {
        Some(texts) => texts.next().await,
        None => std::future::pending().await,
    }
}

impl Intake<Arrived> for Listening {
    async fn next(&mut self) -> Result<Option<Arrived>> {
        loop {
            let company = self.until;
            let heard = tokio::select! {
                heard = self.flow.next() => heard?,
                written = read(&mut self.texts) => {
                    if let Some(arrived) = self.gather_texts(written) {
                        return Ok(Some(arrived));
                    }
                    continue;
                }
                () = async { tokio::time::sleep_until(company.unwrap_or_else(Instant::now)).await }, if company.is_some() => {
                    return Ok(Some(self.gather(Heard::default())));
                }
            };
            self.housekeeping.iter_mut().for_each(Housekeeping::look);
            let Some(mut heard) = heard else {
                let end = self.end.take();
                let over = end.is_none() && self.frames.is_empty();
                return Ok((!over).then(|| Arrived { through: end, ..self.gather(Heard::default()) }));
            };
            if let Some(metrics) = &self.metrics {
                flow::count(metrics, &heard.notices);
            }
            self.add(std::mem::take(&mut heard.frames));
            if !heard.candles.is_empty() || !heard.gaps.is_empty() || self.bytes >= ENOUGH_BYTES {
                return Ok(Some(self.gather(heard)));
            }
        }
    }

    fn rest(&mut self) -> Option<Arrived> {
        (!self.frames.is_empty()).then(|| self.gather(Heard::default()))
    }
}
