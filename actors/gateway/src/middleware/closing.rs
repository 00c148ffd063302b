//! How a gateway is closed: first it says so, then what streams ends.

use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::web::Bytes;
use tokio::sync::watch;

/// How far a gateway is with closing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Not at all.
    #[default]
    Open,
    /// It is not ready any more, so that nobody new is sent here; who asks is answered.
    Draining,
    /// Streams end.
    Closing,
}

/// A stream that ends by itself when the gateway is closed: nobody else would end it.
pub struct Ending {
    body: BoxBody,
    closed: Pin<Box<dyn Future<Output = ()>>>,
}

impl Ending {
    /// A stream that ends with its gateway.
    #[must_use]
    pub fn new(body: BoxBody, mut phase: watch::Receiver<Phase>) -> Self {
        // Where nobody can say it any more, the gateway is gone.
        let closed = Box::pin(async move { drop(phase.wait_for(|phase| *phase == Phase::Closing).await) });
        Self { body, closed }
    }
}

impl MessageBody for Ending {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let this = self.get_mut();
        if this.closed.as_mut().poll(context).is_ready() {
            return Poll::Ready(None);
        }
        Pin::new(&mut this.body).poll_next(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::body::{BodyStream, to_bytes};
    use futures::StreamExt;

    #[actix_web::test]
    async fn a_stream_that_would_go_on_for_ever_ends_with_its_gateway() {
        let (said, phase) = watch::channel(Phase::Open);
        let first = futures::stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"news"))]);
        let endless = BoxBody::new(BodyStream::new(first.chain(futures::stream::pending())));
        let read = actix_web::rt::spawn(to_bytes(Ending::new(endless, phase)));
        said.send_replace(Phase::Draining);
        tokio::task::yield_now().await;
        assert!(!read.is_finished());
        said.send_replace(Phase::Closing);
        assert_eq!(read.await.expect("ends").expect("reads"), "news");
    }

    #[actix_web::test]
    async fn a_stream_that_ends_by_itself_is_whole() {
        let (_said, phase) = watch::channel(Phase::Open);
        let words = futures::stream::iter(["a", "b"].map(|word| Ok::<_, std::io::Error>(Bytes::from(word))));
        let body = Ending::new(BoxBody::new(BodyStream::new(words)), phase);
        assert_eq!(body.size(), BodySize::Stream);
        assert_eq!(to_bytes(body).await.expect("reads"), "ab");
    }
}
