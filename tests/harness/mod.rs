//! What the stories share: a market in a file, the program as a process, and what it leaves behind.
#![allow(dead_code)] // each story uses a part of it

pub mod living;

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sqlx::Row;
use wick_bus::lake::{FeatureRow, Shelf, TargetRow};
use wick_fetcher::bronze::BronzeCandle;
use wick_fetcher::source::simulated::market::Market;
use wick_schemas::{Timestamp, topic};

/// Where every market of these stories begins: a Monday.
pub const START: &str = "2024-01-01";

/// Writes so many minutes of a simulated market as a kline file.
pub fn market(path: &Path, minutes: usize) {
    let mut market = Market::new(7, Timestamp::parse(START).expect("a date"));
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).expect("a file"));
    for _ in 0..minutes {
        let candle = market.minute().candle;
        let number = |value: Option<f64>| value.expect("a number");
        let (open, close) = (candle.open_time.millis(), candle.open_time.millis() + 59_999);
        writeln!(
            file,
            "{open},{},{},{},{},{},{close},0,0,0,0,0",
            number(candle.open),
            number(candle.high),
            number(candle.low),
            number(candle.close),
            number(candle.volume)
        )
        .expect("a line");
    }
    file.flush().expect("the file");
}

/// For stories that are about everything that a training tries and keeps: a search among growths, and forests. It costs
/// five times as much as what [`replay`] trains.
pub const THOROUGH: [&str; 4] = ["--set", "trainer.fit.search.trials=3", "--set", "trainer.fit.forest=true"];

