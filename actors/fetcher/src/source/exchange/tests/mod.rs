//! Exchanges as their user sees them: against a server of the tests' own, over real sockets, and over what real
//! exchanges were recorded to say.

mod backfill;
mod certificate;
mod faults;
mod life;
mod market;
mod recordings;
mod server;

use std::time::Duration;

use wick_schemas::candle::RawCandle;
use wick_schemas::{CandleReceived, Venue};

use self::market::number;
use super::*;
use crate::frame::Frame;
use crate::source::Notice;

/// What is waited for at most.
const PATIENCE: Duration = Duration::from_secs(8);

/// The venue's settings, at other addresses and in more of a hurry.
fn settings(venue: Venue, rest: String, socket: String) -> Settings {
    Settings {
        rest,
        socket,
        silence: Duration::from_millis(250),
        shortest_wait: Duration::from_millis(2),
        longest_wait: Duration::from_millis(10),
        requests_per_second: 10_000,
        ..Settings::of(venue).expect("an exchange")
    }
}

/// What a source gave.
#[derive(Default)]
struct Seen {
    candles: Vec<CandleReceived>,
    notices: Vec<Notice>,
    frames: Vec<Frame>,
    through: Option<Timestamp>,
}

impl Seen {
    fn minutes(&self) -> Vec<i64> {
        self.candles.iter().map(|received| number(received.candle.open_time)).collect()
    }

    fn raw(&self) -> Vec<RawCandle> {
        self.candles.iter().map(|received| received.candle).collect()
    }

    fn statuses(&self) -> Vec<u16> {
        let status = |notice: &Notice| if let Notice::Trouble { status, .. } = notice { *status } else { None };
        self.notices.iter().filter_map(status).collect()
    }

    /// How many candles history gave.
    fn filled(&self) -> usize {
        let filled = |notice: &Notice| if let Notice::Filled { candles, .. } = notice { *candles } else { 0 };
        self.notices.iter().map(filled).sum()
    }

    /// The newest minute that is known to be settled.
    fn settled(&self) -> Option<i64> {
        self.through.map(number)
    }

    fn take(&mut self, chunk: Chunk) {
        let days: Vec<String> = chunk.candles.iter().map(|received| received.candle.open_time.date()).collect();
        assert!(days.windows(2).all(|pair| pair[0] == pair[1]), "a chunk is of one day");
        let newest = chunk.candles.last().map(|received| received.candle.open_time);
        assert!(chunk.through.is_none() || chunk.through >= newest);
        self.through = self.through.max(chunk.through.or(newest));
        self.candles.extend(chunk.candles);
        self.notices.extend(chunk.notices);
        self.frames.extend(chunk.frames);
    }
}

/// Reads until `enough`, dropping the wait every few milliseconds: that must not lose anything.
async fn read(source: &mut Exchange, enough: impl Fn(&Seen) -> bool) -> Seen {
    let mut seen = Seen::default();
    let reading = async {
        while !enough(&seen) {
            let Ok(chunk) = tokio::time::timeout(Duration::from_millis(3), source.next()).await else { continue };
            seen.take(chunk.expect("no lasting error").expect("live has no end"));
        }
    };
    let outcome = tokio::time::timeout(PATIENCE, reading).await;
    assert!(outcome.is_ok(), "{}: only {:?} and {:?} came", source.name(), seen.minutes(), seen.notices);
    seen
}
