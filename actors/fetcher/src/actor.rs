//! The shell of the fetcher.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wick_bus::metrics::Metrics;
use wick_bus::producer::Produce;
use wick_bus::{House, Outbox, Resident, Result, Routes};
use wick_schemas::time::{DAY, HOUR, MINUTE};
use wick_schemas::topic::{self, actor};
use wick_schemas::{CandleReceived, Timestamp, Topic, Venue};

use crate::arrived::{Arrived, Gap, Numbers};
use crate::bronze::{Bronze, BronzeArticle, BronzeCandle, BronzeFrame, BronzePost, BronzeReading, BronzeRow};
use crate::config::FetcherConfig;
use crate::listening::Listening;

/// Takes in candles, keeps them, tells of them.
pub struct Fetcher {
    config: FetcherConfig,
    /// What is published.
    done: Done,
    /// The newest candle taken, to drop one that a source gives twice.
    last: Option<CandleReceived>,
    replay: bool,
    metrics: Arc<Metrics>,
}

/// How far publishing has come.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Done {
    /// The newest sequence number published.
    sequence: i64,
    /// The newest close time published.
    close_time: Option<Timestamp>,
    /// Gaps that were told and not closed: the first minute of each.
    #[serde(default)]
    gaps: BTreeMap<Venue, Timestamp>,
    /// What is published of what people write.
    #[serde(default)]
    texts: Told,
}

/// How far publishing of what people write has come.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Told {
    /// The newest article's sequence number.
    article: i64,
    /// The newest post's.
    post: i64,
    /// The newest reading's.
    reading: i64,
    /// When the newest of them came.
    heard: Option<Timestamp>,
}

impl Told {
    /// From when on rows may not be published yet; a clock may have been set back.
    fn from(&self) -> Timestamp {
        self.heard.map_or(Timestamp::MIN, |heard| heard.shift(-DAY))
    }

    fn hear(&mut self, at: Timestamp) {
        self.heard = self.heard.max(Some(at));
    }
}

impl Resident for Fetcher {
    const NAME: &'static str = actor::FETCHER;
    type Row = BronzeRow;
    type Layer = Bronze;
    type Checkpoint = Done;
    type Local = Arrived;
    type Done = ();

    fn routes() -> Routes<Self> {
        Routes::default()
    }

    fn publishes() -> &'static [Topic] {
        &[
            topic::CANDLES_RECEIVED,
            topic::ARTICLES_RECEIVED,
            topic::POSTS_RECEIVED,
            topic::READINGS_RECEIVED,
            topic::GAPS_OPENED,
            topic::GAPS_CLOSED,
        ]
    }

    async fn open(house: &House) -> Result<Bronze> {
        let config: FetcherConfig = house.config.section(Self::NAME)?;
        Bronze::open(house, config.settle_rows)
    }

    async fn recover(house: &House, _: &Bronze, checkpoint: Option<Done>) -> Result<Self> {
        let config = house.config.section(Self::NAME)?;
        let (done, metrics) = (checkpoint.unwrap_or_default(), house.metrics.clone());
        done.gaps.keys().for_each(|venue| metrics.gap(venue.as_str(), true));
        Ok(Self { config, done, last: None, replay: house.replay, metrics })
    }

    fn checkpoint(&self) -> Done {
        self.done.clone()
    }

    /// Gaps are told by the clock, which runs ahead of the candles.
    fn promises(&self, _: Timestamp, _: &[Timestamp]) -> Vec<(Topic, Timestamp)> {
        vec![(topic::CANDLES_RECEIVED, self.published_to())]
    }

    fn take(&mut self, arrived: Arrived, out: &mut Outbox<Self>) -> Result<()> {
        if !arrived.kept {
            // What it was read from first: nothing is told of which the bytes are not kept.
            for frame in arrived.frames {
                out.keep(BronzeRow::Frame(frame));
            }
        }
        for row in arrived.candles {
            if self.last == Some(row.received) {
                continue;
            }
            out.publish(&row.received)?;
            self.last = Some(row.received);
            self.done.sequence = row.sequence;
            self.done.close_time = self.done.close_time.max(Some(row.received.candle.open_time.shift(MINUTE)));
            if !arrived.kept {
                out.keep(BronzeRow::Candle(row));
            }
        }
        self.done.close_time = self.done.close_time.max(arrived.through);
        for row in arrived.articles {
            out.publish(&row.received)?;
            self.done.texts.article = row.sequence;
            self.done.texts.hear(row.received.ingest_time);
            if !arrived.kept {
                out.keep(BronzeRow::Article(row));
            }
        }
        for row in arrived.posts {
            out.publish(&row.received)?;
            self.done.texts.post = row.sequence;
            self.done.texts.hear(row.received.ingest_time);
            if !arrived.kept {
                out.keep(BronzeRow::Post(row));
            }
        }
        for row in arrived.readings {
            out.publish(&row.received)?;
            self.done.texts.reading = row.sequence;
            self.done.texts.hear(row.received.ingest_time);
            if !arrived.kept {
                out.keep(BronzeRow::Reading(row));
            }
        }
        for gap in arrived.gaps {
            match gap {
                Gap::Opened(opened) => {
                    tracing::warn!(venue = %opened.venue, from = %opened.from, reason = opened.reason, "a gap has opened");
                    self.done.gaps.insert(opened.venue, opened.from);
                    self.metrics.gap_opened(opened.venue.as_str());
                    out.publish(&opened)?;
                }
                Gap::Closed(closed) => {
                    tracing::info!(venue = %closed.venue, to = %closed.to, healed = closed.healed, "a gap has closed");
                    self.done.gaps.remove(&closed.venue);
                    self.metrics.gap(closed.venue.as_str(), false);
                    out.publish(&closed)?;
                }
            }
        }
        Ok(())
    }

    fn observe(&self) -> serde_json::Value {
        serde_json::json!({ "source": self.config.source, "published_to": self.done.close_time, "gaps": self.done.gaps })
    }
}

