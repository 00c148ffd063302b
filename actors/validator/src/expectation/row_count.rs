//! `row_count`: so many rows come in a batch. The batch is asked, not its rows.

use serde::Deserialize;

use super::{End, Expect, Groups, Tally};

/// `min` and `max`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowCount {
    #[serde(default)]
    min: u64,
    #[serde(default = "endless")]
    max: u64,
}

fn endless() -> u64 {
    u64::MAX
}

impl Expect for RowCount {
    fn fault(&self, _: i64) -> Option<&'static str> {
        if self.min <= self.max { None } else { Some("`min` is above `max`") }
    }

    fn end(&self, end: End, _: &mut Groups, tally: &mut Tally) {
        tally.asked = 1;
        tally.observed = Some(end.rows as f64);
        if !(self.min..=self.max).contains(&end.rows) {
            tally.blame(end.rows);
        }
    }
}
