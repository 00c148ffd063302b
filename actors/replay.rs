//! `wick replay`: carries recorded candles through every room as fast as they will go, in a namespace of its own.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};
use wick_bus::{Config, House, session, stream};
use wick_schemas::topic::actor::{DRIFT_MONITOR, FEATURE_BUILDER, FETCHER, PREDICTOR, TRAINER, VALIDATOR};
use wick_schemas::{Timestamp, topic};

use crate::household::Household;

/// What is to be replayed, and how.
pub struct Replay {
    /// Files of candles, in order.
    pub files: Vec<PathBuf>,
    /// Throw away what an earlier replay of this name left.
    pub fresh: bool,
    /// Leave out training, and with it forecasts by models.
    pub no_train: bool,
}

/// What a replay came to.
pub struct Outcome {
    /// Candles in the files.
    pub candles: u64,
    /// How long it took.
    pub took: Duration,
    /// Whether it was stopped before its end.
    pub stopped: bool,
}

/// Replays, showing progress.
pub async fn replay(config: Config, order: Replay) -> anyhow::Result<Outcome> {
    for file in &order.files {
        if !file.is_file() {
            bail!("{} is not a file: give Parquet or CSV files of one-minute candles", file.display());
        }
    }
    if order.fresh && config.data_dir.exists() {
        std::fs::remove_dir_all(&config.data_dir)
            .with_context(|| format!("{} could not be removed", config.data_dir.display()))?;
    }
    let config = config.with("fetcher.source", "replay")?.with("fetcher.replay.files", &order.files)?;
    let fetcher: wick_fetcher::config::FetcherConfig = config.section(FETCHER)?;
    // Opened once here so that a file that is none is said before anything begins.
    let settings = wick_fetcher::source::replay::Settings { venue: fetcher.replay.venue, ..Default::default() };
    let (first, last) = wick_fetcher::source::replay::Replay::open(&order.files, settings, None)?.span();
    let mut names = vec![FETCHER, VALIDATOR, FEATURE_BUILDER, PREDICTOR, DRIFT_MONITOR];
    if !order.no_train {
        names.push(TRAINER);
    }
    let config = if order.no_train {
        // Nobody to carry commands out: none are given.
        config.with("drift_monitor.policy.every_days", 0)?.with("drift_monitor.policy.min_warm_bars", u32::MAX)?
    } else {
        config
    };
    let minutes = u64::try_from((last - first) / wick_schemas::time::MINUTE + 1).unwrap_or(0);
    eprintln!("replaying {first} to {last} into {}", config.data_dir.display());
    let started = Instant::now();
    let mut household = Household::start(config, &names, Some(!order.no_train), true).await?;
    let house = household.house.clone();
    let end = tokio::select! {
        end = follow(&house, &names, first, last.shift(wick_schemas::time::MINUTE), minutes) => end.map(|()| false),
        end = household.live() => end.map(|()| true),
    };
    let took = started.elapsed();
    household.stop().await;
    Ok(Outcome { candles: minutes, took, stopped: end? })
}

/// Follows the slowest actor until it has handled everything.
async fn follow(house: &House, names: &[&str], first: Timestamp, last: Timestamp, minutes: u64) -> anyhow::Result<()> {
    let bar = ProgressBar::new(minutes);
    let style = "{wide_bar} {percent} % {pos}/{len} candles, {per_sec}, {eta} left, at {msg}";
    bar.set_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()));
    let awaited: Vec<&str> = topic::ALL
        .iter()
        .filter(|topic| topic.publishers.first().is_some_and(|publisher| names.contains(publisher)))
        .map(|topic| topic.name)
        .collect();
    loop {
        tokio::time::sleep(Duration::from_millis(50)).await;
        // An absent bus comes back by itself.
        let Ok(mut connection) = session::connect(&house.redis_url).await else { continue };
        let Ok(marks) = stream::read_watermarks(house, &mut connection).await else { continue };
        let slowest = awaited.iter().map(|topic| marks.get(*topic).copied().unwrap_or(first)).min().unwrap_or(first);
        let done = u64::try_from((slowest.min(last) - first) / wick_schemas::time::MINUTE).unwrap_or(0);
        bar.set_position(done);
        bar.set_message(slowest.min(last).date());
        if slowest >= last {
            bar.finish();
            return Ok(());
        }
        if house.stopping() {
            bar.abandon();
            return Ok(());
        }
    }
}


/// The greatest resident memory of a process so far, in bytes, as Linux tells it.
pub fn peak_memory(process: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib * 1024)
}
