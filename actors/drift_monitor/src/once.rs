//! Saying a thing once.

use serde::{Deserialize, Serialize};
use wick_schemas::Timestamp;
use wick_schemas::time::DAY;

/// How something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is well.
    Well,
    /// It is not well enough to say that it has recovered, nor bad enough to be said.
    Between,
    /// It is to be said.
    Bad,
}

/// When a thing was last said, as long as it has not recovered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Once(Option<Timestamp>);

impl Once {
    /// Whether it is to be said now: where it is bad and was not said since it was well, or that is as many days ago.
    pub fn say(&mut self, at: Timestamp, state: State, cooldown_days: u32) -> bool {
        let cool = self.0.is_none_or(|said| at - said >= i64::from(cooldown_days) * DAY);
        match state {
            State::Well => self.0 = None,
            State::Bad if cool => self.0 = Some(at),
            State::Between | State::Bad => return false,
        }
        state == State::Bad
    }
}

#[cfg(test)]
mod tests {
    use super::State::{Bad, Between, Well};
    use super::*;

    #[test]
    fn it_is_said_again_after_it_was_well_or_when_it_has_lasted() {
        let mut once = Once::default();
        let days = [Bad, Bad, Between, Bad, Well, Bad, Bad, Bad, Bad, Between];
        let said: Vec<usize> =
            (0..days.len()).filter(|day| once.say(Timestamp(*day as i64 * DAY), days[*day], 3)).collect();
        assert_eq!(said, [0, 3, 5, 8]);
    }
}
