//! An exchange of the test's own: HTTP and WebSocket on ports of this machine.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::SinkExt;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message as Frame;

pub(super) type Peer = WebSocketStream<TcpStream>;

/// Answers every HTTP request with what `answer` makes of its number and path; gives the base address.
pub(super) async fn serve_rest(answer: impl Fn(usize, &str) -> String + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("bound"));
    tokio::spawn(async move {
        for number in 0.. {
            let (mut stream, _) = listener.accept().await.expect("a client");
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                request.push(stream.read_u8().await.expect("a request"));
            }
            let request = String::from_utf8(request).expect("text");
            let path = request.split(' ').nth(1).expect("a path");
            stream.write_all(answer(number, path).as_bytes()).await.ok();
        }
    });
    base
}

pub(super) fn http(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n{body}")
}

/// Hands every WebSocket, after its subscription, to `talk` with its number; gives the address and a counter.
pub(super) async fn serve_socket<F>(talk: impl Fn(usize, Peer) -> F + Send + 'static) -> (String, Arc<AtomicUsize>)
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("ws://{}/v2", listener.local_addr().expect("bound"));
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.expect("a client");
            let Ok(mut peer) = tokio_tungstenite::accept_async(stream).await else { continue };
            let number = counter.fetch_add(1, Ordering::SeqCst);
            let Some(Ok(subscribe)) = futures::StreamExt::next(&mut peer).await else { continue };
            let subscribe: Value = serde_json::from_str(subscribe.to_text().expect("text")).expect("JSON");
            assert_eq!(subscribe["params"]["channel"], "ohlc");
            tokio::spawn(talk(number, peer));
        }
    });
    (address, count)
}

pub(super) async fn say(peer: &mut Peer, frames: impl IntoIterator<Item = Frame>) {
    for frame in frames {
        peer.send(frame).await.ok();
    }
}

pub(super) fn heartbeat() -> Frame {
    Frame::text(r#"{"channel":"heartbeat"}"#)
}

/// Goes on with heartbeats for as long as somebody listens.
pub(super) async fn hold(mut peer: Peer) {
    while peer.send(heartbeat()).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
