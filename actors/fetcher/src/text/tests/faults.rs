//! What may go wrong on the way, with every service: what is whole comes in the end, and what was wrong is told.

use std::time::{Duration, Instant};

use wick_schemas::Text;

use super::server::{Say, answer, serve};
use super::*;
use crate::text::Heard;

/// What was heard until so many items have come.
#[derive(Default)]
struct Seen {
    texts: Vec<Text>,
    readings: usize,
    trouble: Vec<String>,
    statuses: Vec<u16>,
    frames: String,
}

impl Seen {
    fn add(&mut self, heard: Heard) {
        self.texts.extend(heard.articles.into_iter().map(|one| one.article));
        self.texts.extend(heard.posts.into_iter().map(|one| one.post));
        self.readings += heard.readings.len();
        self.trouble.extend(heard.trouble);
        self.statuses.extend(heard.frames.iter().map(|frame| frame.status));
        self.frames.push_str(&format!("{:?}", heard.frames));
    }

    fn items(&self) -> usize {
        self.texts.len() + self.readings
    }
}

/// Hears until `done`.
async fn hear(texts: &mut Texts, done: impl Fn(&Seen) -> bool) -> Seen {
    let mut seen = Seen::default();
    soon("what was waited for", async {
        while !done(&seen) {
            seen.add(texts.next().await);
        }
    })
    .await;
    seen
}

/// The first answer of a server that has a bad beginning; what follows is good.
fn bad_beginnings(body: &str) -> Vec<(&'static str, Say)> {
    let whole = answer(200, &[], body.as_bytes());
    let huge = vec![b' '; (8 << 20) + 4096];
    vec![
        ("cut in mid-body", Say::Bytes(whole[..whole.len() - body.len() / 2].to_vec())),
        ("cut in the head", Say::Bytes(whole[..20].to_vec())),
        ("closed at once", Say::Bytes(Vec::new())),
        ("truncated, and says it is whole", Say::ok(&body[..body.len() / 2])),
        ("empty", Say::ok("")),
        (
            "wrong type",
            Say::answer(200, &[("Content-Type", "text/html")], "<html><body>Checking your browser</body></html>"),
        ),
        ("null", Say::ok("null")),
        ("a number", Say::ok("7")),
        ("not text", Say::ok([0, 159, 146, 150, 255])),
        ("huge", Say::ok(huge)),
        ("silence", Say::Silence),
        ("403", Say::answer(403, &[], "no")),
        ("404", Say::answer(404, &[], "nothing here")),
        ("451", Say::answer(451, &[], "not in your region")),
        ("500", Say::answer(500, &[], "oh")),
        ("503 for a moment", Say::answer(503, &[("Retry-After", "0")], "busy")),
        ("redirected in a circle", Say::answer(302, &[("Location", "/round")], "")),
    ]
}

#[tokio::test]
async fn whatever_goes_wrong_first_is_told_and_what_is_whole_comes_then() {
    let mut lines = Vec::new();
    let all = everyone()
        .into_iter()
        .flat_map(|(name, body)| bad_beginnings(body).into_iter().map(move |bad| (name, body, bad)));
    let stories = all.map(|(name, body, (fault, bad))| async move {
        let (address, _) = serve(move |head, before| {
            // A circle has no end by itself: reqwest gives it up.
            let round = matches!(&bad, Say::Bytes(bytes) if bytes.starts_with(b"HTTP/1.1 302"));
            let first = if round { before == 0 || head.contains("/round") } else { before == 0 };
            if first { bad.clone() } else { Say::ok(body) }
        })
        .await;
        let mut texts = texts(&only(name, &address));
        let seen = hear(&mut texts, |seen| seen.items() >= 2).await;
        assert_eq!(seen.items(), 2, "{name}, {fault}");
        // Feeds of nothing are feeds, and an index without a number says nothing: no trouble is a right answer there.
        let told = seen.trouble.first().cloned().unwrap_or_else(|| "(nothing)".into());
        assert!(!seen.trouble.is_empty(), "{name}, {fault}: nothing was told");
        assert!(!told.contains("s3cret") && !seen.frames.contains("s3cret"), "{told}");
        if let Ok(status) = fault.split(' ').next().unwrap_or_default().parse::<u16>() {
            assert!(told.contains(&status.to_string()), "{name}, {fault}: {told}");
            assert!(seen.statuses.contains(&status), "{name}: the refusal is not kept");
        }
        (name, fault, told)
    });
    for (name, fault, told) in futures::future::join_all(stories).await {
        lines.push(format!("{fault:32} {name:12} told: {}", told.chars().take(100).collect::<String>()));
    }
    lines.sort();
    println!("{}", lines.join("\n"));
    assert_eq!(lines.len(), 17 * 8);
}

#[tokio::test]
async fn what_is_only_odd_is_read_as_it_is() {
    for (name, body) in everyone() {
        let whole = answer(200, &[], body.as_bytes());
        let odd = [
            ("slow", Say::Slowly(whole.clone(), Duration::from_micros(200))),
            (
                "a mark of the byte order",
                if name == "example" { Say::ok(format!("\u{feff}{body}")) } else { Say::ok(body) },
            ),
            ("another media type", Say::answer(200, &[("Content-Type", "text/plain; charset=x-none")], body)),
        ];
        for (what, say) in odd {
            let (address, _) = serve(move |_, _| say.clone()).await;
            let seen = hear(&mut texts(&only(name, &address)), |seen| seen.items() >= 2).await;
            assert_eq!((seen.items(), seen.trouble.len()), (2, 0), "{name}, {what}: {:?}", seen.trouble);
        }
        // What was published first comes first, and again and again is once.
        let (address, requests) = serve(move |_, _| Say::ok(body)).await;
        let mut texts = texts(&only(name, &address));
        let mut seen = Seen::default();
        soon("the third visit", async {
            while requests.lock().expect("not poisoned").len() < 3 {
                tokio::select! {
                    heard = texts.next() => seen.add(heard),
                    () = tokio::time::sleep(Duration::from_millis(5)) => {}
                }
            }
        })
        .await;
        assert_eq!(seen.items(), 2, "{name}");
        assert!(seen.texts.is_sorted_by_key(|text| text.published), "{name}");
    }
}

