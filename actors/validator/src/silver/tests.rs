//! The same suite on both databases, and both beside each other.

mod day;
mod dump;
mod story;

use std::path::Path;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use wick_bus::database::{Database, Location};
use wick_bus::testing::Postgres;
use wick_bus::{Config, Kind, Layer};
use wick_schemas::article::Text;
use wick_schemas::{ArticleValidated, CandleValidated, Origin, Sentiment, Timestamp};

use self::day::{candle, day};
use self::dump::dump;
use super::{Silver, SilverRow};

fn file(folder: &Path) -> Location {
    Location::File(folder.join("silver.sqlite"))
}

/// A place on a server, for the house of this prefix.
fn server(server: &Postgres, prefix: &str) -> Location {
    let flags = [("silver.url", server.url()), ("bus.prefix", prefix.to_owned())];
    let config = Config::load(None, &flags.map(|(key, value)| (key.to_owned(), value))).expect("settings");
    Location::silver(&config).expect("a place")
}

#[tokio::test]
async fn on_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    story::everything(file(folder.path())).await;
}

#[tokio::test]
async fn on_a_server() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(postgres) = Postgres::start(folder.path()) else { return };
    story::everything(server(&postgres, "")).await;
    // Another house on the same server shares nothing with it.
    assert!(Database::read(server(&postgres, "replay:")).await.expect("answers").is_none());
    Silver::at(server(&postgres, "replay:")).await.expect("opens");
    let other = Database::read(server(&postgres, "replay:")).await.expect("answers").expect("is there");
    assert!(dump(&other).await.values().all(Vec::is_empty));
}

#[tokio::test]
async fn both_hold_equal_rows_for_the_same_day() {
    let (files, folder) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let Some(postgres) = Postgres::start(folder.path()) else { return };
    let mut kept = Vec::new();
    for location in [file(files.path()), server(&postgres, "")] {
        let mut silver = Silver::at(location.clone()).await.expect("opens");
        for batch in day().chunks(1000) {
            silver.keep(batch.to_vec()).await.expect("kept");
        }
        kept.push(dump(&Database::read(location).await.expect("answers").expect("is there")).await);
    }
    let counts: Vec<(&str, usize)> = kept[0].iter().map(|(table, rows)| (*table, rows.len())).collect();
    let expected = [
        ("articles", 48),
        ("candles", 3 * 1440 + 1),
        ("consensus", 2 * 1440),
        ("indicators", 96),
        ("posts", 96),
        ("quality", 96),
        ("quarantine", 8),
        ("readings", 1),
        ("sentiments", 48 + 96),
    ];
    assert_eq!(counts, expected);
    for (table, rows) in &kept[0] {
        for (ours, theirs) in rows.iter().zip(&kept[1][table]) {
            assert_eq!(ours, theirs, "{table}");
        }
        assert_eq!(rows.len(), kept[1][table].len(), "{table}");
    }
}

#[tokio::test]
async fn a_server_that_goes_away_costs_a_life_and_no_row() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(mut postgres) = Postgres::start(folder.path()) else { return };
    let place = server(&postgres, "");
    let rows = day();
    let mut silver = Silver::at(place.clone()).await.expect("opens");
    silver.keep(rows[..500].to_vec()).await.expect("kept");
    postgres.pause();
    for error in [
        silver.keep(rows[500..].to_vec()).await.expect_err("nobody there"),
        Silver::at(place.clone()).await.expect_err("nobody there"),
    ] {
        // The supervisor begins a new life after a pause; what was not kept was not acknowledged.
        assert_eq!(error.kind(), Kind::Transient);
        assert!(error.to_string().contains("schema silver_btc_usd"), "{error}");
        assert!(error.to_string().contains("check silver.url, and that PostgreSQL runs there"), "{error}");
    }
    postgres.resume().expect("comes back");
    let mut silver = Silver::at(place.clone()).await.expect("opens again");
    silver.keep(rows[..].to_vec()).await.expect("kept");
    let kept = dump(&Database::read(place).await.expect("answers").expect("is there")).await;
    assert_eq!((kept["candles"].len(), kept["quarantine"].len()), (3 * 1440 + 1, 8));
}

