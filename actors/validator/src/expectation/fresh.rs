//! `fresh`: a row is learnt soon after what it speaks of. What is measured is the greatest age, in seconds.

use serde::Deserialize;

use super::{Answer, Asked, Column, Expect, Groups, Tally};

/// `since`: the column of what it speaks of; `most_seconds`: the greatest age expected. The expectation's own column is
/// the moment at which it was learnt.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fresh {
    since: Column,
    most_seconds: f64,
}

impl Expect for Fresh {
    fn columns(&self) -> Vec<Column> {
        vec![self.since]
    }

    fn ask<'row>(&self, asked: Asked<'row>, _: &mut Groups, tally: &mut Tally) -> Answer<'row> {
        let since = asked.row.cell(self.since);
        let (Some(learnt), Some(spoken_of)) = (asked.cell.number(), since.number()) else { return Answer::NotAsked };
        let age = (learnt - spoken_of) / 1_000.0;
        tally.measure(age);
        Answer::of(age <= self.most_seconds, since)
    }
}
