//! The shell of the validator.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wick_bus::actor::Wait;
use wick_bus::metrics::Metrics;
use wick_bus::{Error, Handler, House, Kind, Outbox, Resident, Result, Routes};
use wick_schemas::envelope::Payload;
use wick_schemas::time::DAY;
use wick_schemas::topic::{self, actor};
use wick_schemas::{
    ArticleReceived, ArticleRejected, ArticleValidated, CandleReceived, CandleRejected, CandleValidated, PostReceived,
    PostRejected, PostValidated, ReadingReceived, ReadingRejected, Release, Topic, Venue,
};

use crate::config::{QualityConfig, ValidatorConfig};
use crate::consensus::Consensus;
use crate::expectation::{Quality, Row, Suites};
use crate::indicator::Indicators;
use crate::reading_rule::ReadingRules;
use crate::rules::{Rules, Verdict};
use crate::sentiment::Scorer;
use crate::sentiment::onnx::Onnx;
use crate::silver::{Held, Silver, SilverRow};
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

impl Handler<CandleReceived> for Validator {
    fn handle(&mut self, candle: CandleReceived, out: &mut Outbox<Self>) -> Result<()> {
        let verdict = self.rules.judge(&candle);
        let refused = if let Verdict::Reject(rejection) = &verdict { Some(rejection.rule.clone()) } else { None };
        ask(&mut self.market, &Row::Candle(&candle), refused.as_deref(), self.keep_reports, &self.metrics, out)?;
        let clean = match verdict {
            Verdict::Clean(clean) => clean,
            Verdict::Reject(rejection) => return self.hold(rejection, out),
        };
        self.take(clean, out)
    }
}

impl Handler<ArticleReceived> for Validator {
    fn handle(&mut self, received: ArticleReceived, out: &mut Outbox<Self>) -> Result<()> {
        let refusal = self.articles.judge(&received.article, received.ingest_time).err();
        let row = Row::Article(&received.article, received.origin, received.ingest_time);
        ask(
            &mut self.written,
            &row,
            refusal.as_ref().map(|refusal| refusal.rule),
            self.keep_reports,
            &self.metrics,
            out,
        )?;
        if let Some(refusal) = refusal {
            return self.hold(refusal.of_article(received), out);
        }
        let ArticleReceived { article, origin, ingest_time } = received;
        let sentiment = self.scorer.judge(&article.title, &article.body);
        let clean = ArticleValidated { article, sentiment, origin, ingest_time };
        let id = out.publish(&clean)?.id.to_string();
        out.keep(SilverRow::Article(id, clean));
        Ok(())
    }
}

impl Handler<PostReceived> for Validator {
    fn handle(&mut self, received: PostReceived, out: &mut Outbox<Self>) -> Result<()> {
        let refusal = self.posts.judge(&received.post, received.ingest_time).err();
        let row = Row::Post(&received.post, received.origin, received.ingest_time);
        ask(
            &mut self.written,
            &row,
            refusal.as_ref().map(|refusal| refusal.rule),
            self.keep_reports,
            &self.metrics,
            out,
        )?;
        if let Some(refusal) = refusal {
            return self.hold(refusal.of_post(received), out);
        }
        let PostReceived { post, origin, ingest_time } = received;
        let sentiment = self.scorer.judge(&post.title, &post.body);
        let clean = PostValidated { post, sentiment, origin, ingest_time };
        let id = out.publish(&clean)?.id.to_string();
        out.keep(SilverRow::Post(id, clean));
        Ok(())
    }
}

impl Handler<ReadingReceived> for Validator {
    fn handle(&mut self, received: ReadingReceived, out: &mut Outbox<Self>) -> Result<()> {
        let judged = self.readings.judge(&received);
        let refused = judged.as_ref().err().map(|refusal| refusal.rule);
        ask(&mut self.written, &Row::Reading(&received), refused, self.keep_reports, &self.metrics, out)?;
        match judged {
            Ok(clean) => {
                let id = out.publish(&clean)?.id.to_string();
                out.keep(SilverRow::Reading(id, clean));
                Ok(())
            }
            Err(refusal) => self.hold(refusal.of_reading(received), out),
        }
    }
}

