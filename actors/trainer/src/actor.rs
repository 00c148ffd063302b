//! The shell of the trainer.

use std::time::Instant;

use serde::{Deserialize, Serialize};
use wick_bus::actor::Wait;
use wick_bus::{Error, Handler, House, Kind, Outbox, Resident, Result, Routes, registry};
use wick_schemas::profile::Profile;
use wick_schemas::time::MINUTE;
use wick_schemas::topic::{self, actor};
use wick_schemas::{
    Artifact, Cause, ModelPromoted, ModelRefused, ModelRolledBack, ModelTrained, Promote, Retrain, Rollback, Timestamp,
    Topic,
};

use crate::assemble::Trained;
use crate::config::TrainerConfig;
use crate::history;
use crate::models::{Deployment, Manifest, ModelRow, Models};
use crate::placed;
use crate::progress::Progress;
use crate::promotion::{self, Verdict};

/// Trains, compares, promotes.
pub struct Trainer {
    house: House,
    config: TrainerConfig,
    state: State,
}

/// Who serves, and when was last trained.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct State {
    champion: Option<String>,
    previous: Option<String>,
    /// The event time of the last training that was begun.
    trained: Option<Timestamp>,
    /// When a person last chose the champion, by a promotion or a rollback.
    #[serde(default)]
    chosen: Option<Timestamp>,
    /// How many decisions were made of who serves.
    #[serde(default)]
    decisions: u64,
}

/// What came of a training.
pub struct Training {
    command: Retrain,
    outcome: std::result::Result<Box<Fruit>, String>,
}

/// A trained model and what was said of it.
struct Fruit {
    trained: Trained,
    /// Where networks were fitted, if any were asked for.
    networks_on: Option<String>,
    json: String,
    /// What its features looked like, as JSON.
    profile: String,
    hash: String,
    /// What is too good to be true.
    alarms: Vec<String>,
    verdict: Verdict,
}

impl Resident for Trainer {
    const NAME: &'static str = actor::TRAINER;
    /// What one training promotes is what the next is compared with.
    const ONE_BY_ONE: bool = true;
    type Row = ModelRow;
    type Layer = Models;
    type Checkpoint = State;
    type Local = ();
    type Done = Training;

    fn routes() -> Routes<Self> {
        Routes::default().on::<Retrain>(Wait::Always).on::<Promote>(Wait::Never).on::<Rollback>(Wait::Never)
    }

    fn publishes() -> &'static [Topic] {
        &[topic::MODELS_TRAINED, topic::MODELS_PROMOTED, topic::MODELS_REFUSED, topic::MODELS_ROLLED_BACK]
    }

    async fn open(house: &House) -> Result<Models> {
        Models::open(house).await
    }

    async fn recover(house: &House, _: &Models, checkpoint: Option<State>) -> Result<Self> {
        let config: TrainerConfig = house.config.section(Self::NAME)?;
        // Told at the start: later it would be the reason why one training after the other is refused.
        config.fit.validate().map_err(|error| Error::Config(format!("trainer.fit: {error}")))?;
        Ok(Self { house: house.clone(), config, state: checkpoint.unwrap_or_default() })
    }

    fn checkpoint(&self) -> State {
        self.state.clone()
    }

    /// A model serves some time after its command, so what serves is known that much further ahead.
    fn promises(&self, reached: Timestamp, _: &[Timestamp]) -> Vec<(Topic, Timestamp)> {
        // Before anything is known of commands there is nothing to promise.
        let ahead = if reached > Timestamp(0) { reached.shift(self.allowance()) } else { reached };
        vec![(topic::MODELS_PROMOTED, ahead), (topic::MODELS_ROLLED_BACK, ahead)]
    }

    fn done(&mut self, training: Training, out: &mut Outbox<Self>) -> Result<()> {
        let Training { command, outcome } = training;
        match outcome {
            Ok(fruit) => self.publish(&command, *fruit, out),
            Err(reason) => refuse(out, &command, String::new(), vec![reason]),
        }
    }

    fn observe(&self) -> serde_json::Value {
        serde_json::to_value(&self.state).unwrap_or_default()
    }
}

impl Trainer {
    fn allowance(&self) -> i64 {
        self.config.serve_delay_minutes.max(1) * MINUTE
    }

