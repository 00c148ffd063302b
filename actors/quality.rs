//! `wick quality docs`: the validator's pages, written from what silver keeps.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use sqlx::Row;
use wick_bus::{Config, database};
use wick_operator::place::Place;
use wick_operator::quality::DocsArgs;
use wick_schemas::time::DAY;
use wick_schemas::{QualityReported, Timestamp};
use wick_validator::datadocs::{Day, DayFigures, Quarantined, file_name, index, page};

/// Days of the trend, and of the pages where no first day is named.
const DAYS: i64 = 30;

/// Writes a page for each day, and the index of all.
pub async fn docs(config: &Config, args: &DocsArgs, quiet: bool) -> anyhow::Result<()> {
    let house = Place::find(config).await?.house;
    let path = house.path("silver.sqlite");
    let Some(silver) = database::read(&path).await? else {
        bail!(wick_bus::Error::Config(format!("no silver at {}: nothing was judged yet", path.display())))
    };
    let newest: Option<i64> = sqlx::query_scalar("SELECT max(from_time) FROM quality").fetch_one(&silver).await?;
    let Some(newest) = newest.map(|time| Timestamp(time).floor(DAY)) else {
        bail!(wick_bus::Error::Config("no batch was reported yet: a quarter of an hour must have passed".into()))
    };
    let from = args.from.map_or(newest.shift(-(DAYS - 1) * DAY), |from| from.floor(DAY));
    let mut figures: BTreeMap<Timestamp, DayFigures> = BTreeMap::new();
    let out = args.out.clone().unwrap_or_else(|| house.path("quality"));
    std::fs::create_dir_all(&out)
        .with_context(|| format!("{} cannot be made: name another with --out", out.display()))?;
    let write = |name: &str, text: String| {
        std::fs::write(out.join(name), text).with_context(|| format!("{} cannot be written", out.join(name).display()))
    };
    let mut day = from.shift(-(DAYS - 1) * DAY);
    let mut pages = 0;
    while day <= newest {
        let query = "SELECT report FROM quality WHERE from_time >= ?1 AND from_time < ?2 ORDER BY from_time, suite";
        let texts: Vec<String> =
            sqlx::query_scalar(query).bind(day.millis()).bind(day.shift(DAY).millis()).fetch_all(&silver).await?;
        let reports: Vec<QualityReported> = texts
            .iter()
            .map(|text| serde_json::from_str(text))
            .collect::<Result<_, _>>()
            .context("a report in silver")?;
        if !reports.is_empty() {
            figures.insert(day, DayFigures::of(day, &reports));
            if day >= from {
                let trend = figures.range(day.shift(-(DAYS - 1) * DAY)..=day).map(|(_, one)| *one).collect();
                let quarantine = quarantined(&silver, day).await?;
                write(&file_name(day), page(&Day { day, reports, quarantine, trend }))?;
                pages += 1;
            }
        }
        day = day.shift(DAY);
    }
    let days: Vec<DayFigures> = figures.range(from..).map(|(_, one)| *one).collect();
    write("index.html", index(&days))?;
    silver.close().await;
    if !quiet {
        println!("{pages} days written: open {}", out.join("index.html").display());
    }
    Ok(())
}

/// What was refused on a day.
async fn quarantined(silver: &sqlx::SqlitePool, day: Timestamp) -> anyhow::Result<Vec<Quarantined>> {
    let query = "SELECT kind, ingest_time, rule, value, reason, datum FROM quarantine \
                 WHERE ingest_time >= ?1 AND ingest_time < ?2 ORDER BY ingest_time, id";
    let rows = sqlx::query(query).bind(day.millis()).bind(day.shift(DAY).millis()).fetch_all(silver).await?;
    let one = |row: &sqlx::sqlite::SqliteRow| -> sqlx::Result<Quarantined> {
        Ok(Quarantined {
            table: format!("{}s", row.try_get::<String, _>("kind")?),
            at: Timestamp(row.try_get("ingest_time")?),
            rule: row.try_get("rule")?,
            value: row.try_get("value")?,
            reason: row.try_get("reason")?,
            datum: row.try_get("datum")?,
        })
    };
    rows.iter().map(|row| Ok(one(row)?)).collect()
}
