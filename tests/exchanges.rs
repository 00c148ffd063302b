//! Several exchanges at once: history fills itself, the consensus is folded, what was missed while the house was down is a
//! gap that heals by itself, and an exchange that refuses stands aside.

#[path = "harness/exchange.rs"]
mod exchange;
mod harness;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::Duration;

use exchange::Exchanges;
use harness::{Home, Running, quiet, topics, wait_until};
use wick_bus::lake::Shelf;
use wick_fetcher::bronze::BronzeFrame;

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(60);

fn up(data: &Path, exchanges: &Exchanges) -> Running {
    up_with(data, exchanges, &["fetcher.text.enabled=false"])
}

fn up_with(data: &Path, exchanges: &Exchanges, more: &[&str]) -> Running {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wick"));
    command.arg("--data-dir").arg(data);
    command.args(["--set", &format!("fetcher.live.binance.rest={}", exchanges.base)]);
    command.args(["--set", &format!("fetcher.live.kraken.rest={}", exchanges.base)]);
    for setting in [
        "fetcher.live.venues=[\"binance\", \"kraken\"]",
        "fetcher.live.history_days=11",
        "drift_monitor.policy.min_warm_bars=96",
        "trainer.fit.min_rows=150",
        "trainer.fit.forest=false",
        "trainer.fit.direction_boosting.trees=5",
        "trainer.fit.volatility_boosting.trees=5",
        "fetcher.live.binance.socket=ws://127.0.0.1:9",
        "fetcher.live.kraken.socket=ws://127.0.0.1:9",
        "gateway.listen=127.0.0.1:0",
        "dashboard.listen=127.0.0.1:0",
        "telemetry.metrics=127.0.0.1:0",
        "telemetry.log=warn",
    ] {
        command.args(["--set", setting]);
    }
    for setting in more {
        command.args(["--set", setting]);
    }
    Running(
        command.arg("up").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("starts"),
    )
}

/// Stops a house in peace and gives what it said.
fn stop(mut house: Running) -> String {
    let pid = house.0.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().expect("kill runs").success());
    let mut told = String::new();
    std::io::Read::read_to_string(&mut house.0.stdout.take().expect("its words"), &mut told).expect("text");
    assert!(house.0.wait().expect("an end").success());
    told
}

/// A number from silver; 0 while there is none.
async fn ask(data: &Path, query: &'static str) -> i64 {
    let Ok(Some(pool)) = wick_bus::database::read(&data.join("silver.sqlite")).await else { return 0 };
    let found = sqlx::query_scalar(query).fetch_one(&pool).await.unwrap_or(0);
    pool.close().await;
    found
}

