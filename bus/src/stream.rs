//! Redis Streams: groups, pending entries, watermarks, dead letters, and a word from outside.

use std::collections::HashMap;

use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::{Value, cmd, pipe};
use serde::Serialize;
use wick_schemas::{Envelope, Payload, Timestamp, Topic, topic};

use crate::codec::{self, Entry};
use crate::error::{Error, Result};
use crate::house::House;

/// Makes sure that a group exists, from the beginning of the stream.
///
/// # Errors
/// Where Redis is absent.
pub async fn create_group(connection: &mut MultiplexedConnection, key: &str, group: &str) -> Result<()> {
    let made: redis::RedisResult<Value> =
        cmd("XGROUP").arg("CREATE").arg(key).arg(group).arg("0").arg("MKSTREAM").query_async(connection).await;
    match made {
        Ok(_) => Ok(()),
        Err(error) if error.code() == Some("BUSYGROUP") => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Makes sure that the groups of everyone who listens to these topics exist, so that nothing is trimmed before a
/// reader that starts later has read it.
///
/// # Errors
/// Where Redis is absent.
pub async fn create_groups(house: &House, connection: &mut MultiplexedConnection, topics: &[Topic]) -> Result<()> {
    for topic in topics {
        for group in topic.consumers {
            create_group(connection, &house.stream(topic), group).await?;
        }
    }
    Ok(())
}

/// Takes over every pending entry of a group, whoever read it. Gives entries and how often each was delivered,
/// oldest first; does not count as a delivery.
///
/// # Errors
/// Where Redis is absent.
pub async fn claim_pending(
    connection: &mut MultiplexedConnection,
    key: &str,
    group: &str,
    me: &str,
) -> Result<Vec<(Entry, usize)>> {
    let mut claimed = Vec::new();
    let mut cursor = "0-0".to_owned();
    loop {
        let mut claim = cmd("XAUTOCLAIM");
        claim.arg(key).arg(group).arg(me).arg(0).arg(&cursor).arg("COUNT").arg(1000).arg("JUSTID");
        // Redis 7 adds a list of deleted ids, Redis 6.2 does not.
        let Value::Array(parts) = claim.query_async(connection).await? else { return Ok(claimed) };
        let mut parts = parts.into_iter();
        cursor = redis::from_redis_value(parts.next().unwrap_or(Value::Nil))?;
        let ids: Vec<String> = redis::from_redis_value(parts.next().unwrap_or(Value::Nil))?;
        if let (Some(first), Some(last)) = (ids.first(), ids.last()) {
            let mut ask = pipe();
            ask.cmd("XPENDING").arg(key).arg(group).arg(first).arg(last).arg(ids.len()).arg(me);
            ask.cmd("XRANGE").arg(key).arg(first).arg(last);
            let (pending, entries): (Vec<(String, String, u64, usize)>, Value) = ask.query_async(connection).await?;
            let counts: HashMap<String, usize> = pending.into_iter().map(|(id, _, _, count)| (id, count)).collect();
            let entries = codec::read_entries(entries)?;
            claimed.extend(entries.into_iter().filter_map(|entry| {
                let count = counts.get(&entry.id).copied()?;
                Some((entry, count))
            }));
        }
        if cursor == "0-0" {
            return Ok(claimed);
        }
    }
}

/// Counts one more delivery of an entry.
///
/// # Errors
/// Where Redis is absent.
pub async fn count_delivery(
    connection: &mut MultiplexedConnection,
    key: &str,
    group: &str,
    me: &str,
    id: &str,
) -> Result<()> {
    let _: Value = cmd("XCLAIM").arg(key).arg(group).arg(me).arg(0).arg(id).query_async(connection).await?;
    Ok(())
}

/// Reads the answer to `HGETALL watermark:{…}`: topic to event time.
///
/// # Errors
/// Where Redis answers in another shape.
pub fn watermarks(answer: Value) -> Result<HashMap<String, Timestamp>> {
    let marks: HashMap<String, i64> = redis::from_redis_value(answer)?;
    Ok(marks.into_iter().map(|(topic, time)| (topic, Timestamp(time))).collect())
}

/// Says that the publisher of these topics is at home, before it has said how far they are complete.
///
/// # Errors
/// Where Redis is absent.
pub async fn announce(house: &House, connection: &mut MultiplexedConnection, topics: &[Topic]) -> Result<()> {
    for topic in topics {
        let _: i64 = cmd("HSETNX").arg(house.key("watermark")).arg(topic.name).arg(0).query_async(connection).await?;
    }
    Ok(())
}

/// How far each topic is complete.
///
/// # Errors
/// Where Redis is absent.
pub async fn read_watermarks(
    house: &House,
    connection: &mut MultiplexedConnection,
) -> Result<HashMap<String, Timestamp>> {
    watermarks(cmd("HGETALL").arg(house.key("watermark")).query_async(connection).await?)
}

/// Publishes a command from outside the actors: a person's word, by gateway or command line.
///
/// # Errors
/// Where Redis is absent.
pub async fn tell<P: Payload>(
    house: &House,
    connection: &mut MultiplexedConnection,
    from: &str,
    payload: &P,
) -> Result<Envelope> {
    let message = Envelope::wrap(payload, from, house.instrument(), None)?;
    create_groups(house, connection, &[P::TOPIC]).await?;
    let mut add = cmd("XADD");
    add.arg(house.stream(&P::TOPIC)).arg("*");
    codec::write(&mut add, &message);
    let _: String = add.query_async(connection).await?;
    Ok(message)
}

/// A stream as an operator sees it.
#[derive(Debug, Clone, Serialize)]
pub struct StreamState {
    /// The topic.
    pub topic: String,
    /// Entries held.
    pub length: usize,
    /// The event time up to which it is complete.
    pub complete_to: Option<Timestamp>,
    /// Entries put aside.
    pub dead: usize,
    /// Its readers.
    pub groups: Vec<GroupState>,
}

/// A reader of a stream as an operator sees it.
#[derive(Debug, Clone, Serialize)]
pub struct GroupState {
    /// The actor.
    pub group: String,
    /// Entries not read yet; `null` where Redis cannot tell (before 7.0, or after a trim).
    pub lag: Option<usize>,
    /// Entries read and not acknowledged.
    pub pending: usize,
}

/// Every stream with its readers.
///
/// # Errors
/// Where Redis is absent.
pub async fn survey(house: &House, connection: &mut MultiplexedConnection) -> Result<Vec<StreamState>> {
    let marks = read_watermarks(house, connection).await?;
    let mut states = Vec::with_capacity(topic::ALL.len());
    for topic in topic::ALL {
        let key = house.stream(topic);
        let (length, dead): (usize, usize) =
            pipe().cmd("XLEN").arg(&key).cmd("XLEN").arg(dead_key(house, topic)).query_async(connection).await?;
        let groups = match read_groups(connection, &key).await {
            Ok(groups) => groups,
            Err(error) if error.kind() == redis::ErrorKind::Server(redis::ServerErrorKind::ResponseError) => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        let newest = tail(connection, &key, None, 1).await?.pop().map(|entry| entry.id);
        // Redis counts what was read, and has forgotten some of that after a start from its append-only file: whoever was given
        // the newest entry has read everything.
        let lag = |group: &Group| if newest.as_ref() == Some(&group.delivered) { Some(0) } else { group.lag };
        let groups =
            groups.into_iter().map(|group| GroupState { lag: lag(&group), group: group.name, pending: group.pending });
        let groups = groups.collect();
        states.push(StreamState {
            topic: topic.name.to_owned(),
            length,
            complete_to: marks.get(topic.name).copied(),
            dead,
            groups,
        });
    }
    Ok(states)
}

/// What `XINFO GROUPS` says of a group.
#[derive(Debug, Clone)]
pub struct Group {
    /// The group's name.
    pub name: String,
    /// Entries delivered and not acknowledged.
    pub pending: usize,
    /// The newest entry delivered.
    pub delivered: String,
    /// Entries not delivered yet, where Redis knows.
    pub lag: Option<usize>,
}

/// Reads the groups of a stream.
///
/// # Errors
/// Where Redis is absent, or there is no such stream.
pub async fn read_groups(connection: &mut impl ConnectionLike, key: &str) -> redis::RedisResult<Vec<Group>> {
    let groups: Vec<HashMap<String, Value>> = cmd("XINFO").arg("GROUPS").arg(key).query_async(connection).await?;
    groups
        .into_iter()
        .map(|mut fields| {
            let mut take = |name: &str| fields.remove(name).unwrap_or(Value::Nil);
            Ok(Group {
                name: redis::from_redis_value(take("name"))?,
                pending: redis::from_redis_value(take("pending"))?,
                delivered: redis::from_redis_value(take("last-delivered-id"))?,
                lag: redis::from_redis_value(take("lag"))?,
            })
        })
        .collect()
}

/// The key of a topic's dead letters.
#[must_use]
pub fn dead_key(house: &House, topic: &Topic) -> String {
    house.key(&format!("dead.{}", topic.name))
}

/// Entries of a stream, oldest first: the newest `count`, or those after `after`.
///
/// # Errors
/// Where Redis is absent.
pub async fn tail(
    connection: &mut MultiplexedConnection,
    key: &str,
    after: Option<&str>,
    count: usize,
) -> Result<Vec<Entry>> {
    match after {
        Some(after) => {
            let range = cmd("XRANGE")
                .arg(key)
                .arg(format!("({after}"))
                .arg("+")
                .arg("COUNT")
                .arg(count)
                .query_async(connection)
                .await?;
            codec::read_entries(range)
        }
        None => {
            let range =
                cmd("XREVRANGE").arg(key).arg("+").arg("-").arg("COUNT").arg(count).query_async(connection).await?;
            let mut entries = codec::read_entries(range)?;
            entries.reverse();
            Ok(entries)
        }
    }
}

/// A dead letter.
#[derive(Debug, Clone, Serialize)]
pub struct DeadLetter {
    /// Where it died.
    pub topic: String,
    /// Its entry among the dead.
    pub entry: String,
    /// Every field of it, with `error` and `actor`.
    pub fields: Vec<(String, String)>,
}

/// The dead letters of a topic, oldest first.
///
/// # Errors
/// Where Redis is absent.
pub async fn dead_letters(
    house: &House,
    connection: &mut MultiplexedConnection,
    topic: &Topic,
) -> Result<Vec<DeadLetter>> {
    type Raw = Vec<(String, Vec<(String, String)>)>;
    let key = dead_key(house, topic);
    let entries: Raw =
        cmd("XRANGE").arg(&key).arg("-").arg("+").arg("COUNT").arg(10_000).query_async(connection).await?;
    let letter = |(entry, fields)| DeadLetter { topic: topic.name.to_owned(), entry, fields };
    Ok(entries.into_iter().map(letter).collect())
}

/// Publishes a dead letter again and takes it off the list, at once. False where there is no such letter.
///
/// # Errors
/// Where Redis is absent.
pub async fn retry_dead(
    house: &House,
    connection: &mut MultiplexedConnection,
    topic: &Topic,
    entry: &str,
) -> Result<bool> {
    let Some(letter) = dead_letters(house, connection, topic).await?.into_iter().find(|letter| letter.entry == entry)
    else {
        return Ok(false);
    };
    let mut again = pipe();
    again.atomic().cmd("XADD").arg(house.stream(topic)).arg("*");
    for (name, value) in letter.fields.iter().filter(|(name, _)| name != "error" && name != "actor") {
        again.arg(name).arg(value);
    }
    again.ignore().cmd("XDEL").arg(dead_key(house, topic)).arg(entry).ignore();
    let () = again.query_async(connection).await?;
    Ok(true)
}

/// Takes a dead letter off the list for good. False where there is no such letter.
///
/// # Errors
/// Where Redis is absent.
pub async fn drop_dead(
    house: &House,
    connection: &mut MultiplexedConnection,
    topic: &Topic,
    entry: &str,
) -> Result<bool> {
    let dropped: usize = cmd("XDEL").arg(dead_key(house, topic)).arg(entry).query_async(connection).await?;
    Ok(dropped > 0)
}

/// Whether Redis answers, and is new enough.
///
/// # Errors
/// [`Error::Server`] where it is older than 6.2.
pub async fn check_version(connection: &mut MultiplexedConnection) -> Result<String> {
    let info: String = cmd("INFO").arg("server").query_async(connection).await?;
    let version = info.lines().find_map(|line| line.strip_prefix("redis_version:")).unwrap_or("0").trim().to_owned();
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let (major, minor) = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    if (major, minor) < (6, 2) {
        return Err(Error::Server(format!("version {version} is too old: Wick needs Redis 6.2 or newer")));
    }
    Ok(version)
}
