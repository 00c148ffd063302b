//! The delivery rules, with a real Redis and a small resident that writes down what it keeps.

use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use redis::{Value, cmd, pipe};
use tokio::sync::watch;
use wick_bus::actor::Wait;
use wick_bus::retention::Retention;
use wick_bus::server::Server;
use wick_bus::session::{Session, connect};
use wick_bus::{Config, Error, Handler, House, Layer, Outbox, Resident, Result, Routes, stream, supervisor};
use wick_schemas::candle::RawCandle;
use wick_schemas::topic::{CANDLES_RECEIVED, CANDLES_REJECTED, CANDLES_VALIDATED};
use wick_schemas::{Candle, CandleReceived, CandleValidated, Envelope, GapOpened, Origin, Timestamp, Topic, Venue};

/// Dies of candles with this volume.
const DEADLY: f64 = 13.0;

/// Passes candles on and keeps their open times.
struct Clerk {
    seen: i64,
}

/// A file of lines.
struct Book(PathBuf);

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

fn candle(minute: i64, volume: f64) -> CandleReceived {
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
struct Stage {
    house: House,
    server: Server,
    _stop: watch::Sender<bool>,
    _folder: tempfile::TempDir,
}

impl Stage {
    async fn new(more: &[(&str, &str)]) -> Self {
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

    async fn tell(&self, minutes: std::ops::Range<i64>) {
        let mut connection = connect(&self.server.url).await.expect("connects");
        for minute in minutes {
            stream::tell(&self.house, &mut connection, "fetcher", &candle(minute, 1.0)).await.expect("told");
        }
    }

    /// The minutes in the book, in order.
    fn book(&self) -> Vec<i64> {
        let text = std::fs::read_to_string(self.house.path("book")).unwrap_or_default();
        text.lines().map(|line| line.parse::<i64>().expect("a time") / 60_000).collect()
    }

    /// Minutes published, in order.
    async fn published(&self) -> Vec<i64> {
        let mut connection = connect(&self.server.url).await.expect("connects");
        let key = self.house.stream(&CANDLES_VALIDATED);
        let entries = stream::tail(&mut connection, &key, None, 10_000).await.expect("a stream");
        let minute = |message: Envelope| message.open::<CandleValidated>().expect("opens").candle.open_time.0 / 60_000;
        entries.into_iter().map(|entry| minute(entry.message.expect("a message"))).collect()
    }
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let started = Instant::now();
    while !holds().await {
        assert!(started.elapsed() < Duration::from_secs(20), "{what} did not happen");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[actix::test]
async fn a_message_that_its_handler_dies_of_goes_aside_and_what_is_around_it_is_handled_once() {
    let stage = Stage::new(&[]).await;
    stage.tell(0..3).await;
    let mut connection = connect(&stage.server.url).await.expect("connects");
    stream::tell(&stage.house, &mut connection, "fetcher", &candle(3, DEADLY)).await.expect("told");
    stage.tell(4..7).await;
    let clerk = supervisor::start::<Clerk>(&stage.house);
    until("the end of the queue", async || stage.published().await.len() == 6).await;
    assert_eq!(stage.published().await, [0, 1, 2, 4, 5, 6]);
    assert_eq!(clerk.observe().await, Some(6.into()));
    let dead = stream::dead_letters(&stage.house, &mut connection, &CANDLES_RECEIVED).await.expect("dead letters");
    let [letter] = dead.as_slice() else { panic!("one letter, not {dead:?}") };
    let field = |name: &str| letter.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    assert!(field("error").is_some_and(|error| error.contains("died of it 3 times")), "{letter:?}");
    assert!(field("data").is_some_and(|data| data.contains("13")), "the letter is not whole");
    clerk.stop().await.expect("ends well");
    let groups = stream::read_groups(&mut connection, &stage.house.stream(&CANDLES_RECEIVED)).await.expect("groups");
    assert_eq!(groups[0].pending, 0);
    // Mended and tried again, it is a message like any other; dropped, it is gone.
    assert!(!stream::drop_dead(&stage.house, &mut connection, &CANDLES_RECEIVED, "0-1").await.expect("answers"));
    let entry = letter.entry.clone();
    assert!(stream::retry_dead(&stage.house, &mut connection, &CANDLES_RECEIVED, &entry).await.expect("retried"));
    assert!(stream::dead_letters(&stage.house, &mut connection, &CANDLES_RECEIVED).await.expect("none").is_empty());
    stage.server.stop().await;
}

#[actix::test]
async fn one_works_and_the_other_takes_over_where_it_stopped() {
    let stage = Stage::new(&[]).await;
    let first = supervisor::start::<Clerk>(&stage.house);
    stage.tell(0..50).await;
    until("the first part", async || stage.book().len() == 50).await;
    let second = supervisor::start::<Clerk>(&stage.house);
    stage.tell(50..100).await;
    until("the second part", async || stage.book().len() == 100).await;
    assert_eq!(second.observe().await, None, "two instances were active");
    first.stop().await.expect("ends well");
    stage.tell(100..150).await;
    // Kept first, published then.
    until("the third part", async || stage.published().await.len() == 150).await;
    assert_eq!(second.observe().await, Some(150.into()));
    assert_eq!(stage.book(), (0..150).collect::<Vec<_>>());
    assert_eq!(stage.published().await, (0..150).collect::<Vec<_>>());
    second.stop().await.expect("ends well");
    stage.server.stop().await;
}

/// How often Redis was asked for this.
async fn calls(connection: &mut redis::aio::MultiplexedConnection, command: &str) -> u64 {
    let told: String = cmd("INFO").arg("commandstats").query_async(connection).await.expect("told");
    let line = told.lines().find(|line| line.starts_with(&format!("cmdstat_{command}:")));
    let count = line.and_then(|line| line.split("calls=").nth(1)).and_then(|rest| rest.split(',').next());
    count.map_or(0, |count| count.parse().expect("a number"))
}

#[actix::test]
async fn a_second_life_with_nothing_to_do_rests() {
    let stage = Stage::new(&[]).await;
    let first = supervisor::start::<Clerk>(&stage.house);
    stage.tell(0..50).await;
    until("the work", async || stage.published().await.len() == 50).await;
    first.stop().await.expect("ends well");
    let second = supervisor::start::<Clerk>(&stage.house);
    until("the second life", async || second.observe().await == Some(50.into())).await;
    let mut connection = connect(&stage.server.url).await.expect("connects");
    let (renewals, reads) = (calls(&mut connection, "pexpire").await, calls(&mut connection, "xreadgroup").await);
    until("three renewals", async || calls(&mut connection, "pexpire").await >= renewals + 3).await;
    // Between two renewals it looks a few times, with pauses that double; one that does not rest looks thousands of times.
    let reads = calls(&mut connection, "xreadgroup").await - reads;
    assert!(reads < 60, "{reads} reads with nothing to read");
    second.stop().await.expect("ends well");
    stage.server.stop().await;
}

#[actix::test]
async fn a_former_instance_that_wakes_up_cannot_write() {
    let stage = Stage::new(&[]).await;
    let mut former = Session::acquire(&stage.house, "validator", "former").await.expect("the lease");
    let mut write = pipe();
    write.atomic().cmd("SET").arg("mine").arg("former");
    former.transact(&write).await.expect("is active");
    // Its lease runs out while it sleeps, and another one takes over.
    let _: i64 = cmd("DEL").arg("lease:{BTC-USD}:validator").query_async(former.connection()).await.expect("deletes");
    let mut latter = Session::acquire(&stage.house, "validator", "latter").await.expect("the lease");
    assert!(matches!(former.transact(&write).await, Err(Error::Fenced(_))));
    assert!(matches!(former.renew().await, Err(Error::Fenced(_))));
    let mut read = pipe();
    read.atomic().cmd("GET").arg("mine");
    assert_eq!(latter.transact(&read).await.expect("is active"), [Value::BulkString(b"former".to_vec())]);
    // Giving back a lease that is another's changes nothing.
    former.release().await;
    latter.renew().await.expect("still active");
    stage.server.stop().await;
}

#[actix::test]
async fn streams_are_trimmed_behind_their_slowest_reader_only() {
    let stage = Stage::new(&[("bus.keep_entries", "100")]).await;
    let mut connection = connect(&stage.server.url).await.expect("connects");
    let key = stage.house.stream(&CANDLES_RECEIVED);
    for group in ["validator", "slow"] {
        stream::create_group(&mut connection, &key, group).await.expect("a group");
    }
    let mut retention = Retention::new(&stage.house, &[CANDLES_RECEIVED]);
    let mut publish = async |from: i64, retention: &mut Retention| {
        for part in 0..20 {
            let (mut messages, mut ids) = (Vec::new(), Vec::new());
            for minute in 0..50 {
                let candle = candle(from + part * 50 + minute, 1.0);
                let message = stream::tell(&stage.house, &mut connection, "fetcher", &candle).await.expect("told");
                let newest = stream::tail(&mut connection, &key, None, 1).await.expect("a stream");
                ids.push(Value::BulkString(newest[0].id.clone().into_bytes()));
                messages.push(message);
            }
            retention.published(&messages, &ids);
        }
    };
    publish(0, &mut retention).await;
    let mut connection = connect(&stage.server.url).await.expect("connects");
    let mut read = async |group: &str, count: usize, acknowledge: bool| {
        let mut read = cmd("XREADGROUP");
        read.arg("GROUP").arg(group).arg("me").arg("COUNT").arg(count);
        if acknowledge {
            read.arg("NOACK");
        }
        let _: Value = read.arg("STREAMS").arg(&key).arg(">").query_async(&mut connection).await.expect("reads");
    };
    read("validator", 1000, true).await;
    read("slow", 400, true).await;
    // Read and not acknowledged: needed still.
    read("slow", 10, false).await;
    let mut connection = connect(&stage.server.url).await.expect("connects");
    let length = async |connection: &mut redis::aio::MultiplexedConnection| -> usize {
        cmd("XLEN").arg(&key).query_async(connection).await.expect("a length")
    };
    let started = Instant::now();
    while length(&mut connection).await == 1000 {
        retention.trim(&mut connection).await.expect("trims");
        assert!(started.elapsed() < Duration::from_secs(10), "nothing was trimmed");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let left = stream::tail(&mut connection, &key, None, 10_000).await.expect("a stream");
    let oldest = left[0].message.as_ref().expect("a message").open::<CandleReceived>().expect("opens");
    assert!(oldest.candle.open_time.0 / 60_000 <= 400, "what was not acknowledged is gone");
    assert!(left.len() >= 600);
    stage.server.stop().await;
}

#[actix::test]
async fn an_absent_redis_is_waited_for() {
    let stage = Stage::new(&[]).await;
    let clerk = supervisor::start::<Clerk>(&stage.house);
    stage.tell(0..10).await;
    until("the first part", async || stage.published().await.len() == 10).await;
    let pid = std::fs::read_to_string(stage.house.path("bus/redis.pid")).expect("its pid");
    assert!(std::process::Command::new("kill").args(["-9", pid.trim()]).status().expect("kill runs").success());
    until("a new redis", async || {
        let Ok(mut connection) = connect(&stage.server.url).await else { return false };
        cmd("PING").query_async::<String>(&mut connection).await.is_ok()
    })
    .await;
    stage.tell(10..20).await;
    until("the second part", async || stage.published().await.len() == 20).await;
    assert_eq!(stage.published().await, (0..20).collect::<Vec<_>>());
    clerk.stop().await.expect("ends well");
    stage.server.stop().await;
}

/// As the clerk, but it has two streams to put in order.
struct Secretary(Clerk);

impl Resident for Secretary {
    const NAME: &'static str = Clerk::NAME;
    type Row = i64;
    type Layer = Book;
    type Checkpoint = i64;
    type Local = ();
    type Done = ();

    fn routes() -> Routes<Self> {
        Routes::default().on::<CandleReceived>(Wait::Always).on::<GapOpened>(Wait::Never)
    }

    fn publishes() -> &'static [Topic] {
        Clerk::publishes()
    }

    async fn open(house: &House) -> Result<Book> {
        Clerk::open(house).await
    }

    async fn recover(house: &House, book: &Book, checkpoint: Option<i64>) -> Result<Self> {
        Clerk::recover(house, book, checkpoint).await.map(Self)
    }

    fn checkpoint(&self) -> i64 {
        self.0.checkpoint()
    }

    fn observe(&self) -> serde_json::Value {
        self.0.observe()
    }
}

impl Handler<CandleReceived> for Secretary {
    fn handle(&mut self, received: CandleReceived, out: &mut Outbox<Self>) -> Result<()> {
        self.0.seen += 1;
        let candle = Candle::new(received.candle)?;
        out.publish(&CandleValidated { candle, origin: received.origin, ingest_time: received.ingest_time })?;
        Ok(())
    }
}

impl Handler<GapOpened> for Secretary {
    fn handle(&mut self, _: GapOpened, _: &mut Outbox<Self>) -> Result<()> {
        Ok(())
    }
}

#[actix::test]
async fn more_than_a_batch_that_a_former_life_left_does_not_stop_the_next_one() {
    let stage = Stage::new(&[("bus.batch", "10")]).await;
    stage.tell(0..40).await;
    let mut connection = connect(&stage.server.url).await.expect("connects");
    let key = stage.house.stream(&CANDLES_RECEIVED);
    let mut former = pipe();
    former.cmd("XREADGROUP").arg("GROUP").arg("validator").arg("former").arg("COUNT").arg(25);
    former.arg("STREAMS").arg(&key).arg(">");
    former.cmd("HSET").arg(stage.house.key("watermark")).arg("candles.received").arg(40 * 60_000);
    let _: Value = former.query_async(&mut connection).await.expect("read and not answered for");
    let secretary = supervisor::start::<Secretary>(&stage.house);
    until("the end of the queue", async || stage.published().await.len() == 40).await;
    assert_eq!(stage.published().await, (0..40).collect::<Vec<_>>());
    secretary.stop().await.expect("ends well");
    stage.server.stop().await;
}
