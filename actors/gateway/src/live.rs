//! What is said, as it is said: server-sent events for many listeners at once.
//!
//! An event is written once, as bytes, and shared by everyone who listens. The newest ones are remembered, so that a listener
//! whose line was cut for a moment goes on where it was (`Last-Event-ID`).

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use actix_web::web::Bytes;
use serde::Serialize;
use serde_json::json;
use tokio::sync::broadcast;

/// Events that a slow listener may be behind, and that are remembered for one who comes back.
const REMEMBERED: usize = 512;

/// Something that was said.
#[derive(Clone, Debug)]
pub struct Event {
    /// Its place in the sequence, from 1.
    pub number: u64,
    /// What kind of thing it is.
    pub kind: &'static str,
    /// The event as it goes over the line.
    pub bytes: Bytes,
}

/// The kinds of events, as `topics` of a listener names them.
pub const KINDS: [&str; 7] = ["candle", "forecast", "score", "drift", "skill", "coverage", "model"];

/// Tells everyone who listens.
#[derive(Debug)]
pub struct Live {
    /// What tells this life of the gateway from others: numbers begin again with each.
    life: i64,
    said: Mutex<Said>,
    sender: broadcast::Sender<Event>,
    listeners: AtomicUsize,
}

/// Somebody who listens: counted off when dropped.
#[derive(Debug)]
pub struct Listener(Arc<Live>);

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.listeners.fetch_sub(1, Ordering::Relaxed);
    }
}

#[derive(Debug, Default)]
struct Said {
    number: u64,
    newest: VecDeque<Event>,
}

impl Live {
    /// Nobody listens yet. `life` tells this one from those before it.
    #[must_use]
    pub fn new(life: i64) -> Self {
        Self { life, said: Mutex::default(), sender: broadcast::channel(REMEMBERED).0, listeners: AtomicUsize::new(0) }
    }

    /// Says something to everyone.
    pub fn say(&self, kind: &'static str, data: &impl Serialize) {
        // Numbers and strings: this always serialises.
        let data = serde_json::to_string(data).unwrap_or_default();
        let mut said = self.said.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        said.number += 1;
        let bytes = format!("id: {}-{}\nevent: {kind}\ndata: {data}\n\n", self.life, said.number);
        let event = Event { number: said.number, kind, bytes: bytes.into() };
        if said.newest.len() == REMEMBERED {
            said.newest.pop_front();
        }
        said.newest.push_back(event.clone());
        // Said under the lock: whoever begins to listen hears each event once, remembered or new. Nobody need listen.
        let _ = self.sender.send(event);
    }

    /// Begins to listen where `last` (a `Last-Event-ID`) ended: what was missed and is remembered, how it begins, and what
    /// comes.
    #[must_use]
    pub fn listen(&self, last: Option<&str>) -> (Vec<Event>, Option<Bytes>, broadcast::Receiver<Event>) {
        let said = self.said.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let receiver = self.sender.subscribe();
        let Some(last) = last else { return (Vec::new(), None, receiver) };
        let heard = last.split_once('-').filter(|(life, _)| life.parse() == Ok(self.life));
        let heard: Option<u64> =
            heard.and_then(|(_, number)| number.parse().ok()).filter(|heard| *heard <= said.number);
        let oldest = said.newest.front().map_or(said.number + 1, |event| event.number);
        match heard {
            Some(heard) if heard + 1 >= oldest => {
                (said.newest.iter().filter(|event| event.number > heard).cloned().collect(), None, receiver)
            }
            _ => (Vec::new(), Some(missed(None)), receiver),
        }
    }

    /// Counts a listener, if there may be one more of them than these.
    #[must_use]
    pub fn admit(self: &Arc<Self>, most: usize) -> Option<Listener> {
        let more = |now| (now < most).then_some(now + 1);
        let admitted = self.listeners.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        admitted.ok().map(|_| Listener(Arc::clone(self)))
    }
}

/// Tells a listener that events were said which it does not get: how many, where that is known.
#[must_use]
pub fn missed(count: Option<u64>) -> Bytes {
    format!("event: missed\ndata: {}\n\n", json!({ "missed": count })).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(events: &[Event]) -> Vec<u64> {
        events.iter().map(|event| event.number).collect()
    }

    #[test]
    fn a_listener_who_comes_back_goes_on_where_it_was() {
        let live = Live::new(7);
        for price in 0..3 {
            live.say("candle", &json!({ "close": price }));
        }
        let (before, note, mut coming) = live.listen(Some("7-1"));
        assert_eq!((numbers(&before), note), (vec![2, 3], None));
        live.say("forecast", &json!({}));
        let next = coming.try_recv().expect("said");
        assert_eq!((next.number, next.kind), (4, "forecast"));
        assert_eq!(next.bytes, "id: 7-4\nevent: forecast\ndata: {}\n\n");
        assert!(coming.try_recv().is_err(), "each event once");
        assert_eq!(live.listen(None).1, None);
        assert_eq!((numbers(&live.listen(Some("7-4")).0), live.listen(Some("7-4")).1), (vec![], None));
    }

    #[test]
    fn what_is_no_longer_remembered_is_said_to_be_missed() {
        let live = Live::new(7);
        (0..REMEMBERED + 2).for_each(|_| live.say("candle", &1));
        for last in ["7-1", "6-514", "7-600", "nonsense", ""] {
            let (before, note, _) = live.listen(Some(last));
            assert!(before.is_empty() && note.is_some(), "{last}");
        }
        assert_eq!(live.listen(Some("7-2")).0.len(), REMEMBERED);
    }

    #[test]
    fn listeners_are_bounded_and_counted_off() {
        let live = Arc::new(Live::new(1));
        let one = live.admit(1);
        assert!(one.is_some() && live.admit(1).is_none());
        drop(one);
        assert!(live.admit(1).is_some());
    }
}
