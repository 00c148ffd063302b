//! Bad input gets a clear error that names cause and cure, and nothing behind it is lost.

mod harness;

use std::path::Path;
use std::process::{Command, Output};

use harness::{Home, finish, layers, market, place, replay, topics};
use wick_schemas::topic;

fn wick(data: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wick")).arg("--data-dir").arg(data).args(words).output().expect("wick runs")
}

/// Asserts a failure with this exit code whose message holds these words.
fn refused(output: &Output, code: i32, words: &[&str]) {
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{told}");
    for word in words {
        assert!(told.contains(word), "'{word}' is not in: {told}");
    }
}

#[test]
fn an_unknown_key_is_named() {
    let home = Home::new();
    refused(&wick(&home.join("d"), &["--set", "bus.nonsense=1", "up"]), 3, &["nonsense"]);
    let file = home.join("wick.toml");
    std::fs::write(&file, "[fetcher]\nsorce = \"kraken\"\n").expect("a file");
    let file = file.display().to_string();
    refused(&wick(&home.join("d"), &["--config", &file, "up", "--source", "simulated"]), 3, &["sorce"]);
}

#[test]
fn a_taken_port_is_named_with_its_cure() {
    let home = Home::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let metrics = format!("telemetry.metrics={}", taken.local_addr().expect("an address"));
    let output = wick(&home.join("d"), &["--set", &metrics, "up", "--source", "simulated"]);
    refused(&output, 1, &["telemetry.metrics", "--set"]);
}

#[test]
fn what_an_actor_cannot_live_with_ends_the_house_with_a_line() {
    let home = Home::new();
    let (data, damaged) = (home.join("d"), home.join("binance_a.parquet"));
    std::fs::write(&damaged, "PAR1 and nothing of it").expect("a file");
    let set = format!("fetcher.replay.files=[{:?}]", damaged.display().to_string());
    let ports = ["gateway.listen", "dashboard.listen", "telemetry.metrics"].map(|key| format!("{key}=127.0.0.1:0"));
    let ports = ports.iter().flat_map(|port| ["--set", port]);
    let words: Vec<&str> = ports.chain(["--set", "fetcher.source=replay", "--set", &set, "up"]).collect();
    refused(&wick(&data, &words), 1, &["binance_a.parquet"]);
    let told = wick(&data, &words);
    assert!(!String::from_utf8_lossy(&told.stderr).contains("panicked"), "{told:?}");
    // The bus was stopped as at any other end.
    let log = std::fs::read_to_string(data.join("bus/redis.log")).expect("a bus was there");
    assert_eq!(log.matches("ready to accept connections").count(), log.matches("ready to exit").count(), "{log}");
}

#[tokio::test]
async fn recordings_that_overlap_by_days_are_lived_through() {
    let home = Home::new();
    let (data, recording) = (home.join("d"), home.join("simulated_a.csv"));
    market(&recording, 1_200);
    let told = recording.display().to_string();
    // More late candles than are read at once: the second file is all of the first once more.
    let all = wick(&data, &["--set", "bus.batch=500", "replay", &told, &told, "--no-train"]);
    assert!(all.status.success(), "{all:?}");
    // Each minute once, however often it came.
    let silver = place(&data).join("silver.sqlite");
    let silver = wick_bus::database::read(&silver).await.expect("reads").expect("silver");
    let kept = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM candles").fetch_one(&silver).await;
    assert_eq!(kept.expect("counted"), 1_200);
}

#[test]
fn what_cannot_begin_anew_takes_nothing_away() {
    let home = Home::new();
    let (data, recording) = (home.join("d"), home.join("market.csv"));
    market(&recording, 60);
    let kept = data.join("replay/replay/kept");
    std::fs::create_dir_all(kept.parent().expect("a folder")).expect("a folder");
    std::fs::write(&kept, "of an earlier one").expect("a file");
    let recording = recording.display().to_string();
    refused(&wick(&data, &["replay", "nowhere.csv", "--fresh"]), 1, &["nowhere.csv"]);
    let elsewhere = ["--set", "bus.url=redis://127.0.0.1:1", "replay", &recording, "--fresh"];
    refused(&wick(&data, &elsewhere), 3, &["--fresh", "bus.url", "--name"]);
    assert!(kept.is_file(), "it is gone");
}

#[test]
fn a_missing_redis_server_is_named_with_its_cure() {
    let home = Home::new();
    let output = Command::new(env!("CARGO_BIN_EXE_wick"))
        .env("WICK_REDIS_SERVER", "/nowhere/redis-server")
        .arg("--data-dir")
        .arg(home.join("d"))
        .args(["up", "--source", "simulated"])
        .output()
        .expect("wick runs");
    refused(&output, 4, &["/nowhere/redis-server", "apt-get install redis-server", "bus.url"]);
}

#[test]
fn a_data_folder_that_cannot_be_one_is_named() {
    let home = Home::new();
    let file = home.join("file");
    std::fs::write(&file, "not a folder").expect("a file");
    refused(&wick(&file, &["up", "--source", "simulated"]), 1, &["file", "--data-dir"]);
}

#[test]
fn a_file_of_something_else_is_named() {
    let home = Home::new();
    let foreign = home.join("binance_foreign.parquet");
    std::fs::write(&foreign, b"PAR1 this is no parquet file PAR1").expect("a file");
    let words = foreign.display().to_string();
    refused(&wick(&home.join("d"), &["replay", &words]), 1, &["binance_foreign.parquet"]);
    refused(&wick(&home.join("d"), &["replay", "/nowhere/binance.csv"]), 1, &["/nowhere/binance.csv"]);
}

