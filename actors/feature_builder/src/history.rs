//! What silver, the layer below, knows of the past, in the order in which it was known.

use std::collections::BTreeSet;

use wick_bus::database::{Database, Location, Row};
use wick_bus::{Config, Result};
use wick_schemas::time::BAR;
use wick_schemas::{Candle, CandleValidated, Timestamp, Venue};

use crate::context::FEAR_GREED;
use crate::told::Told;

/// Columns of a candle.
const CANDLE: &str = "venue, open_time, open, high, low, close, volume, origin, ingest_time";

/// Silver, read for a series.
pub struct History {
    silver: Database,
    /// Whose candles are folded; anybody's where there is none.
    series: Option<Venue>,
}

/// A candle of the series, and what was known before it.
pub struct Step {
    /// What is to be told first.
    pub told: Vec<Told>,
    /// The candle.
    pub candle: CandleValidated,
}

/// A piece of the past.
pub struct Piece {
    /// Its candles.
    pub steps: Vec<Step>,
    /// What was first seen after the last of them.
    pub rest: Vec<Told>,
}

impl History {
    /// Opens silver; `None` where there is none.
    ///
    /// # Errors
    /// Where it cannot be opened.
    pub async fn open(config: &Config, series: Option<Venue>) -> Result<Option<Self>> {
        Ok(Database::read(Location::silver(config)?).await?.map(|silver| Self { silver, series }))
    }

    /// Closes it.
    pub async fn close(self) {
        self.silver.close().await;
    }

    /// When the oldest candle of the series began.
    ///
    /// # Errors
    /// Where silver cannot be read.
    pub async fn first(&self) -> Result<Option<Timestamp>> {
        let mut oldest: Option<i64> = None;
        for venue in self.folded() {
            let query = "SELECT min(open_time) AS first FROM candles WHERE venue = $1 AND NOT late";
            let first = |row: &Row| row.get::<Option<i64>>("first");
            oldest = self
                .silver
                .select(query, &[venue.as_str().into()], first)
                .await?
                .into_iter()
                .flatten()
                .chain(oldest)
                .min();
        }
        Ok(oldest.map(Timestamp))
    }

    /// Whose candles are folded.
    fn folded(&self) -> Vec<Venue> {
        self.series.map_or_else(|| Venue::ALL.to_vec(), |venue| vec![venue])
    }

    /// Candles of the series with `from < open_time <= upto`, in order. One that was let out of quarantine after newer
    /// ones was not counted when it came, and is not now.
    ///
    /// # Errors
    /// Where silver cannot be read.
    pub async fn candles(&self, from: Timestamp, upto: Timestamp) -> Result<Vec<CandleValidated>> {
        self.select(&self.folded(), from, upto).await
    }

    /// Venues are named, because candles are found by venue and time and not by time alone.
    async fn select(&self, venues: &[Venue], from: Timestamp, upto: Timestamp) -> Result<Vec<CandleValidated>> {
        let names: Vec<String> = venues.iter().map(|venue| format!("'{venue}'")).collect();
        let query = format!(
            "SELECT {CANDLE} FROM candles WHERE venue IN ({}) AND open_time > $1 AND open_time <= $2 AND NOT late \
             ORDER BY open_time, venue",
            names.join(", ")
        );
        self.silver.select(query, &[from.millis().into(), upto.millis().into()], candle).await
    }

    /// The candles of the series with `from < open_time <= upto`, each with what became known before it; texts that
    /// were first seen by `seen` have been told.
    ///
    /// # Errors
    /// Where silver cannot be read.
    pub async fn piece(&self, from: Timestamp, upto: Timestamp, seen: Timestamp) -> Result<Piece> {
        let candles = self.candles(from, upto).await?;
        let mut steps: Vec<Step> = candles.into_iter().map(|candle| Step { told: Vec::new(), candle }).collect();
        let rest = set_texts(&mut steps, texts(&self.silver, seen, upto).await?);
        if let Some(series) = self.series {
            // Minutes of the bar before may have come late; those that were told already change nothing.
            let others: Vec<Venue> = Venue::ALL.into_iter().filter(|venue| *venue != series).collect();
            let others = self.select(&others, from.shift(-BAR), upto).await?;
            let apart = self.apart(from.shift(-BAR), upto).await?;
            others.iter().for_each(|other| set_before(&mut steps, other, &apart));
        }
        Ok(Piece { steps, rest })
    }

    /// Minutes in which a venue was known to the consensus and took no part in it.
    async fn apart(&self, from: Timestamp, upto: Timestamp) -> Result<BTreeSet<(Timestamp, Venue)>> {
        let query = "SELECT open_time, venue FROM consensus WHERE open_time > $1 AND open_time <= $2 AND NOT took_part";
        let one = |row: &Row| Ok((Timestamp(row.get("open_time")?), row.word("venue")?));
        let found = self.silver.select(query, &[from.millis().into(), upto.millis().into()], one).await?;
        Ok(found.into_iter().collect())
    }
}