/// Asks what is expected of a row's batch, and tells of the batches that are over.
fn ask(
    quality: &mut Option<Quality>,
    row: &Row<'_>,
    refused: Option<&str>,
    keep: Option<u32>,
    metrics: &Metrics,
    out: &mut Outbox<Validator>,
) -> Result<()> {
    for report in quality.as_mut().map(|quality| quality.see(row, refused)).unwrap_or_default() {
        // Once a day of event time, so that a replay forgets as the live run did.
        if let Some(days) = keep.filter(|_| report.meta.from.on_grid(DAY)) {
            out.keep(SilverRow::ForgetQuality(report.meta.from.shift(-i64::from(days) * DAY)));
        }
        metrics.judged(&report.suite, report.success);
        let id = out.publish(&report)?.id.to_string();
        out.keep(SilverRow::Quality(id, report));
    }
    Ok(())
}

/// The suites of Wick, with those of the settings' folder in their place.
fn suites(config: &QualityConfig) -> Result<Suites> {
    if config.suites.as_os_str().is_empty() {
        return Ok(Suites::default());
    }
    Suites::from_folder(&config.suites).map_err(|error| Error::Config(format!("validator.quality.suites: {error}")))
}

impl Validator {
    /// Lets a clean candle through, with what it settles among the venues.
    pub(crate) fn take(&mut self, clean: CandleValidated, out: &mut Outbox<Self>) -> Result<()> {
        self.pass(clean, out)?;
        for agreed in self.consensus.as_mut().map(|consensus| consensus.take(clean)).unwrap_or_default() {
            self.pass(agreed.candle, out)?;
            for deviation in agreed.deviations {
                ask(&mut self.market, &Row::Deviation(&deviation), None, self.keep_reports, &self.metrics, out)?;
                out.keep(SilverRow::Deviation(deviation));
            }
        }
        Ok(())
    }

    /// Lets a clean candle through, with the indicators of the quarter hour that it ends.
    fn pass(&mut self, clean: CandleValidated, out: &mut Outbox<Self>) -> Result<()> {
        let id = out.publish(&clean)?.id.to_string();
        let series = self.indicators.entry(clean.candle.venue).or_default();
        for row in series.take(&clean.candle) {
            out.keep(SilverRow::Indicators(row));
        }
        out.keep(SilverRow::Candle(id, clean));
        Ok(())
    }

    /// Puts something in quarantine and tells of it.
    fn hold<R: Payload + Rejected>(&self, rejected: R, out: &mut Outbox<Self>) -> Result<()>
    where
        Held: From<(String, R)>,
    {
        self.metrics.rejected(rejected.rule());
        let id = out.publish(&rejected)?.id.to_string();
        out.keep(SilverRow::Quarantine(Held::from((id, rejected))));
        Ok(())
    }
}

/// A message that tells of something in quarantine.
trait Rejected {
    /// The rule that it broke.
    fn rule(&self) -> &str;
}

macro_rules! rejected {
    ($($message:ident),*) => {$(
        impl Rejected for $message {
            fn rule(&self) -> &str {
                &self.rule
            }
        }
    )*};
}

