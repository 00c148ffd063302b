//! What people write, as decaying counts: how much, how it sounds, and how long ago the last of it was.

use serde::{Deserialize, Serialize};
use wick_schemas::time::{BAR, DAY, HOUR, MINUTE, Timestamp};

/// A text counts from so long after it was first seen. Within that time it has come through the house, so that what a
/// bar knew does not depend on who was quick.
pub const SETTLED: i64 = MINUTE;

/// Half-lives of the counts: an hour, six hours, a day, and a month to know what is usual.
const HALF_LIVES: [i64; 4] = [HOUR, 6 * HOUR, DAY, 30 * DAY];

/// Texts of one kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Chatter {
    /// Texts that do not count yet: when each was first seen, and its score.
    waiting: Vec<(Timestamp, f64)>,
    /// As of when the sums stand.
    at: Timestamp,
    /// Decayed counts.
    counts: [f64; 4],
    /// Decayed sums of scores.
    scores: [f64; 4],
    /// When the last that counts was first seen.
    last: Option<Timestamp>,
}

/// What is known of the texts at the close of a bar.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Heard {
    /// Decayed counts, by half-lives of an hour, six hours, a day and a month.
    pub counts: [f64; 4],
    /// Decayed sums of scores, likewise.
    pub scores: [f64; 4],
    /// Bars since the last was first seen; none where there never was one.
    pub age: Option<f64>,
}

impl Chatter {
    /// Takes a text.
    pub fn push(&mut self, first_seen: Timestamp, score: f64) {
        let one = (first_seen, score);
        let place =
            self.waiting.partition_point(|(other, known)| other.cmp(&first_seen).then(known.total_cmp(&score)).is_le());
        self.waiting.insert(place, one);
    }

    /// Texts that do not count yet: when each was first seen, and its score.
    pub fn waiting(&self) -> impl Iterator<Item = (Timestamp, f64)> + '_ {
        self.waiting.iter().copied()
    }

    /// Forgets the texts that a close at `as_of` is too early for.
    pub fn forget_after(&mut self, as_of: Timestamp) {
        self.waiting.retain(|(first_seen, _)| first_seen.shift(SETTLED) <= as_of);
    }

    /// What is known at the close of a bar: texts first seen by a minute before it.
    pub fn close(&mut self, as_of: Timestamp) -> Heard {
        let known = self.waiting.partition_point(|(first_seen, _)| first_seen.shift(SETTLED) <= as_of);
        self.decay(as_of);
        for (first_seen, score) in self.waiting.drain(..known) {
            for (place, half_life) in HALF_LIVES.into_iter().enumerate() {
                let left = share_left(as_of, first_seen, half_life);
                self.counts[place] += left;
                self.scores[place] += left * score;
            }
            self.last = self.last.max(Some(first_seen));
        }
        let age = self.last.map(|last| (as_of - last) as f64 / BAR as f64);
        Heard { counts: self.counts, scores: self.scores, age }
    }

    fn decay(&mut self, as_of: Timestamp) {
        for (place, half_life) in HALF_LIVES.into_iter().enumerate() {
            let left = share_left(as_of, self.at, half_life);
            self.counts[place] *= left;
            self.scores[place] *= left;
        }
        self.at = as_of;
    }
}

impl Heard {
    /// How many texts a count of this half-life (by place) holds where they come at the month's rate.
    #[must_use]
    pub fn usual(&self, place: usize) -> f64 {
        self.counts[3] * HALF_LIVES[place] as f64 / HALF_LIVES[3] as f64
    }
}

fn share_left(now: Timestamp, then: Timestamp, half_life: i64) -> f64 {
    0.5_f64.powf((now - then).max(0) as f64 / half_life as f64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_fades_and_counts_a_minute_after_it_was_seen() {
        let mut chatter = Chatter::default();
        let start = Timestamp(1_704_067_200_000);
        assert_eq!(chatter.close(start), Heard::default());
        chatter.push(start + BAR - SETTLED, 0.5);
        chatter.push(start + BAR - SETTLED + 1, -1.0);
        let heard = chatter.close(start + BAR);
        assert!((heard.counts[0] - 0.5_f64.powf(1.0 / 60.0)).abs() < 1e-12);
        assert!((heard.scores[0] - 0.5 * heard.counts[0]).abs() < 1e-12);
        assert_eq!(heard.age, Some(1.0 / 15.0));
        let later = chatter.close(start + BAR + HOUR);
        let expected = heard.counts[0] / 2.0 + 0.5_f64.powf((HOUR + SETTLED - 1) as f64 / HOUR as f64);
        assert!((later.counts[0] - expected).abs() < 1e-12);
    }

    #[test]
    fn a_steady_rate_is_what_is_usual() {
        let (mut chatter, start) = (Chatter::default(), Timestamp(1_704_067_200_000));
        let mut heard = Heard::default();
        for quarter in 0..96 * 400 {
            chatter.push(start + quarter * BAR, 0.0);
            heard = chatter.close(start + (quarter + 1) * BAR);
        }
        assert!((heard.counts[2] / heard.usual(2) - 1.0).abs() < 0.02, "{heard:?}");
    }

    proptest! {
        /// In whatever order they came through the house.
        #[test]
        fn the_order_of_arrival_does_not_matter(
            texts in prop::collection::vec((0..100_i64 * MINUTE, -1.0..1.0_f64), 0..40), bars in 1..12_i64,
        ) {
            let start = Timestamp(1_704_067_200_000);
            let hear = |texts: &[(i64, f64)]| {
                let mut chatter = Chatter::default();
                texts.iter().for_each(|(after, score)| chatter.push(start + *after, *score));
                (1..=bars).map(|bar| chatter.close(start + bar * BAR)).collect::<Vec<_>>()
            };
            let mut other = texts.clone();
            other.reverse();
            prop_assert_eq!(hear(&texts), hear(&other));
        }

        /// What is first seen later than a minute before the close changes nothing of it.
        #[test]
        fn the_future_is_not_heard(after in -SETTLED + 1..DAY, score in -1.0..1.0_f64) {
            let close = Timestamp(1_704_067_200_000);
            let mut chatter = Chatter::default();
            chatter.push(close - HOUR, 0.25);
            let mut other = chatter.clone();
            other.push(close + after, score);
            prop_assert_eq!(chatter.close(close), other.close(close));
        }
    }
}
