//! Bronze: what came, as it came, in the order in which it came.
//!
//! A folder per kind, source and day: `kind=candle/source=kraken/date=2024-01-31`. Nothing here is ever changed; small
//! files of a day become one when the day is old ([`compact`]).

mod candle;
mod columns;
mod compaction;
mod frame;
mod reading;
mod text;

use wick_bus::lake::{Enough, Lake, Record, Shelf};
use wick_bus::{Config, House, Layer, Result};
use wick_schemas::time::DAY;
use wick_schemas::{Timestamp, Venue};

pub use candle::BronzeCandle;
pub use compaction::compact;
pub use frame::BronzeFrame;
pub use reading::BronzeReading;
pub use text::{BronzeArticle, BronzePost};

/// A row of bronze.
#[derive(Clone, Debug, PartialEq)]
pub enum BronzeRow {
    /// A candle.
    Candle(BronzeCandle),
    /// An answer or a socket's message.
    Frame(BronzeFrame),
    /// An article.
    Article(BronzeArticle),
    /// A post.
    Post(BronzePost),
    /// A reading of an index.
    Reading(BronzeReading),
}

/// Bytes that wait in a journal, at most: a file of frames is not to become larger than memory likes.
const ENOUGH_BYTES: usize = 8 << 20;

/// The bronze layer: this actor alone writes it.
#[derive(Debug)]
pub struct Bronze {
    lake: Lake,
    candles: Shelf<BronzeCandle>,
    frames: Shelf<BronzeFrame>,
    articles: Shelf<BronzeArticle>,
    posts: Shelf<BronzePost>,
    readings: Shelf<BronzeReading>,
}

impl Bronze {
    /// Opens bronze where `[lake]` says; a file is written for each `settle_rows` rows of a kind, or 8 MiB of them, or
    /// when a quarter of an hour is over.
    ///
    /// # Errors
    /// Where the folder cannot be written, or `[lake]` makes no sense.
    pub fn open(house: &House, settle_rows: usize) -> Result<Self> {
        Self::open_at(Lake::bronze(&house.config)?, settle_rows)
    }

    /// Opens bronze somewhere.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub fn open_at(lake: Lake, settle_rows: usize) -> Result<Self> {
        let enough = Enough { rows: settle_rows.max(1), bytes: ENOUGH_BYTES };
        Ok(Self {
            candles: Shelf::open(&lake, enough)?,
            frames: Shelf::open(&lake, enough)?,
            articles: Shelf::open(&lake, enough)?,
            posts: Shelf::open(&lake, enough)?,
            readings: Shelf::open(&lake, enough)?,
            lake,
        })
    }

    /// Where it is.
    #[must_use]
    pub fn lake(&self) -> &Lake {
        &self.lake
    }

    /// The candles from this open time on, in the order of arrival.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn since(&self, from: Timestamp) -> Result<Vec<BronzeCandle>> {
        self.read(from, Timestamp::MAX)
    }

    /// The oldest and the newest open time in bronze, which another process may be writing.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn span_of(config: &Config) -> Result<Option<(Timestamp, Timestamp)>> {
        Shelf::<BronzeCandle>::span(Lake::bronze(config)?)
    }

    /// The newest open time of a venue.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn newest(&self, venue: Venue) -> Result<Option<Timestamp>> {
        let settled = Shelf::<BronzeCandle>::settled_span(&self.lake, &format!("kind=candle/source={venue}"))?;
        let settled = settled.map(|(_, newest)| newest);
        // What is younger waits in the journal, which all venues share.
        let since = self.span()?.map_or(Timestamp::MIN, |(_, newest)| newest.shift(-DAY));
        let recent = self.since(since)?.into_iter().map(|row| row.received.candle);
        Ok(recent.filter(|candle| candle.venue == venue).map(|candle| candle.open_time).max().max(settled))
    }

    /// The oldest and the newest open time.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn span(&self) -> Result<Option<(Timestamp, Timestamp)>> {
        Shelf::<BronzeCandle>::span(&self.lake)
    }

    /// Rows of a kind whose time lies in `from..=to`, in the order of arrival.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn read<R: Record<Key = i64>>(&self, from: Timestamp, to: Timestamp) -> Result<Vec<R>> {
        Shelf::<R>::read(&self.lake, from, to)
    }

    /// The greatest sequence number of a kind, 0 where there is none: of its newest two days, because what comes late
    /// comes with a greater one.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn sequence<R: Record<Key = i64>>(&self) -> Result<i64> {
        let Some((_, newest)) = Shelf::<R>::span(&self.lake)? else { return Ok(0) };
        let from = newest.shift(-2 * DAY);
        let (frames, fresh) = Shelf::<R>::some_columns(&self.lake, &["sequence"], from, Timestamp::MAX)?;
        let settled =
            frames.iter().filter_map(|frame| frame.column("sequence").ok()?.i64().ok()?.iter().flatten().max());
        Ok(settled.chain(fresh.iter().map(Record::key)).max().unwrap_or(0))
    }

    /// Writes everything that waits in journals to Parquet.
    ///
    /// # Errors
    /// Where the disk or the bucket refuses.
    pub fn settle(&mut self) -> Result<()> {
        self.frames.settle()?;
        self.candles.settle()?;
        self.articles.settle()?;
        self.posts.settle()?;
        self.readings.settle()
    }
}

impl Layer for Bronze {
    type Row = BronzeRow;

    async fn keep(&mut self, rows: Vec<BronzeRow>) -> Result<()> {
        let (mut candles, mut frames, mut articles) = (Vec::new(), Vec::new(), Vec::new());
        let (mut posts, mut readings) = (Vec::new(), Vec::new());
        for row in rows {
            match row {
                BronzeRow::Candle(row) => candles.push(row),
                BronzeRow::Frame(row) => frames.push(row),
                BronzeRow::Article(row) => articles.push(row),
                BronzeRow::Post(row) => posts.push(row),
                BronzeRow::Reading(row) => readings.push(row),
            }
        }
        // What it was read from before what was read: whoever finds the one finds the other.
        keep(&mut self.frames, frames)?;
        keep(&mut self.candles, candles)?;
        keep(&mut self.articles, articles)?;
        keep(&mut self.posts, posts)?;
        keep(&mut self.readings, readings)
    }
}

fn keep<R: Record>(shelf: &mut Shelf<R>, rows: Vec<R>) -> Result<()> {
    if rows.is_empty() { Ok(()) } else { shelf.keep(rows) }
}

macro_rules! rows {
    ($($kind:ident of $record:ident),* $(,)?) => {$(
        impl From<$record> for BronzeRow {
            fn from(row: $record) -> Self {
                Self::$kind(row)
            }
        }
    )*};
}

rows! {
    Candle of BronzeCandle,
    Frame of BronzeFrame,
    Article of BronzeArticle,
    Post of BronzePost,
    Reading of BronzeReading,
}
