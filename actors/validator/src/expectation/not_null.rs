//! `not_null`: there is a value. What is measured is the share of rows that have none.

use serde::Deserialize;

use super::{Answer, Asked, Cell, End, Expect, Groups, Tally};

/// Without parameters.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotNull {}

impl Expect for NotNull {
    fn ask<'row>(&self, asked: Asked<'row>, _: &mut Groups, _: &mut Tally) -> Answer<'row> {
        Answer::of(asked.cell != Cell::Null, asked.cell)
    }

    fn end(&self, _: End, _: &mut Groups, tally: &mut Tally) {
        if tally.asked > 0 {
            tally.observed = Some(tally.unexpected as f64 / tally.asked as f64);
        }
    }
}
