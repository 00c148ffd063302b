//! Processes that run apart: the actors of one house in several programs on one bus, one of them standing by for another
//! that is killed.

mod harness;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use harness::{Home, Running, assert_same, finish, layers, market, place, quiet, replay, topics, wait_until};
use wick_bus::server::Server;

/// Ten days: features are warm after seven.
const MINUTES: usize = 10 * 1440;
/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs some of the actors on a bus that exists.
fn run(data: &Path, bus: &str, file: &Path, actors: &[&str]) -> Running {
    run_at(data, bus, file, actors, &[])
}

/// The same with more settings.
fn run_at(data: &Path, bus: &str, file: &Path, actors: &[&str], more: &[&str]) -> Running {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wick"));
    command.arg("--data-dir").arg(data);
    command.args(["--set", &format!("bus.url={bus}"), "--set", &format!("fetcher.replay.files=[{:?}]", file)]);
    for setting in [
        "fetcher.source=replay",
        "fetcher.replay.venue=simulated",
        "drift_monitor.policy.min_warm_bars=96",
        "trainer.fit.min_rows=150",
        "trainer.fit.forest=false",
        "trainer.fit.direction_boosting.trees=5",
        "trainer.fit.volatility_boosting.trees=5",
        "bus.lease_ms=500",
        "bus.keep_entries=1000000",
        "telemetry.metrics=127.0.0.1:0",
        "telemetry.log=warn",
    ] {
        command.args(["--set", setting]);
    }
    for setting in more {
        command.args(["--set", setting]);
    }
    command.arg("run").args(actors).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::inherit());
    Running(command.spawn().expect("wick starts"))
}

/// Ends processes politely.
fn stop(processes: impl IntoIterator<Item = Running>) {
    for mut process in processes {
        assert!(
            Command::new("kill").args(["-INT", &process.0.id().to_string()]).status().expect("kill runs").success()
        );
        assert!(process.0.wait().expect("an end").success());
    }
}

/// Waits until so many forecasts of the nearest horizon were scored.
async fn scored(data: &Path, wanted: i64) {
    let waiting = async {
        loop {
            if let Ok(Some(pool)) = wick_bus::database::read(&data.join("monitoring.sqlite")).await {
                let count =
                    sqlx::query_scalar("SELECT count(*) FROM scores WHERE horizon = '15m'").fetch_one(&pool).await;
                pool.close().await;
                // A table that is not there yet has none.
                if count.is_ok_and(|count: i64| count >= wanted) {
                    return;
                }
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("fewer than {wanted} scores"));
}

#[tokio::test]
async fn actors_of_several_processes_are_one_house_and_a_stand_by_takes_over() {
    let home = Home::new();
    let file = home.join("market.csv");
    market(&file, MINUTES);
    let calm = home.join("calm");
    finish(replay(&calm, &file, &[]));
    let calm = layers(&place(&calm)).await;
    let all = calm["monitoring.sqlite scores"].iter().filter(|row| row.contains("'15m'")).count() as i64;
    assert!(all > 200, "{all} scores");

    let data = home.join("apart");
    std::fs::create_dir_all(&data).expect("a folder");
    let config = wick_bus::Config::load(None, &[("data_dir".into(), data.display().to_string())]).expect("settings");
    let server = Server::start(&config).await.expect("redis starts");
    let thinkers = ["predictor", "drift-monitor", "trainer"];
    let active = run(&data, &server.url, &file, &thinkers);
    let standing_by = run(&data, &server.url, &file, &thinkers);
    let makers = run(&data, &server.url, &file, &["fetcher", "validator", "feature-builder"]);
    scored(&data, all / 4).await;
    // Without warning: the other one goes on when the lease has run out.
    drop(active);
    scored(&data, all).await;
    quiet(&server.url).await;
    stop([makers, standing_by]);
    server.stop().await;

    let apart = layers(&data).await;
    for layer in ["bronze", "silver.sqlite candles", "gold features", "gold targets"] {
        let own = |rows: &[String]| rows.to_vec();
        assert_same(&[(layer.to_owned(), own(&calm[layer]))].into(), &[(layer.to_owned(), own(&apart[layer]))].into());
    }
    assert_eq!(apart["serving.sqlite predictions"].len(), calm["serving.sqlite predictions"].len());
    assert!(!apart["models.sqlite deployments"].is_empty(), "no model was ever promoted");
    let said = topics(&data, "").await;
    assert_eq!(said["predictions.made"].len() * 4, apart["serving.sqlite predictions"].len());
}

/// How many of these processes write bronze.
fn writers(processes: &[&Running]) -> usize {
    let writes = |process: &&&Running| {
        let opened = std::fs::read_dir(format!("/proc/{}/fd", process.0.id())).into_iter().flatten().flatten();
        opened
            .filter_map(|fd| std::fs::read_link(fd.path()).ok())
            .any(|path| path.display().to_string().contains("_journal"))
    };
    processes.iter().filter(writes).count()
}

#[tokio::test]
async fn without_a_bus_one_of_two_fetchers_keeps_what_comes() {
    let home = Home::new();
    let file = home.join("market.csv");
    market(&file, MINUTES);
    let data = home.join("apart");
    std::fs::create_dir_all(&data).expect("a folder");
    let config = wick_bus::Config::load(None, &[("data_dir".into(), data.display().to_string())]).expect("settings");
    let server = Server::start(&config).await.expect("redis starts");
    // Paced, so that something comes all the time.
    let start = || run_at(&data, &server.url, &file, &["fetcher"], &["fetcher.replay.speed=600"]);
    let (one, other) = (start(), start());
    let both = [&one, &other];
    wait_until("a fetcher at work", PATIENCE, || writers(&both) == 1);
    server.stop().await;
    let started = std::time::Instant::now();
    // Long enough for whoever stands by to notice, and to begin as well if it may.
    while started.elapsed() < Duration::from_secs(2) {
        assert!(writers(&both) <= 1, "both write the same files");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    wait_until("what comes is kept", PATIENCE, || writers(&both) == 1);
    // Back again, one of them publishes, and every minute is there once.
    let server = Server::start(&config).await.expect("redis starts");
    let kept = || std::fs::metadata(data.join("bus/redis.pid")).is_ok() && writers(&both) == 1;
    wait_until("a fetcher at work again", PATIENCE, kept);
    stop([one, other]);
    server.stop().await;
}
