//! Silver: what was judged clean, and the quarantine of what was not.

use std::path::PathBuf;

use sqlx::{QueryBuilder, Sqlite, SqliteConnection, SqlitePool};
use wick_bus::{Error, House, Layer, Result, database};
use wick_schemas::{
    ArticleRejected, ArticleValidated, CandleRejected, CandleValidated, Origin, PostRejected, PostValidated,
    QualityReported, ReadingRejected, ReadingValidated, Sentiment, Text, Timestamp,
};

use crate::consensus::Deviation;
use crate::indicator::IndicatorRow;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// Rows in one statement. SQLite takes 32,766 values in one.
const ROWS: usize = 1_000;

/// A row of silver, with the id of the message that brought it.
#[derive(Clone, Debug)]
pub enum SilverRow {
    /// A clean candle.
    Candle(String, CandleValidated),
    /// A clean article.
    Article(String, ArticleValidated),
    /// A clean post.
    Post(String, PostValidated),
    /// A clean reading.
    Reading(String, ReadingValidated),
    /// How a batch met what is expected of it.
    Quality(String, QualityReported),
    /// Something in quarantine.
    Quarantine(Held),
    /// What technicians read off a series at the end of a quarter hour.
    Indicators(IndicatorRow),
    /// How far a venue was from the consensus of a minute.
    Deviation(Deviation),
}

/// Something that broke a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// The id of the message that told of it.
    pub id: String,
    /// `candle`, `article`, `post` or `reading`.
    pub kind: &'static str,
    /// Its venue, publisher or name.
    pub source: String,
    /// Of when it is.
    pub at: Timestamp,
    /// What came, as JSON.
    pub datum: String,
    /// How it reached us.
    pub origin: Origin,
    /// When it came.
    pub ingest_time: Timestamp,
    /// The rule.
    pub rule: String,
    /// The offending value.
    pub value: String,
    /// The reason.
    pub reason: String,
}

macro_rules! held {
    ($($rejected:ident is $kind:literal at $datum:ident: $source:expr, $at:expr;)*) => {$(
        impl From<(String, $rejected)> for Held {
            fn from((id, rejected): (String, $rejected)) -> Self {
                let (source, at): (String, Timestamp) = ($source(&rejected), $at(&rejected));
                let $rejected { $datum, origin, ingest_time, rule, value, reason } = rejected;
                let datum = serde_json::to_string(&$datum).unwrap_or_default();
                Self { id, kind: $kind, source, at, datum, origin, ingest_time, rule, value, reason }
            }
        }
    )*};
}

held! {
    CandleRejected is "candle" at candle: |one: &CandleRejected| one.candle.venue.to_string(),
        |one: &CandleRejected| one.candle.open_time;
    ArticleRejected is "article" at article: |one: &ArticleRejected| one.article.source.clone(),
        |one: &ArticleRejected| one.ingest_time;
    PostRejected is "post" at post: |one: &PostRejected| one.post.source.clone(),
        |one: &PostRejected| one.ingest_time;
    ReadingRejected is "reading" at reading: |one: &ReadingRejected| one.reading.name.clone(),
        |one: &ReadingRejected| one.reading.at;
}

/// A clean text and what it makes one feel.
struct Written {
    message: String,
    text: Text,
    sentiment: Sentiment,
    origin: Origin,
    ingest_time: Timestamp,
}

/// The silver layer: this actor alone writes it.
#[derive(Clone, Debug)]
pub struct Silver {
    pool: SqlitePool,
    path: PathBuf,
}

impl Silver {
    /// Opens silver and brings its tables up to date.
    ///
    /// # Errors
    /// Where the file cannot be opened.
    pub async fn open(house: &House) -> Result<Self> {
        let path = house.path("silver.sqlite");
        Ok(Self { pool: database::open(&path, &MIGRATIONS).await?, path })
    }
}

impl Layer for Silver {
    type Row = SilverRow;

