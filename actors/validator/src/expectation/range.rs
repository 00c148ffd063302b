//! `range`: a number or a moment lies between two ends.

use serde::Deserialize;

use super::{Answer, Asked, Expect, Groups, Tally};

/// `min` and `max`: either may be left out.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    min: Option<f64>,
    max: Option<f64>,
}

impl Expect for Range {
    fn fault(&self, _: i64) -> Option<&'static str> {
        let (min, max) = (self.min.unwrap_or(f64::NEG_INFINITY), self.max.unwrap_or(f64::INFINITY));
        // Not the other way round: NaN is no end.
        if min <= max && (self.min, self.max) != (None, None) { None } else { Some("name `min` or `max`, in order") }
    }

    fn ask<'row>(&self, asked: Asked<'row>, _: &mut Groups, _: &mut Tally) -> Answer<'row> {
        let Some(number) = asked.cell.number() else { return Answer::NotAsked };
        let met = self.min.is_none_or(|min| min <= number) && self.max.is_none_or(|max| number <= max);
        Answer::of(met, asked.cell)
    }
}
