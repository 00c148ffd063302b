//! What silver promises, wherever it is kept.

use wick_bus::Layer;
use wick_bus::database::{Database, Location};
use wick_schemas::Timestamp;
use wick_schemas::time::DAY;

use super::day::{candle, day, held};
use super::dump::dump;
use crate::silver::{Held, Released, Silver, SilverRow};

/// Everything, at an empty place.
pub async fn everything(place: Location) {
    assert!(Database::read(place.clone()).await.expect("answers").is_none(), "there is nothing before its owner");
    let mut silver = Silver::at(place.clone()).await.expect("opens");
    let guest = Database::read(place.clone()).await.expect("answers").expect("is there");
    nothing_of_a_flush_that_failed_is_kept(&place, &guest).await;
    what_comes_again_is_kept_once(&mut silver, &guest).await;
    a_flush_may_be_large(&mut silver, &guest).await;
    what_is_released_is_marked_once(&mut silver, &guest).await;
    reports_of_success_are_forgotten_after_a_while(&mut silver, &guest).await;
    a_guest_writes_nothing(&guest).await;
    // Opened again it is as it was.
    let before = dump(&guest).await;
    Silver::at(place).await.expect("opens again");
    assert_eq!(dump(&guest).await, before);
}

async fn nothing_of_a_flush_that_failed_is_kept(place: &Location, guest: &Database) {
    let mut silver = Silver::at(place.clone()).await.expect("opens");
    let mut impossible = candle(1, 100.0);
    impossible.candle.close = f64::NAN;
    let rows = vec![SilverRow::Candle("a".into(), candle(0, 100.0)), SilverRow::Candle("b".into(), impossible)];
    let error = silver.keep(rows).await.expect_err("a column that is never empty");
    assert!(error.to_string().contains("close"), "{error}");
    assert!(dump(guest).await.values().all(Vec::is_empty));
}

async fn what_comes_again_is_kept_once(silver: &mut Silver, guest: &Database) {
    silver.keep(day()).await.expect("kept");
    let once = dump(guest).await;
    assert_eq!(once["candles"].len(), 3 * 1440 + 1);
    assert!(once.iter().all(|(_, rows)| !rows.is_empty()), "every table has rows");
    // Another number under the same key changes nothing: what was published stays what was kept.
    let mut rows = day();
    rows.push(SilverRow::Candle("other".into(), candle(0, 1.0)));
    silver.keep(rows).await.expect("kept");
    assert_eq!(dump(guest).await, once);
    silver.keep(Vec::new()).await.expect("nothing is kept at once");
}

async fn a_flush_may_be_large(silver: &mut Silver, guest: &Database) {
    let rows = (10_000..22_500).map(|minute| SilverRow::Candle(minute.to_string(), candle(minute, 100.0)));
    silver.keep(rows.collect()).await.expect("kept");
    let count = guest
        .select("SELECT count(*) AS candles FROM candles WHERE open_time >= $1", &[600_000_000_i64.into()], |row| {
            row.get::<i64>("candles")
        })
        .await;
    assert_eq!(count.expect("counted"), [12_500]);
}

async fn what_is_released_is_marked_once(silver: &mut Silver, guest: &Database) {
    let states = async || {
        let query = "SELECT id, released_at, released_by, released_why FROM quarantine ORDER BY id";
        let read = |row: &wick_bus::database::Row| {
            let (by, why) = (row.get::<Option<String>>("released_by")?, row.get::<Option<String>>("released_why")?);
            Ok((row.get::<Option<i64>>("released_at")?, by, why))
        };
        guest.select(query, &[], read).await.expect("reads")
    };
    let by = |who: &str, at| {
        SilverRow::Released(Released { id: "q3".into(), at: Timestamp(at), by: who.to_owned(), why: "x".into() })
    };
    silver.keep(vec![by("ada", 7)]).await.expect("kept");
    silver.keep(vec![by("bob", 8), held().remove(3)]).await.expect("kept");
    let states = states().await;
    assert_eq!(states.len(), 8);
    assert_eq!(states[3], (Some(7), Some("ada".into()), Some("x".into())));
    assert_eq!(states[4], (None, None, None));
    // One that comes and is released in one flush is released.
    let mut rows =
        vec![SilverRow::Released(Released { id: "q9".into(), at: Timestamp(9), by: "eve".into(), why: "y".into() })];
    let Some(SilverRow::Quarantine(one)) = held().into_iter().next() else { panic!("a datum") };
    rows.push(SilverRow::Quarantine(Held { id: "q9".into(), ..one }));
    silver.keep(rows).await.expect("kept");
    let query = "SELECT released_by FROM quarantine WHERE id = $1";
    let by = guest.select(query, &["q9".into()], |row| row.get::<Option<String>>("released_by")).await.expect("reads");
    assert_eq!(by, [Some("eve".into())]);
}

async fn reports_of_success_are_forgotten_after_a_while(silver: &mut Silver, guest: &Database) {
    silver.keep(vec![SilverRow::ForgetQuality(Timestamp(DAY / 2))]).await.expect("kept");
    let count = async |what: &str| {
        let query = format!("SELECT count(*) AS n FROM quality WHERE {what}");
        guest.select(query, &[], |row| row.get::<i64>("n")).await.expect("counted")[0]
    };
    // Of 96 quarter hours every ninth did not meet what was expected.
    assert_eq!(count("success").await, 48 - 5);
    assert_eq!(count("NOT success").await, 11);
}

async fn a_guest_writes_nothing(guest: &Database) {
    let mut open = guest.begin().await.expect("begins");
    let error = open.execute("DELETE FROM candles", &[]).await.expect_err("read only").to_string();
    assert!(error.contains("read") && error.contains("only"), "{error}");
}
