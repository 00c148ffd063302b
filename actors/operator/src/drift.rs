//! `wick drift`: whether the forecasts still have their skill.

use std::collections::BTreeMap;

use clap::Args;
use serde::{Deserialize, Serialize};
use sqlx::Row;
use wick_bus::feature_drift::{self, FeatureDrift, FeatureDrifts};
use wick_bus::{House, database, stream};
use wick_schemas::profile::Drift as Drifted;
use wick_schemas::scoreboard::Scoreboard;
use wick_schemas::time::DAY;
use wick_schemas::{Cause, CoverageMissed, DriftDetected, Horizon, Level, Payload, Score, SkillDegraded, Timestamp};

use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::page::Page;
use crate::page::Side::{Left, Right};
use crate::place::Place;
use crate::scoreboard::scores_since;
use crate::words::{self, NOTHING};

/// Forecasts of a horizon in a day.
const A_DAY: i64 = 96;

/// `wick drift`.
///
/// Skill is the share of the baseline's loss that the model's forecasts saved, over the window that the drift monitor
/// watches (`drift_monitor.policy.skill_window`). Below the threshold a horizon has lost it, and a retraining is asked
/// for at the next midnight after the cool-down. Features have drifted as a set where more of them than
/// `drift_monitor.features.share` were further away last week than in any week that the model learnt from; an interval misses
/// its share where it held too few outcomes, or too many, over `drift_monitor.coverage.window`.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Example:\n  wick drift\n  wick drift --json | jq '.targets[] | select(.degraded)'")]
pub struct DriftArgs {
    /// Retraining commands and warnings that are shown, at most.
    #[arg(short = 'n', long, default_value_t = 5, value_name = "COUNT")]
    pub count: usize,
}

/// What the policy is told by its settings.
#[derive(Deserialize)]
struct Watched {
    skill_window: usize,
    skill_threshold: f64,
}

#[derive(Deserialize)]
struct Section {
    policy: Watched,
}

/// Where skill stands.
#[derive(Debug, Serialize)]
struct Drift {
    model: Option<String>,
    at: Option<Timestamp>,
    window_bars: usize,
    skill_threshold: f64,
    targets: Vec<Target>,
    /// How far the features of the last week are from what the model learnt; nothing for a model without a profile.
    features: Option<FeatureDrifts>,
    degraded: Vec<SkillDegraded>,
    detected: Vec<DriftDetected>,
    coverage_missed: Vec<CoverageMissed>,
    asked: Vec<Asked>,
}

/// A horizon's skill of a target.
#[derive(Debug, Serialize)]
struct Target {
    horizon: Horizon,
    target: &'static str,
    skill: Option<f64>,
    loss: f64,
    baseline: &'static str,
    baseline_loss: f64,
    n: usize,
    /// Only volatility is watched.
    degraded: bool,
}

/// A retraining that the monitor asked for.
#[derive(Debug, Serialize)]
struct Asked {
    at: Timestamp,
    cause: Cause,
}

/// Shows where skill stands.
///
/// # Errors
/// Where the scores do not read.
pub async fn drift(place: &Place, args: &DriftArgs, page: &mut Page<'_>) -> Result<Exit> {
    let house = &place.house;
    let Section { policy } = house.config.section("drift_monitor")?;
    let scores = window(scores(house, policy.skill_window).await?, policy.skill_window);
    let newest = scores.iter().max_by_key(|score| score.origin);
    let (model, at) = (newest.map(|score| score.model.clone()), newest.map(|score| score.origin));
    let board = Scoreboard::of(scores.into_iter());
    let features = match model.clone().filter(|hash| !hash.is_empty()) {
        Some(hash) => {
            // The newest vectors, whose forecasts need not be settled yet.
            let (house, until) = (house.clone(), at.map(|at| at.shift(2 * DAY)));
            let looked = tokio::task::spawn_blocking(move || feature_drift::look(&house, &hash, until)).await;
            looked.unwrap_or(Ok(None))?
        }
        None => None,
    };
    let drift = Drift {
        features,
        model,
        at,
        window_bars: policy.skill_window,
        skill_threshold: policy.skill_threshold,
        targets: targets(&board, policy.skill_threshold),
        degraded: said(place, args.count).await,
        detected: said(place, args.count).await,
        coverage_missed: said(place, args.count).await,
        asked: asked(house, args.count).await?,
    };
    if page.json {
        page.document(&drift)?;
    } else {
        show(&drift, page)?;
    }
    Ok(Exit::Done)
}

/// The scores of models, not of baselines, of days enough.
async fn scores(house: &House, window: usize) -> Result<Vec<Score>> {
    // Days without a model, or without a price that moved, hold fewer.
    let days = 2 + 2 * i64::try_from(window).unwrap_or(i64::MAX / DAY) / A_DAY;
    let all = scores_since(house, days.saturating_mul(DAY)).await?;
    Ok(all.into_iter().filter(|score| matches!(score.level, Level::Champion | Level::Previous)).collect())
}

/// The newest so many of each horizon.
fn window(scores: Vec<Score>, most: usize) -> Vec<Score> {
    let mut of: BTreeMap<usize, Vec<Score>> = BTreeMap::new();
    scores.into_iter().for_each(|score| of.entry(score.horizon.index()).or_default().push(score));
    let newest = |mut scores: Vec<Score>| {
        scores.sort_by_key(|score| score.origin);
        let from = scores.len().saturating_sub(most);
        scores.split_off(from)
    };
    of.into_values().flat_map(newest).collect()
}

