//! The shell of the feature builder.

use serde::{Deserialize, Serialize};
use wick_bus::actor::Wait;
use wick_bus::database::{Database, Location, Row};
use wick_bus::lake::{FeatureRow, TargetRow};
use wick_bus::{Handler, House, Outbox, Resident, Result, Routes};
use wick_schemas::topic::{self, actor};
use wick_schemas::{
    ArticleValidated, Candle, CandleValidated, PostValidated, ReadingValidated, Timestamp, Topic, Venue,
};

use crate::config::FeatureBuilderConfig;
use crate::context::Context;
use crate::engine::{Closed, Engine};
use crate::gold::{Gold, GoldRow};

/// Folds candles.
pub struct FeatureBuilder {
    /// The fold.
    engine: Engine,
    /// The newest candle folded in.
    done: Option<Timestamp>,
    /// Bars closed since the last snapshot.
    since_snapshot: usize,
    /// Whose candles are folded; anybody's where there is none.
    venue: Option<Venue>,
    config: FeatureBuilderConfig,
}

/// What was folded in.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Done {
    /// Open time of the newest candle.
    open_time: Option<Timestamp>,
    /// Bars closed since the last snapshot, so that snapshots fall on the same bars in every life.
    since_snapshot: usize,
    /// What is known besides candles: silver does not say what of it had been counted.
    #[serde(default)]
    context: Context,
}

impl Resident for FeatureBuilder {
    const NAME: &'static str = actor::FEATURE_BUILDER;
    type Row = GoldRow;
    type Layer = Gold;
    type Checkpoint = Done;
    type Local = ();
    type Done = ();

    fn routes() -> Routes<Self> {
        Routes::default()
            .on::<CandleValidated>(Wait::Always)
            .on::<ArticleValidated>(Wait::CatchingUp)
            .on::<PostValidated>(Wait::CatchingUp)
            .on::<ReadingValidated>(Wait::CatchingUp)
    }

    fn publishes() -> &'static [Topic] {
        &[topic::FEATURES_BUILT, topic::TARGETS_MATURED]
    }

    async fn open(house: &House) -> Result<Gold> {
        let config: FeatureBuilderConfig = house.config.section(Self::NAME)?;
        Gold::open(house, config.settle_rows)
    }

    async fn recover(house: &House, gold: &Gold, checkpoint: Option<Done>) -> Result<Self> {
        let config: FeatureBuilderConfig = house.config.section(Self::NAME)?;
        let (done, venue) = (checkpoint.unwrap_or_default(), config.venue()?);
        let Some(upto) = done.open_time else {
            let mut engine = Engine::new();
            *engine.context_mut() = done.context;
            return Ok(Self { engine, done: None, since_snapshot: 0, venue, config });
        };
        let snapshot = gold.snapshot(upto)?;
        let from = snapshot.as_ref().map_or(Timestamp::MIN, |(at, _)| *at);
        let mut engine = snapshot.map(|(_, engine)| engine).unwrap_or_default();
        let candles = silver_between(house, from, upto).await?;
        tracing::info!(%upto, candles = candles.len(), "folding silver again since the last snapshot");
        for candle in candles.iter().filter(|candle| venue.is_none_or(|venue| candle.candle.venue == venue)) {
            engine.push(candle);
        }
        *engine.context_mut() = done.context;
        Ok(Self { engine, done: Some(upto), since_snapshot: done.since_snapshot, venue, config })
    }

    fn checkpoint(&self) -> Done {
        let context = self.engine.context().clone();
        Done { open_time: self.done, since_snapshot: self.since_snapshot, context }
    }

    fn observe(&self) -> serde_json::Value {
        serde_json::json!({ "feature_set": Engine::feature_set().id, "known_until": self.engine.known_until() })
    }
}

impl Handler<CandleValidated> for FeatureBuilder {
    fn handle(&mut self, candle: CandleValidated, out: &mut Outbox<Self>) -> Result<()> {
        if self.venue.is_some_and(|venue| candle.candle.venue != venue) {
            self.engine.context_mut().venue(&candle.candle);
            return Ok(());
        }
        self.done = self.done.max(Some(candle.candle.open_time));
        for Closed { vector, matured } in self.engine.push(&candle) {
            // Outcomes first: a forecast of this moment may know them.
            if !matured.targets.is_empty() {
                out.publish(&matured)?;
                for target in &matured.targets {
                    out.keep(GoldRow::Target(TargetRow(*target)));
                }
            }
            out.publish(&vector)?;
            out.show(format!("online.{}", vector.feature_set), online(&vector));
            out.keep(GoldRow::Features(FeatureRow(vector)));
            self.since_snapshot += 1;
        }
        if self.since_snapshot >= self.config.snapshot_bars {
            self.since_snapshot = 0;
            out.keep(GoldRow::Snapshot(candle.candle.open_time, Box::new(self.engine.clone())));
        }
        Ok(())
    }
}

impl Handler<ArticleValidated> for FeatureBuilder {
    fn handle(&mut self, article: ArticleValidated, _: &mut Outbox<Self>) -> Result<()> {
        self.engine.context_mut().take_article(&article);
        Ok(())
    }
}

impl Handler<PostValidated> for FeatureBuilder {
    fn handle(&mut self, post: PostValidated, _: &mut Outbox<Self>) -> Result<()> {
        self.engine.context_mut().take_post(&post);
        Ok(())
    }
}

impl Handler<ReadingValidated> for FeatureBuilder {
    fn handle(&mut self, reading: ReadingValidated, _: &mut Outbox<Self>) -> Result<()> {
        self.engine.context_mut().take_reading(&reading);
        Ok(())
    }
}

/// A vector as the fields of a Redis hash.
fn online(vector: &wick_schemas::FeatureVector) -> Vec<(String, String)> {
    let named = vector.names.iter().zip(&vector.values);
    let mut fields: Vec<(String, String)> =
        named.filter_map(|(name, value)| Some((name.clone(), (*value)?.to_string()))).collect();
    fields.push(("as_of".into(), vector.as_of.millis().to_string()));
    fields.push(("price".into(), vector.price.to_string()));
    fields
}

/// Clean candles with `from < open_time <= upto`, in order. One that was let out of quarantine after newer ones was not
/// counted when it came, and is not now.
async fn silver_between(house: &House, from: Timestamp, upto: Timestamp) -> Result<Vec<CandleValidated>> {
    let Some(silver) = Database::read(Location::silver(&house.config)?).await? else { return Ok(Vec::new()) };
    let query = "SELECT venue, open_time, open, high, low, close, volume, origin, ingest_time FROM candles \
                 WHERE open_time > $1 AND open_time <= $2 AND NOT late ORDER BY open_time";
    let candles = silver.select(query, &[from.millis().into(), upto.millis().into()], read_candle).await;
    silver.close().await;
    candles
}

fn read_candle(row: &Row) -> sqlx::Result<CandleValidated> {
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
