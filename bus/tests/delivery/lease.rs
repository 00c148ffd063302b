//! One instance is active at a time, and stays it through whatever keeps it busy.

use std::time::Duration;

use redis::{Value, cmd, pipe};
use wick_bus::session::Session;
use wick_bus::{Error, Handler, House, Outbox, Resident, Result, Routes, supervisor};
use wick_schemas::{CandleReceived, Topic};

use crate::stage::{Book, Clerk, Stage, until};

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
async fn a_lease_that_ended_unnoticed_is_taken_again_unless_another_one_had_it() {
    let stage = Stage::new(&[]).await;
    let lease = "lease:{BTC-USD}:validator";
    let mut first = Session::acquire(&stage.house, "validator", "first").await.expect("the lease");
    let _: i64 = cmd("DEL").arg(lease).query_async(first.connection()).await.expect("deletes");
    first.renew().await.expect("nobody has had it");
    let holder: String = cmd("GET").arg(lease).query_async(first.connection()).await.expect("a holder");
    assert_eq!(holder, "first");
    let _: i64 = cmd("DEL").arg(lease).query_async(first.connection()).await.expect("deletes");
    Session::acquire(&stage.house, "validator", "second").await.expect("the lease").release().await;
    assert!(matches!(first.renew().await, Err(Error::Fenced(_))), "another one has worked since");
    let holder: Option<String> = cmd("GET").arg(lease).query_async(first.connection()).await.expect("answers");
    assert_eq!(holder, None);
    stage.server.stop().await;
}

/// How long the slow one takes to come to itself: five leases.
const SLOW: Duration = Duration::from_millis(500);

/// A clerk that needs long to recover, awaiting something or computing.
struct Slow<const COMPUTES: bool>(Clerk);

impl<const COMPUTES: bool> Resident for Slow<COMPUTES> {
    const NAME: &'static str = Clerk::NAME;
    type Row = i64;
    type Layer = Book;
    type Checkpoint = i64;
    type Local = ();
    type Done = ();

    fn routes() -> Routes<Self> {
        Routes::default().on::<CandleReceived>(wick_bus::actor::Wait::Always)
    }

    fn publishes() -> &'static [Topic] {
        Clerk::publishes()
    }

    async fn open(house: &House) -> Result<Book> {
        Clerk::open(house).await
    }

    async fn recover(house: &House, book: &Book, checkpoint: Option<i64>) -> Result<Self> {
        if COMPUTES {
            std::thread::sleep(SLOW);
        } else {
            tokio::time::sleep(SLOW).await;
        }
        Clerk::recover(house, book, checkpoint).await.map(Self)
    }

    fn checkpoint(&self) -> i64 {
        self.0.checkpoint()
    }

    fn observe(&self) -> serde_json::Value {
        self.0.observe()
    }
}

impl<const COMPUTES: bool> Handler<CandleReceived> for Slow<COMPUTES> {
    fn handle(&mut self, _: CandleReceived, _: &mut Outbox<Self>) -> Result<()> {
        self.0.seen += 1;
        Ok(())
    }
}

/// Lets one start and handle what waits for it; gives how many lives began.
async fn lives<R: Resident>() -> i64 {
    let stage = Stage::new(&[("bus.lease_ms", "100")]).await;
    stage.tell(0..3).await;
    let slow = supervisor::start::<R>(&stage.house);
    until("the work", async || slow.observe().await == Some(3.into())).await;
    slow.stop().await.expect("ends well");
    let mut bus = wick_bus::session::connect(&stage.server.url).await.expect("connects");
    let lives = cmd("GET").arg("fence:{BTC-USD}:validator").query_async(&mut bus).await.expect("a number");
    stage.server.stop().await;
    lives
}

#[actix::test]
async fn a_recovery_longer_than_a_lease_needs_one_life() {
    assert_eq!(lives::<Slow<false>>().await, 1);
    assert_eq!(lives::<Slow<true>>().await, 1);
}
