//! Whatever a feed or a service answers is read or refused, and what becomes a text has an address and words.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use wick_bus::Config;
use wick_fetcher::config::FetcherConfig;
use wick_fetcher::frame::Frame;
use wick_fetcher::http::Answer;
use wick_fetcher::text::{Service, services};
use wick_schemas::{Text, Timestamp};

static SERVICES: LazyLock<Vec<Box<dyn Service>>> = LazyLock::new(|| {
    let on = [
        ("cryptopanic.token", "a"),
        ("newsapi.key", "a"),
        ("gdelt.enabled", "true"),
        ("reddit.names", "[\"Bitcoin\"]"),
        ("mastodon.tag", "bitcoin"),
        ("bluesky.search", "bitcoin"),
        ("feeds", "[{name = \"tackle\", url = \"https://example.com/feed\"}]"),
    ];
    let flags: Vec<_> = on.iter().map(|(key, value)| (format!("fetcher.text.{key}"), (*value).to_owned())).collect();
    let config = Config::load(None, &flags).expect("settings");
    let all = services(&config.section::<FetcherConfig>("fetcher").expect("settings").text);
    assert_eq!(all.len(), 8);
    all
});

fuzz_target!(|data: &[u8]| {
    let Some((choice, rest)) = data.split_first() else { return };
    let service = &SERVICES[usize::from(*choice) % SERVICES.len()];
    let answer = Answer {
        frame: Frame {
            source: service.name().to_owned(),
            url: service.base().to_owned(),
            status: 200,
            received_at: Timestamp(1_750_000_000_000),
            payload: rest.to_vec(),
        },
        date: None,
        known: Default::default(),
        content_type: None,
        retry_after: None,
        address: "example.com".to_owned(),
    };
    let Ok(page) = service.read(&answer) else { return };
    for item in page.items {
        let Ok(text) = item.into_text(service.name()) else { continue };
        assert_eq!(text.id, Text::identity(&text.url));
        assert!(!(text.title.is_empty() && text.body.is_empty()));
    }
});
