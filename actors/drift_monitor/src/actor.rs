//! The shell of the drift monitor.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wick_bus::actor::Wait;
use wick_bus::{Handler, House, Outbox, Resident, Result, Routes};
use wick_schemas::time::{BAR, DAY};
use wick_schemas::topic::{self, actor};
use wick_schemas::{
    FeatureVector, Horizon, Level, Prediction, PredictionsScored, Score, TargetsMatured, Timestamp, Topic,
};

use crate::config::DriftMonitorConfig;
use crate::coverage::Coverage;
use crate::features::{self, Features, FeaturesState};
use crate::monitoring::{self, Monitoring, MonitoringRow};
use crate::policy::{self, Decision, Policy};

/// How long a forecast waits for its outcome: the longest horizon and a few bars of grace.
const PATIENCE: i64 = DAY + 4 * BAR;

/// The rank of feature vectors among the routes.
const VECTORS: usize = 2;

/// Scores forecasts and asks for retraining.
pub struct DriftMonitor {
    house: House,
    /// When to ask for what.
    policy: Policy,
    /// Whether intervals hold what they say.
    coverage: Coverage,
    /// Whether features are like those that were learnt from.
    features: Features,
    /// Forecasts that wait for their outcome, by the time that they were made.
    waiting: BTreeMap<Timestamp, Prediction>,
    /// The newest forecast taken in.
    heard: Option<Timestamp>,
}

