//! A server of the test's own that says exactly what it is told to, byte for byte.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// What is answered to a request.
#[derive(Clone, Debug)]
pub enum Say {
    /// These bytes, head and body, and then the end of the connection.
    Bytes(Vec<u8>),
    /// The same, a byte every so often.
    Slowly(Vec<u8>, Duration),
    /// Nothing, ever.
    Silence,
}

impl Say {
    /// A whole answer.
    pub fn answer(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Self {
        Self::Bytes(answer(status, headers, body.as_ref()))
    }

    /// A good answer.
    pub fn ok(body: impl AsRef<[u8]>) -> Self {
        Self::answer(200, &[], body)
    }
}

pub fn answer(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut text = format!("HTTP/1.1 {status} told\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    let mut bytes = (text + "\r\n").into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// The requests that came, heads only.
pub type Requests = Arc<Mutex<Vec<String>>>;

/// Opens it: `say` gives the answer to each request by its head and how many came before.
pub async fn serve(say: impl Fn(&str, usize) -> Say + Send + Sync + 'static) -> (String, Requests) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("bound"));
    let requests = Requests::default();
    let (heard, say) = (requests.clone(), Arc::new(say));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (heard, say) = (heard.clone(), say.clone());
            tokio::spawn(async move {
                let mut head = Vec::new();
                let mut part = [0; 4096];
                while !head.windows(4).any(|four| four == b"\r\n\r\n") {
                    match stream.read(&mut part).await {
                        Ok(read @ 1..) => head.extend_from_slice(&part[..read]),
                        _ => return,
                    }
                }
                let head = String::from_utf8_lossy(&head).into_owned();
                let before = {
                    let mut heard = heard.lock().expect("not poisoned");
                    heard.push(head.clone());
                    heard.len() - 1
                };
                match say(&head, before) {
                    Say::Bytes(bytes) => {
                        let _ = stream.write_all(&bytes).await;
                        let _ = stream.shutdown().await;
                    }
                    Say::Slowly(bytes, pause) => {
                        for byte in bytes {
                            if stream.write_all(&[byte]).await.is_err() {
                                return;
                            }
                            tokio::time::sleep(pause).await;
                        }
                    }
                    Say::Silence => std::future::pending().await,
                }
            });
        }
    });
    (address, requests)
}
