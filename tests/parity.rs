//! While the house runs, its vectors are compared with what bronze gives: those that were shown online, and those that
//! were kept. What somebody has changed is found.

mod harness;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use harness::{Home, Running, market, wait_until};
use serde_json::Value;
use wick_bus::lake::{FeatureRow, Shelf};
use wick_feature_builder::engine::Engine;
use wick_schemas::Timestamp;
use wick_schemas::time::BAR;

const BARS: i64 = 2 * 96;

fn start(data: &Path, file: &Path) -> Running {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wick"));
    command.arg("--data-dir").arg(data);
    for setting in [
        "fetcher.replay.venue=simulated",
        "parity.every_minutes=15",
        "feature_builder.settle_rows=50",
        "feature_builder.sets.slim=[\"volatility\"]",
        "telemetry.metrics=127.0.0.1:0",
        "telemetry.log=error",
    ] {
        command.arg("--set").arg(setting);
    }
    command.args(["up", "--no-gateway", "--source"]).arg(file);
    Running(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("wick starts"))
}

fn stop(mut house: Running) {
    let pid = house.0.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().expect("kill runs").success());
    wait_until("the end", Duration::from_secs(20), || house.0.try_wait().expect("a child").is_some());
}

/// What `wick status` says of parity, once all bars were compared.
fn compared(data: &Path) -> Value {
    let last = Timestamp::parse(harness::START).expect("a date") + BARS * BAR;
    let mut parity = Value::Null;
    wait_until("the comparison of all bars", Duration::from_secs(60), || {
        let mut status = Command::new(env!("CARGO_BIN_EXE_wick"));
        let told = status.arg("--data-dir").arg(data).args(["--json", "status"]).output().expect("wick runs").stdout;
        parity = serde_json::from_slice::<Value>(&told).map(|status| status["parity"].clone()).unwrap_or_default();
        parity["upto"] == last.millis()
    });
    parity
}

/// Changes a row that was kept and a vector that is shown.
async fn tamper(data: &Path) {
    let root = data.join("gold/features");
    let mut rows = Shelf::<FeatureRow>::read(&root, Timestamp::MIN, Timestamp::MAX).expect("gold");
    let id = &Engine::feature_set().id;
    let row = rows.iter_mut().filter(|row| row.0.feature_set == *id).nth(40).expect("a row");
    row.0.values[0] = row.0.values[0].map(|value| f64::from_bits(value.to_bits() + 1));
    let tampered = row.clone();
    Shelf::<FeatureRow>::open(&root, 1_000_usize).and_then(|mut shelf| shelf.keep(vec![tampered])).expect("kept");

    let config = wick_bus::Config::load(None, &[("data_dir".into(), data.display().to_string())]).expect("settings");
    let server = wick_bus::server::Server::start(&config).await.expect("redis starts");
    let mut bus = wick_bus::session::connect(&server.url).await.expect("connects");
    let key = format!("online.{id}:{{BTC-USD}}");
    let there: bool = redis::cmd("EXISTS").arg(&key).query_async(&mut bus).await.expect("asked");
    assert!(there);
    let _: i64 = redis::cmd("HSET").arg(&key).arg("log_rv_2").arg("-1.5").query_async(&mut bus).await.expect("set");
    server.stop().await;
}

#[tokio::test]
async fn a_running_house_compares_its_vectors_and_finds_what_was_changed() {
    let home = Home::new();
    let (file, data) = (home.join("market.csv"), home.join("data"));
    market(&file, (BARS * 15) as usize);
    let house = start(&data, &file);
    let parity = compared(&data);
    // Of two feature sets.
    assert_eq!(
        (&parity["equal"], &parity["different"], &parity["missing"]),
        (&(2 * BARS).into(), &0.into(), &0.into())
    );
    assert!(parity["online"].as_u64().is_some_and(|seen| seen >= 2), "{parity}");
    stop(house);

    tamper(&data).await;
    // From the beginning: what was compared is not compared again.
    std::fs::remove_dir_all(data.join("parity")).expect("removed");
    let house = start(&data, &file);
    let parity = compared(&data);
    assert_eq!(
        (&parity["equal"], &parity["different"], &parity["missing"]),
        (&(2 * BARS - 2).into(), &2.into(), &0.into())
    );
    let told = parity["examples"].to_string();
    assert!(told.contains("log_rv_1 is") && told.contains("log_rv_2 is shown as"), "{told}");
    stop(house);
}
