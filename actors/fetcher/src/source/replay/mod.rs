//! The past from files, as if it were happening: every candle is learnt at its close.

mod columns;
mod csv;
mod file;
mod parquet;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::Instant;
use wick_schemas::time::{DAY, MINUTE};
use wick_schemas::{CandleReceived, Origin, Timestamp, Venue};

use self::columns::Columns;
use self::file::Recording;
use super::{Chunk, Next, Notice, Progress, Source};
use crate::error::{Error, Result};

/// A paced replay gives candles this often at most, so that a high speed does not cost a wake-up a candle.
const PACE_SECONDS: f64 = 0.25;

/// How a replay is to be made.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the candles were traded, for files whose names do not say.
    pub venue: Option<Venue>,
    /// Candles in a chunk, at most.
    pub chunk: usize,
    /// How many times faster than life; as fast as possible where absent.
    pub speed: Option<f64>,
    /// Open times outside of this are left out.
    pub span: Range<Timestamp>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { venue: None, chunk: 1440, speed: None, span: Timestamp::MIN..Timestamp::MAX }
    }
}

/// Files of candles, one after the other.
///
/// A file is read whole, and the next one while it is being given: a year of minutes is 25 MB.
pub struct Replay {
    files: Vec<Recording>,
    venue: Venue,
    settings: Settings,
    after: Timestamp,
    /// Open time of the newest candle given, or `after`.
    newest: Timestamp,
    /// The next file to load.
    upcoming: usize,
    loading: Option<(usize, JoinHandle<Result<Columns>>)>,
    current: Option<Current>,
    /// When the first candle was due, and its close: what the pace counts from.
    pace: Option<(Instant, Timestamp)>,
    notices: Vec<Notice>,
}

/// The file that is being given.
struct Current {
    columns: Columns,
    row: usize,
}

/// Candles that are next, and where their file goes on behind them.
struct Portion {
    candles: Vec<CandleReceived>,
    row: usize,
}

impl Replay {
    /// A replay of these files in this order, of what came after the newest candle already kept.
    ///
    /// Looks at every file now, so that a bad one is known before the first candle.
    ///
    /// # Errors
    /// No file, a speed that is not positive, a file that cannot be read, is truncated, is no file of candles
    /// or lacks a column, files of several venues, or files out of order.
    pub fn open(paths: &[PathBuf], settings: Settings, after: Option<Timestamp>) -> Result<Self> {
        if settings.speed.is_some_and(|speed| !(speed.is_finite() && speed > 0.0)) {
            return Err(Error::Setting {
                what: "speed",
                reason: "write a positive number, or leave it out".to_owned(),
            });
        }
        let mut files: Vec<Recording> = Vec::with_capacity(paths.len());
        for path in paths {
            let Some(file) = Recording::examine(path, settings.venue)? else { continue };
            if let Some(previous) = files.last() {
                if file.venue != previous.venue {
                    let cause = format!("it is of {}, {} is of {}", file.venue, previous.name(), previous.venue);
                    return Err(Error::file(path, cause, "replay one venue at a time"));
                }
                if file.span.0 < previous.span.0 {
                    let cause = format!("it starts at {}, before {}", file.span.0, previous.name());
                    return Err(Error::file(path, cause, "give the files in order of time"));
                }
            }
            files.push(file);
        }
        let Some(first) = files.first() else {
            return Err(Error::Setting {
                what: "files",
                reason: "there is no candle to replay: name a file".to_owned(),
            });
        };
        let (venue, after) = (first.venue, after.unwrap_or(Timestamp::MIN));
        Ok(Self {
            files,
            venue,
            settings,
            after,
            newest: after,
            upcoming: 0,
            loading: None,
            current: None,
            pace: None,
            notices: Vec::new(),
        })
    }

    /// Open times of the first and the last candle of all files that are to be given.
    #[must_use]
    pub fn span(&self) -> (Timestamp, Timestamp) {
        let first = self.files.iter().map(|file| file.span.0).min().unwrap_or(Timestamp::MIN);
        let last = self.files.iter().map(|file| file.span.1).max().unwrap_or(Timestamp::MIN);
        let (from, until) = (self.settings.span.start, self.settings.span.end);
        (first.max(from), last.min(until.shift(-MINUTE)))
    }

    async fn advance(&mut self) -> Result<Option<Chunk>> {
        loop {
            let Some(current) = &self.current else {
                if self.load().await? {
                    continue;
                }
                let notices = std::mem::take(&mut self.notices);
                return Ok((!notices.is_empty()).then_some(Chunk { notices, ..Chunk::default() }));
            };
            let portion = self.portion(current);
            let Some(last) = portion.candles.last() else {
                self.current = None;
                continue;
            };
            let newest = self.newest.max(last.candle.open_time);
            // Nothing is marked as given before the wait is over: the wait may be dropped.
            self.wait(portion.candles[0].ingest_time, last.ingest_time).await;
            self.newest = newest;
            if let Some(current) = &mut self.current {
                current.row = portion.row;
            }
            return Ok(Some(Chunk {
                candles: portion.candles,
                notices: std::mem::take(&mut self.notices),
                ..Chunk::default()
            }));
        }
    }

