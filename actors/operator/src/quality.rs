//! `wick quality`: what was put in quarantine and why, and which batches did not meet what was expected of them.

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use wick_bus::{Error as BusError, database};
use wick_schemas::{QualityReported, Timestamp};

use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::page::Page;
use crate::page::Side::{Left, Right};
use crate::place::Place;
use crate::words;

/// `wick quality`.
#[derive(Subcommand, Clone, Debug)]
#[command(after_help = "Example:\n  wick quality list --kind article\n  wick quality reports\n  wick quality docs")]
pub enum Quality {
    /// What is in quarantine, the newest first.
    #[command(after_help = "Example:\n  wick quality list\n  wick quality list --rule absurd_jump --json")]
    List {
        /// This kind only: candle, article, post, reading.
        #[arg(long)]
        kind: Option<String>,
        /// What broke this rule only.
        #[arg(long)]
        rule: Option<String>,
        /// So many, at most.
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Everything that is known of something in quarantine.
    #[command(after_help = "Example:\n  wick quality show 7d1e4c0b9a5f")]
    Show {
        /// Its id, or the beginning of it.
        id: String,
    },
    /// Batches that did not meet an expectation, the newest first.
    #[command(after_help = "Example:\n  wick quality reports --suite candles\n  wick quality reports --json")]
    Reports {
        /// This suite only: candles, consensus, articles, posts, readings.
        #[arg(long)]
        suite: Option<String>,
        /// So many, at most.
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Write the data docs: a page for each day, readable without a server, and an index.
    #[command(after_help = "Example:\n  wick quality docs\n  wick quality docs --from 2024-01-31 --out quality/")]
    Docs(DocsArgs),
}

/// `wick quality docs`.
#[derive(Args, Clone, Debug)]
pub struct DocsArgs {
    /// Days from this one on [default: the last 30].
    #[arg(long, value_name = "DAY", value_parser = Timestamp::parse)]
    pub from: Option<Timestamp>,
    /// Into this folder [default: quality in the data folder].
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<std::path::PathBuf>,
}

/// Shows the quarantine or the reports.
///
/// # Errors
/// [`Error::NotFound`] where there is no silver yet, or nothing with that id.
pub async fn quality(place: &Place, what: &Quality, page: &mut Page<'_>) -> Result<Exit> {
    let path = place.house.path("silver.sqlite");
    let failed = || BusError::database(&path);
    let silver = database::read(&path).await?;
    let silver =
        silver.ok_or_else(|| Error::NotFound(format!("no silver at {}: nothing was judged yet", path.display())))?;
    match what {
        Quality::List { kind, rule, limit } => {
            let query = "SELECT id, kind, source, at, ingest_time, rule, value, reason FROM quarantine \
                         WHERE (?1 IS NULL OR kind = ?1) AND (?2 IS NULL OR rule = ?2) \
                         ORDER BY ingest_time DESC, id LIMIT ?3";
            let rows =
                sqlx::query(query).bind(kind).bind(rule).bind(limit).fetch_all(&silver).await.map_err(failed())?;
            list(&rows, page)?;
        }
        Quality::Show { id } => {
            // What is no hexadecimal is the beginning of nothing.
            let query = "SELECT id, kind, source, at, datum, origin, ingest_time, rule, value, reason FROM quarantine \
                         WHERE substr(id, 1, length(?1)) = ?1 LIMIT 2";
            let rows = sqlx::query(query).bind(id).fetch_all(&silver).await.map_err(failed())?;
            let [row] = rows.as_slice() else {
                let many = if rows.is_empty() { "nothing" } else { "more than one thing" };
                return Err(Error::NotFound(format!(
                    "{many} in quarantine begins with '{id}': see `wick quality list`"
                )));
            };
            show(row, page)?;
        }
        Quality::Reports { suite, limit } => {
            let query = "SELECT report FROM quality WHERE NOT success AND (?1 IS NULL OR suite = ?1) \
                         ORDER BY from_time DESC, suite LIMIT ?2";
            let texts: Vec<String> =
                sqlx::query_scalar(query).bind(suite).bind(limit).fetch_all(&silver).await.map_err(failed())?;
            reports(&texts, page)?;
        }
        Quality::Docs(_) => {}
    }
    silver.close().await;
    Ok(Exit::Done)
}

fn text(row: &SqliteRow, name: &str) -> String {
    row.try_get(name).unwrap_or_default()
}

fn moment(row: &SqliteRow, name: &str) -> Timestamp {
    Timestamp(row.try_get(name).unwrap_or_default())
}

fn list(rows: &[SqliteRow], page: &mut Page<'_>) -> Result<()> {
    if page.json {
        let each = rows.iter().map(|row| {
            json!({
                "id": text(row, "id"), "kind": text(row, "kind"), "source": text(row, "source"),
                "at": moment(row, "at"), "ingest_time": moment(row, "ingest_time"),
                "rule": text(row, "rule"), "value": text(row, "value"), "reason": text(row, "reason"),
            })
        });
        return page.document(&json!({ "quarantine": each.collect::<Vec<_>>() }));
    }
    let columns = [("id", Left), ("kind", Left), ("source", Left), ("came", Left), ("rule", Left), ("value", Left)];
    let cells = rows.iter().map(|row| {
        let value = words::cut(&text(row, "value"), 40);
        let came = words::moment(moment(row, "ingest_time"));
        vec![words::short(&text(row, "id")), text(row, "kind"), text(row, "source"), came, text(row, "rule"), value]
    });
    page.table(&columns, cells.collect())?;
    page.remark("wick quality show ID tells the reason and what came");
    Ok(())
}

fn show(row: &SqliteRow, page: &mut Page<'_>) -> Result<()> {
    let datum: Value = serde_json::from_str(&text(row, "datum")).unwrap_or(Value::String(text(row, "datum")));
    page.document(&json!({
        "id": text(row, "id"), "kind": text(row, "kind"), "source": text(row, "source"), "at": moment(row, "at"),
        "origin": text(row, "origin"), "ingest_time": moment(row, "ingest_time"), "rule": text(row, "rule"),
        "value": text(row, "value"), "reason": text(row, "reason"), "datum": datum,
    }))
}

fn reports(texts: &[String], page: &mut Page<'_>) -> Result<()> {
    let read = |text: &String| {
        serde_json::from_str::<QualityReported>(text)
            .map_err(|error| Error::Unreadable { what: "a report in silver".into(), reason: error.to_string() })
    };
    let reports = texts.iter().map(read).collect::<Result<Vec<_>>>()?;
    if page.json {
        return page.document(&json!({ "reports": reports }));
    }
    let columns = [
        ("suite", Left),
        ("from", Left),
        ("rows", Right),
        ("expectation", Left),
        ("unexpected", Right),
        ("examples", Left),
    ];
    let cells = reports.iter().flat_map(|report| {
        report.results.iter().filter(|result| !result.success).map(|result| {
            vec![
                report.suite.clone(),
                words::moment(report.meta.from),
                report.meta.rows.to_string(),
                format!("{} {}", result.expectation, result.column).trim().to_owned(),
                format!("{} of {}", result.unexpected_count, result.element_count),
                words::cut(&result.partial_unexpected_list.join(", "), 40),
            ]
        })
    });
    page.table(&columns, cells.collect())
}
