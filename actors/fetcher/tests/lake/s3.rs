//! The same story in a bucket, with a real S3 protocol server on loopback.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use wick_bus::lake::{Lake, LakeConfig, Store};

use crate::story::everything;

/// moto's server, ended with the test.
struct Server {
    process: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Starts the server of `$WICK_MOTO`, or of what the path offers.
fn start() -> Option<Server> {
    let named = std::env::var_os("WICK_MOTO").map(|program| (program, vec![]));
    let offered = [(OsString::from("moto_server"), vec![]), (OsString::from("python3"), vec!["-m", "moto.server"])];
    let runs = |program: &OsString, words: &[&str]| {
        let asked =
            Command::new(program).args(words).arg("--help").stdout(Stdio::null()).stderr(Stdio::null()).status();
        asked.is_ok_and(|status| status.success())
    };
    // What was named is there: asked, it would only take as long to start once more.
    let (program, words) = named.or_else(|| offered.into_iter().find(|(program, words)| runs(program, words)))?;
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let mut command = Command::new(program);
    command.args(words).args(["-H", "127.0.0.1", "-p", &port.to_string()]).stdout(Stdio::null()).stderr(Stdio::null());
    let mut server = Server { process: command.spawn().expect("starts"), port };
    let started = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(server.process.try_wait().expect("asked").is_none(), "moto ended by itself");
        assert!(started.elapsed() < Duration::from_secs(60), "moto does not answer");
        std::thread::sleep(Duration::from_millis(20));
    }
    Some(server)
}

impl Server {
    fn make_bucket(&self, name: &str) {
        let mut socket = TcpStream::connect(("127.0.0.1", self.port)).expect("connects");
        let ask = format!("PUT /{name} HTTP/1.0\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n");
        socket.write_all(ask.as_bytes()).expect("asked");
        let mut answer = String::new();
        socket.read_to_string(&mut answer).expect("answered");
        assert!(answer.contains(" 200 "), "{answer}");
    }

    fn store(&self, bucket: &str, below: &str) -> Store {
        let config = LakeConfig {
            url: format!("s3://{bucket}/lake"),
            endpoint: format!("http://127.0.0.1:{}", self.port),
            region: "us-east-1".into(),
            allow_http: true,
            ..LakeConfig::default()
        };
        let keys = [("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "hush")];
        Store::bucket(&config, below, keys.map(|(name, value)| (name.to_owned(), value.to_owned()))).expect("a bucket")
    }
}

#[test]
fn a_lake_in_a_bucket() {
    let Some(server) = start() else {
        eprintln!(
            "skipped: neither $WICK_MOTO, moto_server nor python3 -m moto.server runs (pip install 'moto[server]')"
        );
        return;
    };
    server.make_bucket("wick");
    let folder = tempfile::tempdir().expect("a folder");
    let files = server.store("wick", "bronze");
    everything(&Lake { files, journals: folder.path().to_owned() });
    // Others in the bucket are not seen, and a bucket that is not there is an error, not an empty lake.
    assert_eq!(server.store("wick", "replay/bronze").list("").expect("listed"), []);
    let error = server.store("nowhere", "bronze").list("").expect_err("no bucket").to_string();
    assert!(error.contains("s3://nowhere/lake/bronze") && !error.contains("hush"), "{error}");
}
