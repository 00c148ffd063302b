//! `wick quality`: what was put in quarantine and why, and which batches did not meet what was expected of them.

use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::{Value, json};
use wick_bus::database::{Cell, Database, Location, Row};
use wick_schemas::{QualityReported, Release, Timestamp};

use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::page::Page;
use crate::page::Side::{Left, Right};
use crate::place::Place;
use crate::tell::{self, Manner};
use crate::words::{self, NOTHING};

/// `wick quality`.
#[derive(Subcommand, Clone, Debug)]
#[command(after_help = "Example:\n  wick quality list --kind article\n  wick quality reports\n  wick quality docs")]
pub enum Quality {
    /// What is in quarantine, the newest first.
    #[command(after_help = "Example:\n  wick quality list\n  wick quality list --rule absurd_jump --json")]
    List {
        /// This kind only.
        #[arg(long, value_parser = ["candle", "article", "post", "reading"])]
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
    /// Let something out of quarantine: you believe it, whatever the rule says.
    ///
    /// It is judged clean from now on; forecasts that were made before stay as they are. What cannot be clean whoever
    /// believes it (no number, there already) stays, with the reason. A candle that is older than others of its venue is
    /// kept beside them, and what was built of those stays as it is.
    #[command(after_help = "Example:\n  wick quality release 7d1e4c0b9a5f --reason 'the crash was real' --wait")]
    Release(ReleaseArgs),
    /// Write the data docs: a page for each day, readable without a server, and an index.
    #[command(after_help = "Example:\n  wick quality docs\n  wick quality docs --from 2024-01-31 --out quality/")]
    Docs(DocsArgs),
}

/// `wick quality release`.
#[derive(Args, Clone, Debug)]
pub struct ReleaseArgs {
    /// Its id, or the beginning of it.
    pub id: String,
    /// Why, for the record.
    #[arg(long, default_value = "let out at the command line")]
    pub reason: String,
    /// Who asks, and whether they wait.
    #[command(flatten)]
    pub manner: Manner,
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

/// Shows the quarantine or the reports, or lets something out.
///
/// # Errors
/// [`Error::NotFound`] where there is no silver yet, or nothing with that id.
pub async fn quality(place: &Place, what: &Quality, page: &mut Page<'_>) -> Result<Exit> {
    let silver = open(place).await?;
    let done = match what {
        Quality::List { kind, rule, limit } => {
            // An empty word stands for any: both databases know it, and no kind or rule is called so.
            let query = "SELECT id, kind, source, at, ingest_time, rule, value, reason, released_at FROM quarantine \
                         WHERE ($1 = '' OR kind = $1) AND ($2 = '' OR rule = $2) \
                         ORDER BY ingest_time DESC, id LIMIT $3";
            let words = [kind, rule].map(|word| Cell::from(word.as_deref().unwrap_or_default()));
            let [kind, rule] = words;
            let rows = silver.select(query, &[kind, rule, i64::from(*limit).into()], in_list).await?;
            list(&rows, page).map(|()| Exit::Done)
        }
        Quality::Show { id } => show(&held(&silver, id).await?, page).map(|()| Exit::Done),
        Quality::Reports { suite, limit } => {
            let query = "SELECT report FROM quality WHERE NOT success AND ($1 = '' OR suite = $1) \
                         ORDER BY from_time DESC, suite LIMIT $2";
            let values = [suite.as_deref().unwrap_or_default().into(), i64::from(*limit).into()];
            let told = silver.select(query, &values, |row| row.json("report")).await?;
            reports(&told, page).map(|()| Exit::Done)
        }
        Quality::Release(args) => release(place, &held(&silver, &args.id).await?, args, page).await,
        Quality::Docs(_) => Ok(Exit::Done),
    };
    silver.close().await;
    done
}

/// Opens silver for reading, wherever it is.
///
/// # Errors
/// [`Error::NotFound`] where it is not there yet.
pub async fn open(place: &Place) -> Result<Database> {
    let location = Location::silver(&place.house.config)?;
    let silver = Database::read(location.clone()).await?;
    silver.ok_or_else(|| Error::NotFound(format!("no silver at {location}: nothing was judged yet")))
}

/// The one thing in quarantine whose id begins so.
async fn held(silver: &Database, id: &str) -> Result<Held> {
    // What is no hexadecimal is the beginning of nothing.
    let query = "SELECT * FROM quarantine WHERE substr(id, 1, length($1)) = $1 LIMIT 2";
    let mut found = silver.select(query, &[id.into()], whole).await?;
    match (found.pop(), found.is_empty()) {
        (Some(one), true) => Ok(one),
        (one, _) => {
            let many = if one.is_none() { "nothing" } else { "more than one thing" };
            Err(Error::NotFound(format!("{many} in quarantine begins with '{id}': see `wick quality list`")))
        }
    }
}

/// Something in quarantine, as the list shows it.
#[derive(Serialize)]
struct Listed {
    id: String,
    kind: String,
    source: String,
    at: Timestamp,
    ingest_time: Timestamp,
    rule: String,
    value: String,
    reason: String,
    released_at: Option<Timestamp>,
}

/// Everything that is known of something in quarantine.
#[derive(Serialize)]
struct Held {
    #[serde(flatten)]
    listed: Listed,
    origin: String,
    released_by: Option<String>,
    released_why: Option<String>,
    datum: Value,
}

fn in_list(row: &Row) -> sqlx::Result<Listed> {
    Ok(Listed {
        id: row.get("id")?,
        kind: row.get("kind")?,
        source: row.get("source")?,
        at: Timestamp(row.get("at")?),
        ingest_time: Timestamp(row.get("ingest_time")?),
        rule: row.get("rule")?,
        value: row.get("value")?,
        reason: row.get("reason")?,
        released_at: row.get::<Option<i64>>("released_at")?.map(Timestamp),
    })
}

fn whole(row: &Row) -> sqlx::Result<Held> {
    let datum: String = row.get("datum")?;
    Ok(Held {
        listed: in_list(row)?,
        origin: row.get("origin")?,
        released_by: row.get("released_by")?,
        released_why: row.get("released_why")?,
        datum: serde_json::from_str(&datum).unwrap_or(Value::String(datum)),
    })
}

fn list(rows: &[Listed], page: &mut Page<'_>) -> Result<()> {
    if page.json {
        return page.document(&json!({ "quarantine": rows }));
    }
    let columns = [
        ("id", Left),
        ("kind", Left),
        ("source", Left),
        ("came", Left),
        ("rule", Left),
        ("value", Left),
        ("let out", Left),
    ];
    let cells = rows.iter().map(|one| {
        let out = one.released_at.map_or_else(|| NOTHING.to_owned(), words::moment);
        let (came, value) = (words::moment(one.ingest_time), words::cut(&one.value, 40));
        vec![words::short(&one.id), one.kind.clone(), one.source.clone(), came, one.rule.clone(), value, out]
    });
    page.table(&columns, cells.collect())?;
    page.remark("wick quality show ID tells the reason and what came; wick quality release ID lets it out");
    Ok(())
}

fn show(held: &Held, page: &mut Page<'_>) -> Result<()> {
    page.document(held)
}

/// Asks the validator to let it out.
async fn release(place: &Place, held: &Held, args: &ReleaseArgs, page: &mut Page<'_>) -> Result<Exit> {
    let id = &held.listed.id;
    if let (Some(at), by) = (held.listed.released_at, held.released_by.as_deref().unwrap_or("somebody")) {
        return Err(Error::Refused(format!("{by} let {} out on {} UTC", words::short(id), words::moment(at))));
    }
    let unreadable = |reason: String| Error::Unreadable { what: format!("{id} in quarantine"), reason };
    let datum = serde_json::from_value(json!({ "kind": held.listed.kind, "datum": held.datum }));
    let command = Release {
        at: place.now().await?,
        held: id.clone(),
        datum: datum.map_err(|error| unreadable(error.to_string()))?,
        origin: held.origin.parse().map_err(|error: wick_schemas::Error| unreadable(error.to_string()))?,
        reason: args.reason.clone(),
        requested_by: args.manner.by.clone(),
    };
    tell::tell(place, &command, &args.manner, page).await
}

fn reports(reports: &[QualityReported], page: &mut Page<'_>) -> Result<()> {
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
