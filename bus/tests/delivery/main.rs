//! The delivery rules, with a real Redis and a small resident that writes down what it keeps.

mod lease;
mod stage;

use std::time::{Duration, Instant};

use redis::{Value, cmd, pipe};
use wick_bus::actor::Wait;
use wick_bus::retention::Retention;
use wick_bus::session::connect;
use wick_bus::{Handler, House, Outbox, Resident, Result, Routes, stream, supervisor};
use wick_schemas::topic::CANDLES_RECEIVED;
use wick_schemas::{Candle, CandleReceived, CandleValidated, GapOpened, Topic};

use self::stage::{Book, Clerk, DEADLY, Stage, candle, until};

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
