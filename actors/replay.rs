//! `wick replay`: carries recorded candles through every room as fast as they will go, in a namespace of its own.

use std::ops::Range;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, bail};
use wick_bus::{Config, Error, House, server, session};
use wick_fetcher::source::replay::Settings;
use wick_operator::report::ReportArgs;
use wick_operator::{Cli, Exit, ReplayArgs};
use wick_schemas::Timestamp;
use wick_schemas::time::MINUTE;
use wick_schemas::topic::actor::{DRIFT_MONITOR, FEATURE_BUILDER, FETCHER, PREDICTOR, TRAINER, VALIDATOR};

use crate::follow::follow;
use crate::household::Household;
use crate::voice::{remark, say};

/// All of a recording.
const ALL: Range<Timestamp> = Timestamp::MIN..Timestamp::MAX;

/// Replays, showing progress, and says how fast it was.
pub async fn replay(config: Config, args: &ReplayArgs, cli: &Cli) -> anyhow::Result<Exit> {
    if let Some(folder) = args.report.as_deref().and_then(Path::parent)
        && !folder.as_os_str().is_empty()
        && !folder.is_dir()
    {
        bail!(Error::Config(format!("--report: there is no folder {}: make it first", folder.display())));
    }
    let config = settings(config, args)?;
    let evaluated = config.clone();
    let fetcher: wick_fetcher::config::FetcherConfig = config.section(FETCHER)?;
    // Opened once here, so that a file that is none is said before anything begins.
    let recording = wick_fetcher::source::replay::Replay::open(&args.files, fetcher.replay.settings(1)?, None)?;
    let (first, last) = recording.span();
    if last < first {
        let whole = wick_fetcher::source::replay::Replay::open(
            &args.files,
            Settings { span: ALL, ..fetcher.replay.settings(1)? },
            None,
        )?;
        let (first, last) = whole.span();
        let why = if last < first { "they are not in order" } else { "none lies between --from and --to" };
        bail!(Error::Config(format!("no candle to replay: {why}; the files go from {first} to {last}")));
    }
    // Only now: what cannot be replayed takes nothing away.
    if args.fresh {
        begin_anew(&config).await?;
    }
    let mut names = vec![FETCHER, VALIDATOR, FEATURE_BUILDER, PREDICTOR, DRIFT_MONITOR];
    if !args.no_train {
        names.push(TRAINER);
    }
    let minutes = u64::try_from((last - first) / MINUTE + 1).unwrap_or(0);
    remark(&format!("replaying {first} to {last} into {}", config.data_dir.display()));
    let started = Instant::now();
    let mut household = Household::start(config, &names, Some(!args.no_train), true).await?;
    let house = household.house.clone();
    let end = tokio::select! {
        () = follow(&house, &names, first, last.shift(MINUTE)) => Ok(true),
        end = household.live() => end.map(|()| false),
    };
    let took = started.elapsed();
    let redis = redis_peak(&house).await;
    household.stop().await;
    if !end? {
        remark("stopped; the same command goes on from here");
        return Ok(Exit::Interrupted);
    }
    let rate = minutes as f64 / took.as_secs_f64();
    let own = peak_memory("self");
    let told = serde_json::json!({ "minutes": minutes, "seconds": took.as_secs_f64(), "minutes_per_second": rate,
        "peak_bytes": { "wick": own, "redis": redis } });
    if !cli.json {
        let mib = |bytes: Option<u64>| bytes.map_or("?".to_owned(), |bytes| format!("{} MiB", bytes >> 20));
        say(&format!(
            "{minutes} minutes in {:.1} s: {rate:.0} a second; peak memory: wick {}, redis {}",
            took.as_secs_f64(),
            mib(own),
            mib(redis)
        ));
    } else if args.report.is_none() {
        say(&told.to_string());
    }
    if let Some(page) = &args.report {
        let args = ReportArgs { from: args.report_from, to: None, out: Some(page.clone()) };
        wick_operator::evaluate(cli, &evaluated, &args, &told).await?;
    }
    Ok(Exit::Done)
}

/// Throws away what an earlier replay left. What it keeps elsewhere others may share: that is not ours to remove.
async fn begin_anew(config: &Config) -> anyhow::Result<()> {
    for section in ["bus", "silver", "lake"] {
        let elsewhere: Elsewhere = config.section(section)?;
        if !elsewhere.url.is_empty() {
            bail!(Error::Config(format!(
                "--fresh empties a folder, and {section}.url is somewhere else: take another --name, which begins anew as well"
            )));
        }
    }
    server::empty(&config.data_dir).await.context("an earlier replay cannot be thrown away")
}

/// Where something is kept that need not be in the data folder.
#[derive(serde::Deserialize)]
struct Elsewhere {
    url: String,
}

fn settings(config: Config, args: &ReplayArgs) -> wick_bus::Result<Config> {
    let moment = |when: Option<Timestamp>| when.map(Timestamp::rfc3339).unwrap_or_default();
    let mut config = config.with("fetcher.source", "replay")?.with("fetcher.replay.files", &args.files)?;
    if let Some(venue) = args.venue {
        config = config.with("fetcher.replay.venue", venue.as_str())?;
    }
    if args.from.is_some() {
        config = config.with("fetcher.replay.from", moment(args.from))?;
    }
    if args.to.is_some() {
        config = config.with("fetcher.replay.to", moment(args.to))?;
    }
    if let Some(days) = args.every_days {
        config = config.with("drift_monitor.policy.every_days", days)?;
    }
    if args.no_train {
        // Nobody to carry commands out: none are given.
        config = config
            .with("drift_monitor.policy.every_days", 0)?
            .with("drift_monitor.policy.skill_window", 0)?
            .with("drift_monitor.policy.min_warm_bars", u32::MAX)?;
    }
    Ok(config)
}

/// The greatest resident memory of a process so far, in bytes, as Linux tells it.
fn peak_memory(process: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib * 1024)
}

async fn redis_peak(house: &House) -> Option<u64> {
    let mut connection = session::connect(&house.redis_url).await.ok()?;
    let info: String = redis::cmd("INFO").arg("server").query_async(&mut connection).await.ok()?;
    peak_memory(info.lines().find_map(|line| line.strip_prefix("process_id:"))?.trim())
}