rejected!(CandleRejected, ArticleRejected, PostRejected, ReadingRejected);

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use wick_bus::Config;
    use wick_bus::testing::Stage;
    use wick_schemas::candle::RawCandle;
    use wick_schemas::{Origin, Reading, ReadingValidated, Text, Timestamp};

    impl Validator {
        /// What it would go on from.
        pub(crate) fn checkpoint_text(&self) -> String {
            serde_json::to_string(&self.checkpoint()).expect("JSON")
        }
    }

    pub(crate) fn validator(consensus: bool) -> Validator {
        let config = Config::load(None, &[]).expect("defaults").with("validator.consensus", consensus).expect("a flag");
        let config = config.section("validator").expect("defaults");
        let metrics = Arc::new(Metrics::new().expect("metrics"));
        Validator::new(config, State::default(), Suites::default(), Scorer::default(), metrics)
    }

    #[test]
    fn the_consensus_of_several_venues_is_a_series_of_its_own() {
        let mut stage = Stage::new(validator(true));
        for minute in 1..=2 {
            for venue in [Venue::Kraken, Venue::Binance] {
                let mut received = received(minute, Some(100.0));
                received.candle.venue = venue;
                stage.give(&received).expect("handled");
            }
        }
        let venues: Vec<Venue> =
            stage.published::<CandleValidated>().iter().map(|validated| validated.candle.venue).collect();
        // The first minute is settled before anybody knows of the second venue.
        let (a, b, both) = (Venue::Kraken, Venue::Binance, Venue::Consensus);
        assert_eq!(venues, [a, both, b, a, b, both]);
        let deviations = stage.out.rows.iter().filter(|row| matches!(row, SilverRow::Deviation(_))).count();
        assert_eq!(deviations, 3);
        let text = serde_json::to_string(&stage.resident.checkpoint()).expect("JSON");
        let state: State = serde_json::from_str(&text).expect("reads");
        assert_eq!(Some(state.consensus), stage.resident.consensus);
    }

    fn received(minute: i64, close: Option<f64>) -> CandleReceived {
        let open_time = Timestamp(minute * 60_000);
        let price = Some(100.0);
        let candle =
            RawCandle { venue: Venue::Kraken, open_time, open: price, high: price, low: price, close, volume: price };
        CandleReceived { candle, origin: Origin::Live, ingest_time: open_time.shift(60_000) }
    }

    #[test]
    fn the_clean_go_on_and_the_rest_stay_with_their_reason() {
        let mut stage = Stage::new(validator(false));
        stage.give(&received(1, Some(100.0))).expect("handled");
        stage.give(&received(2, None)).expect("handled");
        assert_eq!(stage.published::<CandleValidated>().len(), 1);
        let rejected = stage.published::<CandleRejected>();
        assert_eq!(rejected[0].rule, "not_a_number");
        let kept = &stage.out.rows;
        assert!(matches!(kept.as_slice(), [SilverRow::Candle(..), SilverRow::Quarantine(..)]), "{kept:?}");
        // What answers a message names it.
        assert!(stage.out.messages.iter().all(|message| message.causation_id.len() == 32));
        assert!(stage.give(&rejected[0]).is_err(), "listens to what it does not list");
    }

    #[test]
    fn a_text_gets_its_sentiment_and_what_says_nothing_stays_with_its_reason() {
        let mut stage = Stage::new(validator(false));
        let text = |url: &str, title: &str| Text {
            source: "example".into(),
            id: Text::identity(url),
            url: url.into(),
            title: title.into(),
            body: String::new(),
            published: None,
            language: None,
            votes: None,
        };
        let (origin, ingest_time) = (Origin::Live, Timestamp(1_750_000_000_000));
        for (url, title) in [
            ("https://example.com/1", "Bitcoin soars to a record high as funds pile in"),
            ("https://example.com/2", "Exchange hacked, bitcoin plunges as customers flee"),
            ("https://example.com/2", "Exchange hacked, bitcoin plunges as customers flee"),
        ] {
            stage.give(&ArticleReceived { article: text(url, title), origin, ingest_time }).expect("handled");
        }
        stage.give(&PostReceived { post: text("https://example.com/3", "?"), origin, ingest_time }).expect("handled");
        let clean = stage.published::<ArticleValidated>();
        let scores: Vec<f64> = clean.iter().map(|article| article.sentiment.score).collect();
        assert!(matches!(scores[..], [up, down] if up > 0.2 && down < -0.2), "{scores:?}");
        assert_eq!(stage.published::<ArticleRejected>()[0].rule, "duplicate");
        assert_eq!(stage.published::<PostRejected>()[0].rule, "too_short");
        let held = stage.out.rows.iter().filter(|row| matches!(row, SilverRow::Quarantine(_))).count();
        assert_eq!((held, stage.out.rows.len()), (2, 4));
    }

    #[test]
    fn a_reading_out_of_its_range_stays_behind() {
        let mut stage = Stage::new(validator(false));
        let at = Timestamp(1_750_032_000_000);
        for value in [Some(140.0), Some(40.0)] {
            let reading = Reading { name: "fear_greed".into(), at, value };
            stage.give(&ReadingReceived { reading, origin: Origin::Live, ingest_time: at }).expect("handled");
        }
        assert_eq!(stage.published::<ReadingRejected>()[0].rule, "out_of_range");
        assert_eq!(stage.published::<ReadingValidated>().len(), 1);
    }
}
