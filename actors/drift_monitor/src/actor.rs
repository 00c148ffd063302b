//! The shell of the drift monitor.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wick_bus::actor::Wait;
use wick_bus::{Handler, House, Outbox, Resident, Result, Routes};
use wick_schemas::time::{BAR, DAY};
use wick_schemas::topic::{self, actor};
use wick_schemas::{FeatureVector, Horizon, Prediction, PredictionsScored, Score, TargetsMatured, Timestamp, Topic};

use crate::config::DriftMonitorConfig;
use crate::monitoring::{self, Monitoring, MonitoringRow};
use crate::policy::{Decision, Policy};

/// How long a forecast waits for its outcome: the longest horizon and a few bars of grace.
const PATIENCE: i64 = DAY + 4 * BAR;

/// The rank of feature vectors among the routes.
const VECTORS: usize = 2;

/// Scores forecasts and asks for retraining.
pub struct DriftMonitor {
    house: House,
    /// When to ask for what.
    policy: Policy,
    /// Forecasts that wait for their outcome, by the time that they were made.
    waiting: BTreeMap<Timestamp, Prediction>,
    /// The newest forecast taken in.
    heard: Option<Timestamp>,
}

/// What the monitor needs, besides the forecasts in serving, to go on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct State {
    policy: Policy,
    heard: Option<Timestamp>,
}

impl Resident for DriftMonitor {
    const NAME: &'static str = actor::DRIFT_MONITOR;
    type Row = MonitoringRow;
    type Layer = Monitoring;
    type Checkpoint = State;
    type Local = ();
    type Done = ();

    fn routes() -> Routes<Self> {
        // At one moment: the forecast first, then what came of earlier ones, then the decision.
        Routes::default()
            .on::<Prediction>(Wait::Always)
            .on::<TargetsMatured>(Wait::Always)
            .on::<FeatureVector>(Wait::Always)
    }

    fn publishes() -> &'static [Topic] {
        &[topic::PREDICTIONS_SCORED, topic::SKILL_DEGRADED, topic::COMMANDS_RETRAIN]
    }

    async fn open(house: &House) -> Result<Monitoring> {
        Monitoring::open(house).await
    }

    async fn recover(house: &House, _: &Monitoring, checkpoint: Option<State>) -> Result<Self> {
        let config: DriftMonitorConfig = house.config.section(Self::NAME)?;
        let (policy, heard) = checkpoint.map_or((None, None), |state| (Some(state.policy), state.heard));
        let waiting = match heard {
            Some(heard) => monitoring::forecasts_between(house, heard.shift(-PATIENCE), heard).await?,
            None => Vec::new(),
        };
        let waiting = waiting.into_iter().map(|prediction| (prediction.as_of, prediction)).collect();
        let monitor = Self { house: house.clone(), policy: Policy::recovered(config.policy, policy), waiting, heard };
        heard.into_iter().for_each(|heard| monitor.show_skill(heard));
        Ok(monitor)
    }

    fn checkpoint(&self) -> State {
        State { policy: self.policy.clone(), heard: self.heard }
    }

    /// Commands answer feature vectors: before the next of those none can come, however far everything else is. So the
    /// circle of monitor, trainer and predictor never stands still.
    fn promises(&self, reached: Timestamp, next: &[Timestamp]) -> Vec<(Topic, Timestamp)> {
        let vectors = next.get(VECTORS).map_or(reached, |next| next.shift(-1)).max(reached);
        vec![(topic::COMMANDS_RETRAIN, self.policy.promised(vectors))]
    }

    fn observe(&self) -> serde_json::Value {
        serde_json::json!({ "policy": self.policy, "waiting": self.waiting.len(), "heard": self.heard })
    }
}

impl DriftMonitor {
    /// Shows each horizon's skill, as of the last midnight.
    fn show_skill(&self, at: Timestamp) {
        for (horizon, skill) in Horizon::ALL.iter().zip(self.policy.skills(at)) {
            if let Some(skill) = skill {
                self.house.metrics.skill(horizon.as_str(), "volatility", skill.volatility);
                self.house.metrics.skill(horizon.as_str(), "direction", skill.direction);
            }
        }
    }
}

impl Handler<Prediction> for DriftMonitor {
    fn handle(&mut self, prediction: Prediction, _: &mut Outbox<Self>) -> Result<()> {
        self.heard = self.heard.max(Some(prediction.as_of));
        self.waiting = self.waiting.split_off(&prediction.as_of.shift(-PATIENCE));
        self.waiting.insert(prediction.as_of, prediction);
        Ok(())
    }
}

impl Handler<TargetsMatured> for DriftMonitor {
    fn handle(&mut self, matured: TargetsMatured, out: &mut Outbox<Self>) -> Result<()> {
        let score = |target: &wick_schemas::Target| {
            let prediction = self.waiting.get(&target.origin)?;
            let forecast = prediction.forecasts.iter().find(|forecast| forecast.horizon == target.horizon)?;
            Some(Score::of(forecast, target, prediction.level, &prediction.model))
        };
        let scores: Vec<Score> = matured.targets.iter().filter_map(score).collect();
        if scores.is_empty() {
            return Ok(());
        }
        for score in &scores {
            self.house.metrics.scored(score);
            out.keep(MonitoringRow::Score(matured.at, Box::new(score.clone())));
        }
        let scored = PredictionsScored { at: matured.at, scores };
        out.publish(&scored)?;
        self.policy.observe_scores(&scored);
        Ok(())
    }
}

