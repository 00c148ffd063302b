//! Who serves, from which event time.

use serde::{Deserialize, Serialize};
use wick_schemas::{Level, Timestamp};

/// The order of service: who serves now, who served before, and who is to serve next.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Succession {
    /// Who serves.
    pub champion: Option<String>,
    /// Who served before.
    pub previous: Option<String>,
    /// Who is to serve from when on, oldest first.
    pub heirs: Vec<(Timestamp, String)>,
}

impl Succession {
    /// Takes note of who is to serve from when on.
    pub fn appoint(&mut self, from: Timestamp, model: String) {
        self.heirs.push((from, model));
        self.heirs.sort_by_key(|(from, _)| *from);
    }

    /// Lets the heirs succeed whose time has come. True where the champion changed.
    pub fn advance(&mut self, now: Timestamp) -> bool {
        let due = self.heirs.iter().take_while(|(from, _)| *from <= now).count();
        let mut changed = false;
        for (_, heir) in self.heirs.drain(..due) {
            if self.champion.as_deref() != Some(heir.as_str()) {
                self.previous = self.champion.replace(heir);
                changed = true;
            }
        }
        changed
    }

    /// The models to try, best first.
    pub fn candidates(&self) -> impl Iterator<Item = (Level, &str)> {
        let champion = self.champion.as_deref().map(|hash| (Level::Champion, hash));
        let previous = self.previous.as_deref().map(|hash| (Level::Previous, hash));
        champion.into_iter().chain(previous)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_heir_succeeds_when_its_time_has_come() {
        let mut succession = Succession::default();
        succession.appoint(Timestamp(20), "b".into());
        succession.appoint(Timestamp(10), "a".into());
        assert!(!succession.advance(Timestamp(9)));
        assert!(succession.advance(Timestamp(10)));
        assert_eq!(succession.champion.as_deref(), Some("a"));
        assert!(succession.advance(Timestamp(25)));
        let levels: Vec<_> = succession.candidates().collect();
        assert_eq!(levels, [(Level::Champion, "b"), (Level::Previous, "a")]);
        assert!(!succession.advance(Timestamp(30)));
    }
}
