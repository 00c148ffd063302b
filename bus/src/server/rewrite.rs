//! Shortens the append-only file before a server is stopped.
//!
//! A file holds every command since it was last rewritten, those on entries that are long gone too, and a server carries them all
//! out before it answers: some 120 MB of them take it longer than everything else that a house does to be ready. Rewritten, the
//! file is a picture of what is there, which is read several times as fast.

use std::time::Duration;

use redis::InfoDict;
use redis::aio::MultiplexedConnection;
use tokio::time::{Instant, sleep};

/// How much may have been appended before it is worth the while, in bytes.
const WORTH: u64 = 8 << 20;
/// How long a rewrite may take. What is not finished by then is given up, and the file stays as it was.
const PATIENCE: Duration = Duration::from_secs(4);

/// Rewrites the file of this server where much was appended to it. Whatever goes wrong, nothing is lost by it: the next start
/// only takes longer.
pub(super) async fn rewrite(connection: &mut MultiplexedConnection) {
    if let Err(error) = try_rewrite(connection).await {
        tracing::debug!(%error, "the append-only file stays as it is");
    }
}

async fn try_rewrite(connection: &mut MultiplexedConnection) -> redis::RedisResult<()> {
    let size = |info: &InfoDict, name| info.get::<u64>(name).unwrap_or_default();
    let before = persistence(connection).await?;
    if size(&before, "aof_current_size") < size(&before, "aof_base_size") + WORTH {
        return Ok(());
    }
    let started = Instant::now();
    redis::cmd("BGREWRITEAOF").query_async::<redis::Value>(connection).await?;
    while started.elapsed() < PATIENCE {
        let now = persistence(connection).await?;
        if size(&now, "aof_rewrite_in_progress") + size(&now, "aof_rewrite_scheduled") == 0 {
            let (from, to) = (size(&before, "aof_current_size"), size(&now, "aof_current_size"));
            tracing::debug!(from, to, took = ?started.elapsed(), "the append-only file is rewritten");
            return Ok(());
        }
        sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

async fn persistence(connection: &mut MultiplexedConnection) -> redis::RedisResult<InfoDict> {
    redis::cmd("INFO").arg("persistence").query_async(connection).await
}
