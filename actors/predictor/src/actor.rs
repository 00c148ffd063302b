//! The shell of the predictor.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use wick_bus::actor::Wait;
use wick_bus::{Handler, House, Outbox, Resident, Result, Routes, registry};
use wick_schemas::topic::{self, actor};
use wick_schemas::{
    Artifact, FeatureVector, GapClosed, GapOpened, Horizon, Level, ModelPromoted, ModelRolledBack, TargetsMatured,
    Timestamp, Topic, Venue,
};

use crate::champion::{Heir, Succession};
use crate::corrections::Corrections;
use crate::fallback;
use crate::pending::Pending;
use crate::scorer;
use crate::serving::{Serving, ServingRow};
use crate::tracker::Tracker;

/// Makes forecasts.
pub struct Predictor {
    /// Where models are read.
    house: House,
    /// What is needed to go on.
    state: State,
    /// The model that serves, loaded and proven; none where none could be.
    model: Option<(Level, String, Artifact)>,
    /// Whether somebody else should be serving.
    degraded: bool,
    /// What corrects what the model says.
    corrections: Corrections,
}

/// What the predictor needs, besides its outcomes, to go on.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct State {
    succession: Succession,
    /// Forecasts that wait for their outcome.
    pending: Pending,
    /// The newest outcomes learnt.
    learnt: Option<Timestamp>,
    /// The newest vector scored.
    scored: Option<Timestamp>,
    /// Venues of which minutes are missing.
    #[serde(default)]
    gaps: BTreeSet<Venue>,
    /// What the quantiles have learnt of every outcome.
    #[serde(default)]
    trackers: [Tracker; 4],
}

impl Predictor {
    /// Loads the best model that can be loaded.
    fn load(&mut self) {
        self.model = None;
        self.degraded = false;
        self.house.metrics.serves(None);
        for (level, hash) in self.state.succession.candidates() {
            match registry::load(&self.house, hash) {
                Ok(artifact) => {
                    self.house.metrics.serves(Some((hash, artifact.trained_at)));
                    self.model = Some((level, hash.to_owned(), artifact));
                    return;
                }
                Err(error) => {
                    tracing::error!(model = hash, %error, "model not loaded: going on with the next best");
                    self.degraded = true;
                }
            }
        }
    }

    fn appoint(&mut self, from: Timestamp, model: String, decision: u64) {
        tracing::info!(model, %from, "a model is to serve");
        self.state.succession.appoint(Heir(from, model, decision));
    }
}

impl Resident for Predictor {
    const NAME: &'static str = actor::PREDICTOR;
    type Row = ServingRow;
    type Layer = Serving;
    type Checkpoint = State;
    type Local = ();
    type Done = ();

    fn routes() -> Routes<Self> {
        // At one moment: first what came of earlier forecasts, then who serves, then the forecast.
        Routes::default()
            .on::<TargetsMatured>(Wait::Always)
            .on::<ModelPromoted>(Wait::CatchingUp)
            .on::<ModelRolledBack>(Wait::CatchingUp)
            .on::<GapOpened>(Wait::Never)
            .on::<GapClosed>(Wait::Never)
            .on::<FeatureVector>(Wait::Always)
    }

    fn publishes() -> &'static [Topic] {
        &[topic::PREDICTIONS_MADE]
    }

    async fn open(house: &House) -> Result<Serving> {
        Serving::open(house).await
    }

    async fn recover(house: &House, serving: &Serving, checkpoint: Option<State>) -> Result<Self> {
        let state = checkpoint.unwrap_or_default();
        let mut corrections = Corrections::with(state.trackers);
        if let Some(learnt) = state.learnt {
            for outcome in serving.outcomes(learnt).await? {
                corrections.learn(&outcome);
            }
        }
        if let Some(scored) = state.scored {
            corrections.intervals.begin_day(scored);
            house.metrics.forecasts_to(scored);
        }
        if let Some(level) = serving.newest_level().await? {
            house.metrics.forecasts_at(level);
        }
        let mut predictor = Self { house: house.clone(), state, model: None, degraded: false, corrections };
        predictor.load();
        Ok(predictor)
    }

    fn checkpoint(&self) -> State {
        State { trackers: self.corrections.intervals.trackers(), ..self.state.clone() }
    }

    fn observe(&self) -> serde_json::Value {
        serde_json::json!({
            "model": self.model.as_ref().map(|(level, hash, _)| serde_json::json!({ "hash": hash, "level": level })),
            "degraded": self.degraded,
            "succession": self.state.succession,
            "waiting": self.state.pending.len(),
            "scored": self.state.scored,
            "slopes": Horizon::ALL.map(|horizon| self.corrections.slopes.slope(horizon)),
        })
    }
}

impl Handler<TargetsMatured> for Predictor {
    fn handle(&mut self, matured: TargetsMatured, out: &mut Outbox<Self>) -> Result<()> {
        for target in &matured.targets {
            if let Some((outcome, issued)) = self.state.pending.settle(target, matured.at) {
                self.corrections.learn(&outcome);
                if let Some(issued) = issued {
                    self.corrections.track(&outcome, &issued);
                }
                out.keep(ServingRow::Outcome(outcome));
            }
        }
        self.state.learnt = self.state.learnt.max(Some(matured.at));
        Ok(())
    }
}

impl Handler<ModelPromoted> for Predictor {
    fn handle(&mut self, promoted: ModelPromoted, _: &mut Outbox<Self>) -> Result<()> {
        self.appoint(promoted.serves_from, promoted.model, promoted.number);
        Ok(())
    }
}

