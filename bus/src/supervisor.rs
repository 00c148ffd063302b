//! Keeps actors alive: an arbiter each, lives begun anew with growing pauses, stopped in the order of the flow.

use std::time::{Duration, Instant};

use actix::{Addr, Arbiter, Supervisor};
use backon::{BackoffBuilder, ExponentialBuilder};
use tokio::sync::{oneshot, watch};
use wick_schemas::topic::actor;

use crate::actor::Resident;
use crate::error::{Error, Kind, Result};
use crate::house::House;
use crate::producer::{self, Produce};
use crate::runner;
use crate::shell::{Observe, Restart, Shell};

/// A life that lasted so long ends the growing of the pauses.
const HEALTHY: Duration = Duration::from_secs(30);

/// A running actor.
pub struct Running {
    /// Its name.
    pub name: &'static str,
    stop: watch::Sender<bool>,
    ended: oneshot::Receiver<Result<()>>,
    /// Whether its end was told already: it is told once.
    over: bool,
    observe: Box<dyn Fn() -> futures::future::LocalBoxFuture<'static, Option<serde_json::Value>>>,
    arbiter: Arbiter,
}

impl Running {
    /// Asks the actor to finish what it is doing and waits until it has.
    ///
    /// # Errors
    /// What it died of, if it did and nobody was told.
    pub async fn stop(self) -> Result<()> {
        let _ = self.stop.send(true);
        let end = if self.over { Ok(()) } else { self.ended.await.unwrap_or(Ok(())) };
        self.arbiter.stop();
        end
    }

    /// Waits until the actor has ended by itself, which it does only for a fatal error.
    pub async fn ended(&mut self) -> Result<()> {
        let end = (&mut self.ended).await.unwrap_or(Ok(()));
        self.over = true;
        end
    }

    /// What can be seen of its state.
    pub async fn observe(&self) -> Option<serde_json::Value> {
        (self.observe)().await
    }
}

/// Starts an actor that listens to streams.
#[must_use]
pub fn start<A: Resident>(house: &House) -> Running {
    spawn::<A, _>(house, |house, shell, me| Box::pin(async move { runner::consume::<A>(&house, &shell, &me).await }))
}

/// Starts an actor that takes in the outside world.
#[must_use]
pub fn start_producer<A: Produce>(house: &House) -> Running {
    spawn::<A, _>(house, |house, shell, me| Box::pin(async move { producer::produce::<A>(&house, &shell, &me).await }))
}

type Life<'a> = futures::future::LocalBoxFuture<'a, Result<()>>;

fn spawn<A: Resident, F>(house: &House, life: F) -> Running
where
    F: Fn(House, Addr<Shell<A>>, String) -> Life<'static> + Send + 'static,
{
    let (stop, stopped) = watch::channel(false);
    let (end, ended) = oneshot::channel();
    let house = house.with_stop(stopped);
    let arbiter = Arbiter::new();
    let subject = house.instrument().clone();
    let shell: Addr<Shell<A>> = Supervisor::start_in_arbiter(&arbiter.handle(), move |_| Shell::new(subject));
    let observed = shell.clone();
    arbiter.spawn_fn(move || {
        actix::spawn(async move {
            let _ = end.send(keep_alive(&house, &shell, life).await);
        });
    });
    let observe = Box::new(move || -> futures::future::LocalBoxFuture<'static, Option<serde_json::Value>> {
        let shell = observed.clone();
        Box::pin(async move { shell.send(Observe).await.ok().flatten() })
    });
    Running { name: A::NAME, stop, ended, over: false, observe, arbiter }
}

/// Begins a new life for each that ended badly, until the house stops or the error is fatal.
async fn keep_alive<A: Resident, F>(house: &House, shell: &Addr<Shell<A>>, life: F) -> Result<()>
where
    F: Fn(House, Addr<Shell<A>>, String) -> Life<'static>,
{
    let me = format!("{}-{}-{:x}", A::NAME, std::process::id(), house.clock.now().millis());
    let pauses = || {
        ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(50))
            .with_max_delay(Duration::from_secs(5))
            .with_jitter()
            .without_max_times()
            .build()
    };
    let mut pause = pauses();
    loop {
        let born = Instant::now();
        let error = match life(house.clone(), shell.clone(), me.clone()).await {
            Ok(()) | Err(Error::Stopping) => return Ok(()),
            Err(error) => error,
        };
        if house.stopping() {
            return Ok(());
        }
        if error.kind() == Kind::Fatal {
            tracing::error!(actor = A::NAME, %error, "cannot live like this");
            return Err(error);
        }
        if matches!(error, Error::Fenced(_)) && A::NAME == actor::PREDICTOR {
            house.metrics.forecasts_elsewhere();
        }
        house.metrics.restarted(A::NAME);
        if born.elapsed() > HEALTHY {
            pause = pauses();
        }
        let wait = pause.next().unwrap_or(Duration::from_secs(5));
        tracing::warn!(actor = A::NAME, %error, wait_ms = wait.as_millis() as u64, "a new life begins after a pause");
        shell.do_send(Restart);
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = house.stopped() => return Ok(()),
        }
    }
}
