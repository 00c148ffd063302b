//! An actor's fenced connection to Redis: one instance of an actor works for an instrument at a time, and what a
//! former one still tries to write is refused.
//!
//! The lease (`lease:{…}:<actor>`, with a time to live) says who is active. The fence (`fence:{…}:<actor>`) is a
//! number that grows with each taking of the lease; every transaction watches it, so a paused instance that
//! wakes up after another has taken over cannot commit (Kleppmann, "How to do distributed locking", 2016).

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Pipeline, Value, cmd, pipe};

use crate::error::{Error, Result};
use crate::house::House;

/// How long Redis may take to answer before it counts as absent.
const ANSWER: Duration = Duration::from_secs(20);

/// Opens a connection.
///
/// # Errors
/// Where Redis is absent.
pub async fn connect(url: &str) -> Result<MultiplexedConnection> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(Duration::from_secs(2)))
        .set_response_timeout(Some(ANSWER));
    Ok(Client::open(url)?.get_multiplexed_async_connection_with_config(&config).await?)
}

/// Whether a bus takes what is written: one that is full, or a copy of another, answers and does not.
///
/// # Errors
/// What it says.
pub async fn try_writing(connection: &mut MultiplexedConnection, house: &House) -> Result<()> {
    let mut write = cmd("SET");
    write.arg(house.key("probe")).arg(1).arg("PX").arg(1000);
    Ok(write.query_async(connection).await?)
}

/// A fenced connection.
pub struct Session {
    connection: MultiplexedConnection,
    actor: &'static str,
    me: String,
    lease: String,
    fence: String,
    token: i64,
    ttl_ms: u64,
}

impl Session {
    /// Waits until this instance may be the active one, and makes it so.
    ///
    /// # Errors
    /// Where Redis is absent or the house stops first.
    pub async fn acquire(house: &House, actor: &'static str, me: &str) -> Result<Self> {
        let mut connection = connect(&house.redis_url).await?;
        let (lease, fence) = (house.key("lease") + ":" + actor, house.key("fence") + ":" + actor);
        let ttl_ms = house.config.bus.lease_ms;
        let mut waited = false;
        loop {
            let mut take = cmd("SET");
            take.arg(&lease).arg(me).arg("NX").arg("PX").arg(ttl_ms);
            let taken: Option<String> = take.query_async(&mut connection).await?;
            let holder: Option<String> = cmd("GET").arg(&lease).query_async(&mut connection).await?;
            if taken.is_some() || holder.as_deref() == Some(me) {
                break;
            }
            if !waited {
                waited = true;
                tracing::info!(actor, holder, "another instance is active: standing by");
            }
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(ttl_ms / 10)) => {}
                () = house.stopped() => return Err(Error::Stopping),
            }
        }
        let token: i64 = cmd("INCR").arg(&fence).query_async(&mut connection).await?;
        Ok(Self { connection, actor, me: me.to_owned(), lease, fence, token, ttl_ms })
    }

    /// Runs commands as one transaction, if this instance is still the active one. Gives their answers.
    ///
    /// # Errors
    /// [`Error::Fenced`] where another instance has taken over; [`Error::Bus`] where Redis is absent, in which
    /// case the transaction may or may not have been carried out.
    pub async fn transact(&mut self, commands: &Pipeline) -> Result<Vec<Value>> {
        let (token,): (Option<i64>,) = pipe()
            .cmd("WATCH")
            .arg(&self.fence)
            .ignore()
            .cmd("GET")
            .arg(&self.fence)
            .query_async(&mut self.connection)
            .await?;
        if token != Some(self.token) {
            let () = cmd("UNWATCH").query_async(&mut self.connection).await?;
            return Err(Error::Fenced(self.actor.to_owned()));
        }
        match commands.query_async(&mut self.connection).await? {
            Value::Array(answers) => {
                // An error inside the transaction is an answer among answers.
                answers.into_iter().map(|answer| answer.extract_error().map_err(Error::from)).collect()
            }
            Value::Nil => Err(Error::Fenced(self.actor.to_owned())),
            other => Err(Error::Server(format!("EXEC answered {other:?}"))),
        }
    }

    /// Whether this instance is still the active one.
    ///
    /// # Errors
    /// [`Error::Fenced`] where another has taken over, [`Error::Bus`] where nobody says.
    pub async fn still_mine(&mut self) -> Result<()> {
        let token: Option<i64> = cmd("GET").arg(&self.fence).query_async(&mut self.connection).await?;
        if token == Some(self.token) { Ok(()) } else { Err(Error::Fenced(self.actor.to_owned())) }
    }

    /// Says that this instance is alive. A lease that ended while the instance was too busy to say so is taken again,
    /// unless another one was quicker.
    ///
    /// # Errors
    /// [`Error::Fenced`] where another instance has the lease, or had it since.
    pub async fn renew(&mut self) -> Result<()> {
        let holder: Option<String> = cmd("GET").arg(&self.lease).query_async(&mut self.connection).await?;
        match holder {
            Some(holder) if holder == self.me => {
                let _: i64 = cmd("PEXPIRE").arg(&self.lease).arg(self.ttl_ms).query_async(&mut self.connection).await?;
                Ok(())
            }
            // Another one's lease is not to be lengthened.
            Some(_) => Err(Error::Fenced(self.actor.to_owned())),
            None => self.retake().await,
        }
    }

    /// Takes a lease again that has ended. Under the fence: who had it in between has made the number grow.
    async fn retake(&mut self) -> Result<()> {
        let mut take = pipe();
        take.atomic().cmd("SET").arg(&self.lease).arg(&self.me).arg("NX").arg("PX").arg(self.ttl_ms);
        let taken = self.transact(&take).await?;
        if taken.first().is_none_or(|answer| *answer == Value::Nil) {
            return Err(Error::Fenced(self.actor.to_owned()));
        }
        tracing::debug!(actor = self.actor, "the lease had ended while this instance was busy: taken again");
        Ok(())
    }

    /// Does something long, and says meanwhile that this instance is alive.
    ///
    /// # Errors
    /// Those of the work, and those of [`Session::renew`], by which the work is given up.
    pub async fn during<T>(&mut self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let mut renewal = tokio::time::interval(self.renewal());
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return done,
                _ = renewal.tick() => self.renew().await?,
            }
        }
    }

    /// How often to [`Session::renew`].
    #[must_use]
    pub fn renewal(&self) -> Duration {
        Duration::from_millis(self.ttl_ms / 3)
    }

    /// Gives the lease back, so that the next instance need not wait for its end.
    pub async fn release(mut self) {
        // Fenced: nobody can take the lease between the looking and the giving back.
        let mut commands = pipe();
        commands.atomic().cmd("DEL").arg(&self.lease);
        if let Err(error) = self.transact(&commands).await {
            tracing::debug!(actor = self.actor, %error, "the lease was not given back: it ends by itself");
        }
    }

    /// The connection, for commands that need no fence.
    pub fn connection(&mut self) -> &mut MultiplexedConnection {
        &mut self.connection
    }
}
