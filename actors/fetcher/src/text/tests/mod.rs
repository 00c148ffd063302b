//! Every service against a local server: recorded answers in full, and everything that may go wrong on the way.

mod faults;
mod recordings;
mod server;

use std::sync::Arc;
use std::time::Duration;

use super::config::{FeedConfig, Keyed, Named, Open, Search, Searched, Tagged, Token};
use super::poller::Pace;
use super::{Memory, TextConfig, Texts, services};
use crate::source::Clock;

fn clock() -> Clock {
    Arc::new(|| wick_bus::Clock::System.now())
}

/// Nobody is read.
fn nobody() -> TextConfig {
    let secret = |text: &str| serde_json::from_value(text.into()).expect("a secret");
    let base = String::new;
    TextConfig {
        enabled: true,
        every_seconds: 1,
        pages: 3,
        feeds: Vec::new(),
        cryptopanic: Token { token: secret(""), base: base() },
        newsapi: Keyed { key: secret(""), search: "bitcoin".into(), base: base() },
        gdelt: Searched { enabled: false, search: "bitcoin".into(), base: base() },
        reddit: Named { names: Vec::new(), base: base() },
        mastodon: Tagged { tag: base(), base: base() },
        bluesky: Search { search: base(), base: base() },
        fear_greed: Open { enabled: false, base: base() },
    }
}

/// One service, by the name that its items are filed under, at this address.
fn only(name: &str, address: &str) -> TextConfig {
    let secret = |text: &str| serde_json::from_value(text.into()).expect("a secret");
    let (mut config, base) = (nobody(), address.to_owned());
    match name {
        "cryptopanic" => config.cryptopanic = Token { token: secret("s3cret"), base },
        "newsapi" => config.newsapi = Keyed { key: secret("s3cret"), search: "bitcoin".into(), base },
        "gdelt" => config.gdelt = Searched { enabled: true, search: "bitcoin".into(), base },
        "reddit" => config.reddit = Named { names: vec!["Bitcoin".into(), "BitcoinMarkets".into()], base },
        "mastodon" => config.mastodon = Tagged { tag: "bitcoin".into(), base },
        "bluesky" => config.bluesky = Search { search: "bitcoin".into(), base },
        "fear_greed" => config.fear_greed = Open { enabled: true, base },
        feed => config.feeds = vec![FeedConfig { name: feed.into(), url: format!("{base}/feed.xml") }],
    }
    config
}

/// Every service, and an answer of each as its documentation shows one, in our words.
fn everyone() -> [(&'static str, &'static str); 8] {
    [
        ("example", FEED),
        ("cryptopanic", CRYPTOPANIC),
        ("newsapi", NEWSAPI),
        ("gdelt", GDELT),
        ("reddit", REDDIT),
        ("mastodon", MASTODON),
        ("bluesky", BLUESKY),
        ("fear_greed", FEAR_GREED),
    ]
}

async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future).await.unwrap_or_else(|_| panic!("{what} did not happen"))
}

/// The services of the settings, in a hurry.
fn texts(config: &TextConfig) -> Texts {
    let pace =
        Pace { timeout: Duration::from_secs(2), every: Duration::from_millis(40), delay: Duration::ZERO, pages: 3 };
    let services = services(config).into_iter().map(|service| (service, pace));
    Texts::paced(services, Memory::default(), clock()).expect("addresses")
}

const FEED: &str = r#"<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Example</title>
<link>https://example.com</link><description>News</description><language>en-us</language>
<item><title><![CDATA[Funds take in bitcoin &amp; ether]]></title><link>https://example.com/a/?utm_source=rss</link>
<description>&lt;p&gt;The ninth day in a row.&lt;/p&gt;</description><pubDate>Tue, 05 Mar 2024 09:00:00 +0000</pubDate></item>
<item><title>Fees fall to a three-year low</title><link>https://example.com/b</link>
<description>Blocks have room.</description><pubDate>Tue, 05 Mar 2024 08:00:00 GMT</pubDate></item>
</channel></rss>"#;
const CRYPTOPANIC: &str = r#"{"count":2,"next":"https://cryptopanic.example/api/developer/v2/posts/?auth_token=s3cret&page=2",
"results":[{"id":1,"title":"Funds take in bitcoin","description":"The ninth day.","published_at":"2024-03-05T09:00:00Z",
"original_url":"https://example.com/a","votes":{"negative":1,"positive":4}},
{"id":2,"title":"Fees fall to a three-year low","published_at":"2024-03-05T08:00:00Z","url":"https://cryptopanic.example/news/2"}]}"#;
const NEWSAPI: &str = r#"{"status":"ok","totalResults":3,"articles":[{"source":{"id":null,"name":"Example"},"author":"A",
"title":"Funds take in bitcoin","description":"The ninth day.","url":"https://example.com/a","publishedAt":"2024-03-05T09:00:00Z"},
{"source":{"name":"[Removed]"},"title":"[Removed]","description":"[Removed]","url":"https://removed.com","publishedAt":"2024-03-05T09:00:00Z"},
{"source":{"name":"Example"},"title":"Fees fall to a three-year low","description":null,"url":"https://example.com/b","publishedAt":"2024-03-05T08:00:00Z"}]}"#;
const GDELT: &str = r#"{"articles":[{"url":"https://example.com/a","title":"Funds take in bitcoin","seendate":"20240305T090000Z",
"domain":"example.com","language":"English","sourcecountry":"United States"},{"url":"https://example.com/b",
"title":"Fees fall to a three-year low","seendate":"20240305T080000Z","domain":"example.com","language":"English"}]}"#;
const REDDIT: &str = r#"{"kind":"Listing","data":{"after":null,"children":[{"kind":"t3","data":{"title":"Daily thread","stickied":true,
"permalink":"/r/Bitcoin/comments/0/daily/"}},{"kind":"t3","data":{"title":"Fees are low again","selftext":"Time to tidy up.",
"permalink":"/r/Bitcoin/comments/1/fees/","created_utc":1709629200.0,"score":12,"stickied":false,"removed_by_category":null}},
{"kind":"t3","data":{"title":"Is anybody still here","selftext":"","permalink":"/r/Bitcoin/comments/2/here/","created_utc":1709625600.0,"score":3}}]}}"#;
const MASTODON: &str = r#"[{"id":"112","created_at":"2024-03-05T09:00:00.000Z","url":"https://social.example/@a/112","language":"en",
"content":"<p>Fees are low <a href=\"https://social.example/tags/bitcoin\">#<span>bitcoin</span></a></p>","favourites_count":4,"reblog":null,"spoiler_text":""},
{"id":"111","created_at":"2024-03-05T08:00:00.000Z","url":"https://social.example/@b/111","content":"<p>So they are.</p>","favourites_count":0,"reblog":null}]"#;
const BLUESKY: &str = r#"{"cursor":"100","posts":[{"uri":"at://did:plc:abc/app.bsky.feed.post/3k1","cid":"x","author":{"handle":"a.example"},
"record":{"text":"Fees are low","createdAt":"2024-03-05T09:00:00.000Z","langs":["en"]},"likeCount":2},
{"uri":"at://did:plc:def/app.bsky.feed.post/3k2","record":{"text":"So they are","createdAt":"2024-03-05T08:00:00.000Z"},"likeCount":0}]}"#;
const FEAR_GREED: &str = r#"{"name":"Fear and Greed Index","data":[{"value":"75","value_classification":"Greed","timestamp":"1709596800",
"time_until_update":"5000"},{"value":"72","value_classification":"Greed","timestamp":"1709510400"}],"metadata":{"error":null}}"#;
