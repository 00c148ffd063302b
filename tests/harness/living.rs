//! A house that lives: `wick up` on a simulated market, asked over HTTP.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::{Running, wait_until};

/// A house whose network answers nothing, so that it takes to the simulated market by itself.
pub fn up(data: &Path, more: &[&str], errors: Stdio) -> Running {
    start(data, more, &[], errors)
}

/// A house on the simulated market, as it is asked for by name.
pub fn simulated(data: &Path, more: &[&str], errors: Stdio) -> Running {
    start(data, more, &["--source", "simulated"], errors)
}

fn start(data: &Path, more: &[&str], source: &[&str], errors: Stdio) -> Running {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wick"));
    command.arg("--data-dir").arg(data);
    let usual = [
        "fetcher.live.venues=[\"kraken\", \"coinbase\"]",
        "fetcher.live.kraken.rest=http://127.0.0.1:9",
        "fetcher.live.coinbase.rest=http://127.0.0.1:9",
        // Features are warm after a week, and a first training may be refused for its few outcomes.
        "fetcher.simulated.history_days=11",
        "drift_monitor.policy.min_warm_bars=96",
        "trainer.fit.min_rows=150",
        "trainer.fit.forest=false",
        "trainer.fit.direction_boosting.trees=5",
        "trainer.fit.volatility_boosting.trees=5",
        "gateway.listen=127.0.0.1:0",
        "dashboard.listen=127.0.0.1:0",
        "telemetry.metrics=127.0.0.1:0",
        "telemetry.log=warn",
    ];
    for setting in usual.iter().chain(more) {
        command.arg("--set").arg(setting);
    }
    Running(command.arg("up").args(source).stdout(Stdio::piped()).stderr(errors).spawn().expect("wick starts"))
}

/// What the house says until it has a forecast, and where its gateway listens.
pub fn first_forecast(house: &mut Running) -> (Vec<String>, String) {
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
pub fn ask(door: &str, request: &str) -> (u16, String) {
    ask_with(door, request, "")
}

/// The same with more in the head, each line with its end.
pub fn ask_with(door: &str, request: &str, head: &str) -> (u16, String) {
    send(door, request, head, "")
}

/// Sends a body in JSON. Gives the status and the answer's JSON.
pub fn post(door: &str, path: &str, body: &str) -> (u16, serde_json::Value) {
    let head = format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len());
    let (status, answer) = send(door, &format!("POST {path}"), &head, body);
    let (_, said) = answer.split_once("\r\n\r\n").expect("a body");
    (status, serde_json::from_str(said).unwrap_or_else(|error| panic!("{error}: {said}")))
}

fn send(door: &str, request: &str, head: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(door).expect("the gateway listens");
    write!(stream, "{request} HTTP/1.1\r\nHost: {door}\r\nConnection: close\r\n{head}\r\n{body}").expect("asks");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answers");
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    (status, answer)
}

/// Waits until the house is ready.
pub fn ready(door: &str) {
    wait_until("readiness", Duration::from_secs(30), || ask(door, "GET /readyz").0 == 200);
}

/// Ends the house as Ctrl-C does.
pub fn stop(mut house: Running) {
    let pid = house.0.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().expect("kill runs").success());
    wait_until("the end", Duration::from_secs(20), || house.0.try_wait().expect("a child").is_some());
    assert!(house.0.wait().expect("an end").success());
}
