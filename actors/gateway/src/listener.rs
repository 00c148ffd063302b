//! Listens to the streams without a consumer group: every gateway hears everything, and nobody waits for it.

use std::time::Duration;

use actix::Addr;
use backon::{BackoffBuilder, ExponentialBuilder};
use redis::{Value, cmd};
use wick_bus::codec::{self, Entry};
use wick_bus::{Error, House, Result, session, stream};

use crate::actor::{Away, Gateway, Heard};
use crate::view::FOLDS;

/// Entries read at once, at most.
const BATCH: usize = 1000;
/// How long a read waits for something new, in milliseconds.
const WAIT_MS: usize = 1000;
/// A bus that is silent for so long is away, whatever becomes of the question: people are told so.
const SILENCE: Duration = Duration::from_secs(5);

/// Tells the gateway what is said on its streams, until the house stops; tries again for ever while the bus is away.
pub async fn listen(house: House, gateway: Addr<Gateway>) {
    let keys: Vec<String> = FOLDS.iter().map(|(topic, _)| house.stream(topic)).collect();
    let mut places = None;
    let mut pause = pauses();
    while !house.stopping() {
        let mut heard = false;
        let error = tokio::select! {
            error = follow(&house, &gateway, &keys, &mut places, &mut heard) => error,
            () = house.stopped() => return,
        };
        if heard {
            pause = pauses();
            tracing::warn!(%error, "the bus is away: answering from what was heard so far");
        }
        gateway.do_send(Away);
        let wait = pause.next().unwrap_or(LONGEST);
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = house.stopped() => return,
        }
    }
}

/// The longest pause between two attempts.
const LONGEST: Duration = Duration::from_secs(2);

fn pauses() -> impl Iterator<Item = Duration> {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(50))
        .with_max_delay(LONGEST)
        .with_jitter()
        .without_max_times()
        .build()
}

/// Follows the streams until the bus is away. `places` is the last entry of each; where there is none yet, it begins
/// with the newest ones.
async fn follow(
    house: &House,
    gateway: &Addr<Gateway>,
    keys: &[String],
    places: &mut Option<Vec<String>>,
    heard: &mut bool,
) -> Error {
    let run = async {
        let mut bus = session::connect(&house.redis_url).await?;
        let mut after = match places.take() {
            Some(after) => after,
            None => {
                let mut after = Vec::with_capacity(keys.len());
                let mut newest = Vec::new();
                for key in keys {
                    let mut tail = stream::tail(&mut bus, key, None, 1).await?;
                    after.push(tail.last().map_or_else(|| "0-0".to_owned(), |entry| entry.id.clone()));
                    newest.append(&mut tail);
                }
                tell(gateway, newest).await?;
                after
            }
        };
        loop {
            let read = tokio::time::timeout(SILENCE, read(&mut bus, keys, &mut after)).await;
            let read = read.unwrap_or_else(|_| Err(Error::Server(format!("no answer within {} s", SILENCE.as_secs()))));
            // Kept even where the bus went away: nothing is heard twice, nothing is left out.
            *places = Some(after.clone());
            tell(gateway, read?).await?;
            *heard = true;
        }
    };
    let end: Result<std::convert::Infallible> = run.await;
    match end {
        Err(error) => error,
    }
}

async fn read(
    bus: &mut redis::aio::MultiplexedConnection,
    keys: &[String],
    after: &mut [String],
) -> Result<Vec<Entry>> {
    let mut read = cmd("XREAD");
    read.arg("COUNT").arg(BATCH).arg("BLOCK").arg(WAIT_MS).arg("STREAMS").arg(keys).arg(&*after);
    let answer: Value = read.query_async(bus).await?;
    let mut all = Vec::new();
    for (key, entries) in codec::read_streams(answer)? {
        let place = keys.iter().position(|known| *known == key);
        if let (Some(place), Some(last)) = (place, entries.last()) {
            after[place].clone_from(&last.id);
        }
        all.extend(entries);
    }
    Ok(all)
}

/// Tells the gateway, in the order in which it was said; an empty word says that the bus answers.
async fn tell(gateway: &Addr<Gateway>, mut entries: Vec<Entry>) -> Result<()> {
    entries.sort_by_key(|entry| place(&entry.id));
    // What is no message is for the runner of whoever must handle it.
    let messages = entries.into_iter().filter_map(|entry| entry.message.ok()).collect();
    gateway.send(Heard(messages)).await.map_err(|_| Error::Stopping)
}

/// An entry's id as numbers: milliseconds, and the place among those of the same millisecond.
fn place(id: &str) -> (u64, u64) {
    let number = |text: &str| text.parse().unwrap_or(0);
    id.split_once('-').map_or((number(id), 0), |(millis, sequence)| (number(millis), number(sequence)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_ordered_by_number_and_not_by_text() {
        assert!(place("9-10") > place("9-9"));
        assert!(place("10-0") > place("9-99"));
        assert_eq!(place("7"), (7, 0));
    }
}
