//! The rows of a span of event time, asked as they come.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wick_schemas::{ExpectationResult, QualityMeta, QualityReported, QualityStatistics, Timestamp};

use super::memory::{Groups, Tally};
use super::row::{Cell, Row};
use super::suite::{Expectation, Suite};
use super::{Answer, Asked, End};

/// Rules that are told apart in a batch, at most: there are fewer.
const MOST_RULES: usize = 64;

/// What a suite remembers beyond a batch, an entry for each expectation.
pub type Carried = Vec<Groups>;

/// A batch that is open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    rows: u64,
    rejected: BTreeMap<String, u64>,
    tallies: Vec<Tally>,
}

impl Batch {
    /// An empty batch.
    #[must_use]
    pub fn new(suite: &Suite) -> Self {
        Self { rows: 0, rejected: BTreeMap::new(), tallies: vec![Tally::default(); suite.len()] }
    }

    /// Takes a row, which a rule refused or not.
    pub fn see(&mut self, suite: &Suite, carried: &mut Carried, row: &Row<'_>, refused: Option<&str>) {
        self.rows += 1;
        if let Some(rule) = refused {
            self.reject(rule);
        }
        let parts = suite.expectations.iter().zip(&mut self.tallies).zip(carried);
        for ((expectation, tally), groups) in parts {
            let Some(column) = expectation.column else { continue };
            let asked = Asked { row, cell: row.cell(column), refused: refused.is_some() };
            match expectation.kind.ask(asked, groups, tally) {
                Answer::NotAsked => {}
                Answer::Met => tally.asked += 1,
                Answer::Unexpected(value) => {
                    tally.asked += 1;
                    blame(tally, value);
                }
            }
        }
    }

    /// Counts a row that a rule refused.
    pub fn reject(&mut self, rule: &str) {
        if let Some(count) = self.rejected.get_mut(rule) {
            *count += 1;
        } else if self.rejected.len() < MOST_RULES {
            self.rejected.insert(rule.to_owned(), 1);
        }
    }

    /// The result.
    #[must_use]
    pub fn close(mut self, suite: &Suite, carried: &mut Carried, from: Timestamp, to: Timestamp) -> QualityReported {
        let end = End { from, to, rows: self.rows };
        let parts = suite.expectations.iter().zip(&mut self.tallies).zip(carried);
        let results: Vec<ExpectationResult> = parts
            .map(|((expectation, tally), groups)| {
                expectation.kind.end(end, groups, tally);
                result(expectation, std::mem::take(tally))
            })
            .collect();
        let evaluated = results.len() as u64;
        let successful = results.iter().filter(|result| result.success).count() as u64;
        QualityReported {
            success: successful == evaluated,
            suite: suite.table.as_str().to_owned(),
            statistics: QualityStatistics {
                evaluated_expectations: evaluated,
                successful_expectations: successful,
                unsuccessful_expectations: evaluated - successful,
                success_percent: 100.0 * successful as f64 / evaluated.max(1) as f64,
            },
            meta: QualityMeta { from, to, rows: self.rows, rejected: self.rejected },
            results,
        }
    }
}

fn blame(tally: &mut Tally, value: Cell<'_>) {
    tally.blame(value);
}

fn result(expectation: &Expectation, tally: Tally) -> ExpectationResult {
    let Tally { asked, unexpected, examples, observed, .. } = tally;
    ExpectationResult {
        expectation: expectation.name().to_owned(),
        column: expectation.column.map(|column| column.as_str().to_owned()).unwrap_or_default(),
        success: (asked - unexpected.min(asked)) as f64 >= expectation.mostly * asked as f64,
        element_count: asked,
        unexpected_count: unexpected,
        mostly: expectation.mostly,
        partial_unexpected_list: examples,
        observed_value: observed.filter(|number| number.is_finite()),
    }
}
