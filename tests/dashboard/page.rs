//! What the page shows.

use serde_json::json;
use wick_bus::Clock;

use crate::browser::Browser;
use crate::stage::{OLD, Stage};

/// Holds when a panel has what it shall have: an expression that counts.
const PANELS: [(&str, &str); 10] = [
    ("#price canvas", "length >= 1"),
    ("#forecasts .card", "length === 4"),
    ("#scoreboard td.score", "length === 28"),
    ("#scoreboard .coverage-one", "length === 4"),
    ("#calibration .dot-forecast", "length >= 4"),
    ("#drift .heat-cells .heat", "length === 96"),
    ("#drift [data-said]", "length === 2"),
    ("#news .article", "length === 20"),
    ("#pipeline .node", "length === 6"),
    ("#models .event", "length === 4"),
];

async fn filled(browser: &mut Browser) {
    for (selector, holds) in PANELS {
        browser.until(&format!("document.querySelectorAll({}).{holds}", json!(selector))).await;
    }
}

/// Chooses bars of four hours, and says how the price has moved in a day before and after.
const LONGER_BARS: &str = "(async () => { \
    const text = () => document.querySelector('.ticker-change').textContent; \
    const frame = () => new Promise(requestAnimationFrame); \
    const before = text(); \
    document.querySelector('#price input[value=\"4h\"]').click(); \
    while (!document.querySelector('#price .chart').ariaLabel.startsWith('Candles of 4h')) await frame(); \
    await frame(); \
    return [before, text()]; })()";