/// What the monitor needs, besides the forecasts in serving, to go on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct State {
    policy: Policy,
    #[serde(default)]
    coverage: Coverage,
    #[serde(default)]
    features: FeaturesState,
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
        &[
            topic::PREDICTIONS_SCORED,
            topic::DRIFT_DETECTED,
            topic::SKILL_DEGRADED,
            topic::COVERAGE_MISSED,
            topic::COMMANDS_RETRAIN,
        ]
    }

    async fn open(house: &House) -> Result<Monitoring> {
        Monitoring::open(house).await
    }

    async fn recover(house: &House, _: &Monitoring, checkpoint: Option<State>) -> Result<Self> {
        let config: DriftMonitorConfig = house.config.section(Self::NAME)?;
        let (policy, coverage, features, heard) = match checkpoint {
            Some(state) => (Some(state.policy), Some(state.coverage), state.features, state.heard),
            None => (None, None, FeaturesState::default(), None),
        };
        let waiting = match heard {
            Some(heard) => monitoring::forecasts_between(house, heard.shift(-PATIENCE), heard).await?,
            None => Vec::new(),
        };
        let waiting = waiting.into_iter().map(|prediction| (prediction.as_of, prediction)).collect();
        let monitor = Self {
            house: house.clone(),
            policy: Policy::recovered(config.policy, policy),
            coverage: Coverage::recovered(config.coverage, coverage),
            features: Features::recovered(house, config.features, features)?,
            waiting,
            heard,
        };
        heard.into_iter().for_each(|heard| monitor.show_skill(heard));
        Ok(monitor)
    }

    fn checkpoint(&self) -> State {
        State {
            policy: self.policy.clone(),
            coverage: self.coverage.clone(),
            features: self.features.state(),
            heard: self.heard,
        }
    }

    /// Commands answer feature vectors: before the next of those none can come, however far everything else is. So the
    /// circle of monitor, trainer and predictor never stands still.
    fn promises(&self, reached: Timestamp, next: &[Timestamp]) -> Vec<(Topic, Timestamp)> {
        let vectors = next.get(VECTORS).map_or(reached, |next| next.shift(-1)).max(reached);
        vec![(topic::COMMANDS_RETRAIN, self.policy.promised(vectors))]
    }

    fn observe(&self) -> serde_json::Value {
        serde_json::json!({
            "policy": self.policy,
            "coverage": self.coverage,
            "features": self.features.state(),
            "waiting": self.waiting.len(),
            "heard": self.heard,
        })
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

impl DriftMonitor {
    /// Says which intervals have begun to miss their share.
    fn watch_coverage(&mut self, at: Timestamp, out: &mut Outbox<Self>) -> Result<()> {
        for missed in self.coverage.review(at) {
            let (horizon, percent) = (missed.horizon.as_str(), missed.percent());
            tracing::warn!(%at, horizon, percent, inside = missed.statistic, "an interval misses its share");
            self.house.metrics.coverage_missed(horizon, percent);
            out.publish(&missed)?;
        }
        Ok(())
    }

    /// Looks at the features beside those that the model has learnt from which made the forecast of this bar; says so where
    /// they have drifted, and gives it in words as long as they have.
    fn watch_features(&mut self, bar: &FeatureVector, out: &mut Outbox<Self>) -> Result<Option<String>> {
        let made = self.waiting.get(&bar.as_of).filter(|made| matches!(made.level, Level::Champion | Level::Previous));
        let Some(made) = made.filter(|_| policy::fresh(bar)) else { return Ok(None) };
        let Some(look) = self.features.look(&self.house, bar.as_of, &made.model, &made.feature_set) else {
            return Ok(None);
        };
        let metrics = &self.house.metrics;
        metrics.drift(look.drifts.share(), look.drifts.features.iter().map(|one| (one.name.as_str(), one.statistic)));
        let Some(detected) = look.detected else { return Ok(None) };
        let words = features::words(&detected);
        if look.news {
            tracing::warn!(at = %bar.as_of, "{words}");
            metrics.drift_detected();
            out.publish(&detected)?;
        }
        Ok(Some(words))
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
        self.coverage.observe(&scored);
        Ok(())
    }
}

impl Handler<FeatureVector> for DriftMonitor {
    fn handle(&mut self, vector: FeatureVector, out: &mut Outbox<Self>) -> Result<()> {
        if vector.as_of.on_grid(DAY) {
            self.show_skill(vector.as_of);
            if policy::fresh(&vector) {
                self.watch_coverage(vector.as_of, out)?;
            }
        }
        self.features.take(&vector);
        let drift = self.watch_features(&vector, out)?;
        for decision in self.policy.decide(&vector, drift.as_deref()) {
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
    use crate::coverage::CoverageConfig;
    use crate::policy::PolicyConfig;
    use wick_bus::Config;
    use wick_bus::testing::Stage;
    use wick_schemas::prediction::BaselineForecast;
    use wick_schemas::{Cause, CoverageMissed, Forecast, Horizon, Origin, Retrain, Target};

    fn monitor() -> DriftMonitor {
        let (_, stop) = tokio::sync::watch::channel(false);
        let house = House::new(Config::load(None, &[]).expect("settings"), String::new(), stop).expect("a house");
        let policy = PolicyConfig { min_warm_bars: 1, ..PolicyConfig::default() };
        DriftMonitor {
            house,
            policy: Policy::recovered(policy, None),
            coverage: Coverage::default(),
            features: Features::default(),
            waiting: BTreeMap::new(),
            heard: None,
        }
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
            raw_p_up: Some(0.6),
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

    #[test]
    fn an_interval_that_misses_its_share_is_said_once_at_midnight() {
        let mut stage = Stage::new(monitor());
        stage.resident.coverage = Coverage::recovered(CoverageConfig { window: 96, ..CoverageConfig::default() }, None);
        for bar in 0..=3 * 96 {
            let at = Timestamp(20 * DAY + bar * BAR);
            stage.give(&prediction(at)).expect("handled");
            // Beyond every quantile.
            let target = Target { horizon: Horizon::M15, origin: at - BAR, log_return: 0.1, realised_variance: 1e-4 };
            stage.give(&TargetsMatured { at, targets: vec![target] }).expect("handled");
            // What is learnt a day late is history, and nobody is woken for it.
            let late = if bar < 3 * 96 { DAY } else { 0 };
            stage.give(&FeatureVector { ingest_time: at + late, ..vector(at) }).expect("handled");
        }
        let said = stage.published::<CoverageMissed>();
        let told: Vec<_> = said.iter().map(|one| (one.at, one.horizon, one.percent(), one.statistic)).collect();
        let at = Timestamp(23 * DAY);
        assert_eq!(told, [(at, Horizon::M15, 80, 0.0), (at, Horizon::M15, 95, 0.0)]);
        assert!(
            stage
                .resident
                .house
                .metrics
                .text()
                .contains("wick_coverage_missed_total{horizon=\"15m\",interval=\"95\"} 1\n")
        );
    }
}
