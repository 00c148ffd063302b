//! What was seen lately: a text counts once, wherever and however often it turns up.

use std::collections::{HashMap, HashSet, VecDeque};

use wick_schemas::time::HOUR;
use wick_schemas::{Reading, Text, Timestamp};

/// How long a text is remembered. Feeds go back a day or two.
const SPAN: i64 = 48 * HOUR;
/// Texts that are remembered, at most.
const MOST: usize = 50_000;
/// Titles that are too short to be told apart by.
const SHORT: usize = 20;

/// What was seen lately.
#[derive(Debug, Default)]
pub struct Memory {
    seen: HashSet<blake3::Hash>,
    order: VecDeque<(Timestamp, blake3::Hash)>,
    readings: HashMap<String, (Timestamp, Option<u64>)>,
}

impl Memory {
    /// Whether this text is new; remembers it. A text with the id or the title of one seen lately is not.
    pub fn take(&mut self, text: &Text, now: Timestamp) -> bool {
        self.forget(now);
        let title = normal(&text.title);
        let keys =
            [Some(format!("id {}", text.id)), (title.chars().count() >= SHORT).then(|| format!("title {title}"))];
        let keys: Vec<blake3::Hash> = keys.into_iter().flatten().map(|key| blake3::hash(key.as_bytes())).collect();
        let fresh = !keys.iter().any(|key| self.seen.contains(key));
        for key in keys {
            if self.seen.insert(key) {
                self.order.push_back((now, key));
            }
        }
        fresh
    }

    /// Whether this reading says anything new; remembers it.
    pub fn take_reading(&mut self, reading: &Reading) -> bool {
        let said = (reading.at, reading.value.map(f64::to_bits));
        let newest = self.readings.get(&reading.name).copied();
        // One of an older moment is old news; the same moment's may be put right.
        if newest.is_some_and(|newest| said.0 < newest.0 || said == newest) {
            return false;
        }
        self.readings.insert(reading.name.clone(), said);
        true
    }

    fn forget(&mut self, now: Timestamp) {
        while self.order.front().is_some_and(|(time, _)| *time < now.shift(-SPAN)) || self.order.len() > MOST {
            let Some((_, key)) = self.order.pop_front() else { return };
            self.seen.remove(&key);
        }
    }

    /// From when on what was seen matters.
    #[must_use]
    pub fn since(now: Timestamp) -> Timestamp {
        now.shift(-SPAN)
    }
}

/// A title without case, punctuation and blanks.
fn normal(title: &str) -> String {
    title.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(url: &str, title: &str) -> Text {
        Text {
            source: "example".into(),
            id: Text::identity(url),
            url: url.into(),
            title: title.into(),
            body: String::new(),
            published: None,
            language: None,
            votes: None,
        }
    }

    #[test]
    fn a_text_counts_once_by_its_address_and_by_its_title() {
        let (mut memory, now) = (Memory::default(), Timestamp(1_700_000_000_000));
        let title = "Bitcoin miners sell as fees fall";
        assert!(memory.take(&text("https://a.example/1", title), now));
        assert!(!memory.take(&text("https://a.example/1", "Another title altogether, put right"), now));
        assert!(!memory.take(&text("https://b.example/9", "BITCOIN miners sell, as fees fall!"), now));
        // A short title may be anybody's.
        assert!(memory.take(&text("https://a.example/2", "Markets"), now));
        assert!(memory.take(&text("https://b.example/3", "Markets"), now));
        assert!(memory.take(&text("https://b.example/4", title), now.shift(SPAN + 1)));
    }

    #[test]
    fn memory_is_bounded() {
        let (mut memory, now) = (Memory::default(), Timestamp(1_700_000_000_000));
        for place in 0..MOST + 1_000 {
            memory.take(&text(&format!("https://a.example/{place}"), ""), now);
        }
        assert!(memory.seen.len() <= MOST + 1 && memory.order.len() <= MOST + 1);
        assert!(!memory.take(&text(&format!("https://a.example/{}", MOST + 999), ""), now));
    }

    #[test]
    fn a_reading_is_news_once_and_when_it_is_put_right() {
        let mut memory = Memory::default();
        let mut take = |at: i64, value| {
            memory.take_reading(&Reading { name: "fear_greed".into(), at: Timestamp(at), value: Some(value) })
        };
        assert!(take(1, 40.0));
        assert!(!take(1, 40.0));
        assert!(take(1, 41.0));
        assert!(take(2, 41.0));
        assert!(!take(1, 39.0));
    }
}
