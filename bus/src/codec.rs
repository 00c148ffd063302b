//! Messages as entries of a Redis stream: one field for each CloudEvents attribute.

use redis::{Cmd, Value};
use wick_schemas::envelope::{CONTENT_TYPE, SPEC_VERSION};
use wick_schemas::{Envelope, MessageId, Timestamp};

use crate::error::{Error, Result};

/// An entry: its place in the stream and its message, or why it is none.
#[derive(Debug)]
pub struct Entry {
    /// The entry's id, given by Redis.
    pub id: String,
    /// The message.
    pub message: Result<Envelope>,
    /// The raw fields of an entry that is no message, so that nothing of it is lost.
    pub raw: Vec<(String, String)>,
}

/// Writes a message's fields into an `XADD`.
pub fn write(cmd: &mut Cmd, message: &Envelope) {
    for (name, value) in fields(message) {
        cmd.arg(name).arg(value.as_ref());
    }
}

/// A message's fields in their order.
#[must_use]
pub fn fields(message: &Envelope) -> [(&'static str, std::borrow::Cow<'_, str>); 12] {
    [
        ("id", message.id.as_str().into()),
        ("source", message.source.as_str().into()),
        ("type", message.kind.as_str().into()),
        ("specversion", SPEC_VERSION.into()),
        ("time", message.time.rfc3339().into()),
        ("subject", message.subject.as_str().into()),
        ("dataschema", message.dataschema.as_str().into()),
        ("datacontenttype", CONTENT_TYPE.into()),
        ("correlationid", message.correlation_id.as_str().into()),
        ("causationid", message.causation_id.as_str().into()),
        ("traceparent", message.traceparent().into()),
        ("data", message.data.as_str().into()),
    ]
}

/// Reads `[[key, [[id, [field, value, …]], …]], …]`, the answer to XREAD and XREADGROUP, in the order given.
///
/// # Errors
/// Where Redis answers in another shape.
pub fn read_streams(answer: Value) -> Result<Vec<(String, Vec<Entry>)>> {
    let streams = match answer {
        Value::Nil => return Ok(Vec::new()),
        Value::Array(streams) => streams,
        other => return Err(shape(&other)),
    };
    streams
        .into_iter()
        .map(|stream| {
            let [key, entries] = pair(stream)?;
            Ok((text(key)?, read_entries(entries)?))
        })
        .collect()
}

/// Reads `[[id, [field, value, …]], …]`, the answer to XRANGE and XCLAIM. Entries deleted meanwhile are left out.
///
/// # Errors
/// Where Redis answers in another shape.
pub fn read_entries(entries: Value) -> Result<Vec<Entry>> {
    let Value::Array(entries) = entries else { return Err(shape(&entries)) };
    let mut read = Vec::with_capacity(entries.len());
    for entry in entries {
        if matches!(entry, Value::Nil) {
            continue;
        }
        let [id, body] = pair(entry)?;
        match body {
            Value::Nil => {}
            Value::Array(body) => read.push(read_entry(text(id)?, body)?),
            other => return Err(shape(&other)),
        }
    }
    Ok(read)
}

fn read_entry(id: String, body: Vec<Value>) -> Result<Entry> {
    let mut raw = Vec::new();
    let mut parts = body.into_iter();
    while let (Some(name), Some(value)) = (parts.next(), parts.next()) {
        raw.push((text(name)?, text(value)?));
    }
    match assemble(&mut raw) {
        Ok(message) => Ok(Entry { id, message: Ok(message), raw: Vec::new() }),
        Err(reason) => Ok(Entry { message: Err(Error::Entry { id: id.clone(), reason }), id, raw }),
    }
}

/// Takes the attributes out of the fields; leaves the fields whole where one is missing.
fn assemble(raw: &mut [(String, String)]) -> std::result::Result<Envelope, String> {
    const NEEDED: [&str; 9] =
        ["id", "source", "type", "time", "subject", "dataschema", "correlationid", "causationid", "data"];
    let place = |name: &str| raw.iter().position(|(known, _)| known == name).ok_or(format!("no field '{name}'"));
    let mut places = [0; NEEDED.len()];
    for (slot, name) in places.iter_mut().zip(NEEDED) {
        *slot = place(name)?;
    }
    let time = raw.get(places[3]).map_or("", |(_, value)| value.as_str());
    let time = Timestamp::parse(time)?;
    let mut take =
        |index: usize| raw.get_mut(places[index]).map(|(_, value)| std::mem::take(value)).unwrap_or_default();
    Ok(Envelope {
        id: MessageId::from_wire(take(0)),
        source: take(1),
        kind: take(2),
        time,
        subject: take(4),
        dataschema: take(5),
        correlation_id: take(6),
        causation_id: take(7),
        data: take(8),
    })
}

fn pair(value: Value) -> Result<[Value; 2]> {
    match value {
        Value::Array(parts) => parts.try_into().map_err(|parts: Vec<Value>| shape(&Value::Array(parts))),
        other => Err(shape(&other)),
    }
}

fn text(value: Value) -> Result<String> {
    match value {
        Value::BulkString(bytes) => {
            Ok(String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
        }
        Value::SimpleString(text) => Ok(text),
        Value::Int(number) => Ok(number.to_string()),
        other => Err(shape(&other)),
    }
}

fn shape(found: &Value) -> Error {
    let mut shown = format!("{found:?}");
    shown.truncate(120);
    Error::Entry { id: "-".into(), reason: format!("redis answered in an unknown shape: {shown}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bulk(text: &str) -> Value {
        Value::BulkString(text.as_bytes().to_vec())
    }

    fn message() -> Envelope {
        Envelope {
            id: MessageId::from_wire("ab".repeat(16)),
            source: "/wick/fetcher".into(),
            kind: "candles.received".into(),
            time: Timestamp(60_000),
            subject: "BTC-USD".into(),
            dataschema: "/schemas/candles.received/v1".into(),
            correlation_id: "cd".repeat(16),
            causation_id: String::new(),
            data: "{}".into(),
        }
    }

    fn entry(fields: &[(&str, &str)]) -> Value {
        let body = fields.iter().flat_map(|(name, value)| [bulk(name), bulk(value)]).collect();
        Value::Array(vec![bulk("1-0"), Value::Array(body)])
    }

    #[test]
    fn a_message_reads_back() {
        let message = message();
        let fields = fields(&message);
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_ref())).collect();
        let answer = Value::Array(vec![Value::Array(vec![bulk("k"), Value::Array(vec![entry(&fields)])])]);
        let streams = read_streams(answer).expect("reads");
        assert_eq!(streams[0].0, "k");
        assert_eq!(streams[0].1[0].message.as_ref().expect("a message"), &message);
    }

    #[test]
    fn an_entry_that_is_no_message_keeps_its_fields() {
        let entries = read_entries(Value::Array(vec![entry(&[("hello", "world")])])).expect("reads");
        assert!(entries[0].message.is_err());
        assert_eq!(entries[0].raw, [("hello".to_owned(), "world".to_owned())]);
    }

    #[test]
    fn deleted_entries_and_silence_are_no_error() {
        assert!(read_streams(Value::Nil).expect("silence").is_empty());
        let gone = Value::Array(vec![Value::Nil, Value::Array(vec![bulk("1-0"), Value::Nil])]);
        assert!(read_entries(gone).expect("deleted").is_empty());
        assert!(read_entries(Value::Int(1)).is_err());
    }
}
