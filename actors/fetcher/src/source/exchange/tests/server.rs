//! An exchange of the tests' own: HTTP and WebSocket on ports of this machine.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Bytes, Message as Frame};

pub type Peer = WebSocketStream<TcpStream>;

/// What is sent, after how long; the connection ends behind it.
#[derive(Clone, Debug)]
pub struct Reply {
    pub delay: Duration,
    pub text: String,
}

pub fn http(status: &str, headers: &str, body: &str) -> Reply {
    let length = body.len();
    let text = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n{body}");
    Reply { delay: Duration::ZERO, text }
}

/// Answers every HTTP request with what `answer` makes of its number and path; gives the base address.
pub async fn serve_rest(answer: impl Fn(usize, &str) -> Reply + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("bound"));
    tokio::spawn(async move {
        let mut number = 0;
        loop {
            let (mut stream, _) = listener.accept().await.expect("a client");
            // Whoever says something else than HTTP (a TLS handshake, say) is hung up on.
            let Some(request) = request(&mut stream).await else { continue };
            let path = request.split(' ').nth(1).expect("a path");
            let reply = answer(number, path);
            number += 1;
            tokio::spawn(async move {
                tokio::time::sleep(reply.delay).await;
                stream.write_all(reply.text.as_bytes()).await.ok();
            });
        }
    });
    base
}

async fn request(stream: &mut TcpStream) -> Option<String> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(stream.read_u8().await.ok()?);
        if request.len() == 3 && request != b"GET" {
            return None;
        }
    }
    String::from_utf8(request).ok()
}

/// What a WebSocket's handshake is answered with; nothing where it is let in.
pub type Door = Option<&'static str>;

/// Hands every WebSocket that `door` lets in, after its subscription, to `talk` with its number; gives the address and a
/// counter of those let in.
pub async fn serve_socket<F>(
    door: impl Fn(usize) -> Door + Send + 'static,
    talk: impl Fn(usize, Peer) -> F + Send + 'static,
) -> (String, Arc<AtomicUsize>)
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("ws://{}/v2", listener.local_addr().expect("bound"));
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    tokio::spawn(async move {
        for number in 0.. {
            let (mut stream, _) = listener.accept().await.expect("a client");
            stream.set_nodelay(true).expect("a socket");
            if let Some(refusal) = door(number) {
                if request(&mut stream).await.is_some() {
                    stream.write_all(http(refusal, "", "").text.as_bytes()).await.ok();
                }
                continue;
            }
            let Ok(mut peer) = tokio_tungstenite::accept_async(stream).await else { continue };
            let Some(Ok(subscribe)) = peer.next().await else { continue };
            assert!(subscribe.to_text().expect("text").to_lowercase().contains("btc"), "{subscribe}");
            tokio::spawn(talk(counter.fetch_add(1, Ordering::SeqCst), peer));
        }
    });
    (address, count)
}

/// Says something and waits until it was heard: by then all of it has had its effect.
pub async fn say(peer: &mut Peer, texts: impl IntoIterator<Item = String>) {
    for text in texts {
        peer.send(Frame::text(text)).await.ok();
    }
    // The pong to the first ping may be on its way before the client has done what it was told.
    for mark in [b"1", b"2"] {
        if peer.send(Frame::Ping(Bytes::from_static(mark))).await.is_err() {
            return;
        }
        let heard = async {
            while let Some(Ok(frame)) = peer.next().await {
                if frame == Frame::Pong(Bytes::from_static(mark)) {
                    return;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(3), heard).await.ok();
    }
}

/// Goes on with signs of life for as long as somebody listens.
pub async fn hold(mut peer: Peer, heartbeat: String) {
    while peer.send(Frame::text(heartbeat.clone())).await.is_ok() {
        // Answers the other side's pings, too.
        tokio::time::timeout(Duration::from_millis(5), peer.next()).await.ok();
    }
}
