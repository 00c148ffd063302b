//! The same days on a SQLite file and on a PostgreSQL server: equal rows, and a house that goes on where it stopped.

mod harness;

use std::collections::BTreeMap;
use std::path::Path;

use harness::{Home, finish, market, place, replay, topics};
use wick_bus::database::{Database, Kind, Location, Table};
use wick_bus::testing::Postgres;
use wick_validator::silver::{candles, consensus, indicators, quality, quarantine};

/// Every row of a table, as text, in the order of its key.
async fn rows<const N: usize>(silver: &Database, table: &Table<N>, key: &str) -> Vec<String> {
    let query = format!("SELECT {} FROM {} ORDER BY {key}", table.names(), table.name);
    let row = silver.select(query, &[], |row| {
        let cell = |(name, kind): &(&'static str, Kind)| {
            Ok(match kind {
                Kind::Whole => format!("{:?}", row.get::<Option<i64>>(name)?),
                Kind::Real => format!("{:?}", row.get::<Option<f64>>(name)?.map(f64::to_bits)),
                Kind::Text => format!("{:?}", row.get::<Option<String>>(name)?),
                Kind::Truth => format!("{:?}", row.get::<Option<bool>>(name)?),
            })
        };
        table.columns.iter().map(cell).collect::<sqlx::Result<Vec<String>>>().map(|cells| cells.join(" "))
    });
    row.await.expect(table.name)
}

/// Silver of a replay, table by table.
async fn silver(settings: &[(&str, &str)]) -> BTreeMap<&'static str, Vec<String>> {
    let settings: Vec<_> = settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let config = wick_bus::Config::load(None, &settings).expect("settings");
    let silver = Database::read(Location::silver(&config).expect("a place")).await.expect("opens").expect("silver");
    let held = rows(&silver, &quarantine::TABLE, "id").await;
    let kept = BTreeMap::from([
        ("candles", rows(&silver, &candles::TABLE, "venue, open_time").await),
        ("consensus", rows(&silver, &consensus::TABLE, "open_time, venue").await),
        ("indicators", rows(&silver, &indicators::TABLE, "venue, time").await),
        ("quality", rows(&silver, &quality::TABLE, "suite, from_time").await),
        ("quarantine", held),
    ]);
    silver.close().await;
    kept
}

/// Every fiftieth candle without a price.
fn spoil(file: &Path) {
    let text = std::fs::read_to_string(file).expect("the market");
    let line = |(number, line): (usize, &str)| {
        let mut cells: Vec<&str> = line.split(',').collect();
        if number % 50 == 49 {
            cells[4] = "NaN";
        }
        cells.join(",")
    };
    let lines: Vec<String> = text.lines().enumerate().map(line).collect();
    std::fs::write(file, lines.join("\n")).expect("the market");
}

#[tokio::test]
async fn a_file_and_a_server_hold_equal_rows_and_the_house_goes_on_from_either() {
    let home = Home::new();
    let folder = home.join("postgres");
    std::fs::create_dir(&folder).expect("a folder");
    let Some(postgres) = Postgres::start(&folder) else { return };
    let (first, both) = (home.join("first.csv"), home.join("both.csv"));
    market(&first, 900);
    market(&both, 2 * 1440);
    spoil(&first);
    spoil(&both);
    let (file, server) = (home.join("file"), home.join("server"));
    let url = format!("silver.url={}", postgres.url());
    finish(replay(&file, &both, &["--set", "bus.batch=200"]));
    // In two lives, the second of which reads what the first has kept.
    for market in [&first, &both] {
        finish(replay(&server, market, &["--set", &url]));
    }
    assert!(!place(&server).join("silver.sqlite").exists());
    let url = postgres.url();
    let file_folder = place(&file).display().to_string();
    let kept = silver(&[("data_dir", &file_folder)]).await;
    let served = silver(&[("silver.url", &url), ("bus.prefix", "replay:")]).await;
    assert_eq!(kept["candles"].len(), 2 * 1440 - 57);
    assert_eq!((kept["quarantine"].len(), kept["indicators"].len()), (57, 192));
    assert!(!kept["quality"].is_empty());
    for (table, rows) in &kept {
        for (ours, theirs) in rows.iter().zip(&served[table]) {
            assert_eq!(ours, theirs, "{table}");
        }
        assert_eq!(rows.len(), served[table].len(), "{table}");
    }
    let (ours, theirs) = (topics(&place(&file), "replay:").await, topics(&place(&server), "replay:").await);
    assert_eq!(ours["features.built"], theirs["features.built"]);
}

#[test]
fn a_server_that_is_not_there_is_named_without_its_password() {
    let home = Home::new();
    let file = home.join("market.csv");
    market(&file, 60);
    let url = "silver.url=postgres://wick:hunter2@127.0.0.1:9/lake";
    let output = replay(&home.join("data"), &file, &["--set", url]).output().expect("wick runs");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(4), "{told}");
    assert!(told.contains("postgres://127.0.0.1:9/lake") && told.contains("check silver.url"), "{told}");
    assert!(!told.contains("hunter2"), "{told}");
}