#[test]
fn whatever_is_kept_comes_back_equal_from_both() {
    let (files, folder) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let postgres = Postgres::start(folder.path());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let places: Vec<Location> =
        std::iter::once(file(files.path())).chain(postgres.iter().map(|postgres| server(postgres, ""))).collect();
    let silvers: Vec<Silver> =
        places.iter().map(|place| runtime.block_on(Silver::at(place.clone())).expect("opens")).collect();
    let number = prop::num::f64::POSITIVE | prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO;
    let text =
        prop_oneof!["\\PC{0,40}", any::<String>(), Just("a\0b".to_owned()), Just("'; DROP TABLE x; --".to_owned())];
    let one = (number, text.clone(), text, any::<Option<i64>>(), -1.0_f64..=1.0);
    let counter = std::cell::Cell::new(0_i64);
    let config = ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() };
    let outcome = TestRunner::new(config).run(&prop::collection::vec(one, 1..30), |ones| {
        let (first, mut next) = (counter.get(), counter.get());
        let mut rows = Vec::new();
        for (number, title, body, votes, score) in &ones {
            next += 1;
            let mut clean = candle(next, 100.0);
            clean.candle.volume = number.abs();
            rows.push(SilverRow::Candle(title.clone(), clean));
            let sentiment = Sentiment { score: *score, confidence: score.abs(), method: body.clone() };
            let article = Text {
                source: body.clone(),
                id: next.to_string(),
                url: title.clone(),
                title: title.clone(),
                body: body.clone(),
                published: votes.map(Timestamp),
                language: votes.map(|_| title.clone()),
                votes: *votes,
            };
            let validated = ArticleValidated { article, sentiment, origin: Origin::Live, ingest_time: Timestamp(next) };
            rows.push(SilverRow::Article(title.clone(), validated));
        }
        counter.set(next);
        for (silver, place) in silvers.iter().zip(&places) {
            let kept = runtime.block_on(async {
                silver.clone().keep(rows.clone()).await.expect("kept");
                let database = Database::read(place.clone()).await.expect("answers").expect("is there");
                let kept = database
                    .select(
                        "SELECT volume, a.title, body, votes, score FROM candles c \
                         JOIN articles a ON c.open_time = 60000 * CAST(a.id AS BIGINT) \
                         JOIN sentiments s ON s.text = a.id WHERE c.open_time > $1 ORDER BY c.open_time",
                        &[(first * 60_000).into()],
                        |row| {
                            let numbers = (row.get::<f64>("volume")?, row.get::<Option<i64>>("votes")?);
                            Ok((
                                numbers,
                                row.get::<String>("title")?,
                                row.get::<String>("body")?,
                                row.get::<f64>("score")?,
                            ))
                        },
                    )
                    .await
                    .expect("reads");
                database.close().await;
                kept
            });
            prop_assert_eq!(kept.len(), ones.len());
            for (((volume, votes), title, body, score), (number, given, written, counted, judged)) in
                kept.iter().zip(&ones)
            {
                // Bit for bit: a number that is read back a little different is another candle.
                prop_assert_eq!(volume.to_bits(), number.abs().to_bits());
                prop_assert_eq!(score, judged);
                prop_assert_eq!(votes, counted);
                prop_assert_eq!(title, &given.replace('\0', "\u{2400}"));
                prop_assert_eq!(body, &written.replace('\0', "\u{2400}"));
            }
        }
        Ok(())
    });
    outcome.expect("holds for all");
}

/// Rows that a former program kept stay, held in quarantine.
#[tokio::test]
async fn a_file_of_a_former_program_is_brought_up_to_date_without_loss() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("silver.sqlite");
    let mut former = sqlx::migrate!("migrations/sqlite");
    former.migrations = former.migrations.iter().take(2).cloned().collect();
    let pool = wick_bus::database::open(&path, &former).await.expect("opens");
    for statement in [
        "INSERT INTO candles VALUES ('kraken', 60000, 1, 2, 0.5, 1.5, 3, 'live', 120000, 'c1')",
        "INSERT INTO consensus VALUES (60000, 'kraken', 0.25, 1)",
        "INSERT INTO quarantine VALUES ('q1', 'kraken', 60000, '{\"open\":null}', 'live', 120000, 'high_low', '7', 'why')",
    ] {
        sqlx::query(statement).execute(&pool).await.expect("kept");
    }
    pool.close().await;
    Silver::at(file(folder.path())).await.expect("opens");
    let kept = dump(&Database::read(file(folder.path())).await.expect("answers").expect("is there")).await;
    assert_eq!(kept["candles"], ["kraken|60000|1.0|2.0|0.5|1.5|3.0|live|120000|c1|false"]);
    assert_eq!(kept["consensus"], ["60000|kraken|0.25|true"]);
    let held = "q1|candle|kraken|60000|{\"open\":null}|live|120000|high_low|7|why";
    assert_eq!(kept["quarantine"], [held]);
}

/// Speed, said and not judged: `cargo nextest run --workspace --run-ignored only -E 'test(speed)' --no-capture`.
#[tokio::test]
#[ignore = "a measurement"]
async fn speed_of_keeping_candles() {
    let (files, folder) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let postgres = Postgres::start(folder.path());
    let places = std::iter::once(file(files.path())).chain(postgres.iter().map(|postgres| server(postgres, "")));
    for place in places {
        let mut silver = Silver::at(place.clone()).await.expect("opens");
        let id = |minute: i64| format!("{:032x}", i128::from(minute) * 0x9e37_79b9_7f4a_7c15);
        let clean = |minute: i64| -> CandleValidated { candle(minute, 100.0 + minute as f64 * 0.013) };
        let minutes: Vec<i64> = (0..100_000).collect();
        let batches: Vec<Vec<SilverRow>> = minutes
            .chunks(1000)
            .map(|chunk| chunk.iter().map(|minute| SilverRow::Candle(id(*minute), clean(*minute))).collect())
            .collect();
        let started = std::time::Instant::now();
        for batch in batches {
            silver.keep(batch).await.expect("kept");
        }
        println!("{place}: 100,000 candles in {:?}", started.elapsed());
    }
}