fn targets(board: &Scoreboard, threshold: f64) -> Vec<Target> {
    let named = [("volatility", "qlike", "seasonal_har"), ("direction", "log_loss", "base_rate")];
    let of = |horizon: Horizon| {
        named.into_iter().filter_map(move |(target, loss, baseline)| {
            let mut rows = board.rows.iter().filter(move |row| row.horizon == horizon && row.loss_name == loss);
            let row = rows.find(|row| row.baseline == baseline)?;
            let degraded = target == "volatility" && row.skill.is_some_and(|skill| skill < threshold);
            let (skill, loss, baseline_loss, n) = (row.skill, row.loss, row.baseline_loss, row.n);
            Some(Target { horizon, target, skill, loss, baseline, baseline_loss, n, degraded })
        })
    };
    Horizon::ALL.into_iter().flat_map(of).collect()
}

/// What was said of this kind, newest first; nothing where the bus is away.
async fn said<P: Payload>(place: &Place, count: usize) -> Vec<P> {
    let Ok(mut bus) = place.bus() else { return Vec::new() };
    let key = place.house.stream(&P::TOPIC);
    let entries = stream::tail(&mut bus, &key, None, count).await.unwrap_or_default();
    let messages = entries.into_iter().rev().filter_map(|entry| entry.message.ok());
    messages.filter_map(|message| message.open().ok()).collect()
}

async fn asked(house: &House, count: usize) -> Result<Vec<Asked>> {
    let path = house.path("monitoring.sqlite");
    let Some(pool) = database::read(&path).await? else { return Ok(Vec::new()) };
    let rows = sqlx::query("SELECT at, cause FROM commands ORDER BY at DESC LIMIT ?")
        .bind(i64::try_from(count).unwrap_or(i64::MAX))
        .fetch_all(&pool)
        .await
        .map_err(wick_bus::Error::database(&path))?;
    pool.close().await;
    let read = |row: &sqlx::sqlite::SqliteRow| {
        let cause: String = row.try_get("cause").map_err(Error::unreadable("a command"))?;
        let at = Timestamp(row.try_get("at").map_err(Error::unreadable("a command"))?);
        Ok(Asked { at, cause: serde_json::from_str(&cause).map_err(Error::unreadable("a command"))? })
    };
    rows.iter().map(read).collect()
}

fn show(drift: &Drift, page: &mut Page<'_>) -> Result<()> {
    let model = drift.model.as_deref().map_or_else(|| "no model".to_owned(), words::short);
    let at = drift.at.map_or_else(|| NOTHING.to_owned(), words::moment);
    page.line(&format!("{model} as of {at} UTC, over {} forecasts a horizon at most", drift.window_bars))?;
    page.line("")?;
    let row = |one: &Target| {
        let skill = one.skill.map_or_else(|| NOTHING.into(), |skill| format!("{:+.2} %", 100.0 * skill));
        let state = if one.degraded { "LOST" } else { "kept" };
        let state = if one.target == "volatility" { state } else { NOTHING };
        vec![one.horizon.to_string(), one.target.into(), one.n.to_string(), one.baseline.into(), skill, state.into()]
    };
    let columns =
        [("horizon", Left), ("target", Left), ("n", Right), ("baseline", Left), ("skill", Right), ("state", Left)];
    page.table(&columns, drift.targets.iter().map(row).collect())?;
    if let Some(looked) = drift.features.as_ref().filter(|looked| !looked.features.is_empty()) {
        let count = |level| looked.features.iter().filter(|feature| feature.level == level).count();
        let (drifted, moderate) = (count(Drifted::Drifted), count(Drifted::Moderate));
        page.line("")?;
        page.line(&format!("of {} features {drifted} drifted, {moderate} moderately", looked.features.len()))?;
        let row = |one: &FeatureDrift| {
            let number = |value: f64| format!("{value:.3}");
            vec![one.name.clone(), number(one.statistic), number(one.usual), number(one.most)]
        };
        let columns =
            [("feature", Left), ("index of the week", Right), ("usual up to", Right), ("most ever learnt from", Right)];
        page.table(&columns, looked.features.iter().take(5).map(row).collect())?;
    }
    for one in &drift.degraded {
        let (at, skill) = (words::moment(one.at), 100.0 * one.statistic);
        page.line(&format!("{at}  {} fell to {skill:+.2} % over {} forecasts", one.horizon, one.window))?;
    }
    for one in &drift.detected {
        let (at, share) = (words::moment(one.at), 100.0 * one.statistic);
        page.line(&format!("{at}  {share:.1} % of {} features had drifted", one.features))?;
    }
    for one in &drift.coverage_missed {
        let (at, percent, inside) = (words::moment(one.at), one.percent(), 100.0 * one.statistic);
        page.line(&format!("{at}  {} had {inside:.1} % of {} outcomes in {percent} %", one.horizon, one.window))?;
    }
    for one in &drift.asked {
        page.line(&format!("{}  a retraining was asked for: {}", words::moment(one.at), one.cause.name()))?;
    }
    Ok(())
}