    async fn keep(&mut self, rows: Vec<SilverRow>) -> Result<()> {
        let failed = || Error::database(&self.path);
        let (mut clean, mut rejected, mut deviations) = (Vec::new(), Vec::new(), Vec::new());
        let (mut articles, mut posts, mut readings) = (Vec::new(), Vec::new(), Vec::new());
        let (mut reports, mut indicators) = (Vec::new(), Vec::new());
        for row in rows {
            match row {
                SilverRow::Candle(id, candle) => clean.push((id, candle)),
                SilverRow::Article(message, ArticleValidated { article: text, sentiment, origin, ingest_time }) => {
                    articles.push(Written { message, text, sentiment, origin, ingest_time });
                }
                SilverRow::Post(message, PostValidated { post: text, sentiment, origin, ingest_time }) => {
                    posts.push(Written { message, text, sentiment, origin, ingest_time });
                }
                SilverRow::Reading(id, reading) => readings.push((id, reading)),
                SilverRow::Quality(id, report) => reports.push((id, report)),
                SilverRow::Indicators(row) => indicators.push(row),
                SilverRow::Quarantine(held) => rejected.push(held),
                SilverRow::Deviation(deviation) => deviations.push(deviation),
            }
        }
        let mut transaction = self.pool.begin().await.map_err(failed())?;
        for chunk in clean.chunks(ROWS) {
            let mut insert = QueryBuilder::<Sqlite>::new(
                "INSERT INTO candles (venue, open_time, open, high, low, close, volume, origin, ingest_time, id) ",
            );
            insert.push_values(chunk, |mut row, (id, CandleValidated { candle, origin, ingest_time })| {
                row.push_bind(candle.venue.as_str())
                    .push_bind(candle.open_time.millis())
                    .push_bind(candle.open)
                    .push_bind(candle.high)
                    .push_bind(candle.low)
                    .push_bind(candle.close)
                    .push_bind(candle.volume)
                    .push_bind(origin.as_str())
                    .push_bind(ingest_time.millis())
                    .push_bind(id);
            });
            insert.push(" ON CONFLICT DO NOTHING");
            insert.build().execute(&mut *transaction).await.map_err(failed())?;
        }
        for (table, kind, written) in [("articles", "article", &articles), ("posts", "post", &posts)] {
            for chunk in written.chunks(ROWS) {
                keep_texts(&mut transaction, table, chunk).await.map_err(failed())?;
                keep_sentiments(&mut transaction, kind, chunk).await.map_err(failed())?;
            }
        }
        for chunk in readings.chunks(ROWS) {
            let mut insert =
                QueryBuilder::<Sqlite>::new("INSERT INTO readings (name, at, ingest_time, value, origin, message) ");
            insert.push_values(chunk, |mut row, (id, reading)| {
                row.push_bind(&reading.name)
                    .push_bind(reading.at.millis())
                    .push_bind(reading.ingest_time.millis())
                    .push_bind(reading.value)
                    .push_bind(reading.origin.as_str())
                    .push_bind(id);
            });
            insert.push(" ON CONFLICT DO NOTHING");
            insert.build().execute(&mut *transaction).await.map_err(failed())?;
        }
        for chunk in indicators.chunks(ROWS) {
            let mut insert = QueryBuilder::<Sqlite>::new(
                "INSERT INTO indicators (venue, time, close, sma_20, ema_12, ema_26, macd, macd_signal, macd_histogram, \
                 rsi_14, bollinger_upper, bollinger_lower, atr_14, obv) ",
            );
            insert.push_values(chunk, |mut row, one| {
                row.push_bind(one.venue.as_str()).push_bind(one.time.millis()).push_bind(one.close);
                for number in [one.sma_20, one.ema_12, one.ema_26, one.macd, one.macd_signal, one.macd_histogram] {
                    row.push_bind(number);
                }
                for number in [one.rsi_14, one.bollinger_upper, one.bollinger_lower, one.atr_14] {
                    row.push_bind(number);
                }
                row.push_bind(one.obv);
            });
            insert.push(" ON CONFLICT DO NOTHING");
            insert.build().execute(&mut *transaction).await.map_err(failed())?;
        }
        for chunk in reports.chunks(ROWS) {
            let mut insert = QueryBuilder::<Sqlite>::new(
                "INSERT INTO quality (suite, from_time, to_time, success, rows, report, message) ",
            );
            insert.push_values(chunk, |mut row, (id, report)| {
                row.push_bind(&report.suite)
                    .push_bind(report.meta.from.millis())
                    .push_bind(report.meta.to.millis())
                    .push_bind(report.success)
                    .push_bind(i64::try_from(report.meta.rows).unwrap_or(i64::MAX))
                    .push_bind(serde_json::to_string(report).unwrap_or_default())
                    .push_bind(id);
            });
            insert.push(" ON CONFLICT DO NOTHING");
            insert.build().execute(&mut *transaction).await.map_err(failed())?;
        }
        for chunk in rejected.chunks(ROWS) {
            let mut insert = QueryBuilder::<Sqlite>::new(
                "INSERT INTO quarantine (id, kind, source, at, datum, origin, ingest_time, rule, value, reason) ",
            );
            insert.push_values(chunk, |mut row, held| {
                row.push_bind(&held.id)
                    .push_bind(held.kind)
                    .push_bind(&held.source)
                    .push_bind(held.at.millis())
                    .push_bind(&held.datum)
                    .push_bind(held.origin.as_str())
                    .push_bind(held.ingest_time.millis())
                    .push_bind(&held.rule)
                    .push_bind(&held.value)
                    .push_bind(&held.reason);
            });
            insert.push(" ON CONFLICT DO NOTHING");
            insert.build().execute(&mut *transaction).await.map_err(failed())?;
        }
        for chunk in deviations.chunks(ROWS) {
            let mut insert =
                QueryBuilder::<Sqlite>::new("INSERT INTO consensus (open_time, venue, log_ratio, took_part) ");
            insert.push_values(chunk, |mut row, deviation| {
                row.push_bind(deviation.open_time.millis())
                    .push_bind(deviation.venue.as_str())
                    .push_bind(deviation.log_ratio)
                    .push_bind(deviation.took_part);
            });
            insert.push(" ON CONFLICT DO NOTHING");
            insert.build().execute(&mut *transaction).await.map_err(failed())?;
        }
        transaction.commit().await.map_err(failed())
    }
}

