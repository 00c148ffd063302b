//! Trims streams, but never what somebody has yet to read.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use redis::cmd;
use wick_schemas::{Envelope, Topic};

use crate::error::Result;
use crate::house::House;
use crate::stream;

/// How often streams are trimmed.
const EVERY: Duration = Duration::from_millis(500);
/// How often streams are looked at for what earlier lives have left.
const COUNT_EVERY: Duration = Duration::from_secs(60);

/// An entry's id as numbers: Redis orders ids by them.
type Id = (u64, u64);

/// Trims the streams of one publisher, which alone adds to them.
#[derive(Debug)]
pub struct Retention {
    streams: Vec<Stream>,
    keep: usize,
    looked: Instant,
    counted: Instant,
}

#[derive(Debug)]
struct Stream {
    name: &'static str,
    key: String,
    /// The newest entry of each flush, with the number of entries published by then.
    flushes: VecDeque<(Id, usize)>,
    published: usize,
}

impl Retention {
    /// For these topics.
    #[must_use]
    pub fn new(house: &House, topics: &[Topic]) -> Self {
        let stream = |topic: &Topic| Stream {
            name: topic.name,
            key: house.stream(topic),
            flushes: VecDeque::new(),
            published: 0,
        };
        Self {
            streams: topics.iter().map(stream).collect(),
            keep: house.config.bus.keep_entries,
            looked: Instant::now(),
            counted: Instant::now(),
        }
    }

    /// Takes note of what a flush published and of the ids that Redis gave.
    pub fn published(&mut self, messages: &[Envelope], ids: &[redis::Value]) {
        for stream in &mut self.streams {
            let mut newest = None;
            for (message, id) in messages.iter().zip(ids) {
                if message.kind == stream.name {
                    stream.published += 1;
                    newest = redis::from_redis_value_ref::<String>(id).ok().as_deref().and_then(parse).or(newest);
                }
            }
            stream.flushes.extend(newest.map(|id| (id, stream.published)));
        }
    }

    /// Trims, from time to time: the newest entries stay, and everything that a group has yet to read or to
    /// acknowledge.
    ///
    /// Redis itself would trim pending entries too (redis #5570), so the bound is found here.
    ///
    /// # Errors
    /// Where Redis is absent.
    pub async fn trim(&mut self, connection: &mut MultiplexedConnection) -> Result<()> {
        if self.looked.elapsed() < EVERY {
            return Ok(());
        }
        self.looked = Instant::now();
        for stream in &mut self.streams {
            let surplus = stream.published.saturating_sub(self.keep);
            let mut bound = None;
            while stream.flushes.front().is_some_and(|(_, published)| *published <= surplus) {
                bound = stream.flushes.pop_front().map(|(id, _)| id);
            }
            if let Some(bound) = bound {
                let needed = oldest_needed(connection, &stream.key).await?.unwrap_or(bound);
                trim_before(connection, &stream.key, bound.min(needed)).await?;
            }
        }
        if self.counted.elapsed() > COUNT_EVERY {
            self.counted = Instant::now();
            for stream in &self.streams {
                trim_read(connection, &stream.key, self.keep).await?;
            }
        }
        Ok(())
    }
}

/// Trims what an earlier life has published, of which this one knows no bounds, where every group has read and acknowledged all.
/// Nobody but this publisher adds to the stream meanwhile.
async fn trim_read(connection: &mut MultiplexedConnection, key: &str, keep: usize) -> Result<()> {
    let length: usize = cmd("XLEN").arg(key).query_async(connection).await?;
    if length <= keep {
        return Ok(());
    }
    let newest: Vec<(String, redis::Value)> =
        cmd("XREVRANGE").arg(key).arg("+").arg("-").arg("COUNT").arg(1).query_async(connection).await?;
    let Some((newest, _)) = newest.first() else { return Ok(()) };
    let groups = stream::read_groups(connection, key).await?;
    if groups.iter().all(|group| group.pending == 0 && group.delivered == *newest) {
        let _: i64 = cmd("XTRIM").arg(key).arg("MAXLEN").arg("~").arg(keep).query_async(connection).await?;
    }
    Ok(())
}

/// The oldest entry that a group has yet to read or to acknowledge.
async fn oldest_needed(connection: &mut MultiplexedConnection, key: &str) -> Result<Option<Id>> {
    let mut needed: Option<Id> = None;
    for group in stream::read_groups(connection, key).await? {
        let mut oldest = parse(&group.delivered).map(|(time, sequence)| (time, sequence + 1));
        if group.pending > 0 {
            let (_, first, _, _): (usize, Option<String>, redis::Value, redis::Value) =
                cmd("XPENDING").arg(key).arg(&group.name).query_async(connection).await?;
            oldest = oldest.min(first.as_deref().and_then(parse)).or(oldest);
        }
        let oldest = oldest.unwrap_or((0, 0));
        needed = Some(needed.map_or(oldest, |other| other.min(oldest)));
    }
    Ok(needed)
}

async fn trim_before(connection: &mut MultiplexedConnection, key: &str, (time, sequence): Id) -> Result<()> {
    let _: i64 =
        cmd("XTRIM").arg(key).arg("MINID").arg("~").arg(format!("{time}-{sequence}")).query_async(connection).await?;
    Ok(())
}

fn parse(id: &str) -> Option<Id> {
    let (time, sequence) = id.split_once('-')?;
    Some((time.parse().ok()?, sequence.parse().ok()?))
}