#[actix_web::test]
async fn every_panel_shows_what_the_gateway_says_and_follows_it() {
    let Some(mut browser) = Browser::open().await else { return };
    let stage = Stage::set().await;
    // A device whose clock is wrong shows the same: the time is the house's.
    browser.first("const right = Date.now.bind(Date); Date.now = () => right() + 3_600_000;").await;
    browser.go(&stage.url()).await;
    filled(&mut browser).await;
    browser.until("document.getElementById('connection').innerText === 'live'").await;

    // What is there stays as it is: a chart that makes room for itself grows with each frame.
    let tall = "(async () => { const heights = new Set(); for (let n = 0; n < 30; n += 1) { \
                await new Promise(requestAnimationFrame); heights.add(document.querySelector('#price .chart').clientHeight); } \
                return [...heights]; })()";
    let heights = browser.eval(tall).await;
    assert_eq!(heights.as_array().map(Vec::len), Some(1), "{heights}");

    assert!(browser.text("#banners").await.contains("Nobody traded at these prices"));
    let card = browser.text("#forecasts .card[data-horizon='15m']").await;
    for said in ["51.3 % up", "Little better than a coin.", "95 %", "Volatility", "model", "made"] {
        assert!(card.replace('\n', " ").contains(said), "{said}: {card}");
    }
    let base = browser.text("#forecasts .card[data-horizon='24h']").await;
    assert!(base.contains("The base rate is served") && base.contains("baseline"), "{base}");
    let lean = browser.text("#forecasts .card[data-horizon='4h']").await;
    assert!(lean.contains("A slight lean up; such forecasts were not proved better"), "{lean}");
    assert!(browser.text("#price .note").await.contains("inside the 80 % interval"));
    let scores = browser.text("#scoreboard").await;
    assert!(scores.contains("seasonal HAR") && scores.contains("+8.3 %") && scores.contains("t +7.5"), "{scores}");
    assert!(browser.text("#calibration").await.contains("on average"));
    assert!(browser.text("#drift").await.contains("degraded"));
    let pipeline = browser.text("#pipeline").await;
    assert!(pipeline.contains("predictor (behind)"), "{pipeline}");
    assert_eq!(browser.eval("document.querySelectorAll('#pipeline .edge').length").await, 8);
    let models = browser.text("#models").await;
    for said in ["champion", "worse on Sundays", "refused", "proved", "rolled back to"] {
        assert!(models.contains(said), "{said}: {models}");
    }

    // What others write is text, and a link leads to the web or nowhere.
    assert!(browser.text("#news").await.contains("<img src=x onerror=alert(1)>"));
    assert_eq!(browser.eval("document.querySelectorAll('#news img, #news b').length").await, 0);
    let links = "[...document.querySelectorAll('#news a')].every((a) => /^https?:/.test(a.href) && a.relList.contains('noopener'))";
    assert_eq!(browser.eval(links).await, true);
    assert_eq!(browser.eval("document.querySelectorAll('#news a').length").await, 16);
    let news = browser.text("#news").await;
    assert!(news.contains("Fear & greed") && news.contains("38"), "{news}");

    // A candle that is told is the price at once; a forecast is asked for, and said to who cannot see it.
    let at = Clock::System.now().millis() / 60_000 * 60_000;
    let candle = json!({ "venue": "simulated", "open_time": at, "open": 1.0, "high": 70_001.0, "low": 1.0, "close": 70_000.5,
                         "volume": 1.0, "origin": "simulated", "ingest_time": at + 60_000 });
    stage.say("candle", &candle);
    browser.until("document.querySelector('.ticker-price').textContent === '70,000.50'").await;
    browser.until("document.querySelector('#price .chart').ariaLabel.includes('last price 70,000.50')").await;
    // A minute of long ago that was missing is no news of the price, nor the close of its bar.
    stage.say(
        "candle",
        &json!({ "venue": "simulated", "open_time": at - 7_200_000, "open": 12_345.67, "high": 12_345.67,
        "low": 12_345.67, "close": 12_345.67, "volume": 1.0, "origin": "simulated", "ingest_time": at + 60_001 }),
    );
    let before = stage.asked("/v1/predictions/latest", 200);
    stage.say("forecast", &json!({ "forecasts": [] }));
    let started = std::time::Instant::now();
    while stage.asked("/v1/predictions/latest", 200) == before {
        assert!(started.elapsed().as_secs() < 20, "nothing was asked");
        browser.eval("0").await;
    }
    assert_eq!(browser.text(".ticker-price").await, "70,000.50");
    assert_eq!(browser.eval("document.querySelector('#price').textContent.includes('12,345.67')").await, false);

    // Another length of bars, another horizon.
    browser.until("document.querySelector('.ticker-change') !== null").await;
    let change = browser.eval(LONGER_BARS).await;
    assert!(change[0].as_str().is_some_and(|text| text.contains("24 h")), "{change}");
    assert_eq!(change[0], change[1], "the change of a day depends on how long bars are");
    browser.eval("document.querySelector('#calibration input[value=\"4h\"]').click()").await;
    browser.until("document.querySelector('#calibration .note').textContent.includes('4 hours')").await;

    let paint = browser.eval("performance.getEntriesByName('first-contentful-paint')[0]?.startTime").await;
    let sent = "performance.getEntriesByType('resource').filter((one) => !one.name.includes('/api/')).reduce((sum, one) => sum + one.encodedBodySize, performance.getEntriesByType('navigation')[0].encodedBodySize)";
    let sent = browser.eval(sent).await.as_f64().expect("bytes");
    println!("first contentful paint after {paint} ms, {sent} bytes of page");
    assert!(paint.is_number(), "nothing was painted");
    assert!(sent > 50_000.0 && sent < 250_000.0, "{sent} bytes");
    assert_eq!(browser.complaints().await, Vec::<String>::new());
    stage.strike().await;
}

#[actix_web::test]
async fn what_an_older_gateway_has_not_is_said_and_not_asked_for() {
    let Some(mut browser) = Browser::open().await else { return };
    let stage = Stage::with(OLD.to_vec()).await;
    browser.go(&stage.url()).await;
    for (panel, name) in [("drift", "Drift"), ("news", "News"), ("pipeline", "The pipeline")] {
        browser
            .until(&format!(
                "document.querySelector('#{panel} .nothing')?.innerText.startsWith('{name}: not available')"
            ))
            .await;
    }
    for (selector, holds) in
        PANELS.iter().filter(|(selector, _)| !["#drift", "#news", "#pipe"].iter().any(|no| selector.starts_with(no)))
    {
        browser.until(&format!("document.querySelectorAll({}).{holds}", json!(selector))).await;
    }
    // Minutes are put together by the page, and asked for again, because nobody tells of them.
    browser.until("document.querySelector('#price .chart').ariaLabel.startsWith('Candles of 15m')").await;
    assert_eq!(browser.text("#connection").await, "asking again");
    assert_eq!(stage.asked_in_vain(), Vec::<String>::new());
    assert_eq!(browser.complaints().await, Vec::<String>::new());
    stage.strike().await;
}
