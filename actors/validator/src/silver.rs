//! Silver: what was judged clean, and the quarantine of what was not. In SQLite or in PostgreSQL: see [`Location`].

pub mod candles;
pub mod consensus;
pub mod indicators;
pub mod quality;
pub mod quarantine;
pub mod readings;
pub mod sentiments;
pub mod texts;

#[cfg(test)]
mod tests;

use sqlx::migrate;
use wick_bus::database::{Database, Location, Migrations, Transaction};
use wick_bus::{House, Layer, Result};
use wick_schemas::{ArticleValidated, CandleValidated, PostValidated, QualityReported, ReadingValidated, Timestamp};

use self::candles::Kept;
pub use self::quarantine::{Held, Released};
use self::texts::Written;
use crate::consensus::Deviation;
use crate::indicator::IndicatorRow;

static MIGRATIONS: Migrations =
    Migrations { sqlite: migrate!("migrations/sqlite"), postgres: migrate!("migrations/postgres") };

/// A row of silver, with the id of the message that brought it.
#[derive(Clone, Debug, PartialEq)]
pub enum SilverRow {
    /// A clean candle.
    Candle(String, CandleValidated),
    /// A candle that was let out of the quarantine after newer ones of its venue.
    LateCandle(String, CandleValidated),
    /// A clean article.
    Article(String, ArticleValidated),
    /// A clean post.
    Post(String, PostValidated),
    /// A clean reading.
    Reading(String, ReadingValidated),
    /// How a batch met what is expected of it.
    Quality(String, QualityReported),
    /// Reports of batches before this moment may go: see [`quality::forget`].
    ForgetQuality(Timestamp),
    /// Something in quarantine.
    Quarantine(Held),
    /// Something that was let out of it.
    Released(Released),
    /// What technicians read off a series at the end of a quarter hour.
    Indicators(IndicatorRow),
    /// How far a venue was from the consensus of a minute.
    Deviation(Deviation),
}

/// The rows of a flush, table by table.
#[derive(Default)]
struct Sorted {
    candles: Vec<Kept>,
    deviations: Vec<Deviation>,
    articles: Vec<Written>,
    posts: Vec<Written>,
    readings: Vec<(String, ReadingValidated)>,
    indicators: Vec<IndicatorRow>,
    reports: Vec<(String, QualityReported)>,
    forget_reports: Option<Timestamp>,
    held: Vec<Held>,
    released: Vec<Released>,
}

impl Sorted {
    fn add(&mut self, row: SilverRow) {
        match row {
            SilverRow::Candle(id, candle) => self.candles.push(Kept { id, candle, late: false }),
            SilverRow::LateCandle(id, candle) => self.candles.push(Kept { id, candle, late: true }),
            SilverRow::Article(message, article) => self.articles.push(Written::article(message, article)),
            SilverRow::Post(message, post) => self.posts.push(Written::post(message, post)),
            SilverRow::Reading(message, reading) => self.readings.push((message, reading)),
            SilverRow::Quality(message, report) => self.reports.push((message, report)),
            SilverRow::ForgetQuality(before) => self.forget_reports = self.forget_reports.max(Some(before)),
            SilverRow::Quarantine(held) => self.held.push(held),
            SilverRow::Released(released) => self.released.push(released),
            SilverRow::Indicators(row) => self.indicators.push(row),
            SilverRow::Deviation(deviation) => self.deviations.push(deviation),
        }
    }

    async fn keep(&self, open: &mut Transaction) -> Result<()> {
        let articles = self.articles.iter().map(|text| sentiments::cells("article", text));
        let posts = self.posts.iter().map(|text| sentiments::cells("post", text));
        open.insert(&candles::TABLE, self.candles.iter().map(candles::cells)).await?;
        open.insert(&consensus::TABLE, self.deviations.iter().map(consensus::cells)).await?;
        open.insert(&texts::ARTICLES, self.articles.iter().map(texts::cells)).await?;
        open.insert(&texts::POSTS, self.posts.iter().map(texts::cells)).await?;
        open.insert(&sentiments::TABLE, articles.chain(posts)).await?;
        open.insert(&readings::TABLE, self.readings.iter().map(readings::cells)).await?;
        open.insert(&indicators::TABLE, self.indicators.iter().map(indicators::cells)).await?;
        open.insert(&quality::TABLE, self.reports.iter().map(quality::cells)).await?;
        open.insert(&quarantine::TABLE, self.held.iter().map(quarantine::cells)).await?;
        for released in &self.released {
            open.execute(quarantine::RELEASE, &quarantine::release(released)).await?;
        }
        if let Some(before) = self.forget_reports {
            open.execute(quality::FORGET, &quality::forget(before)).await?;
        }
        Ok(())
    }
}

/// The silver layer: this actor alone writes it.
#[derive(Clone, Debug)]
pub struct Silver {
    database: Database,
}

impl Silver {
    /// Opens silver where the settings say that it is, and brings its tables up to date.
    ///
    /// # Errors
    /// Where it cannot be opened.
    pub async fn open(house: &House) -> Result<Self> {
        Self::at(Location::silver(&house.config)?).await
    }

    /// Opens silver at a place.
    ///
    /// # Errors
    /// Where it cannot be opened.
    pub async fn at(location: Location) -> Result<Self> {
        Ok(Self { database: Database::open(location, &MIGRATIONS).await? })
    }
}

impl Layer for Silver {
    type Row = SilverRow;

    async fn keep(&mut self, rows: Vec<SilverRow>) -> Result<()> {
        let mut sorted = Sorted::default();
        rows.into_iter().for_each(|row| sorted.add(row));
        let mut open = self.database.begin().await?;
        sorted.keep(&mut open).await?;
        open.commit().await
    }
}
