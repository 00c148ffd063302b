//! What is expected of a table's rows, declared in TOML and asked batch by batch.
//!
//! A *rule* decides on a single datum and keeps it out of silver; an *expectation* looks at the rows of a quarter hour
//! together, clean or not, and its result is only told: in `quality.reported`, in Great Expectations' shape.
//!
//! Each kind of expectation is a file here and a line in the list below. Asking costs a row a few nanoseconds for each
//! expectation and keeps a bounded memory: a replay carries twenty thousand candles in a second.

mod agree;
mod batch;
mod complete;
mod encoding;
mod fresh;
mod frozen;
mod increasing;
mod jump;
mod language;
mod length;
mod memory;
mod not_null;
mod one_of;
mod quality;
mod range;
mod row;
mod row_count;
mod suite;
mod unique;

pub use batch::{Batch, Carried};
pub use memory::{Groups, Mark, Tally};
pub use quality::Quality;
pub use row::{Cell, Column, Row, Table};
pub use suite::{Suite, SuiteError, Suites};

use wick_schemas::Timestamp;

use agree::Agree;
use complete::Complete;
use encoding::Encoding;
use fresh::Fresh;
use frozen::Frozen;
use increasing::Increasing;
use jump::Jump;
use language::Language;
use length::Length;
use not_null::NotNull;
use one_of::OneOf;
use range::Range;
use row_count::RowCount;
use unique::Unique;

/// A row that is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'row> {
    /// The row.
    pub row: &'row Row<'row>,
    /// Its value in the expectation's column.
    pub cell: Cell<'row>,
    /// Whether a rule refused it: it is asked all the same, but later rows are not compared with it.
    pub refused: bool,
}

/// What a row answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Answer<'row> {
    /// The expectation says nothing of this row: its value is missing, say.
    NotAsked,
    /// As expected.
    Met,
    /// Not as expected; the value.
    Unexpected(Cell<'row>),
}

impl<'row> Answer<'row> {
    /// The answer of a row that is as expected, or not.
    fn of(met: bool, cell: Cell<'row>) -> Self {
        if met { Self::Met } else { Self::Unexpected(cell) }
    }
}

/// The end of a batch, for what can be said only then.
#[derive(Clone, Copy, Debug)]
pub struct End {
    /// The start of the batch.
    pub from: Timestamp,
    /// Its end, which it does not include.
    pub to: Timestamp,
    /// The rows that came in it.
    pub rows: u64,
}

/// A kind of expectation: its parameters, and what it asks.
trait Expect {
    /// The columns that its parameters name, beside its own.
    fn columns(&self) -> Vec<Column> {
        Vec::new()
    }

    /// What is wrong with its parameters, in a batch of that many milliseconds.
    fn fault(&self, _span: i64) -> Option<&'static str> {
        None
    }

    /// Asks a row. `groups` outlives the batch, `tally` is the batch's own.
    fn ask<'row>(&self, _asked: Asked<'row>, _groups: &mut Groups, _tally: &mut Tally) -> Answer<'row> {
        Answer::NotAsked
    }

    /// Asks the whole batch.
    fn end(&self, _end: End, _groups: &mut Groups, _tally: &mut Tally) {}
}

macro_rules! kinds {
    ($($name:literal $kind:ident),* $(,)?) => {
        /// A kind of expectation with its parameters.
        #[derive(Clone, Debug)]
        enum Kind {
            $($kind($kind),)*
        }

        impl Kind {
            /// Every kind's name.
            const NAMES: &'static [&'static str] = &[$($name,)*];

            /// The kind of that name, with these parameters.
            fn read(name: &str, parameters: toml::Table) -> Result<Self, String> {
                match name {
                    $($name => parameters.try_into().map(Self::$kind).map_err(|error| error.message().to_owned()),)*
                    _ => Err(format!("no such kind; there are {}", Self::NAMES.join(", "))),
                }
            }

            fn name(&self) -> &'static str {
                match self {
                    $(Self::$kind(_) => $name,)*
                }
            }

            fn columns(&self) -> Vec<Column> {
                match self {
                    $(Self::$kind(kind) => kind.columns(),)*
                }
            }

            fn fault(&self, span: i64) -> Option<&'static str> {
                match self {
                    $(Self::$kind(kind) => kind.fault(span),)*
                }
            }

            fn ask<'row>(&self, asked: Asked<'row>, groups: &mut Groups, tally: &mut Tally) -> Answer<'row> {
                match self {
                    $(Self::$kind(kind) => kind.ask(asked, groups, tally),)*
                }
            }

            fn end(&self, end: End, groups: &mut Groups, tally: &mut Tally) {
                match self {
                    $(Self::$kind(kind) => kind.end(end, groups, tally),)*
                }
            }
        }
    };
}

kinds! {
    "range" Range,
    "not_null" NotNull,
    "one_of" OneOf,
    "unique" Unique,
    "increasing" Increasing,
    "complete" Complete,
    "fresh" Fresh,
    "jump" Jump,
    "frozen" Frozen,
    "agree" Agree,
    "length" Length,
    "language" Language,
    "encoding" Encoding,
    "row_count" RowCount,
}

#[cfg(test)]
mod tests;
