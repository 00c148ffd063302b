//! A bounded memory of ids.

use std::collections::{HashSet, VecDeque};

use serde::{Deserialize, Serialize};

/// The texts that were accepted last, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "VecDeque<u64>", into = "VecDeque<u64>")]
pub struct Seen {
    order: VecDeque<u64>,
    known: HashSet<u64>,
}

impl Seen {
    /// Whether the id is new; remembers it, and forgets the oldest beyond `most`.
    pub fn insert(&mut self, id: &str, most: usize) -> bool {
        let one = fingerprint(id);
        let is_new = self.known.insert(one);
        if is_new {
            self.order.push_back(one);
            self.forget(most);
        }
        is_new
    }

    /// Forgets the oldest beyond `most`.
    pub fn forget(&mut self, most: usize) {
        while self.order.len() > most {
            if let Some(oldest) = self.order.pop_front() {
                self.known.remove(&oldest);
            }
        }
    }

    /// How many are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether none is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }
}

impl From<VecDeque<u64>> for Seen {
    fn from(order: VecDeque<u64>) -> Self {
        Self { known: order.iter().copied().collect(), order }
    }
}

impl From<Seen> for VecDeque<u64> {
    fn from(seen: Seen) -> Self {
        seen.order
    }
}

/// The first half of an id: enough to tell a few thousand texts apart, and small in a checkpoint.
fn fingerprint(id: &str) -> u64 {
    id.get(..16).and_then(|half| u64::from_str_radix(half, 16).ok()).unwrap_or_default()
}
