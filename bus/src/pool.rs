//! Shared connections for those who answer people: gateway and command line.

use deadpool_redis::{Config, Connection, Pool, Runtime};

use crate::error::{Error, Result};

/// A few connections to Redis, made when they are needed.
#[derive(Clone)]
pub struct Connections(Pool);

impl Connections {
    /// A pool for the Redis at `url`.
    ///
    /// # Errors
    /// Where the URL is none.
    pub fn new(url: &str) -> Result<Self> {
        let pool = Config::from_url(url).create_pool(Some(Runtime::Tokio1));
        pool.map(Self).map_err(|error| Error::Config(format!("bus.url '{url}': {error}")))
    }

    /// A connection.
    ///
    /// # Errors
    /// [`Error::Bus`] where Redis is absent.
    pub async fn get(&self) -> Result<Connection> {
        self.0.get().await.map_err(|error| {
            let kind = redis::ErrorKind::Io;
            Error::Bus(redis::RedisError::from((kind, "no connection to redis", error.to_string())))
        })
    }
}
