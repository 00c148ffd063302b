//! What a person decides of a datum in quarantine.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::article::Text;
use crate::candle::RawCandle;
use crate::envelope::Payload;
use crate::market::Origin;
use crate::reading::Reading;
use crate::time::Timestamp;
use crate::topic::{self, Topic};

/// A datum of any kind, as received.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", content = "datum", rename_all = "snake_case")]
pub enum Datum {
    /// A candle.
    Candle(RawCandle),
    /// An article.
    Article(Text),
    /// A post.
    Post(Text),
    /// A reading of an index.
    Reading(Reading),
}

impl Datum {
    /// Its kind: `candle`, `article`, `post` or `reading`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Candle(_) => "candle",
            Self::Article(_) => "article",
            Self::Post(_) => "post",
            Self::Reading(_) => "reading",
        }
    }
}

/// `commands.release`: let this datum out of the quarantine. It is known from `at` on, and not before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Release {
    /// The moment of asking.
    pub at: Timestamp,
    /// Its id in quarantine.
    pub held: String,
    /// What came.
    #[serde(flatten)]
    pub datum: Datum,
    /// How it reached us.
    pub origin: Origin,
    /// Why.
    pub reason: String,
    /// Who asked.
    pub requested_by: String,
}

/// `quarantine.released`: a datum that a person let out of the quarantine. It was published as clean beside this.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QuarantineReleased {
    /// The moment of asking: the datum is known from then on.
    pub at: Timestamp,
    /// Its id in quarantine.
    pub held: String,
    /// `candle`, `article`, `post` or `reading`.
    pub kind: String,
    /// Whether it is a candle that came out after newer ones of its venue: what was built of those stays as it is.
    pub late: bool,
    /// Why.
    pub reason: String,
    /// Who asked.
    pub requested_by: String,
}

/// `quarantine.kept`: a datum that stays in the quarantine although a person asked: no decision can make it clean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QuarantineKept {
    /// The moment of asking.
    pub at: Timestamp,
    /// Its id in quarantine.
    pub held: String,
    /// `candle`, `article`, `post` or `reading`.
    pub kind: String,
    /// The rule that nobody can waive.
    pub rule: String,
    /// The offending value.
    pub value: String,
    /// Why it stays, for people.
    pub reason: String,
    /// Who asked.
    pub requested_by: String,
}

macro_rules! asked {
    ($($payload:ident on $topic:ident),* $(,)?) => {$(
        impl Payload for $payload {
            const TOPIC: Topic = topic::$topic;
            fn event_time(&self) -> Timestamp {
                self.at
            }
        }
    )*};
}

asked! {
    Release on COMMANDS_RELEASE,
    QuarantineReleased on QUARANTINE_RELEASED,
    QuarantineKept on QUARANTINE_KEPT,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_reads_back_with_its_kind() {
        let reading = Reading { name: "fear_greed".into(), at: Timestamp(0), value: None };
        let release = Release {
            at: Timestamp(1),
            held: "a".into(),
            datum: Datum::Reading(reading),
            origin: Origin::Live,
            reason: "it is right".into(),
            requested_by: "ada".into(),
        };
        let text = serde_json::to_string(&release).expect("JSON");
        assert!(text.contains(r#""kind":"reading","datum":{"#), "{text}");
        assert_eq!(serde_json::from_str::<Release>(&text).expect("reads"), release);
        assert_eq!(release.datum.kind(), "reading");
    }
}
