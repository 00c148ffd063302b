//! Suites: the expectations of a table, read from TOML.
//!
//! Those that are compiled in hold until a folder of settings has a file of the same name, which then replaces the whole
//! suite: half of one suite and half of another is nothing that anybody can read.

use std::path::Path;

use serde::Deserialize;
use wick_schemas::time::MINUTE;

use super::Kind;
use super::memory::hash;
use super::row::{Cell, Column, Table};

/// The suites that are compiled in.
const DEFAULTS: [(Table, &str); 5] = [
    (Table::Candles, include_str!("../../suites/candles.toml")),
    (Table::Articles, include_str!("../../suites/articles.toml")),
    (Table::Posts, include_str!("../../suites/posts.toml")),
    (Table::Readings, include_str!("../../suites/readings.toml")),
    (Table::Consensus, include_str!("../../suites/consensus.toml")),
];

/// The span of a batch where a suite names none.
const QUARTER_HOUR: i64 = 15;

/// A suite that cannot be read.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SuiteError {
    /// No TOML, or a key that nobody knows.
    #[error("suite {suite}: {reason}")]
    Malformed {
        /// The suite's name.
        suite: String,
        /// What is wrong, and where.
        reason: String,
    },
    /// An expectation that cannot be asked.
    #[error("suite {suite}, expectation {place} ({kind}): {reason}")]
    Expectation {
        /// The suite's name.
        suite: String,
        /// The expectation's place, from 1.
        place: usize,
        /// Its kind, as written.
        kind: String,
        /// What is wrong.
        reason: String,
    },
    /// A file that is no suite's, or cannot be read.
    #[error("suites: {path}: {reason}")]
    File {
        /// The file or folder.
        path: String,
        /// What is wrong.
        reason: String,
    },
}

/// An expectation of a suite.
#[derive(Clone, Debug)]
pub(super) struct Expectation {
    pub kind: Kind,
    /// None where it speaks of the batch.
    pub column: Option<Column>,
    /// The share of rows that must meet it.
    pub mostly: f64,
}

impl Expectation {
    pub fn name(&self) -> &'static str {
        self.kind.name()
    }
}

/// What is expected of a table.
#[derive(Clone, Debug)]
pub struct Suite {
    /// The table.
    pub table: Table,
    /// The span of a batch, in milliseconds.
    pub span: i64,
    /// Whether a batch without a row is reported.
    pub report_empty: bool,
    /// What changes when the suite does, so that what was remembered for another is not taken for this one's.
    pub fingerprint: u64,
    pub(super) expectations: Vec<Expectation>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    span_minutes: Option<i64>,
    #[serde(default)]
    report_empty: bool,
    #[serde(default)]
    expectation: Vec<toml::Table>,
}

impl Suite {
    /// Reads a suite.
    ///
    /// # Errors
    /// Where it is no TOML, names a key, a kind or a column that there is not, or parameters that make no sense.
    pub fn parse(table: Table, text: &str) -> Result<Self, SuiteError> {
        let suite = || table.as_str().to_owned();
        let malformed = |reason: String| SuiteError::Malformed { suite: suite(), reason };
        let file: File = toml::from_str(text).map_err(|error| malformed(error.to_string()))?;
        let minutes = file.span_minutes.unwrap_or(QUARTER_HOUR);
        if !(1..=1_440).contains(&minutes) || 1_440 % minutes != 0 {
            return Err(malformed(format!("span_minutes = {minutes}: write a divisor of a day, as 15")));
        }
        let span = minutes * MINUTE;
        let read = |(place, entry): (usize, toml::Table)| {
            let kind = entry.get("kind").and_then(toml::Value::as_str).unwrap_or("no kind").to_owned();
            expectation(table, span, entry).map_err(|reason| SuiteError::Expectation {
                suite: suite(),
                place: place + 1,
                kind,
                reason,
            })
        };
        let expectations = file.expectation.into_iter().enumerate().map(read).collect::<Result<Vec<_>, _>>()?;
        if expectations.is_empty() {
            return Err(malformed("expects nothing: write [[expectation]] with kind and column".to_owned()));
        }
        let fingerprint = hash(&[Cell::Text(text)]);
        Ok(Self { table, span, report_empty: file.report_empty, fingerprint, expectations })
    }

