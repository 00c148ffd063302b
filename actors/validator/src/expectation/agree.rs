//! `agree`: a distance from what all agree on is small, either way. What is measured is the greatest.

use serde::Deserialize;

use super::{Answer, Asked, Expect, Groups, Tally};

/// `most`: the greatest distance expected.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agree {
    most: f64,
}

impl Expect for Agree {
    fn fault(&self, _: i64) -> Option<&'static str> {
        if self.most >= 0.0 { None } else { Some("`most` is not below 0") }
    }

    fn ask<'row>(&self, asked: Asked<'row>, _: &mut Groups, tally: &mut Tally) -> Answer<'row> {
        let Some(distance) = asked.cell.number() else { return Answer::NotAsked };
        tally.measure(distance.abs());
        Answer::of(distance.abs() <= self.most, asked.cell)
    }
}
