//! Long work: each piece on a thread of its own at a low priority, so that what is live goes first.
//!
//! A pool's threads would stay slow afterwards: raising a priority again needs a right that nobody should have.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::sync::oneshot;

use crate::error::{Error, Result};

/// The niceness of long work: as `nice` gives by default.
const NICENESS: i32 = 10;

/// Whether nobody waits any more for what work is to give: the life that began it has ended, and the next one begins it
/// anew. Work that takes long asks now and then, lest several of its kind share the machine.
pub type Abandoned<'a> = &'a (dyn Fn() -> bool + Sync);

/// Starts work; its result comes by the receiver. It goes on where nobody waits any more, until it asks.
///
/// # Errors
/// Where there is no thread to be had.
pub fn start<T: Send + 'static>(
    actor: &'static str,
    job: impl FnOnce(Abandoned<'_>) -> Result<T> + Send + 'static,
) -> Result<oneshot::Receiver<Result<T>>> {
    let (end, ended) = oneshot::channel();
    let work = move || {
        // On Linux this is the thread's own; where it is refused, the work is done all the same.
        // What was nice before gets nicer still: never the other way round.
        let nicer = rustix::process::getpriority_process(None).map(|before| (before + NICENESS).min(19));
        if let Err(error) = nicer.and_then(|nicer| rustix::process::setpriority_process(None, nicer)) {
            tracing::debug!(actor, %error, "the priority stays as it is");
        }
        let abandoned = || end.is_closed();
        let done = catch_unwind(AssertUnwindSafe(|| job(&abandoned)))
            .unwrap_or_else(|panic| Err(Error::panicked(actor, panic)));
        let _ = end.send(done);
    };
    std::thread::Builder::new()
        .name(format!("{actor}-work"))
        .spawn(work)
        .map_err(|source| Error::Server(format!("{actor}: no thread for its work: {source}")))?;
    Ok(ended)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_is_nice_and_those_who_wait_for_it_are_not() {
        let niceness = || rustix::process::getpriority_process(None).map_err(|error| Error::Server(error.to_string()));
        let before = niceness().expect("a priority");
        let at_work = start("test", move |_| niceness()).expect("a thread").await.expect("an end").expect("a priority");
        assert_eq!(at_work, (before + NICENESS).min(19));
        assert_eq!(niceness().expect("a priority"), before);
    }

    #[tokio::test]
    async fn a_panic_is_an_error() {
        let end = start::<()>("test", |_| panic!("too much")).expect("a thread").await.expect("an end");
        assert!(end.expect_err("a panic").to_string().contains("too much"));
    }

    #[tokio::test]
    async fn work_that_nobody_waits_for_any_more_learns_it() {
        let (told, heard) = oneshot::channel();
        let job = move |abandoned: Abandoned<'_>| {
            let before = abandoned();
            while !abandoned() {
                std::thread::yield_now();
            }
            let _ = told.send(before);
            Ok(())
        };
        drop(start("test", job).expect("a thread"));
        heard.await.expect("it ended");
        let waited_for = start("test", |abandoned| Ok(abandoned())).expect("a thread");
        assert!(!waited_for.await.expect("an end").expect("an answer"));
    }
}
