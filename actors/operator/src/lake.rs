//! `wick bronze`: what the lake holds, and whether it is all there. Compaction is worded here and done by the program's
//! `main`, because only the fetcher writes bronze.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use wick_bus::lake::{self, Compacted, Lake, Partition, Verified};

use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::page::Page;
use crate::page::Side::{Left, Right};
use crate::place::Place;
use crate::words::{self, NOTHING};

/// The kinds of what is kept.
const KINDS: [&str; 5] = ["candle", "frame", "article", "post", "reading"];

/// `wick bronze`.
#[derive(Subcommand, Clone, Debug)]
#[command(after_help = "Example:\n  wick bronze ls\n  wick bronze verify && wick bronze compact")]
pub enum Bronze {
    /// What was kept: kinds, sources, days, files, rows, bytes.
    #[command(after_help = "Example:\n  wick bronze ls\n  wick bronze ls --kind candle --days --json")]
    Ls {
        /// This kind only: candle, frame, article, post, reading.
        #[arg(long, value_parser = KINDS)]
        kind: Option<String>,
        /// This source only, as in the folder's name.
        #[arg(long)]
        source: Option<String>,
        /// A line for each day.
        #[arg(long)]
        days: bool,
    },
    /// Whether every file is there and as it was written; ends with 1 where one is not.
    #[command(after_help = "Example:\n  wick bronze verify\n  wick bronze verify --kind frame --json | jq .findings")]
    Verify {
        /// This kind only: candle, frame, article, post, reading.
        #[arg(long, value_parser = KINDS)]
        kind: Option<String>,
    },
    /// Make each day that is old enough one strongly compressed file.
    ///
    /// The new file is read back and compared before the old ones go. It may be stopped at any time, and the house may be
    /// at work meanwhile.
    #[command(after_help = "Example:\n  wick bronze compact\n  wick bronze compact --older-than 7")]
    Compact(CompactArgs),
}

/// `wick bronze compact`.
#[derive(Args, Clone, Debug)]
pub struct CompactArgs {
    /// How many days ago a day must have ended [default: lake.compact_days].
    #[arg(long, value_name = "DAYS")]
    pub older_than: Option<u32>,
}

/// Shows the lake.
///
/// # Errors
/// Where it cannot be read.
pub(crate) fn bronze(place: &Place, what: &Bronze, page: &mut Page<'_>) -> Result<Exit> {
    let lake = Lake::bronze(&place.house.config)?;
    match what {
        Bronze::Ls { kind, source, days } => ls(&lake, kind.as_deref(), source.as_deref(), *days, page),
        Bronze::Verify { kind } => verify(&lake, kind.as_deref(), page),
        // The program's main has taken it.
        Bronze::Compact(_) => Ok(Exit::Done),
    }
}

fn below(kind: Option<&str>) -> String {
    kind.map_or_else(String::new, |kind| format!("kind={}", lake::hive(kind)))
}

fn ls(lake: &Lake, kind: Option<&str>, source: Option<&str>, days: bool, page: &mut Page<'_>) -> Result<Exit> {
    let mut found = lake::partitions(&lake.files, &below(kind))?;
    found.retain(|partition| source.is_none_or(|source| partition.key("source") == source));
    let waiting = lake::waiting(&lake.journals)?;
    if page.json {
        page.document(&json!({ "lake": lake.files.shown(""), "partitions": found, "waiting": waiting }))?;
        return Ok(Exit::Done);
    }
    let mut groups: BTreeMap<[&str; 3], Vec<&Partition>> = BTreeMap::new();
    for one in &found {
        let date = if days { one.key("date") } else { "" };
        groups.entry([one.key("kind"), one.key("source"), date]).or_default().push(one);
    }
    let row = |([kind, source, date], parts): (&[&str; 3], &Vec<&Partition>)| {
        let dates: BTreeSet<&str> = parts.iter().map(|part| part.key("date")).collect();
        let edge = |date: Option<&&str>| date.map_or(NOTHING.to_owned(), |date| (*date).to_owned());
        let mut row = vec![(*kind).to_owned(), (*source).to_owned()];
        if days {
            row.push((*date).to_owned());
        } else {
            row.extend([edge(dates.first()), edge(dates.last()), dates.len().to_string()]);
        }
        let rows: Option<u64> = parts.iter().map(|part| part.rows).sum();
        row.push(parts.iter().map(|part| part.files).sum::<usize>().to_string());
        row.push(parts.iter().filter(|part| part.compacted).count().to_string());
        row.push(rows.map_or("?".to_owned(), |rows| rows.to_string()));
        row.push(words::size(parts.iter().map(|part| part.bytes).sum()));
        row
    };
    let mut columns = vec![("kind", Left), ("source", Left)];
    columns.extend(if days { vec![("day", Left)] } else { vec![("from", Left), ("to", Left), ("days", Right)] });
    columns.extend([("files", Right), ("compacted", Right), ("rows", Right), ("size", Right)]);
    page.table(&columns, groups.iter().map(row).collect())?;
    for journal in waiting.iter().filter(|journal| journal.rows > 0) {
        page.remark(&format!("{} rows wait in {}", journal.rows, journal.journal));
    }
    Ok(Exit::Done)
}

