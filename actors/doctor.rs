//! `wick doctor`: what a house needs, and whether it is there.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use wick_bus::database::{Database, Location};
use wick_bus::{Config, session};
use wick_dashboard::config::DashboardConfig;
use wick_fetcher::config::FetcherConfig;
use wick_gateway::config::GatewayConfig;
use wick_operator::page::{Page, Side};
use wick_operator::{Cli, Exit};
use wick_schemas::topic::actor::{DASHBOARD, FETCHER, GATEWAY};

use crate::reach::reach;

/// Something that was looked at.
struct Finding {
    /// What.
    what: String,
    /// Whether it is as it should be.
    ok: bool,
    /// Whether a house cannot live without it.
    needed: bool,
    /// What was found, and what to do about it.
    detail: String,
}

impl Finding {
    fn of(what: impl Into<String>, needed: bool, found: Result<String, String>) -> Self {
        let (ok, detail) = found.map_or_else(|reason| (false, reason), |detail| (true, detail));
        Self { what: what.into(), ok, needed, detail }
    }
}

/// Looks at everything and says what was found. A failure is what a house cannot live without.
pub async fn doctor(config: &Config, cli: &Cli) -> anyhow::Result<Exit> {
    let fetcher: FetcherConfig = config.section(FETCHER)?;
    let gateway: GatewayConfig = config.section(GATEWAY)?;
    let dashboard: DashboardConfig = config.section(DASHBOARD)?;
    let mut findings = vec![
        Finding::of("data folder", true, writable(&config.data_dir)),
        Finding::of("bus", true, bus(config).await),
        Finding::of("silver", true, silver(config).await),
        Finding::of("gateway.listen", false, free(gateway.listen)),
        Finding::of("dashboard.listen", false, free(dashboard.listen)),
        Finding::of("telemetry.metrics", false, free(config.telemetry.metrics)),
    ];
    for (venue, answer) in reach(&fetcher.live).await {
        let told = answer.map(|ahead| format!("answers; its clock is {:+.1} s from ours", ahead as f64 / 1000.0));
        findings.push(Finding::of(venue.to_string(), false, told));
    }
    let probe = std::time::Duration::from_millis(fetcher.live.probe_ms);
    let clock: wick_fetcher::source::Clock = std::sync::Arc::new(|| wick_bus::Clock::System.now());
    for (service, answer) in wick_fetcher::text::reach(&fetcher.text, probe, &clock).await {
        findings.push(Finding::of(service, false, answer.map(|items| format!("answers: {items} items"))));
    }
    let mut out = std::io::stdout().lock();
    let terminal = std::io::IsTerminal::is_terminal(&std::io::stdout());
    let mut page = Page::new(&mut out, cli.json, terminal, cli.quiet);
    if cli.json {
        let told = findings.iter().map(|Finding { what, ok, needed, detail }| {
            serde_json::json!({ "what": what, "ok": ok, "needed": needed, "detail": detail })
        });
        page.document(&serde_json::json!({ "findings": told.collect::<Vec<_>>() }))?;
    } else {
        let rows = findings.iter().map(|finding| {
            let state = match (finding.ok, finding.needed) {
                (true, _) => "ok",
                (false, true) => "FAILS",
                (false, false) => "away",
            };
            vec![finding.what.clone(), state.to_owned(), finding.detail.clone()]
        });
        page.table(&[("what", Side::Left), ("state", Side::Left), ("found", Side::Left)], rows.collect())?;
    }
    let fails = findings.iter().any(|finding| finding.needed && !finding.ok);
    Ok(if fails { Exit::Failure } else { Exit::Done })
}

fn writable(folder: &Path) -> Result<String, String> {
    let cure = |error: std::io::Error| format!("{}: {error}: choose another with --data-dir", folder.display());
    std::fs::create_dir_all(folder).map_err(cure)?;
    // A file of our own that nobody else can mean, gone when this ends.
    let probe = folder.join(format!(".doctor-{}", std::process::id()));
    std::fs::write(&probe, b"").and_then(|()| std::fs::remove_file(&probe)).map_err(cure)?;
    Ok(format!("{} can be written", folder.display()))
}

async fn bus(config: &Config) -> Result<String, String> {
    if config.bus.url.is_empty() {
        return wick_bus::server::version().await.map_err(|error| error.to_string());
    }
    let told = async {
        let mut bus = session::connect(&config.bus.url).await?;
        // One that is full, or another's copy, answers and takes nothing.
        let mut write = redis::cmd("SET");
        write.arg(format!("{}probe", config.bus.prefix)).arg(1).arg("PX").arg(1000);
        Ok::<(), wick_bus::Error>(write.query_async(&mut bus).await?)
    };
    told.await.map(|()| "answers, and takes what is written".to_owned()).map_err(|error| format!("bus.url: {error}"))
}

async fn silver(config: &Config) -> Result<String, String> {
    let location = Location::silver(config).map_err(|error| error.to_string())?;
    let there = Database::read(location.clone()).await.map_err(|error| error.to_string())?;
    Ok(format!("{location} {}", if there.is_some() { "answers" } else { "will be made" }))
}

/// A port that is taken may be taken by a house that is running.
fn free(address: SocketAddr) -> Result<String, String> {
    match TcpListener::bind(address) {
        Ok(_) => Ok(format!("{address} is free")),
        Err(error) => Err(format!("{address}: {error}: taken by a house that runs, or by another program")),
    }
}
