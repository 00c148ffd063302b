//! `frozen`: a number does not stand still for more than so many rows: a feed that repeats its last price looks alive.
//! What is measured is the longest stand.

use serde::Deserialize;

use super::{Answer, Asked, Column, Expect, Groups, Mark, Tally};

/// `most`: rows in a row with the same number; `by`: a column whose values are apart.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frozen {
    most: u32,
    by: Option<Column>,
}

impl Expect for Frozen {
    fn columns(&self) -> Vec<Column> {
        self.by.into_iter().collect()
    }

    /// Remembers of each group the last number, and how often it came in a row.
    fn ask<'row>(&self, asked: Asked<'row>, groups: &mut Groups, tally: &mut Tally) -> Answer<'row> {
        let Some(value) = asked.cell.number().filter(|_| !asked.refused) else { return Answer::NotAsked };
        let group = self.by.and_then(|column| asked.row.cell(column).text()).unwrap_or_default();
        let count = match groups.get(group) {
            Some(mark) => {
                let count = if mark.value == value { mark.count.saturating_add(1) } else { 1 };
                *mark = Mark { value, count, other: 0.0 };
                count
            }
            None => {
                groups.insert(group, Mark { value, count: 1, other: 0.0 });
                1
            }
        };
        tally.measure(f64::from(count));
        Answer::of(count <= self.most, asked.cell)
    }
}
