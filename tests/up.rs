//! `wick up` without a network: a simulated market, a first forecast, answers over HTTP, an end in peace, and a
//! second start that goes on where the first one stopped.

mod harness;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use harness::{Home, Running, wait_until};

/// A house whose network answers nothing, so that it takes to the simulated market by itself.
fn up(data: &Path) -> Running {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wick"));
    command.arg("--data-dir").arg(data);
    for setting in [
        "fetcher.live.venues=[\"kraken\", \"coinbase\"]",
        "fetcher.live.kraken.rest=http://127.0.0.1:9",
        "fetcher.live.coinbase.rest=http://127.0.0.1:9",
        "fetcher.simulated.history_days=15",
        "drift_monitor.policy.min_warm_bars=96",
        "trainer.fit.min_rows=150",
        "trainer.fit.forest=false",
        "trainer.fit.direction_boosting.trees=5",
        "trainer.fit.volatility_boosting.trees=5",
        "gateway.listen=127.0.0.1:0",
        "dashboard.listen=127.0.0.1:0",
        "telemetry.metrics=127.0.0.1:0",
        "telemetry.log=warn",
    ] {
        command.arg("--set").arg(setting);
    }
    Running(command.arg("up").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("wick starts"))
}

/// What the house says until it has a forecast, and where its gateway listens.
fn first_forecast(house: &mut Running) -> (Vec<String>, String) {
    let out = house.0.stdout.take().expect("its words");
    let mut told = Vec::new();
    for line in BufReader::new(out).lines() {
        told.push(line.expect("a line"));
        if told.last().is_some_and(|line| line.contains("first forecast")) {
            break;
        }
    }
    let door = told.iter().find_map(|line| line.split("http://").nth(1).filter(|_| line.starts_with("gateway")));
    let door =
        door.unwrap_or_else(|| panic!("no gateway in {told:#?}")).split('/').next().expect("an address").to_owned();
    (told, door)
}

/// Asks the gateway. Gives the status and the whole answer.
fn ask(door: &str, request: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(door).expect("the gateway listens");
    write!(stream, "{request} HTTP/1.1\r\nHost: {door}\r\nConnection: close\r\n\r\n").expect("asks");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answers");
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    (status, answer)
}

fn stop(mut house: Running) {
    let pid = house.0.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().expect("kill runs").success());
    wait_until("the end", Duration::from_secs(20), || house.0.try_wait().expect("a child").is_some());
    assert!(house.0.wait().expect("an end").success());
}

fn redis_is_gone(data: &Path) -> bool {
    let pid = std::fs::read_to_string(data.join("simulated/bus/redis.pid")).unwrap_or_default();
    pid.trim().is_empty() || !Path::new("/proc").join(pid.trim()).exists()
}

#[test]
fn without_network_the_house_lives_on_a_simulated_market_and_goes_on_after_a_restart() {
    let home = Home::new();
    let data = home.join("data");
    let mut house = up(&data);
    let (told, door) = first_forecast(&mut house);
    assert!(told[0].starts_with("SIMULATED"), "{told:#?}");
    wait_until("readiness", Duration::from_secs(30), || ask(&door, "GET /readyz").0 == 200);
    let (status, latest) = ask(&door, "GET /v1/predictions/latest");
    assert_eq!(status, 200, "{latest}");
    assert!(latest.contains("\"simulated\"") && latest.contains("\"24h\""), "{latest}");
    assert!(ask(&door, "GET /metrics").1.contains("wick_messages_in_total"));
    assert_eq!(ask(&door, "POST /v1/retrain").0, 401);
    let predict = Command::new(env!("CARGO_BIN_EXE_wick")).arg("--data-dir").arg(&data).arg("predict").output();
    let predict = predict.expect("wick runs");
    assert!(predict.status.success() && String::from_utf8_lossy(&predict.stdout).contains("SIMULATED"), "{predict:?}");
    stop(house);
    assert!(redis_is_gone(&data), "the bus outlived the house");

    let candles = |data: &Path| {
        let files = walk(&data.join("simulated/bronze"));
        files.iter().filter(|name| name.ends_with(".parquet")).count()
    };
    let before = candles(&data);
    assert!(before > 10);
    let mut house = up(&data);
    let (_, door) = first_forecast(&mut house);
    wait_until("readiness", Duration::from_secs(30), || ask(&door, "GET /readyz").0 == 200);
    // What the first life reported has its pages now.
    wait_until("pages", Duration::from_secs(20), || data.join("simulated/quality/index.html").is_file());
    stop(house);
    assert_eq!(candles(&data), before, "the second start fetched the same history again");
}

fn walk(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder").filter_map(Result::ok) {
        let path = entry.path();
        if path.is_dir() { found.extend(walk(&path)) } else { found.push(path.display().to_string()) }
    }
    found
}