/// What people wrote with `after < first seen <= upto`, and the index of mood, in the order in which it was first seen.
///
/// # Errors
/// Where silver cannot be read.
pub async fn texts(silver: &Database, after: Timestamp, upto: Timestamp) -> Result<Vec<Told>> {
    let span = [after.millis().into(), upto.millis().into()];
    let mut all = Vec::new();
    // By the times of the texts, which are in order there.
    for (table, kind, told) in [
        ("articles", "article", Told::Article as fn(Timestamp, f64) -> Told),
        ("posts", "post", Told::Post as fn(Timestamp, f64) -> Told),
    ] {
        let query = format!(
            "SELECT texts.ingest_time, score FROM {table} AS texts JOIN sentiments ON text = texts.id \
             WHERE kind = '{kind}' AND texts.ingest_time > $1 AND texts.ingest_time <= $2"
        );
        let one = |row: &Row| Ok(told(Timestamp(row.get("ingest_time")?), row.get("score")?));
        all.extend(silver.select(query, &span, one).await?);
    }
    let query = format!(
        "SELECT ingest_time, at, value FROM readings WHERE name = '{FEAR_GREED}' AND ingest_time > $1 \
         AND ingest_time <= $2"
    );
    let reading =
        |row: &Row| Ok(Told::Mood(Timestamp(row.get("ingest_time")?), Timestamp(row.get("at")?), row.get("value")?));
    all.extend(silver.select(query, &span, reading).await?);
    all.sort_by_key(Told::time);
    Ok(all)
}

/// Sets each text before the first candle that is not older. Gives those that there is none for.
fn set_texts(steps: &mut [Step], texts: Vec<Told>) -> Vec<Told> {
    let mut rest = Vec::new();
    for text in texts {
        let place = steps.partition_point(|step| step.candle.candle.open_time < text.time());
        steps.get_mut(place).map_or(&mut rest, |step| &mut step.told).push(text);
    }
    rest
}

/// Sets another venue's minute before the first candle of the series that may have known it: one that is not older, and
/// was not learnt earlier. The consensus of a minute knew a venue that took no part in it, too.
fn set_before(steps: &mut [Step], other: &CandleValidated, apart: &BTreeSet<(Timestamp, Venue)>) {
    let Candle { venue, open_time, close, .. } = other.candle;
    let first = steps.partition_point(|step| step.candle.candle.open_time < open_time);
    let knew = |step: &&mut Step| {
        other.ingest_time <= step.candle.ingest_time
            || (step.candle.candle.open_time == open_time && apart.contains(&(open_time, venue)))
    };
    if let Some(step) = steps[first..].iter_mut().find(knew) {
        step.told.push(Told::Quote(venue, open_time, close.ln()));
    }
}

fn candle(row: &Row) -> sqlx::Result<CandleValidated> {
    Ok(CandleValidated {
        candle: Candle {
            venue: row.word("venue")?,
            open_time: Timestamp(row.get("open_time")?),
            open: row.get("open")?,
            high: row.get("high")?,
            low: row.get("low")?,
            close: row.get("close")?,
            volume: row.get("volume")?,
        },
        origin: row.word("origin")?,
        ingest_time: Timestamp(row.get("ingest_time")?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{START, candle as sample};
    use wick_schemas::time::MINUTE;

    fn steps() -> Vec<Step> {
        (0..4).map(|minute| Step { told: Vec::new(), candle: sample(minute, 100.0, 1.0) }).collect()
    }

    fn other(minute: i64, late: i64) -> CandleValidated {
        let mut other = sample(minute, 101.0, 1.0);
        other.candle.venue = Venue::Kraken;
        other.ingest_time = other.ingest_time + late;
        other
    }

    #[test]
    fn a_text_is_told_before_the_first_candle_that_begins_after_it() {
        let mut all = steps();
        let texts = [0, 1, MINUTE, 3 * MINUTE + 1].map(|after| Told::Article(START + after, 0.0));
        let rest = set_texts(&mut all, texts.to_vec());
        assert_eq!(all.iter().map(|step| step.told.len()).collect::<Vec<_>>(), [1, 2, 0, 0]);
        assert_eq!(rest, texts[3..]);
    }

    #[test]
    fn another_venue_is_known_when_it_was_learnt_and_not_before() {
        let told = |steps: &[Step]| steps.iter().map(|step| step.told.len()).collect::<Vec<_>>();
        let mut all = steps();
        set_before(&mut all, &other(1, 0), &BTreeSet::new());
        set_before(&mut all, &other(1, 1), &BTreeSet::new());
        set_before(&mut all, &other(0, 2 * MINUTE + 1), &BTreeSet::new());
        set_before(&mut all, &other(3, 1), &BTreeSet::new());
        assert_eq!(told(&all), [0, 1, 1, 1], "the last is known to nobody here");
        // Too far from the others to take part, and there all the same.
        let mut all = steps();
        set_before(&mut all, &other(1, 50), &BTreeSet::from([(START + MINUTE, Venue::Kraken)]));
        assert_eq!(told(&all), [0, 1, 0, 0]);
    }
}
