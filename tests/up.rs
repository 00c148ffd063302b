//! `wick up` without a network: a simulated market, a first forecast, answers over HTTP, an end in peace, and a
//! second start that goes on where the first one stopped.

mod harness;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use harness::living::{ask, first_forecast, ready, stop, up};
use harness::{Home, wait_until};

fn redis_is_gone(data: &Path) -> bool {
    let pid = std::fs::read_to_string(data.join("simulated/bus/redis.pid")).unwrap_or_default();
    pid.trim().is_empty() || !Path::new("/proc").join(pid.trim()).exists()
}

#[test]
fn without_network_the_house_lives_on_a_simulated_market_and_goes_on_after_a_restart() {
    let home = Home::new();
    let data = home.join("data");
    let mut house = up(&data, &[], Stdio::piped());
    let (told, door) = first_forecast(&mut house);
    assert!(told[0].starts_with("SIMULATED"), "{told:#?}");
    let metrics = told.iter().find_map(|line| line.strip_prefix("metrics    http://")?.strip_suffix("/metrics"));
    let (status, counted) = ask(metrics.unwrap_or_else(|| panic!("no metrics in {told:#?}")), "GET /metrics");
    assert!(status == 200 && counted.contains("wick_build_info"), "{counted}");
    ready(&door);
    a_second_one_by_mistake(&data, metrics.unwrap_or_default());
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
    let mut house = up(&data, &[], Stdio::piped());
    let (_, door) = first_forecast(&mut house);
    ready(&door);
    // What the first life reported has its pages now.
    wait_until("pages", Duration::from_secs(20), || data.join("simulated/quality/index.html").is_file());
    stop(house);
    assert_eq!(candles(&data), before, "the second start fetched the same history again");
}

/// Told once more to start on the same ports, Wick says what is wrong, and leaves the house that lives alone.
fn a_second_one_by_mistake(data: &Path, metrics: &str) {
    let bus = || std::fs::read_to_string(data.join("simulated/bus/redis.pid")).expect("a bus");
    let before = bus();
    let set = format!("telemetry.metrics={metrics}");
    let mut second = Command::new(env!("CARGO_BIN_EXE_wick"));
    second.arg("--data-dir").arg(data).args(["--set", &set, "up", "--source", "simulated"]);
    let told = second.output().expect("wick runs");
    assert!(!told.status.success() && String::from_utf8_lossy(&told.stderr).contains("telemetry.metrics"), "{told:?}");
    assert_eq!(bus(), before, "the bus was stopped under the house");
}

fn walk(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder").filter_map(Result::ok) {
        let path = entry.path();
        if path.is_dir() { found.extend(walk(&path)) } else { found.push(path.display().to_string()) }
    }
    found
}