async fn keep_texts(transaction: &mut SqliteConnection, table: &str, written: &[Written]) -> sqlx::Result<()> {
    let mut insert = QueryBuilder::<Sqlite>::new("INSERT INTO ");
    insert
        .push(table)
        .push(" (id, source, url, title, body, published, language, votes, origin, ingest_time, message) ");
    insert.push_values(written, |mut row, Written { message, text, origin, ingest_time, .. }| {
        row.push_bind(&text.id)
            .push_bind(&text.source)
            .push_bind(&text.url)
            .push_bind(&text.title)
            .push_bind(&text.body)
            .push_bind(text.published.map(Timestamp::millis))
            .push_bind(&text.language)
            .push_bind(text.votes)
            .push_bind(origin.as_str())
            .push_bind(ingest_time.millis())
            .push_bind(message);
    });
    insert.push(" ON CONFLICT DO NOTHING");
    insert.build().execute(transaction).await.map(|_| ())
}

async fn keep_sentiments(transaction: &mut SqliteConnection, kind: &str, written: &[Written]) -> sqlx::Result<()> {
    let mut insert =
        QueryBuilder::<Sqlite>::new("INSERT INTO sentiments (text, method, kind, score, confidence, ingest_time) ");
    insert.push_values(written, |mut row, Written { text, sentiment, ingest_time, .. }| {
        row.push_bind(&text.id)
            .push_bind(&sentiment.method)
            .push_bind(kind.to_owned())
            .push_bind(sentiment.score)
            .push_bind(sentiment.confidence)
            .push_bind(ingest_time.millis());
    });
    insert.push(" ON CONFLICT DO NOTHING");
    insert.build().execute(transaction).await.map(|_| ())
}
