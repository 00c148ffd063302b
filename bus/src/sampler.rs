//! Looks at Redis every few seconds and says in metrics what it holds: a task beside the actors of a process.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{cmd, pipe};
use wick_schemas::topic::actor::LEASED;

use crate::error::{Error, Result};
use crate::house::House;
use crate::metrics::Seen;
use crate::{session, stream};

/// How often it is looked: a scrape of Prometheus is seldom closer to the last one.
const LOOK: Duration = Duration::from_secs(5);

/// Who looks.
#[derive(Default)]
pub struct Sampler {
    connection: Option<MultiplexedConnection>,
}

impl Sampler {
    /// Looks once. A connection that fails is opened anew the next time.
    pub async fn look(&mut self, house: &House) {
        match self.read(house).await {
            Ok(seen) => house.metrics.sampled(Some(&seen)),
            // The actors say that the bus is away; here it is a figure.
            Err(_) => {
                self.connection = None;
                house.metrics.sampled(None);
            }
        }
    }

    async fn read(&mut self, house: &House) -> Result<Seen> {
        let bus = match &mut self.connection {
            Some(bus) => bus,
            none => none.insert(session::connect(&house.redis_url).await?),
        };
        let streams = stream::survey(house, bus).await?;
        let mut ask = pipe();
        for actor in LEASED {
            ask.cmd("EXISTS").arg(house.key("lease") + ":" + actor);
        }
        let held: Vec<bool> = ask.query_async(bus).await?;
        let info: String = cmd("INFO").arg("memory").query_async(bus).await?;
        let used = info.lines().find_map(|line| line.strip_prefix("used_memory:"));
        let memory = used.and_then(|text| text.trim().parse().ok());
        let memory = memory.ok_or_else(|| Error::Server("INFO memory says nothing of used_memory".into()))?;
        let writable = session::try_writing(bus, house).await.is_ok();
        Ok(Seen { streams, at_work: LEASED.into_iter().zip(held).collect(), memory, writable })
    }
}

/// Looks until the house stops.
pub async fn follow(house: House) {
    let mut sampler = Sampler::default();
    while !house.stopping() {
        sampler.look(&house).await;
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = house.stopped() => {}
        }
    }
}
