//! When to retrain: the first time as soon as there is enough to learn from, then by the calendar, when a forecast has
//! lost its edge, and when features are unlike those that were learnt from.
//!
//! Everything is decided in event time and at midnight (UTC), the first command at six, noon and eighteen too. So a replay decides what
//! the live run did, and [`Policy::promised`] can say how far ahead no command will come.

use serde::{Deserialize, Serialize};
use wick_schemas::profile::WEEK;
use wick_schemas::time::{BAR, DAY, HOUR};
use wick_schemas::topic::actor::DRIFT_MONITOR;
use wick_schemas::{Cause, FeatureVector, Horizon, Level, PredictionsScored, Retrain, SkillDegraded, Timestamp};

use crate::skill::{Losses, WindowSkill};

/// A bar learnt later than this after its close, in milliseconds, is history being caught up with.
const FRESH: i64 = DAY;

/// The first command comes at a multiple of this, in milliseconds: a bar could bring it at any time else, and nobody
/// could be told how far ahead none will come.
const FIRST: i64 = 6 * HOUR;

/// For so long after drift has asked it does not ask again, in milliseconds: by then every vector that is looked at is new.
const DRIFT_PAUSE: i64 = WEEK as i64 * BAR;

/// Whether a bar was learnt soon enough after its close for anything to be decided at it.
#[must_use]
pub fn fresh(bar: &FeatureVector) -> bool {
    bar.ingest_time.millis().saturating_sub(bar.as_of.millis()) < FRESH
}

/// The knobs of the policy.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PolicyConfig {
    /// Days between scheduled retrainings; 0 for no schedule. Monthly, weekly and daily have measured alike.
    pub every_days: u32,
    /// Hours after any command before lost skill or drift may ask again.
    pub cooldown_hours: u32,
    /// Settled forecasts that a horizon's skill is watched over (96 a day); 0 watches nothing.
    pub skill_window: usize,
    /// QLIKE skill against seasonal HAR below which it counts as lost. Below zero, as by chance alone a model that
    /// equals its baseline is below it half of the time.
    pub skill_threshold: f64,
    /// Whether features that have drifted ask for a retraining. What then serves has seen such a week; whether it is better
    /// is for the promotion gate to say.
    pub drift_retrains: bool,
    /// Complete feature vectors that must be there before the first training.
    pub min_warm_bars: usize,
}

impl Default for PolicyConfig {
    fn default() -> Self {
        Self {
            every_days: 1,
            cooldown_hours: 24,
            skill_window: 2_880,
            skill_threshold: -0.05,
            drift_retrains: true,
            min_warm_bars: 2_880,
        }
    }
}

/// What the policy decided.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// Train a challenger.
    Retrain(Retrain),
    /// A horizon fell below the threshold; said once, until it has recovered or a retraining answered it.
    SkillDegraded(SkillDegraded),
}

/// The policy and what it remembers. As a checkpoint it is what it remembers; its configuration is not kept.
///
/// A champion is taken to exist once a command was issued: training takes its time, and a training that fails is
/// repeated by the schedule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    #[serde(skip)]
    config: PolicyConfig,
    last_command: Option<Timestamp>,
    /// When drift last asked.
    #[serde(default)]
    drift_command: Option<Timestamp>,
    warm_bars: usize,
    losses: [Losses; 4],
    degraded: [bool; 4],
    model: String,
}

impl Policy {
    /// A policy that remembers what the checkpoint does, and decides by this configuration.
    #[must_use]
    pub fn recovered(config: PolicyConfig, checkpoint: Option<Self>) -> Self {
        match checkpoint {
            Some(checkpoint) => Self { config, ..checkpoint },
            None => Self {
                config,
                last_command: None,
                drift_command: None,
                warm_bars: 0,
                losses: Default::default(),
                degraded: [false; 4],
                model: String::new(),
            },
        }
    }

    /// Takes settled forecasts into account. Those made without a model say nothing of one and are passed over.
    pub fn observe_scores(&mut self, scored: &PredictionsScored) {
        for score in &scored.scores {
            if matches!(score.level, Level::Champion | Level::Previous) {
                self.losses[score.horizon.index()].add(scored.at, score);
                self.model.clone_from(&score.model);
            }
        }
    }

