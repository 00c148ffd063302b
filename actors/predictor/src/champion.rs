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
    pub heirs: Vec<Heir>,
    /// The number of the decision that put the champion there.
    #[serde(default)]
    pub decision: u64,
}

/// Who is to serve from when on, and by which decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heir(pub Timestamp, pub String, #[serde(default)] pub u64);

impl Succession {
    /// Takes note of who is to serve from when on.
    pub fn appoint(&mut self, heir: Heir) {
        self.heirs.push(heir);
        self.heirs.sort_by_key(|Heir(from, _, decision)| (*from, *decision));
    }

    /// Lets the heirs succeed whose time has come, but none that was put off by an earlier decision than the champion's.
    /// True where the champion changed.
    pub fn advance(&mut self, now: Timestamp) -> bool {
        let due = self.heirs.iter().take_while(|Heir(from, ..)| *from <= now).count();
        let mut changed = false;
        for Heir(_, heir, decision) in self.heirs.drain(..due) {
            if decision < self.decision {
                continue;
            }
            self.decision = decision;
            if self.champion.as_deref() != Some(heir.as_str()) {
                self.previous = self.champion.replace(heir);
                changed = true;
            }
        }
        self.heirs.retain(|Heir(.., decision)| *decision >= self.decision);
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
        succession.appoint(Heir(Timestamp(20), "b".into(), 0));
        succession.appoint(Heir(Timestamp(10), "a".into(), 0));
        assert!(!succession.advance(Timestamp(9)));
        assert!(succession.advance(Timestamp(10)));
        assert_eq!(succession.champion.as_deref(), Some("a"));
        assert!(succession.advance(Timestamp(25)));
        let levels: Vec<_> = succession.candidates().collect();
        assert_eq!(levels, [(Level::Champion, "b"), (Level::Previous, "a")]);
        assert!(!succession.advance(Timestamp(30)));
    }

    #[test]
    fn who_was_put_off_is_passed_over_after_a_later_decision() {
        let mut succession = Succession::default();
        succession.appoint(Heir(Timestamp(10), "a".into(), 1));
        assert!(succession.advance(Timestamp(10)));
        // Trained, to serve within the hour; then a person keeps what serves.
        succession.appoint(Heir(Timestamp(70), "b".into(), 2));
        succession.appoint(Heir(Timestamp(20), "a".into(), 3));
        assert!(!succession.advance(Timestamp(20)));
        assert!(!succession.advance(Timestamp(70)), "a person's word was undone");
        assert_eq!((succession.champion.as_deref(), succession.heirs.len()), (Some("a"), 0));
        // What is decided after that is put off as ever, and what is heard late of before counts for nothing.
        succession.appoint(Heir(Timestamp(90), "c".into(), 4));
        succession.appoint(Heir(Timestamp(80), "b".into(), 2));
        assert!(!succession.advance(Timestamp(80)));
        assert!(succession.advance(Timestamp(90)));
        assert_eq!(succession.champion.as_deref(), Some("c"));
    }

    #[test]
    fn what_was_kept_before_decisions_were_counted_is_read() {
        let kept = r#"{"champion":"a","previous":null,"heirs":[[20,"b"]]}"#;
        let mut succession: Succession = serde_json::from_str(kept).expect("reads");
        assert!(succession.advance(Timestamp(20)));
        succession.appoint(Heir(Timestamp(30), "c".into(), 1));
        let again: Succession =
            serde_json::from_str(&serde_json::to_string(&succession).expect("json")).expect("reads");
        assert_eq!(again, succession);
    }
}
