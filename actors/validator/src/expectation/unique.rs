//! `unique`: no value comes twice in a batch.

use serde::Deserialize;

use super::memory::hash;
use super::{Answer, Asked, Cell, Column, Expect, Groups, Tally};

/// `within`: a column whose value belongs to the key, such as the venue.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unique {
    within: Option<Column>,
}

impl Expect for Unique {
    fn columns(&self) -> Vec<Column> {
        self.within.into_iter().collect()
    }

    fn ask<'row>(&self, asked: Asked<'row>, _: &mut Groups, tally: &mut Tally) -> Answer<'row> {
        if asked.cell == Cell::Null {
            return Answer::NotAsked;
        }
        let within = self.within.map_or(Cell::Null, |column| asked.row.cell(column));
        Answer::of(tally.is_new(hash(&[within, asked.cell])), asked.cell)
    }
}