async fn until(data: &Path, query: &'static str, wanted: impl Fn(i64) -> bool) -> i64 {
    let waiting = async {
        loop {
            let found = ask(data, query).await;
            if wanted(found) {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("never enough: {query}"))
}

#[tokio::test]
async fn venues_meet_in_a_consensus_and_a_gap_heals_by_itself() {
    let (home, exchanges) = (Home::new(), Exchanges::open());
    let data = home.join("data");
    // As if this were half an hour ago.
    exchanges.behind.store(30, Ordering::SeqCst);
    let house = up(&data, &exchanges);
    // Eleven days of one venue, twelve hours of the other. A first training may be refused for its few outcomes, whatever
    // the hour, and is asked for again a day later: that must lie in the past, too.
    let days = "SELECT count(*) FROM candles WHERE venue = 'consensus'";
    until(&data, days, |found| found > 11 * 1440 - 45).await;
    until(&data, "SELECT count(*) FROM consensus WHERE venue = 'kraken' AND took_part", |found| found > 600).await;
    let told = stop(house);
    assert!(told.starts_with("LIVE: one-minute candles of bitcoin from binance, kraken"), "{told}");

    let before = ask(&data, days).await;
    exchanges.behind.store(0, Ordering::SeqCst);
    let house = up(&data, &exchanges);
    until(&data, days, |found| found >= before + 29).await;
    quiet(&format!("redis+unix://{}/bus/redis.sock", data.display())).await;
    stop(house);

    let prices = "SELECT count(*) FROM candles a JOIN candles b USING (open_time) WHERE a.venue = 'consensus' AND \
                  b.venue = 'binance' AND abs(a.close / b.close - 1.0) BETWEEN 0.0004 AND 0.0006";
    assert!(ask(&data, prices).await > 600, "the middle of two is between them");
    let said = topics(&data, "").await;
    let venues = |topic: &str| {
        let of = |venue: &str| said[topic].iter().filter(|row| row.contains(&format!("\"venue\":\"{venue}\""))).count();
        (of("binance"), of("kraken"))
    };
    assert_eq!(venues("gaps.opened"), (1, 1));
    assert_eq!(venues("gaps.closed"), (1, 1));
    assert!(said["gaps.closed"].iter().all(|row| row.contains("\"healed\":true")));
    assert_eq!(said["candles.rejected"].len(), 0);
    // History enough for features and a model: the first forecast of the present is already the champion's.
    assert!(said["predictions.made"].last().is_some_and(|row| row.contains("\"level\":\"champion\"")));
    // Features come from the consensus alone: one vector for each bar, of which the last may not have closed.
    let bars = ask(&data, "SELECT count(DISTINCT open_time / 900000) FROM candles WHERE venue = 'consensus'").await;
    let vectors = i64::try_from(said["features.built"].len()).expect("a count");
    assert!(vectors == bars || vectors == bars - 1, "{vectors} vectors of {bars} bars");
}

#[tokio::test]
async fn a_backfill_fetches_the_past_once_and_whole() {
    let (home, exchanges) = (Home::new(), Exchanges::open());
    let data = home.join("data");
    let to = wick_bus::Clock::System.now().floor(wick_schemas::time::HOUR);
    let backfill = |hours: i64| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wick"));
        command.arg("--data-dir").arg(&data);
        command.args(["--set", &format!("fetcher.live.binance.rest={}", exchanges.base)]);
        command.args(["--set", "telemetry.metrics=127.0.0.1:0", "--set", "telemetry.log=warn"]);
        command.args(["backfill", "--venue", "binance", "--from", &to.shift(-48 * 3_600_000).rfc3339()]);
        let output = command.args(["--to", &to.shift(hours * 3_600_000).rfc3339()]).output().expect("wick runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert!(backfill(-8).starts_with("fetched and lived through"));
    let candles = "SELECT count(*) FROM candles WHERE venue = 'binance'";
    assert_eq!(ask(&data, candles).await, 40 * 60);
    backfill(0);
    assert_eq!(ask(&data, candles).await, 48 * 60);
    let said = topics(&data, "").await;
    assert_eq!((said["candles.received"].len(), said["gaps.opened"].len()), (48 * 60, 0));
    assert_eq!(said["features.built"].len(), 48 * 4);

    // What the exchange answered is kept as it came, and says what was read from it.
    let raw: Vec<BronzeFrame> =
        Shelf::read(&data.join("bronze"), wick_schemas::Timestamp::MIN, wick_schemas::Timestamp::MAX).expect("bronze");
    assert!(raw.iter().all(|row| row.frame.source == "binance" && row.frame.status == 200));
    assert!(raw.iter().all(|row| row.frame.url.starts_with(&exchanges.base)), "{:?}", raw[0].frame.url);
    let minutes: BTreeSet<i64> = raw
        .iter()
        .flat_map(|row| serde_json::from_slice::<Vec<Vec<serde_json::Value>>>(&row.frame.payload).expect("as it came"))
        .filter_map(|row| row[0].as_i64())
        .collect();
    let from = to.millis() - 48 * 3_600_000;
    assert_eq!(minutes.range(from..to.millis()).count(), 48 * 60);
}

#[tokio::test]
async fn what_people_write_is_kept_judged_and_told_once() {
    let (home, exchanges) = (Home::new(), Exchanges::open());
    let data = home.join("data");
    let base = &exchanges.base;
    let settings = [
        // Nothing is trained here.
        "fetcher.live.history_days=3".to_owned(),
        "fetcher.text.every_seconds=1".to_owned(),
        format!("fetcher.text.feeds=[{{name = \"tackle\", url = \"{base}/feed.xml\"}}]"),
        format!("fetcher.text.fear_greed.base={base}"),
        format!("fetcher.text.reddit={{names = [\"Bitcoin\"], base = \"{base}\"}}"),
    ];
    let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
    // Killed and started again: what was told is not told twice, what was not is.
    for _ in 0..3 {
        let mut house = up_with(&data, &exchanges, &settings);
        until(
            &data,
            "SELECT (SELECT count(*) FROM articles) + (SELECT count(*) FROM readings) + (SELECT count(*) FROM posts)",
            |found| found >= 4,
        )
        .await;
        house.0.kill().expect("killed");
        house.0.wait().expect("an end");
    }
    // The house's bus outlives it; as if the machine had stopped, it goes too.
    let pid = std::fs::read_to_string(data.join("bus/redis.pid")).expect("a bus");
    assert!(Command::new("kill").args(["-9", pid.trim()]).status().expect("kill runs").success());
    std::fs::remove_file(data.join("bus/redis.sock")).expect("its door");
    let mut house = up_with(&data, &exchanges, &settings);
    let mut told = BufReader::new(house.0.stdout.take().expect("its words")).lines();
    assert!(told.any(|line| line.expect("text").starts_with("stop with Ctrl-C")), "it did not start");
    until(&data, "SELECT count(*) FROM quarantine", |found| found >= 1).await;
    quiet(&format!("redis+unix://{}/bus/redis.sock", data.display())).await;
    let wick = |words: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_wick")).arg("--data-dir").arg(&data).args(words).output();
        let output = output.expect("wick runs");
        let (told, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        (output.status.code(), format!("{told}{complained}"))
    };
    // The operator is told what was put aside and why, and lets it out, once.
    let (_, listed) = wick(&["--json", "--quiet", "quality", "list"]);
    let listed: serde_json::Value = serde_json::from_str(&listed).expect("JSON");
    assert_eq!(listed["quarantine"][0]["rule"], "language");
    let id = &listed["quarantine"][0]["id"].as_str().expect("an id")[..12];
    let (_, shown) = wick(&["--json", "quality", "show", id]);
    assert!(shown.contains("validator.text.languages") && shown.contains("Der Kurs des Bitcoin"), "{shown}");
    let (code, told_so) = wick(&["quality", "release", id, "--by", "ada", "--reason", "I read German", "--wait"]);
    assert!(code == Some(0) && told_so.contains("is clean"), "{code:?} {told_so}");
    until(&data, "SELECT count(*) FROM quarantine WHERE released_by = 'ada'", |found| found == 1).await;
    let (code, told_so) = wick(&["quality", "release", id, "--wait"]);
    assert!(code == Some(6) && told_so.contains("ada let"), "{code:?} {told_so}");
    quiet(&format!("redis+unix://{}/bus/redis.sock", data.display())).await;
    let pid = house.0.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().expect("kill runs").success());
    told.for_each(drop);
    assert!(house.0.wait().expect("an end").success());
    for (query, wanted) in [
        (
            "SELECT count(*) FROM articles WHERE source = 'tackle' AND url LIKE 'https://news.example.com/%' AND url NOT LIKE '%utm%'",
            3,
        ),
        (
            "SELECT count(*) FROM articles JOIN sentiments ON text = id WHERE title LIKE '%soars%' AND score > 0.2 AND body = 'Buyers were many.'",
            1,
        ),
        ("SELECT count(*) FROM articles JOIN sentiments ON text = id WHERE title LIKE '%plunges%' AND score < -0.2", 1),
        ("SELECT count(*) FROM posts JOIN sentiments ON text = id WHERE kind = 'post' AND votes = 12", 1),
        ("SELECT count(*) FROM readings WHERE name = 'fear_greed' AND value = 38.0", 1),
        ("SELECT count(*) FROM quarantine WHERE kind = 'article' AND rule = 'language' AND value = 'de'", 1),
        ("SELECT count(*) FROM quarantine", 1),
        ("SELECT count(*) FROM articles JOIN quarantine ON released_at = articles.ingest_time", 1),
    ] {
        assert_eq!(ask(&data, query).await, wanted, "{query}");
    }
    let said = topics(&data, "").await;
    let counts =
        ["articles.received", "articles.validated", "articles.rejected", "posts.validated", "readings.validated"];
    assert_eq!(counts.map(|topic| said[topic].len()), [3, 3, 1, 1, 1]);
    let raw: Vec<BronzeFrame> =
        Shelf::read(&data.join("bronze"), wick_schemas::Timestamp::MIN, wick_schemas::Timestamp::MAX).expect("bronze");
    let of = |source: &str| raw.iter().filter(|row| row.frame.source == source).count();
    assert!(of("tackle") >= 1 && of("reddit") >= 1 && of("fear_greed") >= 1 && of("binance") >= 1);

    // A page for each day shows how it went.
    let (_, written) = wick(&["quality", "docs"]);
    assert!(written.contains("days written"), "{written}");
    let index = std::fs::read_to_string(data.join("quality/index.html")).expect("an index");
    assert!(index.contains(".html"), "{index}");
    let pages = std::fs::read_dir(data.join("quality")).expect("pages").count();
    println!("{pages} pages");
    assert!(pages >= 4, "{pages} pages");
}

#[test]
fn the_doctor_tells_who_answers_and_what_a_house_cannot_live_without() {
    let (home, exchanges) = (Home::new(), Exchanges::open());
    exchanges.binance.store(451, Ordering::SeqCst);
    let doctor = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wick"));
        command.arg("--data-dir").arg(home.join("data"));
        command.args(["--set", &format!("fetcher.live.binance.rest={}", exchanges.base)]);
        command.args(["--set", &format!("fetcher.live.kraken.rest={}", exchanges.base)]);
        command.args(["--set", "fetcher.live.venues=[\"binance\", \"kraken\"]"]);
        command.args(["--set", &format!("fetcher.text.fear_greed.base={}", exchanges.base)]);
        let feeds = "{name = \"tackle\", url = \"BASE/feed.xml\"}, {name = \"gone\", url = \"BASE/gone.xml\"}";
        let feeds = feeds.replace("BASE", &exchanges.base);
        command.args(["--set", &format!("fetcher.text.feeds=[{feeds}]")]);
        let output = command.args(more).args(["doctor", "--json"]).output().expect("wick runs");
        let told: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        (output.status.code(), told)
    };
    let (code, told) = doctor(&[]);
    let finding = |what: &str| {
        let findings = told["findings"].as_array().expect("findings");
        findings.iter().find(|finding| finding["what"] == what).unwrap_or_else(|| panic!("nothing of {what}")).clone()
    };
    assert_eq!(code, Some(0));
    assert_eq!((&finding("kraken")["ok"], &finding("bus")["ok"]), (&true.into(), &true.into()));
    assert!(finding("binance")["detail"].as_str().is_some_and(|detail| detail.contains("451")));
    assert_eq!(finding("tackle")["detail"], "answers: 4 items");
    assert_eq!((&finding("fear_greed")["ok"], &finding("gone")["ok"]), (&true.into(), &false.into()));
    assert!(finding("silver")["detail"].as_str().is_some_and(|detail| detail.ends_with("silver.sqlite will be made")));
    let (code, _) = doctor(&["--set", "bus.url=redis://127.0.0.1:9"]);
    assert_eq!(code, Some(1));
    let (code, told) = doctor(&["--set", "silver.url=postgres://wick:hunter2@127.0.0.1:9/lake"]);
    assert!(code == Some(1) && !told.to_string().contains("hunter2"), "{told}");
}

#[tokio::test]
async fn who_is_refused_stands_aside_and_the_others_go_on() {
    let (home, exchanges) = (Home::new(), Exchanges::open());
    let data = home.join("data");
    exchanges.binance.store(451, Ordering::SeqCst);
    let house = up(&data, &exchanges);
    let consensus = "SELECT count(*) FROM candles WHERE venue = 'consensus'";
    until(&data, consensus, |found| found > 700).await;
    assert_eq!(ask(&data, "SELECT count(*) FROM candles WHERE venue = 'binance'").await, 0);
    let told = stop(house);
    assert!(told.starts_with("LIVE: one-minute candles of bitcoin from kraken"), "{told}");
    assert!(told.contains("binance stands aside for now") && told.contains("451"), "{told}");
    let raw: Vec<BronzeFrame> =
        Shelf::read(&data.join("bronze"), wick_schemas::Timestamp::MIN, wick_schemas::Timestamp::MAX).expect("bronze");
    assert!(raw.iter().any(|row| row.frame.source == "binance" && row.frame.status == 451), "a refusal is an answer");
    wait_until("the end of the bus", PATIENCE, || !data.join("bus/redis.sock").exists());
}