    /// How many expectations there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.expectations.len()
    }

    /// Never: a suite expects something.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.expectations.is_empty()
    }
}

fn expectation(table: Table, span: i64, mut entry: toml::Table) -> Result<Expectation, String> {
    let Some(toml::Value::String(kind)) = entry.remove("kind") else {
        return Err(format!("`kind` is one of {}", Kind::NAMES.join(", ")));
    };
    let column = entry.remove("column").map(|column| column.try_into::<Column>()).transpose();
    let column = column.map_err(|error| format!("`column`: {}", error.message()))?;
    let mostly = match entry.remove("mostly") {
        None => 1.0,
        Some(toml::Value::Float(mostly)) if (0.0..=1.0).contains(&mostly) => mostly,
        Some(toml::Value::Integer(mostly)) if (0..=1).contains(&mostly) => mostly as f64,
        Some(other) => return Err(format!("`mostly` = {other}: write a share between 0 and 1")),
    };
    let kind = Kind::read(&kind, entry)?;
    if let Some(fault) = kind.fault(span) {
        return Err(fault.to_owned());
    }
    let of_batch = matches!(kind, Kind::RowCount(_));
    if column.is_some() == of_batch {
        return Err(if of_batch { "speaks of the batch: drop `column`" } else { "names no `column`" }.to_owned());
    }
    for named in column.into_iter().chain(kind.columns()) {
        if !table.columns().contains(&named) {
            let known: Vec<&str> = table.columns().iter().map(|column| column.as_str()).collect();
            let (named, table) = (named.as_str(), table.as_str());
            return Err(format!("{table} have no column '{named}'; there are {}", known.join(", ")));
        }
    }
    Ok(Expectation { kind, column, mostly })
}

/// The suites of all tables.
#[derive(Clone, Debug)]
pub struct Suites(Vec<Suite>);

impl Suites {
    /// The suites that are compiled in, each replaced by the text that is given for its table.
    ///
    /// # Errors
    /// Where a suite cannot be read.
    pub fn new(texts: &[(Table, String)]) -> Result<Self, SuiteError> {
        let suite = |(table, default): (Table, &str)| {
            let text = texts.iter().find(|(of, _)| *of == table).map_or(default, |(_, text)| text);
            Suite::parse(table, text)
        };
        DEFAULTS.into_iter().map(suite).collect::<Result<_, _>>().map(Self)
    }

    /// The suites that are compiled in, each replaced by the file of its name in the folder, as `candles.toml`.
    ///
    /// # Errors
    /// Where the folder or a file cannot be read, or a `.toml` is no table's.
    pub fn from_folder(folder: &Path) -> Result<Self, SuiteError> {
        let unread = |path: &Path, reason: String| SuiteError::File { path: path.display().to_string(), reason };
        let mut texts = Vec::new();
        let files = std::fs::read_dir(folder).map_err(|error| unread(folder, error.to_string()))?;
        for file in files {
            let path = file.map_err(|error| unread(folder, error.to_string()))?.path();
            if path.extension().is_none_or(|extension| extension != "toml") {
                continue;
            }
            let Some(table) =
                Table::ALL.into_iter().find(|table| path.file_stem().is_some_and(|stem| stem == table.as_str()))
            else {
                let names: Vec<&str> = Table::ALL.iter().map(|table| table.as_str()).collect();
                return Err(unread(&path, format!("no table of that name; there are {}", names.join(", "))));
            };
            let text = std::fs::read_to_string(&path).map_err(|error| unread(&path, error.to_string()))?;
            texts.push((table, text));
        }
        Self::new(&texts)
    }

    /// Every suite, in the order of [`Table::ALL`].
    #[must_use]
    pub fn all(&self) -> &[Suite] {
        &self.0
    }
}

impl Default for Suites {
    /// Those that are compiled in, which a test reads.
    fn default() -> Self {
        Self::new(&[]).unwrap_or_else(|_| Self(Vec::new()))
    }
}