    fn publish(&mut self, command: &Retrain, fruit: Fruit, out: &mut Outbox<Self>) -> Result<()> {
        let Fruit { trained, networks_on, json, profile, hash, alarms, verdict } = fruit;
        let verdict = if by_person(command) {
            verdict
        } else {
            let cool_down = self.config.cool_down_minutes * MINUTE;
            promotion::after_a_choice(verdict, command.at, self.state.chosen, cool_down)
        };
        out.publish(&ModelTrained {
            at: command.at,
            model: hash.clone(),
            feature_set: trained.artifact.feature_set.clone(),
            from: trained.from,
            to: trained.to,
            rows: trained.rows,
            cause: command.cause.clone(),
            metrics: trained.metrics.clone(),
            alarms,
        })?;
        out.keep(ModelRow::Model(Box::new(Manifest {
            hash: hash.clone(),
            json,
            profile,
            trained_at: command.at,
            feature_set: trained.artifact.feature_set.clone(),
            from: trained.from,
            to: trained.to,
            rows: trained.rows,
            cause: command.cause.clone(),
            requested_by: command.requested_by.clone(),
            metrics: serde_json::to_string(&trained.tried).unwrap_or_default(),
            config: self.config.fit.record(networks_on.as_deref()),
            promoted: verdict.promote,
            reasons: verdict.reasons.clone(),
            trials: trained.trials.clone(),
        })));
        if !verdict.promote {
            return refuse(out, command, hash, verdict.reasons);
        }
        let serves_from = command.at.shift(self.allowance());
        let promoted = ModelPromoted {
            serves_from,
            model: hash,
            previous: None,
            number: 0,
            feature_set: trained.artifact.feature_set,
            cause: command.cause.clone(),
            requested_by: command.requested_by.clone(),
            reasons: verdict.reasons,
        };
        self.promote(promoted, out)
    }

    fn promote(&mut self, mut promoted: ModelPromoted, out: &mut Outbox<Self>) -> Result<()> {
        // Who was put off and is to serve at once, or serves already, does not stand in for the one before it.
        if self.state.champion.as_ref() != Some(&promoted.model) {
            self.state.previous = self.state.champion.replace(promoted.model.clone());
        }
        promoted.previous.clone_from(&self.state.previous);
        promoted.number = self.decide();
        let id = out.publish(&promoted)?.id.to_string();
        tracing::info!(model = promoted.model, from = %promoted.serves_from, reasons = ?promoted.reasons, "promoted");
        out.keep(ModelRow::Deployment(Deployment {
            id,
            serves_from: promoted.serves_from,
            kind: "promoted",
            model: promoted.model,
            previous: promoted.previous,
            cause: promoted.cause,
            requested_by: promoted.requested_by,
            reasons: promoted.reasons,
        }));
        Ok(())
    }

    /// The number of a decision of who serves.
    fn decide(&mut self) -> u64 {
        self.state.decisions += 1;
        self.state.decisions
    }

    /// The one model whose hash begins like this.
    fn find(&self, beginning: &str) -> std::result::Result<(String, Artifact), String> {
        let folder = self.house.path("models");
        let entries = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let hashes: Vec<String> = names
            .filter_map(|name| name.strip_suffix(".json").map(str::to_owned))
            // A profile lies beside each artifact.
            .filter(|hash| hash.starts_with(beginning) && !hash.contains('.'))
            .collect();
        match hashes.as_slice() {
            [hash] => registry::load(&self.house, hash).map(|a| (hash.clone(), a)).map_err(|error| error.to_string()),
            [] => Err(format!("no model begins with '{beginning}': see `wick models list`")),
            _ => Err(format!("{} models begin with '{beginning}': write more of the hash", hashes.len())),
        }
    }
}

fn by_person(command: &Retrain) -> bool {
    matches!(command.cause, Cause::Person { .. })
}

fn refuse(out: &mut Outbox<Trainer>, command: &Retrain, model: String, reasons: Vec<String>) -> Result<()> {
    tracing::info!(at = %command.at, cause = command.cause.name(), ?reasons, "refused");
    let refused = ModelRefused { at: command.at, model, cause: command.cause.clone(), reasons };
    out.publish(&refused).map(|_| ())
}

impl Handler<Retrain> for Trainer {
    fn handle(&mut self, command: Retrain, out: &mut Outbox<Self>) -> Result<()> {
        let person = by_person(&command);
        let near = self.config.coalesce_minutes * MINUTE;
        if let Some(trained) = self.state.trained
            && !person
            && command.at < trained.shift(near)
        {
            return refuse(out, &command, String::new(), vec![format!("answered by the training of {trained}")]);
        }
        self.state.trained = self.state.trained.max(Some(command.at));
        let (house, config) = (self.house.clone(), self.config.clone());
        let champion = self.state.champion.clone();
        out.work(move |abandoned| {
            let started = Instant::now();
            let stop = || house.stopping() || abandoned();
            let outcome = train(&house, &config, &command, champion.as_deref(), &stop);
            if stop() {
                return Err(Error::Stopping);
            }
            let ended = match &outcome {
                Ok(fruit) if fruit.verdict.promote => "promoted",
                Ok(_) => "refused",
                Err(_) => "failed",
            };
            house.metrics.trained(ended, started.elapsed());
            tracing::info!(at = %command.at, seconds = started.elapsed().as_secs_f64(), "training ended");
            Ok(Training { command, outcome })
        });
        Ok(())
    }
}

