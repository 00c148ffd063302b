//! `length`: a text has so many characters. What is measured is the greatest length.

use serde::Deserialize;

use super::{Answer, Asked, Expect, Groups, Tally};

/// `min` and `max`, in characters.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Length {
    #[serde(default)]
    min: usize,
    #[serde(default = "endless")]
    max: usize,
}

fn endless() -> usize {
    usize::MAX
}

impl Expect for Length {
    fn fault(&self, _: i64) -> Option<&'static str> {
        if self.min <= self.max { None } else { Some("`min` is above `max`") }
    }

    fn ask<'row>(&self, asked: Asked<'row>, _: &mut Groups, tally: &mut Tally) -> Answer<'row> {
        let Some(text) = asked.cell.text() else { return Answer::NotAsked };
        let length = text.chars().count();
        tally.measure(length as f64);
        Answer::of((self.min..=self.max).contains(&length), asked.cell)
    }
}
