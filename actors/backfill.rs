//! `wick backfill`: the past of the exchanges, fetched page by page and lived through by everyone, so that what comes
//! next goes on from there.

use std::time::Instant;

use anyhow::bail;
use wick_bus::{Config, Error};
use wick_fetcher::bronze::Bronze;
use wick_fetcher::config::FetcherConfig;
use wick_operator::{BackfillArgs, Exit};
use wick_schemas::time::MINUTE;
use wick_schemas::topic::actor::{DRIFT_MONITOR, FEATURE_BUILDER, FETCHER, PREDICTOR, TRAINER, VALIDATOR};
use wick_schemas::{Timestamp, Venue};

use crate::follow::follow;
use crate::household::Household;
use crate::up::in_consensus;
use crate::voice::{remark, say};

/// Fetches, showing progress. Stopped, the same command goes on where it was.
pub async fn backfill(config: Config, args: &BackfillArgs) -> anyhow::Result<Exit> {
    let now = wick_bus::Clock::System.now().floor(MINUTE);
    let (from, to) = (args.from.floor(MINUTE), args.to.map_or(now, |to| to.floor(MINUTE)).min(now));
    if to <= from {
        bail!(Error::Config(format!("nothing lies between --from {from} and --to {to}")));
    }
    let config = settings(config, args, from, to)?;
    let fetcher: FetcherConfig = config.section(FETCHER)?;
    if let Some((oldest, newest)) = Bronze::span_of(&config)?
        && newest >= from
    {
        // Time goes forward: what is older than what was lived through cannot be put before it.
        remark(&format!("candles from {oldest} to {newest} are kept already: going on from there"));
    }
    let venues: Vec<&str> = fetcher.live.venues.iter().map(|venue: &Venue| venue.as_str()).collect();
    remark(&format!("fetching {from} to {to} from {} into {}", venues.join(", "), config.data_dir.display()));
    let names = [FETCHER, VALIDATOR, FEATURE_BUILDER, PREDICTOR, DRIFT_MONITOR, TRAINER];
    let started = Instant::now();
    let mut household = Household::start(config, &names, None, true).await?;
    let house = household.house.clone();
    let end = tokio::select! {
        () = follow(&house, &names, from, to) => Ok(true),
        end = household.live() => end.map(|()| false),
    };
    household.stop().await;
    if !end? {
        remark("stopped; the same command goes on from here");
        return Ok(Exit::Interrupted);
    }
    let seconds = started.elapsed().as_secs_f64();
    say(&format!("fetched and lived through in {seconds:.1} s; `wick up` goes on from here"));
    Ok(Exit::Done)
}

fn settings(config: Config, args: &BackfillArgs, from: Timestamp, to: Timestamp) -> anyhow::Result<Config> {
    let mut config = config
        .with("fetcher.source", "history")?
        .with("fetcher.history.from", from.rfc3339())?
        .with("fetcher.history.to", to.rfc3339())?;
    if !args.venue.is_empty() {
        config = config.with("fetcher.live.venues", &args.venue)?;
    }
    if let Some(days) = args.every_days {
        config = config.with("drift_monitor.policy.every_days", days)?;
    }
    in_consensus(config)
}
