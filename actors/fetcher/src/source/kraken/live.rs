//! The life of a connection: history, then the stream, history again for every hole.

use std::collections::VecDeque;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use tokio::time::Instant;
use url::Url;
use wick_schemas::candle::RawCandle;
use wick_schemas::time::MINUTE;
use wick_schemas::{CandleReceived, Origin, Timestamp};

use super::Settings;
use super::assembler::Assembler;
use super::parse::{Message, refusal};
use super::rest::{Rest, address};
use super::socket::Socket;
use crate::error::{Error, Result};
use crate::source::{Chunk, Clock, Notice, chunks, received};

/// Rows that history has at most, without the one that is going on.
const REACH: usize = 719;

/// Waits that grow, differ from machine to machine, and start anew after a success.
struct Patience {
    builder: ExponentialBuilder,
    waits: ExponentialBackoff,
}

impl Patience {
    fn new(settings: &Settings) -> Self {
        let builder = ExponentialBuilder::new()
            .with_jitter()
            .with_min_delay(settings.shortest_wait)
            .with_max_delay(settings.longest_wait)
            .without_max_times();
        Self { builder, waits: builder.build() }
    }

    /// The next wait, or the one that was asked for where that is longer.
    fn wait(&mut self, error: &Error) -> Duration {
        let own = self.waits.next().unwrap_or_default();
        match error {
            Error::Refused { retry_after: Some(asked), .. } => own.max(*asked),
            _ => own,
        }
    }

    fn reset(&mut self) {
        self.waits = self.builder.build();
    }
}

/// A connection to Kraken through all its troubles.
pub(super) struct Live {
    settings: Settings,
    clock: Clock,
    rest: Rest,
    url: Url,
    assembler: Assembler,
    socket: Option<Socket>,
    /// Whether history was read since the last socket was lost.
    caught_up: bool,
    /// By how much the exchange's clock is ahead of ours, in milliseconds.
    ahead: i64,
    connecting: Patience,
    filling: Patience,
    /// Not before then is history to be asked again.
    fill_from: Instant,
    /// Not before then is a socket to be opened.
    connect_from: Instant,
    ready: VecDeque<Chunk>,
}

impl Live {
    pub fn new(settings: Settings, clock: Clock, after: Option<Timestamp>) -> Result<Self> {
        let now = Instant::now();
        Ok(Self {
            rest: Rest::new(&settings.rest, settings.silence)?,
            url: address("socket", &settings.socket, &["ws", "wss"])?,
            assembler: Assembler::new(after),
            socket: None,
            caught_up: false,
            ahead: 0,
            connecting: Patience::new(&settings),
            filling: Patience::new(&settings),
            fill_from: now,
            connect_from: now,
            ready: VecDeque::new(),
            settings,
            clock,
        })
    }

    /// The next chunk. Waits through everything that waiting may cure.
    pub async fn next(&mut self) -> Result<Chunk> {
        loop {
            if let Some(chunk) = self.ready.pop_front() {
                return Ok(chunk);
            }
            if self.socket.is_some() {
                self.listen().await?;
            } else if !self.caught_up {
                tokio::time::sleep_until(self.fill_from).await;
                self.caught_up = self.fill().await?;
            } else {
                tokio::time::sleep_until(self.connect_from).await;
                self.connect().await?;
            }
        }
    }

    async fn connect(&mut self) -> Result<()> {
        self.assembler.reconnect();
        match Socket::open(&self.url, &self.settings.symbol, self.settings.silence).await {
            Ok(socket) => {
                self.notice(Notice::Connected { address: socket.address().to_owned() });
                self.socket = Some(socket);
                Ok(())
            }
            Err(error) => self.lose(error),
        }
    }

    /// Without a socket history is read before each new attempt: candles go on coming, if slower.
    fn lose(&mut self, error: Error) -> Result<()> {
        self.socket = None;
        self.caught_up = false;
        let wait = self.connecting.wait(&error);
        self.connect_from = Instant::now() + wait;
        self.trouble(error, wait)
    }

    async fn listen(&mut self) -> Result<()> {
        if self.assembler.hole() && Instant::now() >= self.fill_from {
            return self.fill().await.map(|_| ());
        }
        let deadline = self.deadline();
        let Some(socket) = &mut self.socket else { return Ok(()) };
        match socket.next(deadline).await {
            Ok(Some(Message::Rows(rows))) => {
                self.connecting.reset();
                for open_time in self.assembler.hear(&rows) {
                    self.notice(Notice::Late { open_time });
                }
            }
            Ok(Some(Message::Refused(message))) => return self.lose(refusal(&message)),
            Ok(Some(Message::Alive) | None) => {}
            Err(error) => return self.lose(error),
        }
        self.assembler.tick(self.exchange_time().shift(-self.grace()));
        let candles = self.assembler.take();
        self.give(&candles, Vec::new());
        Ok(())
    }

    /// Asks history for what is missing; false where it is to be asked again.
    async fn fill(&mut self) -> Result<bool> {
        let (history, date) = match self.rest.history(&self.settings.pair, self.assembler.settled()).await {
            Ok(answer) => answer,
            Err(error) => {
                let wait = self.filling.wait(&error);
                self.fill_from = Instant::now() + wait;
                return self.trouble(error, wait).map(|()| false);
            }
        };
        self.filling.reset();
        // History may lag behind the stream: ask again, but not at once.
        self.fill_from = Instant::now() + self.settings.shortest_wait;
        if let Some(date) = date {
            self.ahead = date - (self.clock)();
        }
        let fill = self.assembler.fill(&history, REACH);
        let mut notices = Vec::new();
        if let Some((from, through)) = fill.short {
            notices.push(Notice::Short { from, through });
        }
        if let Some((from, through)) = fill.filled {
            notices.push(Notice::Filled { from, through, candles: fill.candles.len() });
        }
        self.give(&fill.candles, notices);
        let heard = self.assembler.take();
        self.give(&heard, Vec::new());
        Ok(true)
    }

    /// When to look at the clock again: at the next minute's end and grace, or when a hole may be asked for.
    fn deadline(&self) -> Instant {
        let now = self.exchange_time();
        let minute_over = now.shift(-self.grace()).next(MINUTE).shift(self.grace());
        let at = Instant::now() + Duration::from_millis(u64::try_from(minute_over - now).unwrap_or(0));
        if self.assembler.hole() { at.min(self.fill_from) } else { at }
    }

    fn exchange_time(&self) -> Timestamp {
        (self.clock)().shift(self.ahead)
    }

    fn grace(&self) -> i64 {
        i64::try_from(self.settings.grace.as_millis()).unwrap_or(i64::MAX)
    }

    fn give(&mut self, candles: &[RawCandle], notices: Vec<Notice>) {
        let now = (self.clock)();
        let candles: Vec<CandleReceived> = candles.iter().map(|candle| received(*candle, Origin::Live, now)).collect();
        if !notices.is_empty() {
            self.ready.push_back(Chunk { candles: Vec::new(), notices });
        }
        self.ready.extend(chunks(&candles, REACH));
    }

    fn notice(&mut self, notice: Notice) {
        self.ready.push_back(Chunk { candles: Vec::new(), notices: vec![notice] });
    }

    /// Tells of what waiting may cure; gives back what it will not.
    fn trouble(&mut self, error: Error, retry_in: Duration) -> Result<()> {
        if !error.is_transient() {
            return Err(error);
        }
        let status = if let Error::Refused { status, .. } = &error { Some(*status) } else { None };
        self.notice(Notice::Trouble { reason: error.to_string(), status, retry_in });
        Ok(())
    }
}
