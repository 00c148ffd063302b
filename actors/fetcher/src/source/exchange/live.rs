//! The life of a connection: history, then the stream, history again for every hole.

use tokio::time::Instant;
use url::Url;
use wick_schemas::Timestamp;
use wick_schemas::candle::RawCandle;
use wick_schemas::time::{HOUR, MINUTE};

use super::assembler::{Assembler, Fill};
use super::delivery::Delivery;
use super::patience::Patience;
use super::protocol::{Message, Paging, Protocol, Window, refusal};
use super::rest::Rest;
use super::settings::Settings;
use super::skew::Skew;
use super::socket::{Said, Socket};
use super::tally::{Counters, Failures};
use crate::error::{Error, Result};
use crate::frame::{Frame, SOCKET};
use crate::http::address;
use crate::source::{Chunk, Clock, Notice};

/// How far back the first history goes where no start was named.
const FIRST: i64 = 12 * HOUR;
/// Messages in a row that cannot be read, after which the connection itself is doubted.
const MOST_MALFORMED: u32 = 10;
/// How often in a row history may have candles of which the socket said nothing.
const MOST_MUTE: u32 = 3;

/// A connection to an exchange through all its troubles.
pub struct Live {
    protocol: &'static dyn Protocol,
    settings: Settings,
    clock: Clock,
    rest: Rest,
    url: Url,
    assembler: Assembler,
    socket: Option<Socket>,
    /// Whether history was once read up to the present.
    caught_up: bool,
    skew: Skew,
    connecting: Patience,
    filling: Patience,
    /// Not before then is history to be asked again.
    fill_from: Instant,
    /// Not before then is a socket to be opened.
    connect_from: Instant,
    counters: Counters,
    failures: Failures,
    /// Messages in a row that could not be read.
    malformed: u32,
    /// How often in a row history had candles of which the socket said nothing.
    mute: u32,
    delivery: Delivery,
}

impl Live {
    pub fn new(
        protocol: &'static dyn Protocol,
        settings: Settings,
        clock: Clock,
        after: Option<Timestamp>,
        counters: Counters,
    ) -> Result<Self> {
        let now = Instant::now();
        let start = settings.start.map(|start| start.shift(MINUTE - 1).floor(MINUTE).shift(-MINUTE));
        Ok(Self {
            protocol,
            rest: Rest::new(protocol, settings.clone(), clock.clone())?,
            url: address("socket", &settings.socket, &["ws", "wss"])?,
            assembler: Assembler::new(settings.venue, protocol.is_numbered(), after.max(start)),
            socket: None,
            caught_up: false,
            skew: Skew::default(),
            connecting: Patience::new(&settings),
            filling: Patience::new(&settings),
            fill_from: now,
            connect_from: now,
            counters,
            failures: Failures::new(),
            malformed: 0,
            mute: 0,
            delivery: Delivery::default(),
            settings,
            clock,
        })
    }

    /// The next chunk. Waits through everything that waiting may cure.
    pub async fn next(&mut self) -> Result<Chunk> {
        loop {
            if let Some(chunk) = self.delivery.next() {
                return Ok(chunk);
            }
            self.settle();
            if !self.caught_up || self.assembler.hole() && Instant::now() >= self.fill_from {
                tokio::time::sleep_until(self.fill_from).await;
                self.fill().await?;
                self.delivery.hand_on();
            } else if self.socket.is_some() {
                self.listen().await?;
            } else if Instant::now() >= self.connect_from {
                self.connect().await?;
            } else {
                // Without a socket, history is asked once a minute: candles go on coming, if later.
                tokio::time::sleep_until(self.deadline().min(self.connect_from)).await;
            }
        }
    }

    async fn connect(&mut self) -> Result<()> {
        self.assembler.distrust(self.exchange_time());
        self.mute = 0;
        self.malformed = 0;
        match Socket::open(&self.url, self.protocol, &self.settings).await {
            Ok(socket) => {
                self.delivery.notice(Notice::Connected { address: socket.address().to_owned() });
                self.socket = Some(socket);
                Ok(())
            }
            Err(error) => self.lose(error),
        }
    }

    fn lose(&mut self, error: Error) -> Result<()> {
        self.socket = None;
        self.assembler.distrust(self.exchange_time());
        let wait = self.connecting.wait(&error);
        self.connect_from = Instant::now() + wait;
        self.trouble(error, wait)
    }

    /// Waits for a message until there is something else to do. Messages that are there already are taken along; then
    /// they are handed on, candles or not.
    async fn listen(&mut self) -> Result<()> {
        let deadline = if self.delivery.holds_frames() { Instant::now() } else { self.deadline() };
        let Some(socket) = &mut self.socket else { return Ok(()) };
        match socket.next(deadline).await {
            Ok(Some(Said::Payload(payload))) => self.hear(payload),
            Ok(Some(Said::Alive)) => Ok(()),
            Ok(None) => {
                self.delivery.hand_on();
                Ok(())
            }
            Err(error) => self.lose(error),
        }
    }

