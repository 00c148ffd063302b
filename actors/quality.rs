//! `wick quality docs`: the validator's pages, written from what silver keeps.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use wick_bus::Config;
use wick_bus::database::{Database, Row};
use wick_operator::place::Place;
use wick_operator::quality::DocsArgs;
use wick_schemas::time::DAY;
use wick_schemas::{QualityReported, Timestamp};
use wick_validator::datadocs::{Day, DayFigures, Quarantined, file_name, index, page};

/// Days of the trend, and of the pages where no first day is named.
const DAYS: i64 = 30;

/// Writes a page for each day, and the index of all.
pub async fn docs(config: &Config, args: &DocsArgs, quiet: bool) -> anyhow::Result<()> {
    let place = Place::find(config).await?;
    let silver = wick_operator::quality::open(&place).await?;
    let newest = silver.select("SELECT max(from_time) AS newest FROM quality", &[], |row| row.get::<Option<i64>>("newest"));
    let Some(newest) = newest.await?.pop().flatten().map(|time| Timestamp(time).floor(DAY)) else {
        bail!(wick_bus::Error::Config("no batch was reported yet: a quarter of an hour must have passed".into()))
    };
    let from = args.from.map_or(newest.shift(-(DAYS - 1) * DAY), |from| from.floor(DAY));
    let mut figures: BTreeMap<Timestamp, DayFigures> = BTreeMap::new();
    let out = args.out.clone().unwrap_or_else(|| place.house.path("quality"));
    std::fs::create_dir_all(&out)
        .with_context(|| format!("{} cannot be made: name another with --out", out.display()))?;
    let write = |name: &str, text: String| {
        std::fs::write(out.join(name), text).with_context(|| format!("{} cannot be written", out.join(name).display()))
    };
    let mut day = from.shift(-(DAYS - 1) * DAY);
    let mut pages = 0;
    while day <= newest {
        let query = "SELECT report FROM quality WHERE from_time >= $1 AND from_time < $2 ORDER BY from_time, suite";
        let span = [day.millis().into(), day.shift(DAY).millis().into()];
        let reports: Vec<QualityReported> = silver.select(query, &span, |row| row.json("report")).await?;
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
async fn quarantined(silver: &Database, day: Timestamp) -> wick_bus::Result<Vec<Quarantined>> {
    let query = "SELECT kind, ingest_time, rule, value, reason, datum FROM quarantine \
                 WHERE ingest_time >= $1 AND ingest_time < $2 ORDER BY ingest_time, id";
    let one = |row: &Row| {
        Ok(Quarantined {
            table: format!("{}s", row.get::<String>("kind")?),
            at: Timestamp(row.get("ingest_time")?),
            rule: row.get("rule")?,
            value: row.get("value")?,
            reason: row.get("reason")?,
            datum: row.get("datum")?,
        })
    };
    silver.select(query, &[day.millis().into(), day.shift(DAY).millis().into()], one).await
}