impl Handler<FeatureVector> for DriftMonitor {
    fn handle(&mut self, vector: FeatureVector, out: &mut Outbox<Self>) -> Result<()> {
        if vector.as_of.on_grid(DAY) {
            self.show_skill(vector.as_of);
        }
        for decision in self.policy.decide(&vector) {
            match decision {
                Decision::SkillDegraded(degraded) => {
                    self.house.metrics.degraded(degraded.horizon.as_str());
                    out.publish(&degraded)?;
                }
                Decision::Retrain(retrain) => {
                    tracing::info!(at = %retrain.at, cause = retrain.cause.name(), "asking for a retraining");
                    self.house.metrics.asked_to_train(retrain.cause.name());
                    let cause = serde_json::to_string(&retrain.cause).unwrap_or_default();
                    let id = out.publish(&retrain)?.id.to_string();
                    out.keep(MonitoringRow::Command(retrain.at, id, cause));
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::PolicyConfig;
    use wick_bus::Config;
    use wick_bus::testing::Stage;
    use wick_schemas::prediction::BaselineForecast;
    use wick_schemas::{Cause, Forecast, Horizon, Level, Origin, Retrain, Target};

    fn monitor() -> DriftMonitor {
        let (_, stop) = tokio::sync::watch::channel(false);
        let house = House::new(Config::load(None, &[]).expect("settings"), String::new(), stop).expect("a house");
        let policy = PolicyConfig { min_warm_bars: 1, ..PolicyConfig::default() };
        DriftMonitor { house, policy: Policy::recovered(policy, None), waiting: BTreeMap::new(), heard: None }
    }

    fn prediction(as_of: Timestamp) -> Prediction {
        let quantiles = vec![-0.02, -0.01, -0.005, 0.0, 0.005, 0.01, 0.02];
        let baseline = BaselineForecast {
            p_up: 0.5,
            ewma_variance: 1e-4,
            har_variance: 1e-4,
            seasonal_har_variance: 1e-4,
            garch_variance: None,
            return_quantiles: quantiles.clone(),
        };
        let forecast = |horizon| Forecast {
            horizon,
            p_up: 0.6,
            expected_return: 0.0,
            variance: 1e-4,
            return_quantiles: quantiles.clone(),
            price_quantiles: quantiles.clone(),
            raw_log_variance: -9.0,
            baseline: baseline.clone(),
        };
        Prediction {
            as_of,
            price: 100.0,
            origin: Origin::Simulated,
            ingest_time: as_of,
            level: Level::Champion,
            model: "m".into(),
            feature_set: "f".into(),
            forecasts: Horizon::ALL.map(forecast).to_vec(),
            gaps: Vec::new(),
        }
    }

    fn vector(as_of: Timestamp) -> FeatureVector {
        FeatureVector {
            as_of,
            feature_set: "f".into(),
            price: 100.0,
            warm: true,
            minutes: 15,
            origin: Origin::Simulated,
            ingest_time: as_of,
            names: vec![],
            values: vec![],
        }
    }

    #[test]
    fn a_forecast_is_scored_when_its_outcome_is_there_and_not_before() {
        let mut stage = Stage::new(monitor());
        let origin = Timestamp(20 * DAY);
        stage.give(&prediction(origin)).expect("handled");
        let target = |horizon: Horizon, origin: Timestamp| Target {
            horizon,
            origin,
            log_return: 0.001,
            realised_variance: 1e-4,
        };
        // An outcome of a forecast that was never made.
        let unknown = target(Horizon::M15, origin.shift(-BAR));
        stage.give(&TargetsMatured { at: origin, targets: vec![unknown] }).expect("handled");
        assert!(stage.published::<PredictionsScored>().is_empty());
        let at = origin.shift(BAR);
        stage.give(&TargetsMatured { at, targets: vec![target(Horizon::M15, origin)] }).expect("handled");
        let scored = stage.published::<PredictionsScored>();
        assert_eq!((scored.len(), scored[0].at, scored[0].scores.len()), (1, at, 1));
        assert!(scored[0].scores[0].log_loss < scored[0].scores[0].base_log_loss);
        assert!(matches!(stage.out.rows.as_slice(), [MonitoringRow::Score(kept, _)] if *kept == at));
    }

    #[test]
    fn the_first_vector_on_the_grid_asks_for_a_model_and_says_why() {
        let mut stage = Stage::new(monitor());
        stage.give(&vector(Timestamp(20 * DAY + BAR))).expect("handled");
        assert!(stage.out.messages.is_empty());
        stage.give(&vector(Timestamp(21 * DAY))).expect("handled");
        let asked = stage.published::<Retrain>();
        assert_eq!((asked.len(), &asked[0].cause), (1, &Cause::NoChampion));
        assert!(matches!(stage.out.rows.as_slice(), [MonitoringRow::Command(..)]));
        // None can come before the next midnight, however far the forecasts are.
        let next = vec![Timestamp::MIN, Timestamp::MIN, Timestamp(21 * DAY + BAR)];
        let promised = stage.resident.promises(Timestamp(0), &next);
        assert_eq!(promised, [(topic::COMMANDS_RETRAIN, Timestamp(22 * DAY - 1))]);
    }
}
