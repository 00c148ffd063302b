//! From a dataset to a model: evaluates, chooses, fits the chosen on everything, and writes it all down.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use wick_schemas::model::{Artifact, Canary, Estimator, Garch, HorizonModel, Learnt};
use wick_schemas::model_event::CellMetric;
use wick_schemas::{Horizon, Timestamp};

use crate::choice::Choice;
use crate::dataset::{Dataset, Labels};
use crate::error::{Error, Result};
use crate::evaluate::{Evaluation, evaluate};
use crate::figure::{Figure, figures};
use crate::fit::{self, BASE_RATE, FitConfig, Fitted, Named, SEASONAL_HAR, Wanted};
use crate::interval::{self, Forecasts};
use crate::search::{Trial, search};

/// The shape of artifact that this version writes.
const FORMAT: u16 = 1;

/// Out-of-sample losses of what was chosen for a horizon: what a champion is compared with.
#[derive(Clone, Debug, PartialEq)]
pub struct OutOfSample {
    /// The horizon.
    pub horizon: Horizon,
    /// When each forecast was made, rising.
    pub as_of: Vec<Timestamp>,
    /// Log-loss of each.
    pub log_loss: Vec<f64>,
    /// QLIKE of each.
    pub qlike: Vec<f64>,
}

/// A trained model and how it did.
#[derive(Clone, Debug, PartialEq)]
pub struct Trained {
    /// The model.
    pub artifact: Artifact,
    /// How what was chosen did out of sample: two for each horizon that had enough rows to tell, and none of what was kept
    /// from the champion, which these rows say nothing of.
    pub metrics: Vec<CellMetric>,
    /// How every candidate did, chosen or not.
    pub tried: Vec<CellMetric>,
    /// The best that any candidate reached, chosen or not: what the leak alarm looks at.
    pub figures: Vec<Figure>,
    /// Losses of what was chosen; empty for a horizon that had too few rows.
    pub out_of_sample: Vec<OutOfSample>,
    /// What the search tried.
    pub trials: Vec<Trial>,
    /// The first row's time.
    pub from: Timestamp,
    /// The last row's time.
    pub to: Timestamp,
    /// Number of rows.
    pub rows: usize,
}

impl Trained {
    /// Takes parts over from the champion, which is known by `hash`; a volatility with what came of it since.
    ///
    /// # Errors
    /// Where what comes of it does not say what it should.
    pub fn keep(
        &mut self,
        parts: &[(Horizon, Learnt)],
        champion: &Artifact,
        hash: &str,
        data: &Dataset,
        level_days: u32,
    ) -> Result<()> {
        for (horizon, learnt) in parts {
            self.artifact.keep(*horizon, *learnt, champion, hash);
            let place = horizon.index();
            let models = (self.artifact.horizons.get_mut(place), champion.horizons.get(place));
            if let (Learnt::Volatility, (Some(own), Some(former))) = (learnt, models) {
                own.levels[0] =
                    interval::level_since(champion.trained_at, former, data, data.labels_of(*horizon), level_days);
            }
            self.metrics.retain(|metric| (metric.horizon, metric.target.as_str()) != (*horizon, learnt.as_str()));
        }
        self.artifact.canaries = canaries(&self.artifact, data);
        self.artifact.prove().map_err(Error::from)
    }
}

/// Trains on everything that the dataset knows. The same dataset and settings give the same artifact, bit for bit.
///
/// The horizons are worked at by `config.threads` threads. `progress` is told the share done, rising to 1; `cancelled` is
/// asked between two fits.
///
/// # Errors
/// [`Error::NotEnoughRows`] where not even the baselines can be fitted, [`Error::Cancelled`], and what a fit says.
pub fn train(
    data: &Dataset,
    config: &FitConfig,
    progress: &(dyn Fn(f64) + Sync),
    cancelled: &(dyn Fn() -> bool + Sync),
) -> Result<Trained> {
    config.validate()?;
    for labels in &data.labels {
        let (have, need) = (labels.len(), config.min_baseline_rows);
        if have < need {
            return Err(Error::NotEnoughRows { horizon: labels.horizon, have, need });
        }
    }
    let (done, steps) = (Mutex::new(0_usize), Horizon::ALL.len() * (config.folds + 1));
    let stay = || if cancelled() { Err(Error::Cancelled) } else { Ok(()) };
    let step = || {
        // Told under the lock, so that it rises.
        let mut done = done.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *done += 1;
        progress((*done as f64 / steps as f64).min(1.0));
        stay()
    };
    let (mut horizons, mut metrics, mut tried, mut out_of_sample) = (vec![], vec![], vec![], vec![]);
    let (mut trials, mut best) = (Vec::new(), Vec::new());
    for fitted in side_by_side(config.threads, |horizon| of_horizon(data, horizon, config, &step, &stay)) {
        let Judged { model, judged, trials: told } = fitted?;
        horizons.push(model);
        trials.extend(told);
        if let Some((evaluation, choice)) = judged {
            let labels = data.labels_of(evaluation.horizon);
            tried.extend(evaluation.metrics());
            best.extend(figures(&evaluation, labels));
            out_of_sample.push(kept(labels, evaluation, &choice));
            metrics.extend(choice.metrics);
        }
    }
    progress(1.0);
    let as_of = data.rows.as_of();
    let (from, to) = (as_of.first().copied().unwrap_or(data.at), as_of.last().copied().unwrap_or(data.at));
    let mut artifact = Artifact {
        format: FORMAT,
        feature_set: data.rows.feature_set().to_owned(),
        names: data.rows.names().to_vec(),
        trained_at: data.at,
        horizons,
        kept: Vec::new(),
        canaries: Vec::new(),
    };
    artifact.canaries = canaries(&artifact, data);
    artifact.prove()?;
    Ok(Trained { artifact, metrics, tried, figures: best, out_of_sample, trials, from, to, rows: data.rows.len() })
}

