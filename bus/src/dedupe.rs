//! Remembers the newest message ids, so that a repeated publication is dropped.

use std::collections::{HashSet, VecDeque};

use wick_schemas::MessageId;

/// A bounded memory of ids.
#[derive(Debug)]
pub struct Dedupe {
    seen: HashSet<MessageId>,
    order: VecDeque<MessageId>,
    room: usize,
}

impl Dedupe {
    /// A memory of the newest `room` ids.
    #[must_use]
    pub fn new(room: usize) -> Self {
        Self { seen: HashSet::with_capacity(room), order: VecDeque::with_capacity(room), room: room.max(1) }
    }

    /// Remembers an id. False where it was known already.
    pub fn is_new(&mut self, id: &MessageId) -> bool {
        if !self.seen.insert(id.clone()) {
            return false;
        }
        if self.order.len() == self.room
            && let Some(oldest) = self.order.pop_front()
        {
            self.seen.remove(&oldest);
        }
        self.order.push_back(id.clone());
        true
    }

    /// Forgets everything, as a recovery does: what was not acknowledged is handled again.
    pub fn clear(&mut self) {
        self.seen.clear();
        self.order.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_new_once_and_again_when_it_has_been_forgotten() {
        let id = |name: &str| MessageId::from_wire(name.to_owned());
        let mut dedupe = Dedupe::new(2);
        assert!(dedupe.is_new(&id("a")));
        assert!(!dedupe.is_new(&id("a")));
        assert!(dedupe.is_new(&id("b")));
        assert!(dedupe.is_new(&id("c")));
        assert!(dedupe.is_new(&id("a")));
        dedupe.clear();
        assert!(dedupe.is_new(&id("a")));
    }
}
