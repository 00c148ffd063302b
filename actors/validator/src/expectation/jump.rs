//! `jump`: a positive number moves from row to row no farther than so many of its standard deviations. What is measured
//! is the farthest move, in standard deviations.

use serde::Deserialize;

use super::{Answer, Asked, Column, Expect, Groups, Mark, Tally};

/// Rows of a group before it is asked: its variance is unknown until then.
const WARM: u32 = 60;

/// `sigmas`; `by`: a column whose values are apart; `weight` of the newest squared log return in the variance; moves
/// below `floor` (a log return) are always expected.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jump {
    sigmas: f64,
    by: Option<Column>,
    #[serde(default = "weight")]
    weight: f64,
    #[serde(default)]
    floor: f64,
}

fn weight() -> f64 {
    0.005
}

impl Expect for Jump {
    fn columns(&self) -> Vec<Column> {
        self.by.into_iter().collect()
    }

    fn fault(&self, _: i64) -> Option<&'static str> {
        let is_sound = self.sigmas > 0.0 && self.weight > 0.0 && self.weight < 1.0;
        if is_sound { None } else { Some("`sigmas` is above 0, `weight` between 0 and 1") }
    }

    /// Remembers of each group the last number, its variance (`other`) and how many rows there were.
    fn ask<'row>(&self, asked: Asked<'row>, groups: &mut Groups, tally: &mut Tally) -> Answer<'row> {
        let Some(value) = asked.cell.number().filter(|value| *value > 0.0) else { return Answer::NotAsked };
        let group = self.by.and_then(|column| asked.row.cell(column).text()).unwrap_or_default();
        let Some(mark) = groups.get(group) else {
            if !asked.refused {
                groups.insert(group, Mark { value, ..Mark::default() });
            }
            return Answer::NotAsked;
        };
        let log_return = (value / mark.value).ln();
        let deviation = mark.other.sqrt();
        let is_warm = mark.count >= WARM && deviation > 0.0;
        if !asked.refused {
            // Clipped, so that one jump does not hide the next.
            let most = if is_warm { self.sigmas * deviation } else { f64::INFINITY };
            let clipped = log_return.abs().min(most);
            mark.value = value;
            mark.other += self.weight.max(1.0 / f64::from(mark.count + 1)) * (clipped * clipped - mark.other);
            mark.count = mark.count.saturating_add(1);
        }
        if !is_warm {
            return Answer::NotAsked;
        }
        let sigmas = log_return.abs() / deviation;
        tally.measure(sigmas);
        Answer::of(sigmas <= self.sigmas || log_return.abs() <= self.floor, asked.cell)
    }
}
