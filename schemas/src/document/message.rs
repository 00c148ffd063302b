//! Every message type beside its topic.

use schemars::{JsonSchema, Schema, generate::SchemaSettings};

use crate::article::{ArticleReceived, ArticleRejected, ArticleValidated, PostReceived, PostRejected, PostValidated};
use crate::candle::{CandleReceived, CandleRejected, CandleValidated};
use crate::command::{Promote, Retrain, Rollback};
use crate::drift::{CoverageMissed, DriftDetected, SkillDegraded};
use crate::envelope::{Envelope, Payload};
use crate::error::{Error, Result};
use crate::feature::FeatureVector;
use crate::gap::{GapClosed, GapOpened};
use crate::model_event::{ModelPromoted, ModelRefused, ModelRolledBack, ModelTrained};
use crate::prediction::Prediction;
use crate::quality::QualityReported;
use crate::quarantine::{QuarantineKept, QuarantineReleased, Release};
use crate::reading::{ReadingReceived, ReadingRejected, ReadingValidated};
use crate::score::PredictionsScored;
use crate::target::TargetsMatured;
use crate::topic::Topic;

/// A message type, with what can be done with any of them.
#[derive(Clone, Copy, Debug)]
pub struct Message {
    /// The stream that it is published on.
    pub topic: Topic,
    /// The JSON Schema of its data.
    pub schema: fn() -> Schema,
    /// Opens a message as this type and gives its data as this version would write them.
    ///
    /// Fails as [`Envelope::open`] does.
    pub reread: fn(&Envelope) -> Result<String>,
}

impl Message {
    /// The name of its schema's file: `<topic>.v<version>.json`.
    #[must_use]
    pub fn file(&self) -> String {
        format!("{}.v{}.json", self.topic.name, self.topic.version)
    }

    const fn of<P: Payload + JsonSchema>() -> Self {
        Self { topic: P::TOPIC, schema: schema::<P>, reread: reread::<P> }
    }
}

/// Every message type, in the order of the flow.
pub const MESSAGES: &[Message] = &[
    Message::of::<CandleReceived>(),
    Message::of::<ArticleReceived>(),
    Message::of::<PostReceived>(),
    Message::of::<ReadingReceived>(),
    Message::of::<GapOpened>(),
    Message::of::<GapClosed>(),
    Message::of::<CandleValidated>(),
    Message::of::<CandleRejected>(),
    Message::of::<ArticleValidated>(),
    Message::of::<ArticleRejected>(),
    Message::of::<PostValidated>(),
    Message::of::<PostRejected>(),
    Message::of::<ReadingValidated>(),
    Message::of::<ReadingRejected>(),
    Message::of::<QualityReported>(),
    Message::of::<Release>(),
    Message::of::<QuarantineReleased>(),
    Message::of::<QuarantineKept>(),
    Message::of::<FeatureVector>(),
    Message::of::<TargetsMatured>(),
    Message::of::<Prediction>(),
    Message::of::<PredictionsScored>(),
    Message::of::<DriftDetected>(),
    Message::of::<SkillDegraded>(),
    Message::of::<CoverageMissed>(),
    Message::of::<Retrain>(),
    Message::of::<Promote>(),
    Message::of::<Rollback>(),
    Message::of::<ModelTrained>(),
    Message::of::<ModelPromoted>(),
    Message::of::<ModelRefused>(),
    Message::of::<ModelRolledBack>(),
];

/// Draft 7, because that is the dialect of AsyncAPI 3. What is written, not what is accepted: a subscriber wants to
/// know that a validated candle has its prices, although the reader refuses one without by a judgement and not by
/// its shape.
fn schema<P: JsonSchema>() -> Schema {
    SchemaSettings::draft07().for_serialize().into_generator().into_root_schema_for::<P>()
}

fn reread<P: Payload>(envelope: &Envelope) -> Result<String> {
    let payload: P = envelope.open()?;
    serde_json::to_string(&payload)
        .map_err(|error| Error::Malformed { schema: P::TOPIC.schema(), reason: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topic;

    #[test]
    fn every_topic_has_its_message_type() {
        let spoken: Vec<Topic> = MESSAGES.iter().map(|message| message.topic).collect();
        assert_eq!(spoken, topic::ALL, "add the missing type to MESSAGES, in the order of topic::ALL");
    }
}
