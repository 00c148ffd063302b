//! A server that cannot prove who it is: nothing is read from it, and the reason is told.

use std::sync::Arc;

use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::*;
use crate::http::install_tls;

/// A server with a certificate that nobody vouches for; gives its port.
async fn serve_unproved() -> u16 {
    install_tls();
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).expect("a key");
    let config = ServerConfig::builder().with_no_client_auth();
    let config = config.with_single_cert(vec![own.cert.der().clone()], key).expect("a pair");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let answer = acceptor.accept(stream).await;
            assert!(answer.is_err(), "somebody believed it");
        }
    });
    port
}

#[tokio::test]
async fn nothing_is_read_from_who_cannot_prove_who_they_are() {
    let port = serve_unproved().await;
    for venue in venues() {
        let error = probe(venue, &format!("https://localhost:{port}"), PATIENCE).await.expect_err("not proved");
        assert!(error.is_transient() && error.to_string().contains("certificate"), "{venue}: {error}");
        let url = url::Url::parse(&format!("wss://localhost:{port}/")).expect("an address");
        let settings = settings(venue, String::new(), String::new());
        let opened = socket::Socket::open(&url, protocol_of(venue).expect("an exchange"), &settings).await;
        let error = opened.err().expect("not proved");
        assert!(error.is_transient() && error.to_string().contains("certificate"), "{venue}: {error}");
    }
}
