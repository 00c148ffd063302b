//! The figures of a day, added up from its batches.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wick_schemas::{ExpectationResult, QualityReported, Timestamp};

/// Examples that are shown of an expectation.
const MOST_EXAMPLES: usize = 5;

/// A day in five numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DayFigures {
    /// Its start (UTC).
    pub day: Timestamp,
    /// Rows that came.
    pub rows: u64,
    /// Those that a rule refused.
    pub rejected: u64,
    /// Batches that were asked.
    pub batches: u64,
    /// Those that did not meet every expectation.
    pub failed: u64,
}

impl DayFigures {
    /// Adds up a day's reports.
    #[must_use]
    pub fn of(day: Timestamp, reports: &[QualityReported]) -> Self {
        let mut figures = Self { day, ..Self::default() };
        for report in reports {
            figures.rows += report.meta.rows;
            figures.rejected += report.meta.rejected.values().sum::<u64>();
            figures.batches += 1;
            figures.failed += u64::from(!report.success);
        }
        figures
    }
}

/// A suite's day.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SuiteFigures {
    /// The suite's name.
    pub suite: String,
    /// Rows that came.
    pub rows: u64,
    /// Refused rows, by rule.
    pub rejected: BTreeMap<String, u64>,
    /// The start of each batch, and whether it met every expectation; oldest first.
    pub batches: Vec<(Timestamp, bool)>,
    /// Its expectations, in the suite's order.
    pub expectations: Vec<ExpectationFigures>,
}

/// An expectation's day.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExpectationFigures {
    /// Its kind.
    pub expectation: String,
    /// Its column; empty where it speaks of batches.
    pub column: String,
    /// The share of rows that must meet it.
    pub mostly: f64,
    /// Batches that it was asked of.
    pub batches: u64,
    /// Batches that did not meet it.
    pub failed: u64,
    /// Rows that it was asked of.
    pub asked: u64,
    /// Rows that did not meet it.
    pub unexpected: u64,
    /// The lowest and the highest of what was measured.
    pub observed: Option<(f64, f64)>,
    /// A few values that did not meet it.
    pub examples: Vec<String>,
}

impl SuiteFigures {
    /// The suites of a day's reports, by name.
    #[must_use]
    pub fn all(reports: &[QualityReported]) -> Vec<Self> {
        let mut suites: BTreeMap<&str, Self> = BTreeMap::new();
        for report in reports {
            suites.entry(&report.suite).or_default().add(report);
        }
        let mut suites: Vec<Self> = suites.into_values().collect();
        suites.iter_mut().for_each(|suite| suite.batches.sort_unstable());
        suites
    }

    fn add(&mut self, report: &QualityReported) {
        self.suite.clone_from(&report.suite);
        self.rows += report.meta.rows;
        for (rule, count) in &report.meta.rejected {
            *self.rejected.entry(rule.clone()).or_default() += count;
        }
        self.batches.push((report.meta.from, report.success));
        for (place, result) in report.results.iter().enumerate() {
            // Two expectations may be alike but for their parameters; and a suite may change in the course of a day.
            let is_same = |figures: &&mut ExpectationFigures| {
                figures.expectation == result.expectation && figures.column == result.column
            };
            match self.expectations.get_mut(place).filter(is_same) {
                Some(figures) => figures.add(result),
                None => {
                    let mut figures = ExpectationFigures {
                        expectation: result.expectation.clone(),
                        column: result.column.clone(),
                        mostly: result.mostly,
                        ..ExpectationFigures::default()
                    };
                    figures.add(result);
                    self.expectations.insert(place.min(self.expectations.len()), figures);
                }
            }
        }
    }
}

impl ExpectationFigures {
    fn add(&mut self, result: &ExpectationResult) {
        self.batches += 1;
        self.failed += u64::from(!result.success);
        self.asked += result.element_count;
        self.unexpected += result.unexpected_count;
        if let Some(number) = result.observed_value {
            let (low, high) = self.observed.unwrap_or((number, number));
            self.observed = Some((low.min(number), high.max(number)));
        }
        for example in &result.partial_unexpected_list {
            if self.examples.len() < MOST_EXAMPLES && !self.examples.contains(example) {
                self.examples.push(example.clone());
            }
        }
    }
}
