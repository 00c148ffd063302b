//! The validator's pages of quality, written from what silver keeps: when somebody asks, and once a day by the house.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use wick_bus::database::{Database, Location, Row};
use wick_bus::{Config, House};
use wick_operator::Cli;
use wick_operator::place::Place;
use wick_operator::quality::DocsArgs;
use wick_schemas::time::{DAY, MINUTE};
use wick_schemas::{QualityReported, Timestamp};
use wick_validator::datadocs::{Day, DayFigures, Quarantined, file_name, index, page};

use crate::voice::say;

/// Days of the trend and of the index, and of the pages where no first day is named.
const DAYS: i64 = 30;
/// So long after midnight the day before is written: its last batch is over by then.
const AFTER_MIDNIGHT: i64 = 5 * MINUTE;

/// `wick quality docs`: writes a page for each day, and the index of all.
pub async fn docs(config: &Config, args: &DocsArgs, cli: &Cli) -> anyhow::Result<()> {
    let (json, quiet) = (cli.json, cli.quiet);
    let place = Place::find(config).await?;
    let silver = wick_operator::quality::open(&place).await?;
    let out = args.out.clone().unwrap_or_else(|| place.house.path("quality"));
    let from = args.from.map_or(First::Index, First::Day);
    let pages = write_pages(&silver, from, &out).await?;
    silver.close().await;
    if pages == 0 {
        bail!(wick_operator::Error::NotFound(match args.from {
            Some(from) => format!("no batch was reported from {from} on"),
            None => "no batch was reported yet: a quarter of an hour must have passed".to_owned(),
        }))
    }
    let first = out.join("index.html");
    if json {
        say(&serde_json::json!({ "days": pages, "index": first }).to_string());
    } else if !quiet {
        say(&format!("{pages} days written: open {}", first.display()));
    }
    Ok(())
}

/// Writes the pages of the newest two days at once, and again whenever a day is over. Ends never.
pub async fn daily(house: House) {
    loop {
        if let Err(error) = newest_pages(&house).await {
            tracing::warn!(error = format!("{error:#}"), "no pages of quality today");
        }
        let now = house.clock.now();
        let next = now.shift(-AFTER_MIDNIGHT).floor(DAY).shift(DAY + AFTER_MIDNIGHT);
        let wait = u64::try_from(next.millis().saturating_sub(now.millis())).unwrap_or_default();
        tokio::time::sleep(Duration::from_millis(wait.max(1_000))).await;
    }
}

async fn newest_pages(house: &House) -> anyhow::Result<()> {
    let Some(silver) = Database::read(Location::silver(&house.config)?).await? else { return Ok(()) };
    let pages = write_pages(&silver, First::Newest, &house.path("quality")).await;
    silver.close().await;
    pages.map(|_| ())
}

/// The first day that gets a page.
enum First {
    /// This one.
    Day(Timestamp),
    /// The first of the index.
    Index,
    /// The one before the newest.
    Newest,
}

/// Writes the pages from the first day on, and the index; gives how many pages. Without any report nothing is written.
async fn write_pages(silver: &Database, first: First, out: &Path) -> anyhow::Result<usize> {
    let newest = "SELECT max(from_time) AS newest FROM quality";
    let newest = silver.select(newest, &[], |row| row.get::<Option<i64>>("newest")).await?.pop().flatten();
    let Some(newest) = newest.map(|time| Timestamp(time).floor(DAY)) else { return Ok(0) };
    let listed = newest.shift(-(DAYS - 1) * DAY);
    let from = match first {
        First::Day(day) => day.floor(DAY),
        First::Index => listed,
        First::Newest => newest.shift(-DAY),
    };
    std::fs::create_dir_all(out).with_context(|| format!("{} cannot be made", out.display()))?;
    let write = |name: &str, text: String| {
        std::fs::write(out.join(name), text).with_context(|| format!("{} cannot be written", out.join(name).display()))
    };
    let mut figures: BTreeMap<Timestamp, DayFigures> = BTreeMap::new();
    let mut day = from.shift(-(DAYS - 1) * DAY).min(listed);
    let mut pages = 0;
    while day <= newest {
        let query = "SELECT report FROM quality WHERE from_time >= $1 AND from_time < $2 ORDER BY from_time, suite";
        let span = [day.millis().into(), day.shift(DAY).millis().into()];
        let reports: Vec<QualityReported> = silver.select(query, &span, |row| row.json("report")).await?;
        if !reports.is_empty() {
            figures.insert(day, DayFigures::of(day, &reports));
            if day >= from {
                let trend = figures.range(day.shift(-(DAYS - 1) * DAY)..=day).map(|(_, one)| *one).collect();
                let quarantine = quarantined(silver, day).await?;
                write(&file_name(day), page(&Day { day, reports, quarantine, trend }))?;
                pages += 1;
            }
        }
        day = day.shift(DAY);
    }
    // A day of the index that nobody has written yet would be a link to nothing.
    let days = figures.range(from.min(listed)..).map(|(_, one)| *one);
    let days: Vec<DayFigures> = days.filter(|one| out.join(file_name(one.day)).is_file()).collect();
    write("index.html", index(&days))?;
    Ok(pages)
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