    fn hear(&mut self, payload: Vec<u8>) -> Result<()> {
        let outcome = self.protocol.read(&String::from_utf8_lossy(&payload), &self.settings.symbol);
        self.counters.count(outcome.as_ref());
        self.delivery.frame(Frame {
            source: self.settings.venue.to_string(),
            url: self.url.to_string(),
            status: SOCKET,
            received_at: (self.clock)(),
            payload,
        });
        let late = match outcome {
            Ok(Message::Rows(rows)) => self.assembler.hear(&rows),
            Ok(Message::Trades(trades)) => self.assembler.trade(&trades),
            Ok(Message::Alive | Message::Ignored(_)) => return Ok(()),
            Ok(Message::Refused { message, is_lasting }) => {
                return self.lose(refusal(self.settings.venue, message, is_lasting));
            }
            Err(error) => {
                // What it would have said is not known: history will say it.
                self.assembler.distrust(self.exchange_time());
                self.failures.add(&error);
                self.malformed += 1;
                return if self.malformed < MOST_MALFORMED { Ok(()) } else { self.lose(error) };
            }
        };
        self.connecting.reset();
        self.malformed = 0;
        self.mute = 0;
        for open_time in late {
            self.delivery.notice(Notice::Late { open_time });
        }
        Ok(())
    }

    /// Gives what is final by now, and tells what there is to tell.
    fn settle(&mut self) {
        if let Some(notice) = self.failures.tell() {
            self.delivery.notice(notice);
        }
        self.assembler.tick(self.exchange_time().shift(-self.settings.grace_millis()));
        let settled = self.assembler.settled();
        let candles = self.assembler.take();
        if self.assembler.settled() > settled {
            self.give(&candles);
        }
    }

    /// Asks history for what is missing.
    async fn fill(&mut self) -> Result<()> {
        let window = self.window();
        let asked = self.rest.page(window, self.skew.ahead()).await;
        self.rest.frames().into_iter().for_each(|frame| self.delivery.frame(frame));
        let fetched = match asked {
            Ok(fetched) => fetched,
            Err(error) => return self.fail(error),
        };
        if let Some(ahead) = fetched.ahead {
            self.skew.learn(ahead).into_iter().for_each(|notice| self.delivery.notice(notice));
        }
        let page = match fetched.page {
            Ok(page) => page,
            Err(error) => {
                if matches!(error, Error::Malformed { .. }) {
                    self.counters.count(Err(&error));
                }
                return self.fail(error);
            }
        };
        self.counters.count(Ok(&Message::Alive));
        let fill = self.assembler.fill(&page);
        let has_more = page.through == window.until && fill.filled.is_some();
        self.caught_up |= !has_more || matches!(self.protocol.paging(), Paging::Tail { .. });
        self.fill_from = Instant::now();
        if fill.filled.is_some() {
            self.filling.reset();
        }
        if !has_more {
            // History may lag behind the stream: ask again, but not at once.
            self.fill_from += if fill.filled.is_some() { self.settings.shortest_wait } else { self.filling.next() };
        }
        self.tell(&fill);
        if self.socket.is_some() && !fill.candles.is_empty() {
            self.mute += 1;
            if self.mute >= MOST_MUTE {
                let address = self.url.host_str().unwrap_or_default().to_owned();
                let reason = "it is there but says nothing of what is traded".to_owned();
                return self.lose(Error::Unreachable { address, reason });
            }
        }
        Ok(())
    }

    fn fail(&mut self, error: Error) -> Result<()> {
        let wait = self.filling.wait(&error);
        self.fill_from = Instant::now() + wait;
        self.trouble(error, wait)
    }

    fn tell(&mut self, fill: &Fill) {
        if let Some((from, through)) = fill.short {
            self.delivery.notice(Notice::Short { from, through });
        }
        if let Some((from, through)) = fill.filled {
            self.delivery.notice(Notice::Filled { from, through, candles: fill.candles.len() });
            self.give(&fill.candles);
        }
    }

    /// The next minutes that history is asked for.
    fn window(&self) -> Window {
        // Whatever our clock says, the minute that is going on is among them: it shows what is over.
        let present = self.exchange_time().floor(MINUTE).shift(2 * MINUTE);
        let from = self.assembler.settled().map_or_else(|| present.shift(-FIRST), |settled| settled + MINUTE);
        let rows = match self.protocol.paging() {
            Paging::Window { rows } | Paging::Tail { rows } => i64::try_from(rows).unwrap_or(i64::MAX),
        };
        let until = from.shift((rows - 1).saturating_mul(MINUTE)).min(present.max(from));
        Window { from, until }
    }

    /// When to look at the clock again: at the next minute's end and grace, or when a hole may be asked for.
    fn deadline(&self) -> Instant {
        let (now, grace) = (self.exchange_time(), self.settings.grace_millis());
        let minute_over = now.shift(-grace).next(MINUTE).shift(grace);
        let at = Instant::now() + std::time::Duration::from_millis(u64::try_from(minute_over - now).unwrap_or(0));
        if self.assembler.hole() { at.min(self.fill_from) } else { at }
    }

    fn exchange_time(&self) -> Timestamp {
        (self.clock)().shift(self.skew.ahead())
    }

    fn give(&mut self, candles: &[RawCandle]) {
        self.delivery.give(candles, self.assembler.settled(), (self.clock)());
    }

    /// Tells of what waiting may cure; gives back what it will not.
    fn trouble(&mut self, error: Error, retry_in: std::time::Duration) -> Result<()> {
        if !error.is_transient() {
            return Err(error);
        }
        let status = if let Error::Refused { status, .. } = &error { Some(*status) } else { None };
        self.delivery.notice(Notice::Trouble { reason: error.to_string(), status, retry_in });
        Ok(())
    }
}
