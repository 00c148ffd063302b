//! A real Chromium, spoken to in the words of its DevTools protocol, which are JSON on a WebSocket.
//!
//! The libraries for it bring the whole protocol as generated code, a second WebSocket and a second HTTP client; what is
//! wanted here is six methods.

use std::process::Stdio;
use std::time::{Duration, Instant};

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// How long anything may take: the machine may be busy with other tests.
const PATIENCE: Duration = Duration::from_secs(30);

/// A browser with one page, ended with the test.
pub struct Browser {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    session: String,
    asked: u64,
    /// What went wrong in the page, in its own words.
    complaints: Vec<String>,
    // Ended before its folder goes: fields go in this order.
    _process: Everyone,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// Opens one; none, with a word about it, where there is no Chromium.
    pub async fn open() -> Option<Self> {
        let named = std::env::var("WICK_CHROMIUM").ok();
        let names =
            named.as_deref().map_or_else(|| vec!["chromium", "chromium-browser", "google-chrome"], |one| vec![one]);
        let profile = tempfile::tempdir().expect("a folder");
        let started = names.into_iter().find_map(|name| start(name, profile.path()));
        let Some(mut process) = started else {
            eprintln!("skipped: no Chromium: sudo apt-get install chromium, or name one in WICK_CHROMIUM");
            return None;
        };
        let mut lines = BufReader::new(process.0.stderr.take().expect("its words")).lines();
        let address = loop {
            let line = tokio::time::timeout(PATIENCE, lines.next_line()).await.expect("in time").expect("text");
            let line = line.expect("Chromium ended before it listened");
            if let Some(address) = line.strip_prefix("DevTools listening on ") {
                break address.to_owned();
            }
        };
        // Its words go on: nobody reads them, but somebody must take them.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let (socket, _) = tokio_tungstenite::connect_async(address).await.expect("a socket");
        let (session, asked, complaints) = (String::new(), 0, Vec::new());
        let mut browser = Self { socket, session, asked, complaints, _process: process, _profile: profile };
        let target = browser.call("Target.createTarget", json!({ "url": "about:blank" })).await;
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let session = browser.call("Target.attachToTarget", attach).await;
        browser.session = session["sessionId"].as_str().expect("a session").to_owned();
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), json!({})).await;
        }
        Some(browser)
    }

    /// Calls a method of the protocol.
    pub async fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.asked += 1;
        let mut call = json!({ "id": self.asked, "method": method, "params": parameters });
        if !self.session.is_empty() {
            call["sessionId"] = json!(self.session);
        }
        self.socket.send(Message::text(call.to_string())).await.expect("sent");
        loop {
            let message = tokio::time::timeout(PATIENCE, self.socket.next()).await;
            let message = message.unwrap_or_else(|_| panic!("{method} takes too long")).expect("open").expect("read");
            let Message::Text(text) = message else { continue };
            let told: Value = serde_json::from_str(&text).expect("JSON");
            self.hear(&told);
            if told["id"] == self.asked {
                assert!(told["error"].is_null(), "{method}: {}", told["error"]);
                return told["result"].clone();
            }
        }
    }

    /// Keeps what the page complains of: errors on its console, exceptions, and what the browser refused it.
    fn hear(&mut self, told: &Value) {
        let parameters = &told["params"];
        let complaint = match told["method"].as_str() {
            Some("Runtime.exceptionThrown") => parameters["exceptionDetails"].to_string(),
            Some("Runtime.consoleAPICalled")
                if ["error", "warning", "assert"].contains(&parameters["type"].as_str().unwrap_or("")) =>
            {
                parameters["args"].to_string()
            }
            Some("Log.entryAdded") if parameters["entry"]["level"] == "error" => {
                format!("{} {}", parameters["entry"]["text"], parameters["entry"]["url"])
            }
            _ => return,
        };
        self.complaints.push(complaint);
    }

    /// What the page complained of since this was last asked.
    pub async fn complaints(&mut self) -> Vec<String> {
        // What is on its way is heard before the answer.
        self.eval("0").await;
        std::mem::take(&mut self.complaints)
    }

    /// What an expression is, in the page; a promise is waited for.
    pub async fn eval(&mut self, expression: &str) -> Value {
        let asked = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let told = self.call("Runtime.evaluate", asked).await;
        assert!(told["exceptionDetails"].is_null(), "{expression}: {}", told["exceptionDetails"]);
        told["result"]["value"].clone()
    }

    /// Has every page run this before all else.
    pub async fn first(&mut self, script: &str) {
        self.call("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script })).await;
    }

    /// Waits until an expression holds.
    pub async fn until(&mut self, expression: &str) {
        let started = Instant::now();
        let mut pause = Duration::from_millis(5);
        // A page that is just being left has nothing to ask.
        loop {
            let asked = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
            let told = self.call("Runtime.evaluate", asked).await;
            if told["exceptionDetails"].is_null() && told["result"]["value"] == true {
                return;
            }
            if started.elapsed() > PATIENCE {
                let text = self.eval("document.body.innerText").await;
                panic!("{expression} does not hold: {told}\n{}\n{:?}", text.as_str().unwrap_or(""), self.complaints);
            }
            // Each look makes the page lay itself out: what takes long is not looked at so often.
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(100));
        }
    }

    /// The text of an element as it is seen.
    pub async fn text(&mut self, selector: &str) -> String {
        let text = self.eval(&format!("document.querySelector({}).innerText", json!(selector))).await;
        text.as_str().expect("text").replace('\u{202f}', " ")
    }

    /// Goes to an address.
    pub async fn go(&mut self, url: &str) {
        self.call("Page.navigate", json!({ "url": url })).await;
        self.until(&format!("location.href.startsWith({}) && document.readyState === 'complete'", json!(url))).await;
    }

    /// How large the page is seen, and by whom.
    pub async fn look(&mut self, width: u32, height: u32, scheme: &str) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.call("Emulation.setDeviceMetricsOverride", size).await;
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.call("Emulation.setEmulatedMedia", media).await;
        // Until it has been drawn so.
        self.eval("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(0))))").await;
    }

    /// Presses the key that goes on to the next control.
    pub async fn tab(&mut self) {
        for kind in ["rawKeyDown", "keyUp"] {
            let key = json!({ "type": kind, "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9 });
            self.call("Input.dispatchKeyEvent", key).await;
        }
    }

    /// A picture, as PNG.
    pub async fn picture(&mut self) -> Vec<u8> {
        use base64::Engine;
        let shot = self.call("Page.captureScreenshot", json!({ "format": "png" })).await;
        base64::prelude::BASE64_STANDARD.decode(shot["data"].as_str().expect("data")).expect("base64")
    }
}

/// A browser and all whom it has started. Each writes what it likes, and is ended before anybody clears up after them.
struct Everyone(Child);

impl Drop for Everyone {
    fn drop(&mut self) {
        let Some(first) = self.0.id() else { return };
        let group = format!("-{first}");
        let _ = std::process::Command::new("kill").args(["-9", "--", &group]).stderr(Stdio::null()).status();
        // Those of a group that are gone are no group.
        let gone = || {
            let there = std::process::Command::new("kill").args(["-0", "--", &group]).stderr(Stdio::null()).status();
            there.is_ok_and(|status| !status.success())
        };
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(5) {
            let _ = self.0.try_wait();
            if gone() {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

fn start(name: &str, profile: &std::path::Path) -> Option<Everyone> {
    let browser = Command::new(name)
        .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--hide-scrollbars"])
        .args(["--remote-debugging-port=0", "--window-size=1440,900"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg("about:blank")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .process_group(0)
        .spawn();
    browser.ok().map(Everyone)
}