    /// Makes the next file that has something new the current one; false where there is none.
    async fn load(&mut self) -> Result<bool> {
        self.prefetch();
        let Some((file, loading)) = &mut self.loading else { return Ok(false) };
        let (file, outcome) = (*file, loading.await);
        self.loading = None;
        let columns = outcome.unwrap_or_else(|error| {
            let cause = format!("reading it failed ({error})");
            Err(Error::file(&self.files[file].path, cause, "copy or export the file again"))
        });
        // Whoever asks again after an error gets the same one, never the next file.
        let columns = columns.inspect_err(|_| self.upcoming = file)?;
        if columns.undated > 0 {
            self.skipped(file, columns.undated, "they do not say which minute they are");
        }
        self.current = Some(Current { row: self.resume(&columns), columns });
        self.prefetch();
        Ok(true)
    }

    /// Starts to read the next file beside the runtime: decoding takes a tenth of a second and more.
    fn prefetch(&mut self) {
        while self.loading.is_none() && self.upcoming < self.files.len() {
            let (index, file) = (self.upcoming, self.files[self.upcoming].clone());
            self.upcoming += 1;
            if file.span.1 > self.after {
                self.loading = Some((index, tokio::task::spawn_blocking(move || file.load())));
            }
        }
    }

    /// The candles that come next: of one UTC day, and no further ahead than the pace allows.
    fn portion(&self, current: &Current) -> Portion {
        let reach = self.settings.speed.map_or(i64::MAX, |speed| (speed * PACE_SECONDS * 1000.0) as i64);
        let times = &current.columns.open_time;
        let mut portion = Portion { candles: Vec::new(), row: current.row };
        while portion.row < times.len() && portion.candles.len() < self.settings.chunk.max(1) {
            let open_time = Timestamp(times[portion.row]);
            if self.settings.span.contains(&open_time) {
                if let Some(first) = portion.candles.first() {
                    let first = first.candle.open_time;
                    if open_time.floor(DAY) != first.floor(DAY) || open_time - first > reach {
                        break;
                    }
                }
                // One that is repeated or out of order is given as it is: it is for the validator to judge.
                let candle = current.columns.candle(portion.row, self.venue);
                let ingest_time = open_time.shift(MINUTE);
                portion.candles.push(CandleReceived { candle, origin: Origin::Replay, ingest_time });
            }
            portion.row += 1;
        }
        portion
    }

    /// The row behind what was kept in an earlier life: the first one that is newer.
    fn resume(&self, columns: &Columns) -> usize {
        columns.open_time.iter().position(|time| Timestamp(*time) > self.after).unwrap_or(columns.open_time.len())
    }

    fn skipped(&mut self, file: usize, rows: usize, reason: &'static str) {
        self.notices.push(Notice::Skipped { file: self.files[file].name(), rows, reason });
    }

    async fn wait(&mut self, first_close: Timestamp, last_close: Timestamp) {
        let Some(speed) = self.settings.speed else { return };
        let (start, origin) = *self.pace.get_or_insert_with(|| (Instant::now(), first_close));
        let seconds = (last_close - origin) as f64 / 1000.0 / speed;
        // A pace so slow that its end cannot be written down ends with the process anyway.
        let due = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::from_secs(u64::from(u32::MAX)));
        tokio::time::sleep_until(start + due).await;
    }
}

impl Source for Replay {
    fn venue(&self) -> Venue {
        self.venue
    }

    fn origin(&self) -> Origin {
        Origin::Replay
    }

    fn name(&self) -> String {
        match self.files.as_slice() {
            [file] => format!("replay of {}", file.name()),
            files => {
                let ends = files.first().zip(files.last()).map(|(a, b)| format!(", {} to {}", a.name(), b.name()));
                format!("replay of {} files{}", files.len(), ends.unwrap_or_default())
            }
        }
    }

    fn next(&mut self) -> Next<'_> {
        Box::pin(self.advance())
    }

    fn progress(&self) -> Option<Progress> {
        let (first, last) = self.span();
        let whole = (last - first).max(1) as f64;
        let done = self.newest.max(first) - first;
        let fraction = if self.newest >= last { 1.0 } else { (done as f64 / whole).clamp(0.0, 1.0) };
        Some(Progress { fraction, until: last.shift(MINUTE) })
    }
}