/// The long work: reads what was known, fits, judges.
fn train(
    house: &House,
    config: &TrainerConfig,
    command: &Retrain,
    champion: Option<&str>,
    stop: &(dyn Fn() -> bool + Sync),
) -> std::result::Result<Box<Fruit>, String> {
    let words = |error: Error| error.to_string();
    config.leak_alarm.validate().map_err(|error| error.to_string())?;
    let mut data = history::read(house, command.at, config.fit.train_days).map_err(words)?;
    // A champion that cannot be read any more is no rival.
    let rival = champion.and_then(|hash| registry::load(house, hash).ok());
    data.rival = rival.as_ref().map(|champion| champion.trained_at);
    let progress = Progress::of(house, command.at);
    let (mut trained, networks_on) =
        placed::train(&data, &config.fit, &|done| progress.tell(done), stop).map_err(|error| error.to_string())?;
    let verdict = promotion::judge(&trained, rival.as_ref(), &data, &config.fit);
    if let (Some(hash), Some(rival)) = (champion, &rival)
        && !verdict.kept.is_empty()
    {
        trained.keep(&verdict.kept, rival, hash, &data, config.fit.level_days).map_err(|error| error.to_string())?;
    }
    let mut alarms = Vec::new();
    for figure in config.leak_alarm.rings(&trained.figures) {
        house.metrics.suspected(&figure.horizon.to_string(), figure.measure.name());
        alarms.push(config.leak_alarm.words(figure));
        tracing::warn!(at = %command.at, alarm = alarms.last(), "leak alarm");
    }
    let verdict = config.leak_alarm.judge(verdict, &alarms, by_person(command));
    let json = trained.artifact.to_json().map_err(|error| error.to_string())?;
    let hash = Artifact::hash_of(&json);
    let rows = &data.rows;
    let profile = Profile::of(rows.names(), rows.as_of(), |place| rows.row(place));
    let profile = serde_json::to_string(&profile).map_err(|error| error.to_string())?;
    Ok(Box::new(Fruit { trained, networks_on, json, profile, hash, alarms, verdict }))
}

impl Handler<Promote> for Trainer {
    fn handle(&mut self, command: Promote, out: &mut Outbox<Self>) -> Result<()> {
        let (model, artifact) = match self.find(&command.model) {
            Ok(found) => found,
            Err(reason) => {
                let refused =
                    ModelRefused { at: command.at, model: command.model, cause: command.cause, reasons: vec![reason] };
                return out.publish(&refused).map(|_| ());
            }
        };
        let promoted = ModelPromoted {
            serves_from: command.at,
            model,
            previous: None,
            number: 0,
            feature_set: artifact.feature_set,
            cause: command.cause,
            requested_by: command.requested_by,
            reasons: vec!["a person chose it".into()],
        };
        self.state.chosen = self.state.chosen.max(Some(command.at));
        self.promote(promoted, out)
    }
}

impl Handler<Rollback> for Trainer {
    fn handle(&mut self, command: Rollback, out: &mut Outbox<Self>) -> Result<()> {
        let (Some(champion), Some(previous)) = (self.state.champion.clone(), self.state.previous.clone()) else {
            let reasons = vec!["there is no former champion".to_owned()];
            let refused = ModelRefused { at: command.at, model: String::new(), cause: command.cause, reasons };
            return out.publish(&refused).map(|_| ());
        };
        if let Err(error) = registry::load(&self.house, &previous) {
            return Err(Error::actor(Kind::Permanent, error));
        }
        let rolled_back = ModelRolledBack {
            serves_from: command.at,
            model: previous.clone(),
            replaced: champion.clone(),
            cause: command.cause.clone(),
            requested_by: command.requested_by.clone(),
            number: self.decide(),
        };
        let id = out.publish(&rolled_back)?.id.to_string();
        self.state.chosen = self.state.chosen.max(Some(command.at));
        self.state.champion = Some(previous.clone());
        self.state.previous = Some(champion.clone());
        out.keep(ModelRow::Deployment(Deployment {
            id,
            serves_from: command.at,
            kind: "rolled_back",
            model: previous,
            previous: Some(champion),
            cause: command.cause,
            requested_by: command.requested_by,
            reasons: vec!["a person asked".into()],
        }));
        Ok(())
    }
}

#[cfg(test)]
mod tests;
