//! Where candles come from. Every source speaks through [`Source`]: history and present are one stream, so
//! that catching up and living are the same code for whoever reads it.

pub mod exchange;
pub mod replay;
pub mod simulated;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use wick_schemas::candle::RawCandle;
use wick_schemas::time::{DAY, MINUTE};
use wick_schemas::{CandleReceived, Origin, Timestamp, Venue};

use crate::error::Result;
use crate::frame::Frame;

/// The clock that a source reads: the actor's, or a test's.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What [`Source::next`] promises.
pub type Next<'a> = Pin<Box<dyn Future<Output = Result<Option<Chunk>>> + Send + 'a>>;

/// Some candles in order, and what happened on the way to them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chunk {
    /// Final candles of one UTC day, each later than all before it. May be empty where there is only a notice.
    pub candles: Vec<CandleReceived>,
    /// What the operator should know.
    pub notices: Vec<Notice>,
    /// What came over the wire since the last chunk, as it came.
    pub frames: Vec<Frame>,
    /// Open time of the newest minute that is settled: its candle was given, or nobody traded in it. `None` where the
    /// source does not say; then it is that of its newest candle.
    pub through: Option<Timestamp>,
}

/// A source of final candles.
pub trait Source: Send {
    /// Where the candles were traded.
    fn venue(&self) -> Venue;

    /// How the candles reach us.
    fn origin(&self) -> Origin;

    /// What a person calls this source: `kraken`, `replay of binance_btcusdt_1m_2024.parquet`.
    fn name(&self) -> String;

    /// The next candles, strictly after all that were given so far; `None` when there will never be more.
    ///
    /// May be dropped while it waits: nothing is lost, the next call goes on where this one was.
    ///
    /// # Errors
    /// What no waiting will cure. What waiting may cure is waited for, and told as a [`Notice`].
    fn next(&mut self) -> Next<'_>;

    /// How far the source is, if it has an end.
    fn progress(&self) -> Option<Progress>;
}

/// How far a source with an end has come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// The share of the span that was given, 0 to 1.
    pub fraction: f64,
    /// The event time (close) of the last candle that it will give.
    pub until: Timestamp,
}

/// Something that happened to a source and that it copes with.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// A stream was opened.
    Connected {
        /// To where.
        address: String,
    },
    /// Something failed and will be tried again.
    Trouble {
        /// What failed, and why.
        reason: String,
        /// The HTTP status, where that was the reason.
        status: Option<u16>,
        /// When it will be tried again.
        retry_in: Duration,
    },
    /// A hole between the newest candle kept and the live stream was closed from history.
    Filled {
        /// Open time of the first minute asked for.
        from: Timestamp,
        /// Open time of the last minute that is now settled.
        through: Timestamp,
        /// How many candles that gave (a minute without trades gives none).
        candles: usize,
    },
    /// A hole that the source's history does not reach back to.
    Short {
        /// Open time of the first minute that stays missing.
        from: Timestamp,
        /// Open time of the last minute that stays missing.
        through: Timestamp,
    },
    /// The exchange changed a candle after its minute was over and given. The given candle stands.
    Late {
        /// The candle's open time.
        open_time: Timestamp,
    },
    /// Messages that could not be read. What they would have said is taken from history.
    Malformed {
        /// How many since the last such notice.
        count: u64,
        /// What was the matter with the first of them.
        reason: String,
    },
    /// Our clock and the exchange's have parted by more than is good, or met again.
    Skew {
        /// By how much the exchange's is ahead of ours, in milliseconds.
        ahead: i64,
    },
    /// Rows that were left out of a replay.
    Skipped {
        /// The file.
        file: String,
        /// How many rows.
        rows: usize,
        /// Why.
        reason: &'static str,
    },
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connected { address } => write!(f, "connected to {address}"),
            Self::Trouble { reason, retry_in, .. } => {
                write!(f, "{reason} (trying again in {:.1} s)", retry_in.as_secs_f64())
            }
            Self::Filled { from, through, candles } => {
                write!(f, "filled {from} to {through} from history: {candles} candles")
            }
            Self::Short { from, through } => {
                write!(f, "history does not reach back: {from} to {through} stays missing")
            }
            Self::Late { open_time } => {
                write!(f, "the candle of {open_time} changed after it was final; kept as it was")
            }
            Self::Malformed { count, reason } => {
                write!(f, "{count} messages could not be read and are asked for again, the first because {reason}")
            }
            Self::Skew { ahead } => {
                let (seconds, side) = (ahead.abs() as f64 / 1000.0, if *ahead < 0 { "ahead of" } else { "behind" });
                write!(f, "our clock is {seconds:.1} s {side} the exchange's: check this machine's time service")
            }
            Self::Skipped { file, rows, reason } => write!(f, "left out {rows} rows of {file}: {reason}"),
        }
    }
}

/// A candle learnt at `now`, or at its close where our clock runs behind the exchange's: nobody knows a
/// minute before it is over.
fn received(candle: RawCandle, origin: Origin, now: Timestamp) -> CandleReceived {
    let close_time = candle.open_time.shift(MINUTE);
    CandleReceived { candle, origin, ingest_time: now.max(close_time) }
}

/// Candles in chunks of at most `most`, none across midnight: a chunk is a piece of one file of bronze.
fn chunks(candles: &[CandleReceived], most: usize) -> impl Iterator<Item = Chunk> + '_ {
    candles
        .chunk_by(|a, b| a.candle.open_time.floor(DAY) == b.candle.open_time.floor(DAY))
        .flat_map(move |day| day.chunks(most.max(1)))
        .map(|part| Chunk { candles: part.to_vec(), ..Chunk::default() })
}