impl Handler<ModelRolledBack> for Predictor {
    fn handle(&mut self, rolled_back: ModelRolledBack, _: &mut Outbox<Self>) -> Result<()> {
        self.appoint(rolled_back.serves_from, rolled_back.model, rolled_back.number);
        Ok(())
    }
}

impl Handler<GapOpened> for Predictor {
    fn handle(&mut self, opened: GapOpened, _: &mut Outbox<Self>) -> Result<()> {
        self.state.gaps.insert(opened.venue);
        Ok(())
    }
}

impl Handler<GapClosed> for Predictor {
    fn handle(&mut self, closed: GapClosed, _: &mut Outbox<Self>) -> Result<()> {
        self.state.gaps.remove(&closed.venue);
        Ok(())
    }
}

impl Handler<FeatureVector> for Predictor {
    fn handle(&mut self, vector: FeatureVector, out: &mut Outbox<Self>) -> Result<()> {
        // Midnight passes whether or not a model is there to notice.
        self.corrections.intervals.begin_day(vector.as_of);
        if self.state.succession.advance(vector.as_of) {
            self.load();
        }
        let scored = self.model.as_ref().and_then(|(level, hash, artifact)| {
            scorer::forecast(artifact, hash, *level, &vector, &mut self.corrections)
                .inspect_err(|error| tracing::warn!(as_of = %vector.as_of, %error, "not scored: serving the baseline"))
                .ok()
        });
        let prediction = match scored {
            Some(scored) => {
                for awaited in scored.awaited {
                    self.state.pending.remember(awaited);
                }
                Some(scored.prediction)
            }
            None => fallback::forecast(&vector),
        };
        if let Some(mut prediction) = prediction {
            prediction.gaps = self.state.gaps.iter().copied().collect();
            self.house.metrics.predicted(prediction.as_of, prediction.level);
            let cause = out.cause().map(|cause| cause.id.to_string()).unwrap_or_default();
            let id = out.publish(&prediction)?.id.to_string();
            out.keep(ServingRow::Prediction(id, cause, Box::new(prediction)));
        }
        self.state.scored = self.state.scored.max(Some(vector.as_of));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wick_bus::Config;
    use wick_bus::testing::Stage;
    use wick_schemas::{Cause, Origin, Prediction};

    fn predictor(folder: &std::path::Path) -> Predictor {
        let (_, stop) = tokio::sync::watch::channel(false);
        let config = Config::load(None, &[("data_dir".into(), folder.display().to_string())]).expect("settings");
        let house = House::new(config, String::new(), stop).expect("a house");
        let corrections = Corrections::default();
        Predictor { house, state: State::default(), model: None, degraded: false, corrections }
    }

    fn vector(as_of: i64, log_rv: Option<f64>) -> FeatureVector {
        FeatureVector {
            as_of: Timestamp(as_of),
            feature_set: "f".into(),
            price: 100.0,
            warm: false,
            minutes: 15,
            origin: Origin::Live,
            ingest_time: Timestamp(as_of),
            names: vec!["log_rv_1".into()],
            values: vec![log_rv],
        }
    }

    #[test]
    fn without_a_model_the_baseline_answers_and_says_so() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut stage = Stage::new(predictor(folder.path()));
        stage.give(&vector(900_000, None)).expect("handled");
        assert!(stage.out.messages.is_empty(), "a forecast of nothing");
        stage.give(&vector(1_800_000, Some(-12.0))).expect("handled");
        let made = stage.published::<Prediction>();
        assert_eq!((made.len(), made[0].level, made[0].model.as_str()), (1, Level::Baseline, ""));
        assert!(matches!(stage.out.rows.as_slice(), [ServingRow::Prediction(id, ..)] if id.len() == 32));
    }

    #[test]
    fn forecasts_made_while_minutes_are_missing_say_so() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut stage = Stage::new(predictor(folder.path()));
        let (venue, from, at) = (Venue::Kraken, Timestamp(840_000), Timestamp(960_000));
        stage.give(&GapOpened { venue, from, at, reason: "silent".into(), standing_in: vec![] }).expect("handled");
        stage.give(&vector(1_800_000, Some(-12.0))).expect("handled");
        stage.give(&GapClosed { venue, from, to: at, at, candles: 2, healed: true }).expect("handled");
        stage.give(&vector(2_700_000, Some(-12.0))).expect("handled");
        let gaps: Vec<Vec<Venue>> = stage.published::<Prediction>().into_iter().map(|made| made.gaps).collect();
        assert_eq!(gaps, [vec![Venue::Kraken], vec![]]);
    }

    #[test]
    fn a_model_that_does_not_load_leaves_the_baseline_and_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir_all(folder.path().join("models")).expect("a folder");
        std::fs::write(folder.path().join("models/abc.json"), "{}").expect("a file");
        let mut stage = Stage::new(predictor(folder.path()));
        let promoted = ModelPromoted {
            serves_from: Timestamp(1_000_000),
            model: "abc".into(),
            previous: None,
            feature_set: "f".into(),
            cause: Cause::NoChampion,
            requested_by: "test".into(),
            reasons: vec![],
            number: 1,
        };
        stage.give(&promoted).expect("handled");
        stage.give(&vector(900_000, Some(-12.0))).expect("handled");
        assert!(!stage.resident.degraded, "its time has not come");
        stage.give(&vector(1_800_000, Some(-12.0))).expect("handled");
        assert!(stage.resident.degraded);
        assert_eq!(stage.published::<Prediction>()[1].level, Level::Baseline);
        assert_eq!(stage.resident.observe()["degraded"], true);
    }
}