    /// Decides at a closed bar; to be asked at every bar, in order, with what speaks for drift of the features, in words.
    /// A bar that is learnt a day late or more is counted but decides nothing.
    pub fn decide(&mut self, bar: &FeatureVector, drift: Option<&str>) -> Vec<Decision> {
        self.warm_bars += usize::from(bar.warm);
        if !fresh(bar) {
            return Vec::new();
        }
        match self.last_command {
            None if bar.warm && bar.as_of.on_grid(FIRST) && self.warm_bars >= self.config.min_warm_bars => {
                vec![self.command(bar.as_of, Cause::NoChampion)]
            }
            Some(last) if bar.as_of.on_grid(DAY) => self.review(bar.as_of, last, drift),
            _ => Vec::new(),
        }
    }

    /// The event time through which no further command can come, once everything up to `reached` was decided: the
    /// last millisecond before the next midnight; before the first command, the last one before enough bars can be there.
    #[must_use]
    pub fn promised(&self, reached: Timestamp) -> Timestamp {
        match self.last_command {
            Some(last) => reached.max(last).floor(DAY).shift(DAY).shift(-1),
            None => {
                // Bars are a bar apart, and so many warm ones are still missing.
                let missing = self.config.min_warm_bars.saturating_sub(self.warm_bars).max(1);
                let span = i64::try_from(missing).unwrap_or(i64::MAX).saturating_mul(BAR);
                // The first moment of the grid that is not before the bar that could be enough.
                reached.floor(BAR).shift(span).shift(FIRST - 1).floor(FIRST).shift(-1)
            }
        }
    }

    /// Each horizon's skill over the newest whole days before the moment's, where there are forecasts enough.
    #[must_use]
    pub fn skills(&self, as_of: Timestamp) -> [Option<WindowSkill>; 4] {
        let day = as_of.floor(DAY);
        std::array::from_fn(|place| self.losses[place].skill(day, self.config.skill_window.max(1)))
    }

    /// When the last command was issued.
    #[must_use]
    pub fn last_command(&self) -> Option<Timestamp> {
        self.last_command
    }

    /// The daily decision.
    fn review(&mut self, at: Timestamp, last: Timestamp, drift: Option<&str>) -> Vec<Decision> {
        let mut decisions = Vec::new();
        let evidence = self.watch(at, &mut decisions);
        let since = at - last;
        let cool = since >= i64::from(self.config.cooldown_hours) * HOUR;
        let answered = self.drift_command.is_some_and(|asked| at - asked < DRIFT_PAUSE);
        let drift = drift.filter(|_| self.config.drift_retrains && cool && !answered);
        let due = self.config.every_days > 0 && since >= i64::from(self.config.every_days) * DAY;
        if !evidence.is_empty() && cool {
            // The evidence is used up: asking again takes a full window of new forecasts.
            self.losses.iter_mut().for_each(|losses| losses.forget(at));
            self.degraded = [false; 4];
            decisions.push(self.command(at, Cause::SkillLost { evidence: evidence.join("; ") }));
        } else if let Some(evidence) = drift {
            self.drift_command = Some(at);
            decisions.push(self.command(at, Cause::FeaturesDrifted { evidence: evidence.to_owned() }));
        } else if due {
            decisions.push(self.command(at, Cause::Schedule));
        }
        decisions
    }

    /// What speaks for lost skill today, in words; what was lost since yesterday is decided on the way.
    fn watch(&mut self, at: Timestamp, decisions: &mut Vec<Decision>) -> Vec<String> {
        let PolicyConfig { skill_window, skill_threshold: threshold, .. } = self.config;
        if skill_window == 0 {
            return Vec::new();
        }
        let mut evidence = Vec::new();
        for horizon in Horizon::ALL {
            let losses = &mut self.losses[horizon.index()];
            losses.prune(at, skill_window);
            let lost = losses.skill(at, skill_window).filter(|skill| skill.volatility < threshold);
            let before = std::mem::replace(&mut self.degraded[horizon.index()], lost.is_some());
            let Some(WindowSkill { n, volatility, .. }) = lost else { continue };
            evidence.push(format!(
                "qlike skill {volatility:.4} against seasonal_har over {n} forecasts at {horizon}, below {threshold}"
            ));
            if !before {
                decisions.push(Decision::SkillDegraded(SkillDegraded {
                    at,
                    horizon,
                    loss_name: "qlike".to_owned(),
                    statistic: volatility,
                    threshold,
                    window: n,
                    model: self.model.clone(),
                }));
            }
        }
        evidence
    }

    fn command(&mut self, at: Timestamp, cause: Cause) -> Decision {
        self.last_command = Some(at);
        Decision::Retrain(Retrain { at, cause, requested_by: DRIFT_MONITOR.to_owned() })
    }
}

#[cfg(test)]
mod tests;
