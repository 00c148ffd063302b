//! `complete`: every step of the grid has its row. Steps of the batch are asked, not rows; a venue that has given
//! nothing for a day is no longer missed.

use serde::Deserialize;
use wick_schemas::Timestamp;
use wick_schemas::time::MINUTE;

use super::{Answer, Asked, Column, End, Expect, Groups, Mark, Tally};

/// A group that is silent for so many batches is not missed any more.
const SILENT: i64 = 96;

/// `step_minutes`: the grid. `by`: a column of which each value has a grid of its own, such as the venue.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Complete {
    #[serde(default = "one")]
    step_minutes: i64,
    by: Option<Column>,
}

fn one() -> i64 {
    1
}

impl Complete {
    fn step(&self) -> i64 {
        self.step_minutes * MINUTE
    }
}

impl Expect for Complete {
    fn columns(&self) -> Vec<Column> {
        self.by.into_iter().collect()
    }

    fn fault(&self, span: i64) -> Option<&'static str> {
        let is_sound = (1..=1_440).contains(&self.step_minutes) && span % self.step() == 0 && span / self.step() <= 64;
        if is_sound { None } else { Some("`step_minutes` must divide the batch into 64 steps at most") }
    }

    /// Remembers of each group when its last (`value`) and its first row (`other`) came.
    fn ask<'row>(&self, asked: Asked<'row>, groups: &mut Groups, tally: &mut Tally) -> Answer<'row> {
        let Some(time) = asked.cell.number() else { return Answer::NotAsked };
        if asked.refused {
            return Answer::NotAsked;
        }
        let group = self.by.and_then(|column| asked.row.cell(column).text()).unwrap_or_default();
        match groups.get(group) {
            Some(mark) => mark.value = time.max(mark.value),
            None => groups.insert(group, Mark { value: time, other: time, count: 0 }),
        }
        // The batch's start is known at its end only; the step's number modulo 64 is enough until then.
        let bit = 1_u64 << (time / self.step() as f64).floor().rem_euclid(64.0) as u32;
        match tally.slots.iter_mut().find(|(name, _)| name == group) {
            Some((_, bits)) => *bits |= bit,
            None if groups.get(group).is_some() => tally.slots.push((group.to_owned(), bit)),
            None => {}
        }
        Answer::NotAsked
    }

    fn end(&self, end: End, groups: &mut Groups, tally: &mut Tally) {
        let (from, to) = (end.from.millis(), end.to.millis());
        let first_missed = (from.saturating_sub((to - from).saturating_mul(SILENT))) as f64;
        groups.retain(|mark| mark.value >= first_missed);
        for (group, mark) in groups.iter() {
            let bits = tally.slots.iter().find(|(name, _)| name == group).map_or(0, |(_, bits)| *bits);
            let mut missing = Vec::new();
            // What came before a group's first row ever was not expected.
            let expected =
                (from / self.step()..to / self.step()).filter(|step| (step * self.step()) as f64 >= mark.other);
            for step in expected {
                tally.asked += 1;
                if bits >> step.rem_euclid(64) & 1 == 0 {
                    missing.push(step);
                }
            }
            if let Some(first) = missing.first() {
                let name = if group.is_empty() { "" } else { &format!("{group}: ") };
                tally.blame(format!(
                    "{name}{} missing, the first at {}",
                    missing.len(),
                    Timestamp(first * self.step())
                ));
                tally.unexpected += missing.len() as u64 - 1;
            }
        }
        if tally.asked > 0 {
            tally.observed = Some(1.0 - tally.unexpected as f64 / tally.asked as f64);
        }
    }
}
