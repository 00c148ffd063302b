//! Entries of a stream that anybody may have written: each is a message or says why not, and what opens says the same
//! when it is written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use redis::Value;
use wick_bus::codec;
use wick_schemas::document::MESSAGES;

fuzz_target!(|data: &[u8]| {
    let Some((choice, rest)) = data.split_first() else { return };
    let message = &MESSAGES[usize::from(*choice) % MESSAGES.len()];
    let text = String::from_utf8_lossy(rest);
    // Half of them with every attribute as it must be, so that the payload is reached.
    let body: Vec<Value> = if choice & 0x80 == 0 {
        let (head, payload) = text.split_once('\n').unwrap_or(("", text.as_ref()));
        let sample = format!("{}/examples/{}", concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas"), message.file());
        let Ok(sample) = std::fs::read(sample) else { return };
        let Ok(serde_json::Value::Object(sample)) = serde_json::from_slice(&sample) else { return };
        let field = |(name, value): (&String, &serde_json::Value)| {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let value = if name == "data" { payload.to_owned() } else { value };
            let value = if name == "time" && !head.is_empty() { head.to_owned() } else { value };
            [bulk(name), bulk(&value)]
        };
        sample.iter().flat_map(field).collect()
    } else {
        text.split('\0').map(bulk).collect()
    };
    let entries = Value::Array(vec![Value::Array(vec![bulk("1-1"), Value::Array(body)])]);
    let Ok(entries) = codec::read_entries(entries) else { return };
    for message in entries.into_iter().filter_map(|entry| entry.message.ok()) {
        for kind in MESSAGES {
            if let Ok(once) = (kind.reread)(&message) {
                let again = wick_schemas::Envelope { data: once.clone(), ..message.clone() };
                assert_eq!((kind.reread)(&again).expect("what was written reads"), once);
            }
        }
    }
});

fn bulk(text: &str) -> Value {
    Value::BulkString(text.as_bytes().to_vec())
}