#[tokio::test]
async fn who_asks_for_patience_gets_it() {
    let (address, requests) = serve(|_, before| match before {
        0..3 => Say::answer(429, &[("Retry-After", "1")], "slow down"),
        _ => Say::ok(FEED),
    })
    .await;
    let started = Instant::now();
    let seen = hear(&mut texts(&only("example", &address)), |seen| seen.items() >= 2).await;
    assert!(started.elapsed() >= Duration::from_secs(3), "asked again too soon");
    assert_eq!(requests.lock().expect("not poisoned").len(), 4);
    assert!(seen.trouble.iter().all(|told| told.contains("429")), "{:?}", seen.trouble);
}

#[tokio::test]
async fn nothing_new_is_not_sent_twice() {
    let (address, requests) = serve(|head, _| {
        if head.to_lowercase().contains("if-none-match: \"one\"") {
            Say::answer(304, &[("ETag", "\"one\"")], "")
        } else {
            Say::answer(200, &[("ETag", "\"one\""), ("Last-Modified", "Tue, 05 Mar 2024 09:00:00 GMT")], FEED)
        }
    })
    .await;
    let seen =
        hear(&mut texts(&only("example", &address)), |seen| seen.statuses.iter().filter(|s| **s == 304).count() >= 2)
            .await;
    assert_eq!((seen.items(), seen.trouble.len()), (2, 0), "{:?}", seen.trouble);
    let heads = requests.lock().expect("not poisoned").join("");
    assert!(heads.to_lowercase().contains("if-modified-since: tue, 05 mar 2024 09:00:00 gmt"), "{heads}");
}

#[tokio::test]
async fn a_moved_feed_is_followed() {
    let (address, _) = serve(|head, _| {
        if head.contains("/moved.xml") { Say::ok(FEED) } else { Say::answer(301, &[("Location", "/moved.xml")], "") }
    })
    .await;
    let seen = hear(&mut texts(&only("example", &address)), |seen| seen.items() >= 2).await;
    assert_eq!(seen.trouble.len(), 0);
    assert_eq!(seen.texts[1].url, "https://example.com/a");
    assert_eq!(
        (seen.texts[1].title.as_str(), seen.texts[1].body.as_str()),
        ("Funds take in bitcoin & ether", "The ninth day in a row.")
    );
}

#[tokio::test]
async fn a_broken_seal_is_told_and_holds_nobody_else() {
    let (address, _) = serve(|_, _| Say::ok(REDDIT)).await;
    let mut config = only("example", &address.replace("http://", "https://"));
    config.reddit = only("reddit", &address).reddit;
    let seen = hear(&mut texts(&config), |seen| seen.items() >= 2 && !seen.trouble.is_empty()).await;
    assert_eq!(seen.items(), 2);
    assert!(seen.trouble[0].contains("does not answer"), "{:?}", seen.trouble);
}

#[tokio::test]
async fn another_encoding_is_read_or_refused_but_never_mangled() {
    let body = FEED.replace("UTF-8", "ISO-8859-1").replace("Fees fall", "Café fees fall");
    let latin: Vec<u8> = body.chars().map(|c| u8::try_from(u32::from(c)).expect("of latin-1")).collect();
    let (address, _) = serve(move |_, _| Say::ok(&latin)).await;
    let seen = hear(&mut texts(&only("example", &address)), |seen| seen.items() >= 2 || !seen.trouble.is_empty()).await;
    assert!(seen.texts.iter().any(|text| text.title.starts_with("Café")), "{:?} {:?}", seen.texts, seen.trouble);
}

#[tokio::test]
async fn what_was_missed_is_on_older_pages() {
    // A new post comes with every visit but the second, which finds five pages of them.
    let listing = |range: std::ops::Range<usize>, after: &str| {
        let one = |n: usize| {
            format!(r#"{{"data":{{"title":"post {n}","permalink":"/r/Bitcoin/comments/{n}/","created_utc":{n}}}}}"#)
        };
        let children: Vec<String> = range.rev().map(one).collect();
        format!(r#"{{"data":{{"after":{after},"children":[{}]}}}}"#, children.join(","))
    };
    let (address, requests) = serve(move |head, before| {
        Say::ok(match before {
            0 => listing(0..5, "\"older\""),
            _ if head.contains("after=p1") => listing(10..15, "\"p2\""),
            _ if head.contains("after=p2") => listing(3..10, "\"p3\""),
            _ => listing(15..20, "\"p1\""),
        })
    })
    .await;
    let seen = hear(&mut texts(&only("reddit", &address)), |seen| seen.items() >= 20).await;
    let titles: Vec<String> = seen.texts.iter().map(|text| text.title.clone()).collect();
    assert_eq!(titles, (0..20).map(|n| format!("post {n}")).collect::<Vec<_>>());
    // The first visit reads one page: what is older than our first look is history.
    assert!(!requests.lock().expect("not poisoned").iter().any(|head| head.contains("after=older")));
    assert!(!requests.lock().expect("not poisoned").iter().any(|head| head.contains("after=p3")));
}
