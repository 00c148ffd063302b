//! How far our clock is from an exchange's. Pure.

use crate::source::Notice;

/// Clocks that are further apart are told of, in milliseconds.
const TOO_FAR: i64 = 2000;

/// What is known of an exchange's clock.
#[derive(Debug, Default)]
pub struct Skew {
    ahead: i64,
    /// Whether the operator was told that the clocks are apart.
    is_told: bool,
}

impl Skew {
    /// By how much the exchange's clock is ahead of ours, in milliseconds.
    pub fn ahead(&self) -> i64 {
        self.ahead
    }

    /// A measurement; what there is to tell about it. Clocks that part or meet are told of once.
    pub fn learn(&mut self, ahead: i64) -> Option<Notice> {
        self.ahead = ahead;
        let is_apart = ahead.saturating_abs() > TOO_FAR;
        let is_news = is_apart != self.is_told;
        self.is_told = is_apart;
        is_news.then_some(Notice::Skew { ahead })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_that_part_and_meet_are_told_of_once() {
        let mut skew = Skew::default();
        let told: Vec<i64> = [500, -2000, 2001, 9000, 1999, 0, -2500]
            .into_iter()
            .filter_map(|ahead| skew.learn(ahead).map(|_| ahead))
            .collect();
        assert_eq!(told, [2001, 1999, -2500]);
        assert_eq!(skew.ahead(), -2500);
    }
}