impl Produce for Fetcher {
    type Intake = Listening;

    async fn backlog(&mut self, _: &House, layer: &Bronze) -> Result<Vec<Arrived>> {
        // Arrival and event time may differ by what a source gives late.
        let from = self.done.close_time.map_or(Timestamp::MIN, |time| time.shift(-2 * DAY));
        let mut rows = layer.since(from)?;
        self.last = rows.iter().rev().find(|row| row.sequence <= self.done.sequence).map(|row| row.received);
        rows.retain(|row| row.sequence > self.done.sequence);
        let size = self.config.chunk.max(1);
        let chunks = rows.chunks(size).map(|rows| Arrived { candles: rows.to_vec(), ..kept() });
        let mut backlog: Vec<Arrived> = chunks.collect();
        let (told, from) = (&self.done.texts, self.done.texts.from());
        let mut articles = layer.read::<BronzeArticle>(from, Timestamp::MAX)?;
        articles.retain(|row| row.sequence > told.article);
        let mut posts = layer.read::<BronzePost>(from, Timestamp::MAX)?;
        posts.retain(|row| row.sequence > told.post);
        let mut readings = layer.read::<BronzeReading>(from, Timestamp::MAX)?;
        readings.retain(|row| row.sequence > told.reading);
        let articles = articles.chunks(size).map(|rows| Arrived { articles: rows.to_vec(), ..kept() });
        let posts = posts.chunks(size).map(|rows| Arrived { posts: rows.to_vec(), ..kept() });
        let readings = readings.chunks(size).map(|rows| Arrived { readings: rows.to_vec(), ..kept() });
        backlog.extend(articles.chain(posts).chain(readings));
        Ok(backlog)
    }

    async fn intake(&mut self, house: &House, layer: &Bronze) -> Result<Listening> {
        let numbers = Numbers {
            candle: layer.sequence::<BronzeCandle>()?.max(self.done.sequence),
            frame: layer.sequence::<BronzeFrame>()?,
            article: layer.sequence::<BronzeArticle>()?,
            post: layer.sequence::<BronzePost>()?,
            reading: layer.sequence::<BronzeReading>()?,
        };
        Listening::open(house, &self.config, layer, &self.done.gaps, numbers)
    }

    fn published_to(&self) -> Timestamp {
        self.done.close_time.unwrap_or(Timestamp::MIN)
    }

    fn lead(&self) -> Option<i64> {
        // What is live is never held back.
        (self.replay || self.config.source == "history").then_some(self.config.lead_hours.max(1) * HOUR)
    }

    fn rows(local: Arrived) -> Vec<BronzeRow> {
        local.into_rows()
    }
}

/// What bronze has already.
fn kept() -> Arrived {
    Arrived { kept: true, ..Arrived::default() }
}
