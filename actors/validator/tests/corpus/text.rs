//! Bad articles and posts.

use wick_schemas::time::{DAY, HOUR};
use wick_schemas::{Text, Timestamp};
use wick_validator::text_rule::TextRules;

use crate::{Found, Kind, NOW};

/// An ordinary article of that number, seen at [`NOW`].
pub fn ordinary(number: usize) -> Text {
    let mut text = Text {
        source: "coindesk".to_owned(),
        id: String::new(),
        url: String::new(),
        title: "Bitcoin holds above $60,000 as traders wait for the Fed".to_owned(),
        body: "Volumes stay low ahead of Wednesday's decision.".to_owned(),
        published: Some(NOW.shift(-HOUR)),
        language: Some("en".to_owned()),
        votes: None,
    };
    address(&mut text, &format!("https://example.com/news/{number}"));
    text
}

/// Moves the text to an address, under the right id.
fn address(text: &mut Text, url: &str) {
    (text.url, text.id) = (url.to_owned(), Text::identity(url));
}

/// What is found of an ordinary text, spoilt, by rules that know another one.
fn found(spoil: fn(&mut Text)) -> Option<Found> {
    let mut rules = TextRules::default();
    rules.judge(&ordinary(1), NOW).expect("ordinary");
    let mut spoilt = ordinary(2);
    rules.clone().judge(&spoilt, NOW).expect("ordinary");
    spoil(&mut spoilt);
    let refusal = rules.judge(&spoilt, NOW).err()?;
    Some(Found { rule: refusal.rule.to_owned(), value: refusal.value, reason: refusal.reason })
}

const GERMAN: &str = "Der Kurs des Bitcoin ist am Dienstag nach einer Entscheidung der Notenbank deutlich gefallen, viele \
                      Anleger ziehen ihr Geld ab und warten nun auf bessere Nachrichten. Ob sich der Markt bald erholt, \
                      weiß niemand so genau.";

type Spoil = fn(&mut Text);

const KINDS: &[(&str, Spoil, &str, &str)] = &[
    ("no source", |t| t.source.clear(), "no_source", "names its source"),
    ("a source of spaces", |t| t.source = "  \t".to_owned(), "no_source", "names its source"),
    ("a whole page as source", |t| t.source = "x".repeat(5_000), "no_source", "at most 100"),
    ("no address", |t| address(t, ""), "bad_url", "not an address"),
    ("a path for an address", |t| address(t, "/news/1"), "bad_url", "not an address"),
    ("an address with a space for a host", |t| address(t, "https://exa mple.com/"), "bad_url", "not an address"),
    ("a script for an address", |t| address(t, "javascript:alert(1)"), "bad_url", "neither http"),
    ("a file for an address", |t| address(t, "file:///etc/passwd"), "bad_url", "neither http"),
    ("data for an address", |t| address(t, "data:text/html,x"), "bad_url", "neither http"),
    ("a password in the address", |t| address(t, "https://a:b@example.com/1"), "bad_url", "password"),
    ("an address of this machine", |t| address(t, "http://localhost/1"), "bad_url", "public host"),
    ("an address with a fragment", |t| address(t, "https://example.com/1#top"), "bad_url", "canonical"),
    ("an endless address", |t| address(t, &format!("https://example.com/{}", "a".repeat(3_000))), "bad_url", "2,048"),
    ("no id", |t| t.id.clear(), "wrong_id", "identity of its address"),
    ("another text's id", |t| t.id = ordinary(1).id, "wrong_id", "identity of its address"),
    ("a feed's own id", |t| t.id = "urn:uuid:1234".to_owned(), "wrong_id", "identity of its address"),
    ("UTF-8 read as Latin-1", |t| t.title = "BÃ¶rse opens crypto desk".to_owned(), "encoding", "title: UTF-8 was read"),
    ("quotes read as Windows-1252", |t| t.body = "Bitcoinâ€™s rally".to_owned(), "encoding", "body: UTF-8 was read"),
    ("lost bytes", |t| t.title = "Bitcoin \u{fffd} rallies".to_owned(), "encoding", "replacement character"),
    ("a zero byte", |t| t.body = "Bitcoin\u{0}rallies".to_owned(), "encoding", "control character"),
    ("colours of a terminal", |t| t.title = "\u{1b}[31mBitcoin\u{1b}[0m".to_owned(), "encoding", "control character"),
    ("a control character of Latin-1", |t| t.title = "El Corte Ingles \u{93} Report".to_owned(), "encoding", "control"),
    ("letters for private use", |t| t.title = "Bitcoin \u{e001} rallies".to_owned(), "encoding", "private use"),
    ("letters that turn the direction", |t| t.title = "Bitcoin \u{202e}seillar".to_owned(), "encoding", "direction"),
    ("a spoilt source", |t| t.source = "coin\u{fffd}desk".to_owned(), "encoding", "source: "),
    ("tags", |t| t.body = "<p>Bitcoin rallies</p>".to_owned(), "markup", "body: markup"),
    ("a script", |t| t.title = "<script>alert(1)</script>".to_owned(), "markup", "title: markup"),
    ("entities", |t| t.title = "S&amp;P 500 and Bitcoin".to_owned(), "markup", "markup"),
    ("numeric entities", |t| t.title = "XRP&#039;s premium".to_owned(), "markup", "markup"),
    ("an unopened CDATA section", |t| t.body = "<![CDATA[Bitcoin]]>".to_owned(), "markup", "markup"),
    ("no words", |t| (t.title, t.body) = (String::new(), String::new()), "too_short", "0 letters"),
    ("nothing but signs", |t| (t.title, t.body) = ("🚀🚀🚀 !!!".to_owned(), "…".to_owned()), "too_short", "0 letters"),
    ("two letters", |t| (t.title, t.body) = ("sh".to_owned(), String::new()), "too_short", "2 letters"),
    ("a body for a title", |t| t.title = "word ".repeat(200), "too_long", "title: 1000 characters"),
    ("a body that was not cut", |t| t.body = "word ".repeat(1_000), "too_long", "body: 5000 characters"),
    ("published tomorrow", |t| t.published = Some(NOW.shift(DAY)), "from_the_future", "after the one"),
    ("published two hours ahead", |t| t.published = Some(NOW.shift(2 * HOUR)), "from_the_future", "after the one"),
    ("published in microseconds", |t| t.published = Some(Timestamp(NOW.millis() * 1_000)), "from_the_future", "after"),
    ("published in seconds", |t| t.published = Some(Timestamp(NOW.millis() / 1_000)), "too_old", "in seconds"),
    ("published in 1970", |t| t.published = Some(Timestamp(0)), "too_old", "or none at all?"),
    ("German words", |t| t.body = GERMAN.to_owned(), "language", "by its words"),
    ("German words that are said to be English", |t| t.title = GERMAN.to_owned(), "language", "by its words"),
    (
        "Chinese words",
        |t| (t.title, t.body) = ("圖表解讀系列：判斷市場是否超買或超賣最簡單的方法".repeat(2), String::new()),
        "language",
        "by its words",
    ),
    ("said to be Japanese", |t| t.language = Some("ja-JP".to_owned()), "language", "by its source"),
    ("the same text again", |t| *t = ordinary(1), "duplicate", "the first one stays"),
    (
        "the same text from another source",
        |t| {
            *t = ordinary(1);
            t.source = "cryptopanic".to_owned();
        },
        "duplicate",
        "another source",
    ),
];

pub fn kinds() -> Vec<Kind> {
    KINDS.iter().map(|&(name, spoil, rule, words)| Kind { name, found: found(spoil), rule, words }).collect()
}
