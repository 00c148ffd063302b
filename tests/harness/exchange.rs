//! Two exchanges of the story's own, as far as HTTP goes: history and the time of day of Binance and of Kraken. Nobody
//! answers where their WebSockets should be, so they are asked again and again.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU16, Ordering};

/// A minute, in milliseconds.
const MINUTE: i64 = 60_000;

/// The exchanges.
#[derive(Clone)]
pub struct Exchanges {
    /// Where they answer.
    pub base: String,
    /// By how many minutes they are behind.
    pub behind: Arc<AtomicI64>,
    /// The status that Binance answers with.
    pub binance: Arc<AtomicU16>,
}

impl Exchanges {
    /// Opens them.
    pub fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("bound"));
        let exchanges = Self { base, behind: Arc::default(), binance: Arc::new(AtomicU16::new(200)) };
        let own = exchanges.clone();
        std::thread::Builder::new()
            .spawn(move || {
                for stream in listener.incoming() {
                    let own = own.clone();
                    let _ = std::thread::Builder::new().spawn(move || own.attend(stream.expect("a client")));
                }
            })
            .expect("a thread");
        exchanges
    }

    /// Answers one client until it goes.
    fn attend(&self, mut stream: TcpStream) {
        let mut lines = BufReader::new(stream.try_clone().expect("a stream")).lines();
        while let Some(Ok(request)) = lines.next() {
            while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
            let path = request.split(' ').nth(1).unwrap_or_default();
            let (status, body) = self.answer(path);
            let head = format!(
                "HTTP/1.1 {status} told\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            if stream.write_all((head + &body).as_bytes()).is_err() {
                return;
            }
        }
    }

    fn answer(&self, path: &str) -> (u16, String) {
        let of = |name: &str| {
            let (_, query) = path.split_once('?')?;
            let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
            value?.parse::<i64>().ok()
        };
        let now = wick_bus::Clock::System.now().millis() - self.behind.load(Ordering::SeqCst) * MINUTE;
        let open = now - now.rem_euclid(MINUTE);
        let minutes = |from: i64, to: i64| (from..=to).step_by(MINUTE as usize);
        match path.split('?').next().unwrap_or_default() {
            "/0/public/Time" => (200, format!(r#"{{"error":[],"result":{{"unixtime":{}}}}}"#, now / 1000)),
            "/0/public/OHLC" => {
                let since = of("since").unwrap_or(0) * 1000;
                let first = (since - since.rem_euclid(MINUTE)).max(open - 719 * MINUTE);
                let row = |at| {
                    let p = price(at) * 1.001;
                    format!(r#"[{},"{p:.1}","{:.1}","{:.1}","{p:.1}","{p:.1}","1.5",3]"#, at / 1000, p + 5.0, p - 5.0)
                };
                let rows: Vec<String> = minutes(first, open).map(row).collect();
                (200, format!(r#"{{"error":[],"result":{{"XXBTZUSD":[{}],"last":0}}}}"#, rows.join(",")))
            }
            // A newspaper, an index and a place where people talk have moved in.
            "/feed.xml" => (200, FEED.into()),
            "/fng/" => {
                let today = now - now.rem_euclid(86_400_000);
                (200, format!(r#"{{"data":[{{"value":"38","timestamp":"{}"}}]}}"#, today / 1000))
            }
            "/r/Bitcoin/new.json" => (200, POSTS.into()),
            _ if self.binance.load(Ordering::SeqCst) != 200 => {
                (self.binance.load(Ordering::SeqCst), r#"{"code":0,"msg":"restricted location"}"#.into())
            }
            "/api/v3/time" => (200, format!(r#"{{"serverTime":{now}}}"#)),
            "/api/v3/klines" => {
                let first = of("startTime").unwrap_or(open);
                let first = first + (MINUTE - first.rem_euclid(MINUTE)) % MINUTE;
                let last = of("endTime").unwrap_or(open).min(open).min(first + 999 * MINUTE);
                let row = |at| {
                    let p = price(at);
                    let (high, low, end) = (p + 5.0, p - 5.0, at + MINUTE - 1);
                    format!(r#"[{at},"{p:.1}","{high:.1}","{low:.1}","{p:.1}","2.5",{end},"0",7,"0","0","0"]"#)
                };
                (200, format!("[{}]", minutes(first, last).map(row).collect::<Vec<_>>().join(",")))
            }
            _ => (404, "{}".into()),
        }
    }
}

/// What is printed: the second item in a language that is not read, the fourth the first one again.
const FEED: &str = r#"<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>The Block and Tackle</title>
<link>https://news.example.com</link><description>News</description>
<item><title>Bitcoin soars to a record high as funds pile in</title><link>https://news.example.com/up?utm_source=rss</link>
<description>&lt;p&gt;Buyers were many.&lt;/p&gt;</description><pubDate>Mon, 02 Nov 2026 09:00:00 GMT</pubDate></item>
<item><title>Der Kurs des Bitcoin ist nach einer Entscheidung der Notenbank gefallen</title><link>https://news.example.com/de</link>
<description>Viele Anleger ziehen ihr Geld ab und warten nun auf bessere Nachrichten aus der Politik, andere sehen darin
eine Gelegenheit und kaufen noch einmal nach, solange die Kurse niedrig sind.</description></item>
<item><title>Exchange hacked, bitcoin plunges as customers flee</title><link>https://news.example.com/down</link></item>
<item><title>BITCOIN SOARS to a record high, as funds pile in!</title><link>https://news.example.com/up-again</link></item>
</channel></rss>"#;
const POSTS: &str = r#"{"data":{"after":null,"children":[{"data":{"title":"Fees are low again, time to tidy up",
"permalink":"/r/Bitcoin/comments/1/fees/","created_utc":1793600000.0,"score":12}}]}}"#;

/// A price that wanders the same way for everybody who looks.
fn price(at: i64) -> f64 {
    let minute = (at / MINUTE) as f64;
    40_000.0 + 800.0 * (minute / 371.0).sin() + 150.0 * (minute / 17.0).sin() + 20.0 * (minute * 1.7).sin()
}
