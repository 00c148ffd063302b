//! The envelope of every message: CloudEvents 1.0 in binary mode, one attribute a field.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};
use crate::market::Instrument;
use crate::time::Timestamp;
use crate::topic::Topic;

/// The CloudEvents version of every message.
pub const SPEC_VERSION: &str = "1.0";
/// The media type of every message's data.
pub const CONTENT_TYPE: &str = "application/json";

/// What a message carries.
pub trait Payload: Serialize + DeserializeOwned + Clone + 'static {
    /// The stream that it is published on, with its version.
    const TOPIC: Topic;

    /// When it happened, or from when it holds. Streams are merged in this order.
    fn event_time(&self) -> Timestamp;
}

/// A message's identity: 128 bits in hexadecimal, derived from what the message says and never drawn, so that
/// a repeated publication is the same message.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(String);

impl MessageId {
    /// The identity of a message of this type, about this subject, at this time, with this cause and data.
    ///
    /// The data take part because two sources may say different things of one minute.
    #[must_use]
    pub fn derive(kind: &str, subject: &str, time: Timestamp, causation: &str, data: &str) -> Self {
        let mut hasher = blake3::Hasher::new();
        for part in [kind, subject, causation, data] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        hasher.update(&time.millis().to_le_bytes());
        Self(hex(&hasher.finalize().as_bytes()[..16]))
    }

    /// An identity as read from a stream.
    #[must_use]
    pub fn from_wire(text: String) -> Self {
        Self(text)
    }

    /// The identity as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(DIGITS[usize::from(byte >> 4)] as char);
        text.push(DIGITS[usize::from(byte & 15)] as char);
    }
    text
}

/// A message: CloudEvents attributes and data.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope {
    /// Unique within its source; derived.
    pub id: MessageId,
    /// Who published it: `/wick/<actor>`.
    pub source: String,
    /// The topic's name.
    pub kind: String,
    /// When it happened.
    pub time: Timestamp,
    /// The instrument.
    pub subject: String,
    /// `/schemas/<topic>/v<version>`.
    pub dataschema: String,
    /// The id of the first message of the chain that led here.
    pub correlation_id: String,
    /// The id of the message that this one answers; empty at the start of a chain.
    pub causation_id: String,
    /// The payload as JSON.
    pub data: String,
}

impl Envelope {
    /// Wraps a payload. `cause` is the message that it answers, if any.
    ///
    /// # Errors
    /// Where the payload does not serialise, which a type of this crate always does.
    pub fn wrap<P: Payload>(payload: &P, actor: &str, subject: &Instrument, cause: Option<&Self>) -> Result<Self> {
        let topic = P::TOPIC;
        let data = serde_json::to_string(payload)
            .map_err(|error| Error::Malformed { schema: topic.schema(), reason: error.to_string() })?;
        let time = payload.event_time();
        let causation_id = cause.map(|cause| cause.id.to_string()).unwrap_or_default();
        let id = MessageId::derive(topic.name, subject.as_str(), time, &causation_id, &data);
        let correlation_id = cause.map_or_else(|| id.to_string(), |cause| cause.correlation_id.clone());
        Ok(Self {
            id,
            source: format!("/wick/{actor}"),
            kind: topic.name.to_owned(),
            time,
            subject: subject.to_string(),
            dataschema: topic.schema(),
            correlation_id,
            causation_id,
            data,
        })
    }

    /// The payload, if the message is of that type and version and has its shape.
    ///
    /// # Errors
    /// [`Error::UnknownMessage`] or [`Error::Malformed`].
    pub fn open<P: Payload>(&self) -> Result<P> {
        let expected = P::TOPIC.schema();
        if self.dataschema != expected {
            return Err(Error::UnknownMessage { found: self.dataschema.clone(), expected });
        }
        serde_json::from_str(&self.data)
            .map_err(|error| Error::Malformed { schema: expected, reason: error.to_string() })
    }

    /// W3C trace context: the correlation id is the trace, the message is the span.
    #[must_use]
    pub fn traceparent(&self) -> String {
        let span = self.id.as_str().get(..16).unwrap_or("0000000000000001");
        format!("00-{}-{span}-01", self.correlation_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::candle::{CandleReceived, CandleValidated, RawCandle};
    use crate::market::{Origin, Venue};

    fn received(close: f64) -> CandleReceived {
        CandleReceived {
            candle: RawCandle {
                venue: Venue::Kraken,
                open_time: Timestamp(60_000),
                open: Some(1.0),
                high: Some(2.0),
                low: Some(1.0),
                close: Some(close),
                volume: Some(0.0),
            },
            origin: Origin::Live,
            ingest_time: Timestamp(120_000),
        }
    }

    #[test]
    fn the_same_words_are_the_same_message_and_other_words_another() {
        let subject = Instrument::new("BTC-USD").expect("a pair");
        let wrap = |close| Envelope::wrap(&received(close), "fetcher", &subject, None).expect("wraps");
        assert_eq!(wrap(1.5), wrap(1.5));
        assert_ne!(wrap(1.5).id, wrap(1.6).id);
        assert_eq!(wrap(1.5).id.as_str(), wrap(1.5).correlation_id);
        assert_eq!(wrap(1.5).traceparent().len(), 55);
    }

    #[test]
    fn a_chain_keeps_its_correlation_and_names_its_cause() {
        let subject = Instrument::new("BTC-USD").expect("a pair");
        let first = Envelope::wrap(&received(1.5), "fetcher", &subject, None).expect("wraps");
        let second = Envelope::wrap(&received(1.5), "validator", &subject, Some(&first)).expect("wraps");
        assert_eq!(second.correlation_id, first.correlation_id);
        assert_eq!(second.causation_id, first.id.as_str());
        assert_ne!(second.id, first.id);
    }

    #[test]
    fn a_message_of_another_version_or_shape_is_refused_by_name() {
        let subject = Instrument::new("BTC-USD").expect("a pair");
        let mut message = Envelope::wrap(&received(1.5), "fetcher", &subject, None).expect("wraps");
        assert_eq!(message.open::<CandleReceived>().expect("opens"), received(1.5));
        assert!(matches!(message.open::<CandleValidated>(), Err(Error::UnknownMessage { .. })));
        message.dataschema = "/schemas/candles.received/v99".to_owned();
        let error = message.open::<CandleReceived>().expect_err("unknown version");
        assert!(error.to_string().contains("v99"), "{error}");
        message.dataschema = CandleReceived::TOPIC.schema();
        message.data = "{\"candle\":1}".to_owned();
        assert!(matches!(message.open::<CandleReceived>(), Err(Error::Malformed { .. })));
    }
}
