//! A house with a Redis of its own, and a small resident in it.

use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use wick_bus::actor::Wait;
use wick_bus::server::Server;
use wick_bus::session::connect;
use wick_bus::{Config, Error, Handler, House, Layer, Outbox, Resident, Result, Routes, stream};
use wick_schemas::candle::RawCandle;
use wick_schemas::topic::{CANDLES_REJECTED, CANDLES_VALIDATED};
use wick_schemas::{Candle, CandleReceived, CandleValidated, Envelope, Origin, Timestamp, Topic, Venue};

/// Dies of candles with this volume.
pub const DEADLY: f64 = 13.0;

/// Passes candles on and keeps their open times.
pub struct Clerk {
    pub seen: i64,
}

/// A file of lines.
pub struct Book(PathBuf);

impl Layer for Book {
    type Row = i64;

    async fn keep(&mut self, rows: Vec<i64>) -> Result<()> {
        let mut file =
            std::fs::OpenOptions::new().create(true).append(true).open(&self.0).map_err(Error::file(&self.0))?;
        rows.iter().try_for_each(|row| writeln!(file, "{row}")).map_err(Error::file(&self.0))
    }
}

impl Resident for Clerk {
    const NAME: &'static str = "validator";
    type Row = i64;
    type Layer = Book;
    type Checkpoint = i64;
    type Local = ();
    type Done = ();

    fn routes() -> Routes<Self> {
        Routes::default().on::<CandleReceived>(Wait::Always)
    }

    fn publishes() -> &'static [Topic] {
        &[CANDLES_VALIDATED, CANDLES_REJECTED]
    }

    async fn open(house: &House) -> Result<Book> {
        Ok(Book(house.path("book")))
    }

    async fn recover(_: &House, _: &Book, checkpoint: Option<i64>) -> Result<Self> {
        Ok(Self { seen: checkpoint.unwrap_or(0) })
    }

    fn checkpoint(&self) -> i64 {
        self.seen
    }

    fn observe(&self) -> serde_json::Value {
        self.seen.into()
    }
}

impl Handler<CandleReceived> for Clerk {
    fn handle(&mut self, received: CandleReceived, out: &mut Outbox<Self>) -> Result<()> {
        let candle = Candle::new(received.candle)?;
        assert!(candle.volume != DEADLY, "a deadly candle");
        self.seen += 1;
        let CandleReceived { origin, ingest_time, .. } = received;
        out.publish(&CandleValidated { candle, origin, ingest_time })?;
        out.keep(candle.open_time.millis());
        Ok(())
    }
}

pub fn candle(minute: i64, volume: f64) -> CandleReceived {
    let open_time = Timestamp(minute * 60_000);
    let price = Some(100.0);
    let candle = RawCandle {
        venue: Venue::Kraken,
        open_time,
        open: price,
        high: price,
        low: price,
        close: price,
        volume: Some(volume),
    };
    CandleReceived { candle, origin: Origin::Live, ingest_time: open_time }
}

/// A house with a Redis of its own.
pub struct Stage {
    pub house: House,
    pub server: Server,
    _stop: watch::Sender<bool>,
    _folder: tempfile::TempDir,
}

impl Stage {
    pub async fn new(more: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut flags = vec![("data_dir".to_owned(), folder.path().display().to_string())];
        flags.push(("bus.lease_ms".into(), "300".into()));
        flags.extend(more.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        let config = Config::load(None, &flags).expect("settings");
        let server = Server::start(&config).await.expect("redis starts");
        let (stop, stopped) = watch::channel(false);
        let house = House::new(config, server.url.clone(), stopped).expect("a house");
        Self { house, server, _stop: stop, _folder: folder }
    }

    pub async fn tell(&self, minutes: std::ops::Range<i64>) {
        let mut connection = connect(&self.server.url).await.expect("connects");
        for minute in minutes {
            stream::tell(&self.house, &mut connection, "fetcher", &candle(minute, 1.0)).await.expect("told");
        }
    }

    /// The minutes in the book, in order.
    pub fn book(&self) -> Vec<i64> {
        let text = std::fs::read_to_string(self.house.path("book")).unwrap_or_default();
        text.lines().map(|line| line.parse::<i64>().expect("a time") / 60_000).collect()
    }

    /// Minutes published, in order.
    pub async fn published(&self) -> Vec<i64> {
        let mut connection = connect(&self.server.url).await.expect("connects");
        let key = self.house.stream(&CANDLES_VALIDATED);
        let entries = stream::tail(&mut connection, &key, None, 10_000).await.expect("a stream");
        let minute = |message: Envelope| message.open::<CandleValidated>().expect("opens").candle.open_time.0 / 60_000;
        entries.into_iter().map(|entry| minute(entry.message.expect("a message"))).collect()
    }
}

pub async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let started = Instant::now();
    while !holds().await {
        assert!(started.elapsed() < Duration::from_secs(20), "{what} did not happen");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
