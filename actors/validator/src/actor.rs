//! The shell of the validator.

mod judging;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wick_bus::actor::Wait;
use wick_bus::metrics::Metrics;
use wick_bus::{Error, House, Kind, Resident, Result, Routes};
use wick_schemas::topic::{self, actor};
use wick_schemas::{ArticleReceived, CandleReceived, PostReceived, ReadingReceived, Release, Topic, Venue};

use crate::config::{QualityConfig, ValidatorConfig};
use crate::consensus::Consensus;
use crate::expectation::{Quality, Suites};
use crate::indicator::Indicators;
use crate::reading_rule::ReadingRules;
use crate::rules::Rules;
use crate::sentiment::Scorer;
use crate::sentiment::onnx::Onnx;
use crate::silver::{Silver, SilverRow};
use crate::text_rule::TextRules;

/// Judges what came.
pub struct Validator {
    /// What it believes of candles, and what it has seen.
    pub(crate) rules: Rules,
    /// What the venues agree on, where several are listened to.
    consensus: Option<Consensus>,
    /// What technicians read off each series.
    indicators: BTreeMap<Venue, Indicators>,
    pub(crate) articles: TextRules,
    pub(crate) posts: TextRules,
    pub(crate) readings: ReadingRules,
    pub(crate) scorer: Scorer,
    /// What is expected of candles, by their own time; `None` where nothing is.
    market: Option<Quality>,
    /// What is expected of what is written, by the time that it is seen at: while the past of the market is caught up
    /// with, these two are far apart.
    written: Option<Quality>,
    /// Days that the reports of batches which met everything are kept for; for ever where there is none.
    keep_reports: Option<u32>,
    metrics: Arc<Metrics>,
}

/// What the validator needs to go on.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct State {
    #[serde(flatten)]
    rules: Option<Rules>,
    #[serde(default)]
    consensus: Consensus,
    #[serde(default)]
    indicators: BTreeMap<Venue, Indicators>,
    #[serde(default)]
    articles: TextRules,
    #[serde(default)]
    posts: TextRules,
    #[serde(default)]
    readings: ReadingRules,
    #[serde(default)]
    market: Quality,
    #[serde(default)]
    written: Quality,
}

impl Validator {
    /// Goes on from what it remembers, judging by this configuration.
    fn new(config: ValidatorConfig, state: State, suites: Suites, scorer: Scorer, metrics: Arc<Metrics>) -> Self {
        let asked = config.quality.enabled;
        Self {
            market: asked.then(|| Quality::recovered(suites.clone(), Some(state.market))),
            keep_reports: (config.quality.keep_days > 0).then_some(config.quality.keep_days),
            written: asked.then(|| Quality::recovered(suites, Some(state.written))),
            rules: Rules::recovered(config.rules, state.rules),
            consensus: config.consensus.then_some(state.consensus),
            indicators: state.indicators,
            articles: TextRules::recovered(config.text.clone(), Some(state.articles)),
            posts: TextRules::recovered(config.text, Some(state.posts)),
            readings: ReadingRules::recovered(config.reading, Some(state.readings)),
            scorer,
            metrics,
        }
    }
}

impl Resident for Validator {
    const NAME: &'static str = actor::VALIDATOR;
    type Row = SilverRow;
    type Layer = Silver;
    type Checkpoint = State;
    type Local = ();
    type Done = ();

    fn routes() -> Routes<Self> {
        // What is written waits for no candle, nor they for it: nobody judges the one by the other.
        Routes::default()
            .on::<CandleReceived>(Wait::Always)
            .on::<ArticleReceived>(Wait::Never)
            .on::<PostReceived>(Wait::Never)
            .on::<ReadingReceived>(Wait::Never)
            .on::<Release>(Wait::Never)
    }

    fn publishes() -> &'static [Topic] {
        &[
            topic::CANDLES_VALIDATED,
            topic::CANDLES_REJECTED,
            topic::ARTICLES_VALIDATED,
            topic::ARTICLES_REJECTED,
            topic::POSTS_VALIDATED,
            topic::POSTS_REJECTED,
            topic::READINGS_VALIDATED,
            topic::READINGS_REJECTED,
            topic::QUALITY_REPORTED,
            topic::QUARANTINE_RELEASED,
            topic::QUARANTINE_KEPT,
        ]
    }

    async fn open(house: &House) -> Result<Silver> {
        Silver::open(house).await
    }

    async fn recover(house: &House, _: &Silver, checkpoint: Option<State>) -> Result<Self> {
        let config: ValidatorConfig = house.config.section(Self::NAME)?;
        let mut scorer = Scorer::default();
        if !config.sentiment.model.as_os_str().is_empty() {
            let onnx = Onnx::open(&config.sentiment).map_err(|error| Error::actor(Kind::Fatal, error))?;
            scorer = scorer.with_classifier(Box::new(onnx));
        }
        let suites = suites(&config.quality)?;
        Ok(Self::new(config, checkpoint.unwrap_or_default(), suites, scorer, house.metrics.clone()))
    }

    fn checkpoint(&self) -> State {
        State {
            rules: Some(self.rules.clone()),
            consensus: self.consensus.clone().unwrap_or_default(),
            indicators: self.indicators.clone(),
            articles: self.articles.clone(),
            posts: self.posts.clone(),
            readings: self.readings.clone(),
            market: self.market.clone().unwrap_or_default(),
            written: self.written.clone().unwrap_or_default(),
        }
    }

    fn observe(&self) -> serde_json::Value {
        serde_json::to_value(&self.rules).unwrap_or_default()
    }
}

/// The suites of Wick, with those of the settings' folder in their place.
///
/// # Errors
/// Where one of them does not read.
pub fn suites(config: &QualityConfig) -> Result<Suites> {
    if config.suites.as_os_str().is_empty() {
        return Ok(Suites::default());
    }
    Suites::from_folder(&config.suites).map_err(|error| Error::Config(format!("validator.quality.suites: {error}")))
}

#[cfg(test)]
pub(crate) mod tests;
