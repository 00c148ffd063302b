//! The server of our own, killed while it wrote.

use std::io::Write;
use std::path::{Path, PathBuf};

use redis::{Value, cmd, pipe};
use wick_bus::Config;
use wick_bus::server::Server;
use wick_bus::session::connect;

fn newest(data: &Path) -> PathBuf {
    let folder = data.join("bus/appendonlydir");
    let files = std::fs::read_dir(folder).expect("the folder of a server");
    let files = files.map(|file| file.expect("a file").path());
    files.filter(|path| path.to_string_lossy().ends_with(".incr.aof")).max().expect("an append-only file")
}

/// Publishes a message, in its second, and how far one has come, and gives the number of messages that are there.
async fn publish(server: &Server, done: i64) -> usize {
    let mut connection = connect(&server.url).await.expect("connects");
    let mut commands = pipe();
    commands
        .atomic()
        .cmd("XADD")
        .arg("topic")
        .arg(format!("{done}000-*"))
        .arg("message")
        .arg(done)
        .cmd("SET")
        .arg("done")
        .arg(done);
    let _: Value = commands.query_async(&mut connection).await.expect("is published");
    cmd("XLEN").arg("topic").query_async(&mut connection).await.expect("a length")
}

#[tokio::test]
async fn a_transaction_that_was_half_written_is_not_carried_out_later() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = Config::load(None, &[("data_dir".into(), folder.path().display().to_string())]).expect("settings");
    let server = Server::start(&config).await.expect("starts");
    assert_eq!(publish(&server, 1).await, 1);
    server.stop().await;

    // As a server leaves it that is killed while it writes: a message, and half of what comes with it.
    let id = "1500-0";
    let half = format!(
        "*1\r\n$5\r\nMULTI\r\n*5\r\n$4\r\nXADD\r\n$5\r\ntopic\r\n${}\r\n{id}\r\n$7\r\nmessage\r\n$1\r\n2\r\n\
         *3\r\n$3\r\nSET\r\n$4\r\ndone",
        id.len()
    );
    let mut file = std::fs::File::options().append(true).open(newest(folder.path())).expect("a file");
    file.write_all(half.as_bytes()).expect("is written");
    drop(file);

    let server = Server::start(&config).await.expect("starts");
    assert_eq!(publish(&server, 2).await, 2, "the publisher says it again");
    server.stop().await;
    // Which is when a server would carry it out that had found it open.
    let server = Server::start(&config).await.expect("starts");
    assert_eq!(publish(&server, 3).await, 3, "what was said again is there once");
    server.stop().await;
}

#[tokio::test]
async fn a_server_that_is_stopped_leaves_what_is_there_and_not_all_that_was_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = Config::load(None, &[("data_dir".into(), folder.path().display().to_string())]).expect("settings");
    let server = Server::start(&config).await.expect("starts");
    let mut connection = connect(&server.url).await.expect("connects");
    // Ten megabytes, of which one counts in the end.
    for round in 0..10 {
        let text = round.to_string().repeat(1 << 20);
        let _: Value = cmd("SET").arg("newest").arg(text).query_async(&mut connection).await.expect("is set");
    }
    publish(&server, 1).await;
    server.stop().await;

    let files = std::fs::read_dir(folder.path().join("bus/appendonlydir")).expect("the folder of a server");
    let bytes: u64 = files.map(|file| file.expect("a file").metadata().expect("a size").len()).sum();
    assert!(bytes < 2 << 20, "{bytes} bytes are left");
    let server = Server::start(&config).await.expect("starts");
    let mut connection = connect(&server.url).await.expect("connects");
    let newest: String = cmd("GET").arg("newest").query_async(&mut connection).await.expect("is there");
    assert_eq!(newest, "9".repeat(1 << 20));
    assert_eq!(publish(&server, 2).await, 2);
    server.stop().await;
}