fn verify(lake: &Lake, kind: Option<&str>, page: &mut Page<'_>) -> Result<Exit> {
    let (bar, started) = (days_bar(page.quiet), Instant::now());
    let verified = lake::verify(&lake.files, &below(kind), &|done, all| show(&bar, done, all))?;
    bar.finish_and_clear();
    let waiting = || lake::waiting(&lake.journals).map(|all| all.iter().any(|journal| journal.rows > 0));
    if verified.sound() && verified.files == 0 && !waiting()? {
        let of = kind.map_or_else(String::new, |kind| format!(" of the kind {kind}"));
        return Err(Error::NotFound(format!("nothing{of} is kept in {}", lake.files.shown(""))));
    }
    let seconds = started.elapsed().as_secs_f64();
    tell(&lake.files.shown(""), &verified, seconds, page)?;
    Ok(if verified.sound() { Exit::Done } else { Exit::Failure })
}

fn tell(lake: &str, verified: &Verified, seconds: f64, page: &mut Page<'_>) -> Result<()> {
    if page.json {
        return page.document(&json!({ "lake": lake, "sound": verified.sound(), "seconds": seconds,
            "partitions": verified.partitions, "files": verified.files, "rows": verified.rows, "bytes": verified.bytes,
            "findings": verified.findings }));
    }
    if !verified.findings.is_empty() {
        let row = |found: &lake::Finding| vec![found.fault.as_str().into(), found.path.clone(), found.says.clone()];
        let columns = [("fault", Left), ("file", Left), ("says", Left)];
        page.table(&columns, verified.findings.iter().map(row).collect())?;
    }
    let (files, rows, size) = (verified.files, verified.rows, words::size(verified.bytes));
    page.line(&format!("{files} files with {rows} rows are as they were written ({size}, {seconds:.1} s)"))
}

/// Says what compaction did.
///
/// # Errors
/// Where nobody reads any more.
pub fn tell_compacted(compacted: &[Compacted], seconds: f64, page: &mut Page<'_>) -> Result<()> {
    let sum = |of: fn(&Compacted) -> u64| compacted.iter().map(of).sum::<u64>();
    let (before, after) = (sum(|day| day.bytes_before), sum(|day| day.bytes_after));
    if page.json {
        return page.document(&json!({ "days": compacted, "bytes_before": before, "bytes_after": after,
            "seconds": seconds }));
    }
    let files: usize = compacted.iter().map(|day| day.files).sum();
    let (before, after) = (words::size(before), words::size(after));
    let days = compacted.len();
    page.line(&format!("{days} days compacted: {files} files of {before} are {days} of {after} ({seconds:.1} s)"))
}

/// A bar that counts days, on standard error, where a terminal shows it.
#[must_use]
pub fn days_bar(quiet: bool) -> ProgressBar {
    if quiet {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0);
    let style = "{wide_bar} {percent} % {pos}/{len} days, {per_sec}, {eta} left";
    bar.set_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

/// Shows how far it is.
pub fn show(bar: &ProgressBar, done: usize, all: usize) {
    bar.set_length(all as u64);
    // Those that work side by side do not report in order.
    bar.set_position(bar.position().max(done as u64));
}
