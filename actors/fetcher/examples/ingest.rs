//! How fast what exchanges say is taken in: recorded messages through sockets, the adapters and bronze's journals to
//! Parquet, beside the plain parse of the same bytes as JSON.
//!
//! ```text
//! cargo run --release -p wick-fetcher --example ingest -- EMPTY_FOLDER RECORDINGS 1000000
//! ```
//!
//! The recordings are a folder per exchange with lines `<seconds>: <message>` in files named `*.ws.*`. They are repeated
//! until there are enough of them. Each exchange has a socket of its own on loopback, which sends as fast as it is read.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use futures::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::Message;
use wick_bus::producer::Intake;
use wick_bus::{Layer, lake::Lake, lake::partitions};
use wick_fetcher::arrived::Numbers;
use wick_fetcher::bronze::Bronze;
use wick_fetcher::flow::Flow;
use wick_fetcher::listening::Listening;
use wick_fetcher::source::Clock;
use wick_fetcher::source::exchange::{Exchange, Settings, venues};
use wick_fetcher::venues::{Known, Venues};
use wick_schemas::{Timestamp, Venue};

type Outcome<T> = Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Outcome<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [folder, recordings, count] = words.as_slice() else {
        return Err("name an empty folder, the folder of recordings, and how many messages".into());
    };
    let wanted: usize = count.parse()?;
    let recorded = recorded(Path::new(recordings))?;
    let all: usize = recorded.iter().map(|(_, messages)| messages.len()).sum();
    // As often as each was recorded, and the rest to the first.
    let mut shares: Vec<usize> = recorded.iter().map(|(_, messages)| messages.len() * wanted / all).collect();
    shares[0] += wanted - shares.iter().sum::<usize>();

    let mut bytes = 0u64;
    let started = Instant::now();
    for ((_, messages), share) in recorded.iter().zip(&shares) {
        for message in messages.iter().cycle().take(*share) {
            bytes += message.len() as u64;
            std::hint::black_box(serde_json::from_str::<serde_json::Value>(message)?);
        }
    }
    let parse = started.elapsed().as_secs_f64();
    println!("{wanted} messages of {} exchanges, {bytes} bytes", recorded.len());
    println!("parsed as JSON alone: {parse:.2} s, {:.0} a second", wanted as f64 / parse);

    let clock: Clock = Arc::new(|| wick_bus::Clock::System.now());
    let mut known = Vec::new();
    for ((venue, messages), share) in recorded.into_iter().zip(shares) {
        let settings = Settings {
            socket: socket(messages, share).await?,
            rest: history().await?,
            start: Some(clock()),
            ..Settings::of(venue)?
        };
        let source = Box::new(Exchange::new(settings, clock.clone(), None)?);
        known.push(Known { source, after: Some(clock()), gap: None });
    }
    std::fs::create_dir(folder)?;
    let lake = Lake::folder(PathBuf::from(folder).join("bronze"));
    let mut bronze = Bronze::open_at(lake.clone(), 1440)?;
    let mut listening = Listening::to(Flow::Live(Venues::new(known, clock)), Numbers::default(), true, None);
    let (mut frames, mut writes, started) = (0usize, 0usize, Instant::now());
    while frames < wanted {
        let Some(arrived) = listening.next().await? else { break };
        frames += arrived.frames.iter().filter(|row| row.frame.status == wick_fetcher::frame::SOCKET).count();
        writes += 1;
        bronze.keep(arrived.into_rows()).await?;
    }
    bronze.settle()?;
    let took = started.elapsed().as_secs_f64();
    let rate = frames as f64 / took;
    println!("taken in, kept and settled: {took:.2} s, {rate:.0} a second, in {writes} writes");
    println!("{:.1} times as long as the parse alone; peak memory {} MiB", took / parse, peak_mib());
    let kept = partitions(&lake.files, "kind=frame")?;
    let rows: u64 = kept.iter().filter_map(|one| one.rows).sum();
    let size: u64 = kept.iter().map(|one| one.bytes).sum();
    println!(
        "{rows} frames in bronze, {size} bytes of Parquet: {:.1} % of what came",
        100.0 * size as f64 / bytes as f64
    );
    Ok(())
}

/// What each exchange was recorded to say.
fn recorded(folder: &Path) -> Outcome<Vec<(Venue, Vec<String>)>> {
    let mut all = Vec::new();
    for venue in venues() {
        let mut messages = Vec::new();
        for entry in std::fs::read_dir(folder.join(venue.as_str()))? {
            let path = entry?.path();
            if path.file_name().is_some_and(|name| name.to_string_lossy().contains(".ws.")) {
                let text = std::fs::read_to_string(path)?;
                let said = text.lines().filter_map(|line| line.split_once(": "));
                messages.extend(
                    said.filter(|(time, _)| time.parse::<f64>().is_ok()).map(|(_, message)| message.to_owned()),
                );
            }
        }
        if !messages.is_empty() {
            all.push((venue, messages));
        }
    }
    Ok(all)
}

/// A socket that says these messages, over and over, `count` in all, and then is silent.
async fn socket(messages: Vec<String>, count: usize) -> Outcome<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("ws://{}", listener.local_addr()?);
    tokio::spawn(async move {
        let Ok((stream, _)) = listener.accept().await else { return };
        let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else { return };
        for message in messages.iter().cycle().take(count) {
            if socket.feed(Message::text(message.as_str())).await.is_err() {
                return;
            }
        }
        let _ = socket.flush().await;
        while socket.next().await.is_some() {}
    });
    Ok(address)
}

/// History in which nothing was ever traded, in all four dialects.
async fn history() -> Outcome<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = vec![0; 4096];
                while let Ok(read @ 1..) = stream.read(&mut request).await {
                    let body = answer(&String::from_utf8_lossy(&request[..read]));
                    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length:";
                    let text = format!("{head} {}\r\n\r\n{body}", body.len());
                    if stream.write_all(text.as_bytes()).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    Ok(address)
}

fn answer(request: &str) -> String {
    let now = wick_bus::Clock::System.now().floor(wick_schemas::time::MINUTE);
    let row = |at: Timestamp| format!(r#"[{},"1","1","1","1","1","1",1]"#, at.millis() / 1000);
    match request {
        _ if request.contains("/OHLC") => {
            let rows = format!("{},{}", row(now.shift(-60_000)), row(now));
            format!(r#"{{"error":[],"result":{{"XXBTZUSD":[{rows}],"last":0}}}}"#)
        }
        _ if request.contains("/ohlc") => r#"{"data":{"pair":"BTC/USD","ohlc":[]}}"#.into(),
        _ => "[]".into(),
    }
}

/// The most memory that this process ever held; 0 where the system does not say.
fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).map_or(0, |kib| kib / 1024)
}
