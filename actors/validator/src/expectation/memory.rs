//! What expectations remember: of a batch, and beyond it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::row::Cell;

/// Groups, such as venues, that an expectation tells apart at most. Rows of further groups are not asked.
const MOST_GROUPS: usize = 64;
/// Values of a batch that are told apart at most.
const MOST_VALUES: usize = 10_000;
/// Unexpected values that are shown.
const MOST_EXAMPLES: usize = 10;

/// What is remembered of a group beyond the batch; each kind of expectation says what it keeps here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// The last value.
    pub value: f64,
    /// A second number.
    pub other: f64,
    /// A count.
    pub count: u32,
}

/// The groups of an expectation, such as venues, with what is remembered of each.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Groups(Vec<(String, Mark)>);

impl Groups {
    /// What is remembered of the group, if anything.
    pub fn get(&mut self, name: &str) -> Option<&mut Mark> {
        self.0.iter_mut().find(|(known, _)| known == name).map(|(_, mark)| mark)
    }

    /// Remembers a new group, if there is room.
    pub fn insert(&mut self, name: &str, mark: Mark) {
        if self.0.len() < MOST_GROUPS {
            self.0.push((name.to_owned(), mark));
        }
    }

    /// Every group.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Mark)> {
        self.0.iter().map(|(name, mark)| (name.as_str(), mark))
    }

    /// Forgets the groups that do not fit.
    pub fn retain(&mut self, keep: impl Fn(&Mark) -> bool) {
        self.0.retain(|(_, mark)| keep(mark));
    }
}

/// What an expectation found in a batch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// Rows that were asked.
    pub asked: u64,
    /// Those that were not as expected.
    pub unexpected: u64,
    /// The first values that were not.
    pub examples: Vec<String>,
    /// What was measured, where it is one number.
    pub observed: Option<f64>,
    /// Hashes of the values that were seen.
    pub values: BTreeSet<u64>,
    /// For each group of [`Groups`], by its place, the steps of the grid that were seen, a bit each.
    pub slots: Vec<(String, u64)>,
}

impl Tally {
    /// A value that was not as expected.
    pub fn blame(&mut self, example: impl ToString) {
        self.unexpected += 1;
        if self.examples.len() < MOST_EXAMPLES {
            self.examples.push(example.to_string());
        }
    }

    /// The largest of what was measured so far and this.
    pub fn measure(&mut self, number: f64) {
        self.observed = Some(self.observed.map_or(number, |before| before.max(number)));
    }

    /// Whether the value is new in this batch; beyond ten thousand values everything counts as new.
    pub fn is_new(&mut self, hash: u64) -> bool {
        self.values.len() >= MOST_VALUES || self.values.insert(hash)
    }
}

/// FNV-1a, over the values one after the other: small, quick, and the same in every version of Rust, since it is kept.
#[must_use]
pub fn hash(cells: &[Cell<'_>]) -> u64 {
    let mut state = 0xcbf2_9ce4_8422_2325_u64;
    let mut eat = |bytes: &[u8]| {
        for byte in bytes {
            state = (state ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    for cell in cells {
        match cell {
            Cell::Null => eat(&[0]),
            Cell::Number(number) => eat(&number.to_bits().to_le_bytes()),
            Cell::Time(time) => eat(&time.millis().to_le_bytes()),
            Cell::Text(text) => {
                eat(text.as_bytes());
                eat(&[0xff]);
            }
        }
    }
    state
}