#[tokio::test]
async fn impossible_candles_go_to_quarantine_and_everything_behind_them_goes_on() {
    let home = Home::new();
    let file = home.join("market.csv");
    market(&file, 2 * 1440);
    let text = std::fs::read_to_string(&file).expect("the market");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let spoil = |line: &str, column: usize, value: &str| {
        let mut cells: Vec<&str> = line.split(',').collect();
        cells[column] = value;
        cells.join(",")
    };
    let time = |line: &str| line.split(',').next().expect("a time").parse::<i64>().expect("a number");
    lines[100] = spoil(&lines[100], 1, "NaN");
    lines[200] = spoil(&lines[200], 4, "-1");
    lines[300] = spoil(&lines[300], 2, "0.5");
    lines[400] = spoil(&lines[400], 0, &(time(&lines[400]) + 1).to_string());
    lines[500] = spoil(&lines[500], 5, "-3");
    // Told twice with different numbers, and one that comes an hour late.
    lines[600] = spoil(&lines[600], 0, &time(&lines[599]).to_string());
    lines[700] = spoil(&lines[700], 0, &time(&lines[640]).to_string());
    let absurd: Vec<String> = lines[800]
        .split(',')
        .enumerate()
        .map(|(column, cell)| match column {
            1..=4 => format!("{}", cell.parse::<f64>().expect("a price") * 100.0),
            _ => cell.to_owned(),
        })
        .collect();
    lines[800] = absurd.join(",");
    std::fs::write(&file, lines.join("\n")).expect("the market");

    let data = home.join("data");
    finish(replay(&data, &file, &[]));
    let kept = layers(&place(&data)).await;
    let quarantine = &kept["silver.sqlite quarantine"];
    for rule in [
        "not_a_number",
        "not_positive",
        "high_low",
        "off_grid",
        "negative_volume",
        "duplicate",
        "out_of_order",
        "absurd_jump",
    ] {
        assert!(quarantine.iter().any(|row| row.contains(&format!("'{rule}'"))), "{rule} in {quarantine:#?}");
    }
    assert_eq!(quarantine.len(), 8);
    assert_eq!(kept["bronze"].len(), 2 * 1440);
    assert_eq!(kept["silver.sqlite candles"].len(), 2 * 1440 - 8);
    let said = topics(&place(&data), "replay:").await;
    assert_eq!(said["candles.rejected"].len(), 8);
    assert_eq!(said["features.built"].len(), 2 * 96);
}

#[tokio::test]
async fn a_message_of_an_unknown_version_goes_to_the_dead_letters_and_what_follows_is_handled() {
    let home = Home::new();
    let file = home.join("market.csv");
    market(&file, 1440);
    let data = home.join("data");
    // A stranger speaks first, before the house has started.
    let folder = place(&data);
    std::fs::create_dir_all(&folder).expect("a folder");
    let settings = [("data_dir".to_owned(), folder.display().to_string())];
    let config = wick_bus::Config::load(None, &settings).expect("settings");
    let server = wick_bus::server::Server::start(&config).await.expect("redis starts");
    let mut connection = wick_bus::session::connect(&server.url).await.expect("connects");
    let key = format!("replay:{}:{{BTC-USD}}", topic::CANDLES_RECEIVED.name);
    let attributes = [
        ("id", "1"),
        ("source", "/stranger"),
        ("type", "candles.received"),
        ("time", "2024-01-01T00:00:00Z"),
        ("subject", "BTC-USD"),
        ("dataschema", "/schemas/candles.received/v99"),
        ("correlationid", "1"),
        ("causationid", ""),
        ("data", "{}"),
    ];
    let mut unknown = redis::cmd("XADD");
    unknown.arg(&key).arg("*");
    for (name, value) in attributes {
        unknown.arg(name).arg(value);
    }
    let _: String = unknown.query_async(&mut connection).await.expect("adds");
    let _: String = redis::cmd("XADD")
        .arg(&key)
        .arg("*")
        .arg("hello")
        .arg("world")
        .query_async(&mut connection)
        .await
        .expect("adds");
    server.stop().await;

    finish(replay(&data, &file, &[]));
    assert_eq!(layers_of_silver(&folder).await, 1440);
    let server = wick_bus::server::Server::start(&config).await.expect("redis starts");
    let mut connection = wick_bus::session::connect(&server.url).await.expect("connects");
    let dead: Vec<(String, Vec<(String, String)>)> = redis::cmd("XRANGE")
        .arg(format!("replay:dead.{}:{{BTC-USD}}", topic::CANDLES_RECEIVED.name))
        .arg("-")
        .arg("+")
        .query_async(&mut connection)
        .await
        .expect("dead letters");
    let errors: Vec<&str> = dead
        .iter()
        .filter_map(|(_, fields)| fields.iter().find(|(name, _)| name == "error").map(|(_, error)| error.as_str()))
        .collect();
    assert_eq!(errors.len(), 2, "{dead:?}");
    assert!(errors.iter().any(|error| error.contains("v99") && error.contains("dead-letters")), "{errors:?}");
    assert!(errors.iter().any(|error| error.contains("no field")), "{errors:?}");
    server.stop().await;
}

async fn layers_of_silver(folder: &Path) -> i64 {
    let pool = wick_bus::database::read(&folder.join("silver.sqlite")).await.expect("opens").expect("silver");
    let (count,): (i64,) = sqlx::query_as("SELECT count(*) FROM candles").fetch_one(&pool).await.expect("a count");
    pool.close().await;
    count
}