/// A replay of a file in a data folder, with a training each day from the eighth day on: of little, so that it is quick.
pub fn replay(data: &Path, file: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wick"));
    command.arg("--data-dir").arg(data);
    for setting in [
        "fetcher.replay.venue=simulated",
        "drift_monitor.policy.min_warm_bars=96",
        // Whatever is not exactly right is said.
        "drift_monitor.coverage.window=48",
        "drift_monitor.coverage.tolerance=0",
        "drift_monitor.coverage.deviations=0",
        "trainer.fit.min_rows=150",
        "trainer.fit.search.trials=0",
        "trainer.fit.forest=false",
        "trainer.fit.direction_boosting.trees=5",
        "trainer.fit.volatility_boosting.trees=5",
        "trainer.fit.forest_trees=4",
        "trainer.fit.forest_rows=400",
        "bus.lease_ms=300",
        "bus.keep_entries=1000000",
        "telemetry.log=warn",
    ] {
        command.arg("--set").arg(setting);
    }
    command.args(more).arg("replay").arg(file);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

/// Runs a replay to its end.
pub fn finish(mut command: Command) {
    let output = command.output().expect("wick runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The folder of the replay in a data folder.
pub fn place(data: &Path) -> PathBuf {
    data.join("replay/replay")
}

/// A folder for a story. What its houses leave running when the story fails is ended with it.
pub struct Home(pub tempfile::TempDir);

impl Home {
    /// An empty folder.
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    /// A path in it.
    pub fn join(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let folders = std::fs::read_dir(self.0.path()).into_iter().flatten().filter_map(Result::ok);
        for folder in folders.flat_map(|data| [place(&data.path()), data.path().join("simulated"), data.path()]) {
            let pid = std::fs::read_to_string(folder.join("bus/redis.pid")).unwrap_or_default();
            // Redis removes its file when it ends in peace.
            if !pid.trim().is_empty() {
                let _ = Command::new("kill").args(["-9", pid.trim()]).stderr(Stdio::null()).status();
            }
        }
    }
}

/// A process that is ended with the story.
pub struct Running(pub Child);

impl Running {
    /// Waits until it has ended, which it must in peace. What it says on its standard error is told where it does not.
    pub fn finish(mut self) {
        let mut told = String::new();
        if let Some(mut words) = self.0.stderr.take() {
            words.read_to_string(&mut told).expect("text");
        }
        let status = self.0.wait().expect("an end");
        assert!(status.success(), "{told}");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The Python of `WICK_PYTHON`, where it has a package; where not, that is said aloud.
pub fn python_with(package: &str) -> Option<String> {
    let Ok(python) = std::env::var("WICK_PYTHON") else {
        eprintln!("skipped: WICK_PYTHON names no Python with {package}");
        return None;
    };
    // Looked for, not loaded: that may take seconds.
    let look = "import importlib.util, sys; sys.exit(importlib.util.find_spec(sys.argv[1]) is None)";
    let there = Command::new(&python).args(["-c", look, package]).stderr(Stdio::null()).status();
    if !there.is_ok_and(|status| status.success()) {
        eprintln!("skipped: {python} has no {package}");
        return None;
    }
    Some(python)
}

/// Waits until something holds.
pub fn wait_until(what: &str, patience: Duration, mut holds: impl FnMut() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < patience, "{what} did not happen within {patience:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Waits until everyone has read and finished everything: a training may go on after the last score.
pub async fn quiet(url: &str) {
    let mut connection = wick_bus::session::connect(url).await.expect("connects");
    let mut open = Vec::new();
    let waiting = async {
        loop {
            open.clear();
            for topic in topic::ALL {
                let key = format!("{}:{{BTC-USD}}", topic.name);
                // A stream that nobody has written to has no groups.
                let groups = wick_bus::stream::read_groups(&mut connection, &key).await.unwrap_or_default();
                let busy = groups.iter().filter(|group| group.pending > 0 || group.lag.is_some_and(|lag| lag > 0));
                open.extend(busy.map(|group| format!("{} of {}: {group:?}", group.name, topic.name)));
            }
            if open.is_empty() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let rest = tokio::time::timeout(Duration::from_secs(60), waiting).await;
    assert!(rest.is_ok(), "not everyone comes to rest: {open:#?}");
}

/// Everything that a house has kept and said, by content: a name and its rows.
pub type Contents = BTreeMap<String, Vec<String>>;

/// Reads every layer.
pub async fn layers(folder: &Path) -> Contents {
    let mut contents = Contents::new();
    let all = |name: &str| folder.join(name);
    let rows = |rows: Vec<String>| rows;
    let bronze = Shelf::<BronzeCandle>::read(&all("bronze"), Timestamp::MIN, Timestamp::MAX).expect("bronze");
    contents.insert("bronze".into(), rows(bronze.iter().map(|row| format!("{row:?}")).collect()));
    let features = Shelf::<FeatureRow>::read(&all("gold/features"), Timestamp::MIN, Timestamp::MAX).expect("features");
    contents.insert("gold features".into(), features.iter().map(|row| format!("{row:?}")).collect());
    let targets = Shelf::<TargetRow>::read(&all("gold/targets"), Timestamp::MIN, Timestamp::MAX).expect("targets");
    contents.insert("gold targets".into(), targets.iter().map(|row| format!("{row:?}")).collect());
    let mut artifacts: Vec<String> = std::fs::read_dir(all("models"))
        .expect("models")
        .filter_map(|entry| entry.expect("an entry").file_name().into_string().ok())
        .filter(|name| name.ends_with(".json"))
        .collect();
    artifacts.sort();
    contents.insert("artifacts".into(), artifacts);
    for (file, tables) in [
        (
            "silver.sqlite",
            vec!["candles", "articles", "posts", "sentiments", "readings", "indicators", "quality", "quarantine"],
        ),
        ("serving.sqlite", vec!["predictions", "outcomes"]),
        ("models.sqlite", vec!["models", "trials", "deployments"]),
        ("monitoring.sqlite", vec!["scores", "commands"]),
    ] {
        let pool = wick_bus::database::read(&all(file)).await.expect("opens").expect(file);
        for table in tables {
            let columns: Vec<String> = sqlx::query(sqlx::AssertSqlSafe(format!("PRAGMA table_info({table})")))
                .fetch_all(&pool)
                .await
                .expect("columns")
                .iter()
                .map(|row| format!("quote({})", row.get::<String, _>("name")))
                .collect();
            let query = format!("SELECT {} AS row FROM {table} ORDER BY row", columns.join(" || ',' || "));
            let rows = sqlx::query(sqlx::AssertSqlSafe(query)).fetch_all(&pool).await.expect("rows");
            contents.insert(format!("{file} {table}"), rows.iter().map(|row| row.get("row")).collect());
        }
        pool.close().await;
    }
    contents
}

/// Reads every topic from a Redis that is started on what the house left, and asserts that nothing is pending, dead
/// or there twice.
pub async fn topics(folder: &Path, prefix: &str) -> Contents {
    let config = wick_bus::Config::load(None, &[("data_dir".into(), folder.display().to_string())]).expect("settings");
    let server = wick_bus::server::Server::start(&config).await.expect("redis starts");
    let mut connection = wick_bus::session::connect(&server.url).await.expect("connects");
    let mut contents = Contents::new();
    for topic in topic::ALL {
        let key = format!("{prefix}{}:{{BTC-USD}}", topic.name);
        let entries = wick_bus::stream::tail(&mut connection, &key, None, 10_000_000).await.expect("a stream");
        let messages: Vec<_> = entries.into_iter().map(|entry| entry.message.expect("a message")).collect();
        let mut ids: Vec<_> = messages.iter().map(|message| message.id.to_string()).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), messages.len(), "{} holds a message twice", topic.name);
        let rows = messages.iter().map(|m| format!("{} {} {} {}", m.id, m.causation_id, m.correlation_id, m.data));
        contents.insert(topic.name.to_owned(), rows.collect());
        let dead: i64 = redis::cmd("XLEN")
            .arg(format!("{prefix}dead.{}:{{BTC-USD}}", topic.name))
            .query_async(&mut connection)
            .await
            .expect("dead");
        assert_eq!(dead, 0, "{} has dead letters", topic.name);
        if !messages.is_empty() {
            for group in wick_bus::stream::read_groups(&mut connection, &key).await.expect("groups") {
                assert_eq!(group.pending, 0, "{} of {} has pending messages", group.name, topic.name);
            }
        }
    }
    server.stop().await;
    contents
}

/// Says where two contents differ.
pub fn assert_same(left: &Contents, right: &Contents) {
    assert_eq!(left.keys().collect::<Vec<_>>(), right.keys().collect::<Vec<_>>());
    for (name, rows) in left {
        let others = &right[name];
        let differing = rows.iter().zip(others).position(|(a, b)| a != b);
        if let Some(place) = differing {
            panic!("{name}: row {place} differs:\n{}\n{}", rows[place], others[place]);
        }
        assert_eq!(rows.len(), others.len(), "{name}: number of rows");
    }
}
