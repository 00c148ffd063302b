//! `increasing`: values grow from row to row, across batches too.

use serde::Deserialize;

use super::{Answer, Asked, Column, Expect, Groups, Mark, Tally};

/// `by`: a column whose values are apart, such as the venue. `strictly`: equal values are not expected either.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Increasing {
    by: Option<Column>,
    #[serde(default)]
    strictly: bool,
}

impl Expect for Increasing {
    fn columns(&self) -> Vec<Column> {
        self.by.into_iter().collect()
    }

    /// Remembers of each group the highest value.
    fn ask<'row>(&self, asked: Asked<'row>, groups: &mut Groups, _: &mut Tally) -> Answer<'row> {
        let Some(value) = asked.cell.number() else { return Answer::NotAsked };
        let group = self.by.and_then(|column| asked.row.cell(column).text()).unwrap_or_default();
        let Some(mark) = groups.get(group) else {
            if !asked.refused {
                groups.insert(group, Mark { value, ..Mark::default() });
            }
            return Answer::Met;
        };
        let met = value > mark.value || (value == mark.value && !self.strictly);
        if met && !asked.refused {
            mark.value = value;
        }
        Answer::of(met, asked.cell)
    }
}
