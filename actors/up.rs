//! `wick up` and `wick run`: the house lives until it is told to stop.

use std::time::Duration;

use wick_bus::{Config, House, database};
use wick_fetcher::config::FetcherConfig;
use wick_operator::UpArgs;
use wick_schemas::Venue;
use wick_schemas::topic::actor::{FETCHER, VALIDATOR};

use crate::household::Household;
use crate::quality;
use crate::reach::reach;
use crate::voice::{remark, say};

/// Where the simulated market keeps everything: apart from what was really traded.
pub const SIMULATED: &str = "simulated";
/// What was really traded, as it happens.
const LIVE: &str = "live";

/// Runs everyone on a bus of their own.
pub async fn up(config: Config, args: &UpArgs) -> anyhow::Result<()> {
    let (config, told) = settle_source(config).await?;
    say(&told);
    let mut household = Household::start(config, &args.names(), None, true).await?;
    if let Some(gateway) = household.gateway() {
        say(&format!("gateway    http://{gateway}/v1/predictions/latest"));
    }
    if let Some(dashboard) = household.dashboard() {
        say(&format!("dashboard  http://{dashboard}/"));
    }
    if let Some(metrics) = household.metrics() {
        say(&format!("metrics    http://{metrics}/metrics"));
    }
    say("stop with Ctrl-C; a second start goes on where this one stopped");
    let house = household.house.clone();
    let pages = actix::spawn(quality::daily(house.clone()));
    let herald = actix::spawn(async move { announce_forecast(&house).await });
    let end = household.live().await;
    herald.abort();
    pages.abort();
    remark("stopping: what is on its way is finished first");
    household.stop().await;
    end
}

/// Runs the named actors on a bus that exists. All processes must mean the same folder and keys, so nothing is decided by
/// what this one can reach: `auto` is the real market, which is waited for, and a simulated one is asked for by name.
pub async fn run(config: Config, names: &[&str]) -> anyhow::Result<()> {
    let fetcher: FetcherConfig = config.section(FETCHER)?;
    let live = fetcher.source == "auto" || fetcher.source == LIVE;
    let config = if live { in_consensus(config.with("fetcher.source", LIVE)?)? } else { config };
    say(&format!("running {}", names.join(", ")));
    let mut household = Household::start(config, names, None, false).await?;
    if let Some(gateway) = household.gateway() {
        say(&format!("gateway    http://{gateway}"));
    }
    if let Some(dashboard) = household.dashboard() {
        say(&format!("dashboard  http://{dashboard}/"));
    }
    // The validator's pages are written where the validator is.
    let pages = names.contains(&VALIDATOR).then(|| actix::spawn(quality::daily(household.house.clone())));
    let end = household.live().await;
    if let Some(pages) = pages {
        pages.abort();
    }
    household.stop().await;
    end
}

/// Decides between the real market and the simulated one, and says which.
async fn settle_source(config: Config) -> anyhow::Result<(Config, String)> {
    let fetcher: FetcherConfig = config.section(FETCHER)?;
    let simulated = |reason: &str| format!("SIMULATED: {reason}a simulated market: nobody trades at these prices");
    let names = |venues: &[Venue]| venues.iter().map(|venue| venue.as_str()).collect::<Vec<_>>().join(", ");
    let live = |venues: &[Venue]| format!("LIVE: one-minute candles of bitcoin from {}", names(venues));
    let (source, told) = match fetcher.source.as_str() {
        "auto" => {
            let answers = reach(&fetcher.live).await;
            let there: Vec<Venue> = answers.iter().filter(|(_, one)| one.is_ok()).map(|(venue, _)| *venue).collect();
            let mut away = answers.iter().filter_map(|(venue, answer)| Some((venue, answer.as_ref().err()?)));
            if there.is_empty() {
                let reason = away.next().map_or("no exchange is named", |(_, reason)| reason.as_str());
                (SIMULATED, simulated(&format!("{reason}. Going on with ")))
            } else {
                let aside = away.map(|(venue, reason)| format!("\n      {venue} stands aside for now: {reason}"));
                (LIVE, live(&there) + &aside.collect::<String>())
            }
        }
        SIMULATED => (SIMULATED, simulated("")),
        LIVE => (LIVE, live(&fetcher.live.venues)),
        other => return Ok((config.clone(), format!("source: {other}"))),
    };
    let config = config.with("fetcher.source", source)?;
    if source == LIVE {
        return Ok((in_consensus(config)?, told));
    }
    if config.bus.prefix.starts_with(SIMULATED) {
        return Ok((config, told));
    }
    let folder = config.data_dir.join(SIMULATED);
    let prefix = format!("{}{SIMULATED}:", config.bus.prefix);
    Ok((config.with("data_dir", folder)?.with("bus.prefix", prefix)?, told))
}

/// Where several exchanges are listened to, features are made from their consensus.
pub fn in_consensus(config: Config) -> anyhow::Result<Config> {
    let fetcher: FetcherConfig = config.section(FETCHER)?;
    if fetcher.live.venues.len() < 2 {
        return Ok(config);
    }
    Ok(config.with("validator.consensus", true)?.with("feature_builder.series", Venue::Consensus.as_str())?)
}

/// Says when the first fresh forecast is there.
async fn announce_forecast(house: &House) {
    let started = std::time::Instant::now();
    let path = house.path("serving.sqlite");
    loop {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let Ok(Some(pool)) = database::read(&path).await else { continue };
        let newest: Result<Option<(i64, f64, String)>, _> = sqlx::query_as(
            "SELECT as_of, p_up, level FROM predictions WHERE horizon = '1h' ORDER BY as_of DESC LIMIT 1",
        )
        .fetch_optional(&pool)
        .await;
        pool.close().await;
        if let Ok(Some((as_of, p_up, level))) = newest
            && house.clock.now().millis() - as_of < 2 * wick_schemas::time::BAR
        {
            let as_of = wick_schemas::Timestamp(as_of);
            say(&format!(
                "first forecast after {:.1} s: as of {as_of}, up within the hour with {:.1} % ({level})",
                started.elapsed().as_secs_f64(),
                100.0 * p_up
            ));
            return;
        }
    }
}