/// What the work gives for each horizon, in their order, by so many threads. Nearer horizons take longer and come first.
fn side_by_side<T: Send>(threads: usize, work: impl Fn(Horizon) -> T + Sync) -> Vec<T> {
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let take = || {
        while let Some(horizon) = Horizon::ALL.get(next.fetch_add(1, Ordering::Relaxed)) {
            let fruit = work(*horizon);
            found.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((*horizon, fruit));
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.clamp(1, Horizon::ALL.len()) {
            scope.spawn(take);
        }
        take();
    });
    let mut found = found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    found.sort_by_key(|(horizon, _)| horizon.index());
    found.into_iter().map(|(_, fruit)| fruit).collect()
}

/// The model of a horizon.
struct Judged {
    model: HorizonModel,
    /// What it was judged by, where it had enough rows.
    judged: Option<(Evaluation, Choice)>,
    /// What the search for it tried.
    trials: Vec<Trial>,
}

fn of_horizon(
    data: &Dataset,
    horizon: Horizon,
    config: &FitConfig,
    step: &(dyn Fn() -> Result<()> + Sync),
    cancelled: &(dyn Fn() -> Result<()> + Sync),
) -> Result<Judged> {
    let enough = data.labels_of(horizon).len() >= config.min_rows;
    // A trial is no step of the progress, but a moment to be cancelled at.
    let (found, trials) = if enough { search(data, horizon, config, cancelled)? } else { (config.clone(), Vec::new()) };
    let config = &found;
    let evaluation = if enough { evaluate(data, horizon, config, step)? } else { None };
    let choice = evaluation.as_ref().map(|evaluation| evaluation.choose(config));
    let model = horizon_model(data, horizon, evaluation.as_ref().zip(choice.as_ref()), config)?;
    step()?;
    Ok(Judged { model, judged: evaluation.zip(choice), trials })
}

fn horizon_model(
    data: &Dataset,
    horizon: Horizon,
    judged: Option<(&Evaluation, &Choice)>,
    config: &FitConfig,
) -> Result<HorizonModel> {
    let labels = data.labels_of(horizon);
    let all = 0..labels.len();
    let names = judged.map_or((BASE_RATE, SEASONAL_HAR), |(evaluation, choice)| {
        (evaluation.direction[choice.direction].name, evaluation.volatility[choice.volatility].name)
    });
    let wanted = if judged.is_some() { Wanted::Chosen(names.0, names.1) } else { Wanted::Baselines };
    let mut fitted = fit::fit(data, labels, all, config, wanted)?;
    if let Some((evaluation, _)) = judged {
        evaluation.stack.join(&mut fitted, data.at);
    }
    let Fitted { base_rate, ewma, har, garch, direction, volatility } = fitted;
    let seasonal_har = pick(&volatility, SEASONAL_HAR)?;
    let (direction, volatility) = (pick(&direction, names.0)?, pick(&volatility, names.1)?);
    let forecasts = match judged {
        Some((evaluation, _)) => Forecasts::out_of_sample(evaluation, names.1)?,
        None => Forecasts::in_sample(data, labels, [&volatility, &ewma, &har, &seasonal_har, &garch]),
    };
    let (levels, level_outcomes) = forecasts.levels(labels, config.level_days);
    let [volatility_level, ewma_level, har_level, seasonal_level, garch_level] = levels;
    Ok(HorizonModel {
        horizon,
        direction_name: names.0.to_owned(),
        direction,
        volatility_name: names.1.to_owned(),
        volatility,
        base_rate,
        ewma,
        har,
        seasonal_har,
        garch: Some(Garch { estimator: garch, level: garch_level }),
        levels: [volatility_level, ewma_level, har_level, seasonal_level],
        level_outcomes,
        residual_quantiles: forecasts.residual_quantiles(labels),
        return_quantiles: interval::return_quantiles(labels),
    })
}

fn pick(candidates: &[Named], name: &str) -> Result<Estimator> {
    let found = candidates.iter().find(|candidate| candidate.name == name);
    let missing = || Error::Fit { what: "final model", reason: format!("no candidate is called {name}") };
    found.map(|candidate| candidate.estimator.clone()).ok_or_else(missing)
}

fn kept(labels: &Labels, mut evaluation: Evaluation, choice: &Choice) -> OutOfSample {
    OutOfSample {
        horizon: labels.horizon,
        as_of: evaluation.places.iter().map(|place| labels.as_of[*place]).collect(),
        log_loss: evaluation.direction.swap_remove(choice.direction).values,
        qlike: evaluation.volatility.swap_remove(choice.volatility).values,
    }
}

fn canaries(artifact: &Artifact, data: &Dataset) -> Vec<Canary> {
    let last = data.rows.len().saturating_sub(1);
    let canary = |place: usize| {
        let (as_of, values) = (data.rows.as_of()[place], data.rows.row(place).to_vec());
        Canary { as_of, expected: artifact.score_row(&values, as_of), values }
    };
    let mut places = vec![0, last / 2, last];
    places.dedup();
    places.into_iter().map(canary).collect()
}

#[cfg(test)]
mod tests;
