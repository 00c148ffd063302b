//! The shell of the feature builder.

use std::sync::Arc;

use wick_bus::actor::Wait;
use wick_bus::lake::{FeatureRow, TargetRow};
use wick_bus::metrics::Metrics;
use wick_bus::{Handler, House, Outbox, Resident, Result, Routes};
use wick_schemas::envelope::Payload;
use wick_schemas::time::{BAR, MINUTE};
use wick_schemas::topic::{self, actor};
use wick_schemas::{ArticleValidated, CandleValidated, PostValidated, ReadingValidated, Timestamp, Topic, Venue};

use crate::catch_up::Lacking;
use crate::checkpoint::Done;
use crate::config::FeatureBuilderConfig;
use crate::engine::{Closed, Engine};
use crate::gold::{Gold, GoldRow};
use crate::history::History;
use crate::sets::Sets;

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
    /// What vectors are made of the fold's.
    sets: Sets,
    /// What gold lacks of them, and the checkpoint to be reached: until it is caught up, the fold is empty.
    behind: Option<(Lacking, Done)>,
    config: FeatureBuilderConfig,
    metrics: Arc<Metrics>,
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
        let (done, venue, sets) = (checkpoint.unwrap_or_default(), config.venue()?, config.selections()?);
        let (open_time, since_snapshot) = (done.open_time, done.since_snapshot);
        let (engine, metrics) = (Engine::new(), house.metrics.clone());
        if let Some(known) = open_time.map(|open_time| open_time.shift(MINUTE)) {
            metrics.heard("candles", known);
            metrics.features_to(known.floor(BAR));
        }
        let mut builder = Self { engine, done: open_time, since_snapshot, venue, sets, behind: None, config, metrics };
        let context = done.context().cloned();
        let history = History::open(&house.config, venue).await?;
        let (Some(upto), Some(history)) = (open_time, history) else {
            *builder.engine.context_mut() = context.unwrap_or_default();
            return Ok(builder);
        };
        let lacking = Lacking::find(house, &history, &builder.sets, upto).await?;
        if let Some(lacking) = lacking.filter(|lacking| lacking.any() || context.is_none()) {
            builder.behind = Some((lacking, done));
        } else {
            let (from, engine) = gold.snapshot(upto)?.unwrap_or((Timestamp::MIN, Engine::new()));
            builder.engine = engine;
            let candles = history.candles(from, upto).await?;
            tracing::info!(%upto, candles = candles.len(), "folding silver again since the last snapshot");
            for candle in &candles {
                builder.engine.push(candle);
            }
            *builder.engine.context_mut() = context.unwrap_or_default();
        }
        history.close().await;
        Ok(builder)
    }

    async fn catch_up(&mut self, house: &House, gold: &mut Gold, out: &mut Outbox<Self>) -> Result<bool> {
        let behind = self.behind.take();
        if let Some((lacking, done)) = &behind
            && let Some(history) = History::open(&house.config, self.venue).await?
        {
            self.engine = lacking.build(house, &history, &self.sets, gold).await?;
            history.close().await;
            // What had been heard by then, no more and no less: the rest is still to come.
            let closed = self.engine.closed_until().unwrap_or(Timestamp::MIN);
            self.engine.context_mut().forget_uncounted(closed);
            done.uncounted(closed).iter().for_each(|told| told.tell(self.engine.context_mut()));
            for (id, vector) in gold.newest(&self.sets)? {
                out.show(format!("online.{id}"), online(&vector));
            }
        }
        gold.announce(&self.sets)?;
        Ok(behind.is_some())
    }

    fn checkpoint(&self) -> Done {
        Done::of(&self.engine, self.done, self.since_snapshot)
    }

    fn observe(&self) -> serde_json::Value {
        serde_json::json!({ "feature_set": self.sets.main().set.id, "known_until": self.engine.known_until() })
    }
}

impl Handler<CandleValidated> for FeatureBuilder {
    fn handle(&mut self, candle: CandleValidated, out: &mut Outbox<Self>) -> Result<()> {
        if self.venue.is_some_and(|venue| candle.candle.venue != venue) {
            self.engine.context_mut().venue(&candle.candle);
            return Ok(());
        }
        self.done = self.done.max(Some(candle.candle.open_time));
        self.metrics.heard("candles", candle.candle.open_time.shift(MINUTE));
        for Closed { vector, matured } in self.engine.push(&candle) {
            self.metrics.built(vector.as_of, vector.values.iter().filter(|value| value.is_none()).count());
            // Outcomes first: a forecast of this moment may know them.
            if !matured.targets.is_empty() {
                out.publish(&matured)?;
                for target in &matured.targets {
                    out.keep(GoldRow::Target(TargetRow(*target)));
                }
            }
            out.publish(&self.sets.main().project(&vector))?;
            for one in self.sets.all() {
                let part = one.project(&vector);
                out.show(format!("online.{}", part.feature_set), online(&part));
                out.keep(GoldRow::Features(FeatureRow(part)));
            }
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
        self.metrics.heard("articles", article.event_time());
        self.engine.context_mut().take_article(&article);
        Ok(())
    }
}

impl Handler<PostValidated> for FeatureBuilder {
    fn handle(&mut self, post: PostValidated, _: &mut Outbox<Self>) -> Result<()> {
        self.metrics.heard("posts", post.event_time());
        self.engine.context_mut().take_post(&post);
        Ok(())
    }
}

impl Handler<ReadingValidated> for FeatureBuilder {
    fn handle(&mut self, reading: ReadingValidated, _: &mut Outbox<Self>) -> Result<()> {
        self.metrics.heard("readings", reading.event_time());
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
