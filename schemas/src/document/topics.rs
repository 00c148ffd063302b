//! The page of topics.

use std::fmt::Write;

use super::asyncapi::ATTRIBUTES;
use super::{GENERATED, names};
use crate::topic;

const HEAD: &str = "
# Topics

What Wick's actors say to each other. Each topic is a Redis stream for each instrument, and anybody may listen.

| topic | published by | read by | says |
|---|---|---|---|
";

const BINDING: &str = "
Every message has a JSON Schema, `schemas/json/<topic>.v<version>.json`, and a sample, `schemas/examples/` with the
same name. `schemas/json/asyncapi.yaml` describes all streams for tools. Within a version fields are added, never
changed or removed: so ignore the fields that you do not know.

## CloudEvents on Redis

An entry of a stream is a [CloudEvent](https://github.com/cloudevents/spec) 1.0 in binary mode: one field for each
attribute, by its plain name, and the data beside them.

| field | says |
|---|---|
";

const KEYS: &str = "\
| `data` | the payload as JSON |

Prices are in quote currency, volumes in base currency, moments inside `data` in milliseconds since 1970 (UTC).
Messages are delivered at least once: two with the same `source` and `id` are one message.

## Keys and groups

| key | holds |
|---|---|
| `<prefix><topic>:{<instrument>}` | a topic's messages, as in `predictions.made:{BTC-USD}` |
| `<prefix>dead.<topic>:{<instrument>}` | its dead letters, as in `dead.candles.received:{BTC-USD}` |

The prefix is the setting `bus.prefix`, empty by default. The braces are part of the key: they put all of an
instrument's streams in one slot of a Redis Cluster, so that they can be written in one transaction.

Each actor reads through a consumer group of its own name (`read by`, above), and a stream is trimmed only behind the
slowest group. So a group of yours holds the stream for you; drop it (`XGROUP DESTROY`) when you are done, or the
stream grows. A subscriber without a group, like those below, needs no care, and misses what is trimmed while it is
away.

A message that an actor cannot handle goes to the dead letters with all its fields and two more, `error` (why) and
`actor` (whose group), and what is behind it goes on. `wick dead-letters list`, `show`, `retry` and `drop` look after
them.

## A subscriber in three lines

Redis listens on the socket `bus/redis.sock` in the data folder, or where the setting `bus.url` says.

With redis-cli, from the beginning of what is kept:

```sh
key='predictions.made:{BTC-USD}'; bus='redis-cli -s data/bus/redis.sock'
$bus XRANGE \"$key\" - +
$bus XREAD BLOCK 0 STREAMS \"$key\" '$'    # then wait for the next one
```

In Python, with redis-py (without `socket_timeout=None` newer ones give up within a minute of silence):

```python
import redis; bus, key, last = redis.Redis(unix_socket_path=\"data/bus/redis.sock\", decode_responses=True, socket_timeout=None), \"predictions.made:{BTC-USD}\", \"$\"
while news := bus.xread({key: last}, block=0):
    for last, event in dict(news)[key]: print(event[\"time\"], event[\"data\"])
```

In Rust, with the crate `redis`, its feature `streams`, and `use redis::{Commands, streams::{StreamReadOptions, StreamReadReply}}`:

```rust
let (mut bus, key, mut last) = (redis::Client::open(\"redis+unix:///path/to/data/bus/redis.sock\")?.get_connection()?, \"predictions.made:{BTC-USD}\", \"$\".to_owned());
while let Some(news) = bus.xread_options::<_, _, Option<StreamReadReply>>(&[key], &[&last], &StreamReadOptions::default().block(0))? {
    for event in &news.keys[0].ids { last.clone_from(&event.id); println!(\"{:?}\", event.get::<String>(\"data\")); }
}
```
";

/// The page as Markdown.
pub(super) fn text() -> String {
    let mut page = format!("{GENERATED}{HEAD}");
    for topic in topic::ALL {
        let (from, to) = (names(topic.publishers), names(topic.consumers));
        // Writing to a string cannot fail.
        let _ = writeln!(page, "| `{}` | {from} | {to} | {} |", topic.name, topic.says);
    }
    page.push_str(BINDING);
    for (name, says) in ATTRIBUTES {
        let _ = writeln!(page, "| `{name}` | {says} |");
    }
    page + KEYS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_and_every_attribute_has_its_line() {
        let page = text();
        let lines = topic::ALL.iter().map(|topic| topic.name).chain(ATTRIBUTES.map(|(name, _)| name)).chain(["data"]);
        for name in lines {
            assert_eq!(page.matches(&format!("\n| `{name}` |")).count(), 1, "{name}");
        }
    }
}
