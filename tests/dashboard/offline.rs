//! What the page shows when those whom it asks are away.

use crate::browser::Browser;
use crate::stage::Stage;

/// Whether every answer that the page is drawn from is kept, and the description of the gateway, by which it asks for them.
const KEPT: &str = "caches.open('wick-answers').then((cache) => cache.keys()).then((keys) => {
  const kept = keys.map((key) => new URL(key.url).pathname.replace('/api', ''));
  const needed = ['latest', 'candles', 'predictions', 'scoreboard', 'drift', 'articles', 'pipeline', 'models', 'history'];
  return kept.includes('/openapi.json') && needed.every((name) => kept.some((path) => path.endsWith('/' + name)));
})";

/// Opens the page, and once more when the worker is there: from then on answers are kept.
async fn visited(browser: &mut Browser, stage: &Stage) {
    browser.go(&stage.url()).await;
    browser.until("navigator.serviceWorker.ready.then((there) => there.active !== null)").await;
    browser.until("navigator.serviceWorker.controller !== null").await;
    browser.go(&format!("{}?again", stage.url())).await;
    browser.until(KEPT).await;
    browser.until("document.querySelectorAll('#pipeline .node').length === 6").await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

#[actix_web::test]
async fn who_goes_away_is_said_to_be_and_what_was_last_heard_is_still_there() {
    let Some(mut browser) = Browser::open().await else { return };
    let mut stage = Stage::set().await;
    visited(&mut browser, &stage).await;

    // The gateway alone: it comes back, and nobody has to ask for it.
    stage.lose_the_gateway().await;
    browser.until("document.getElementById('connection').innerText.startsWith('offline')").await;
    assert!(browser.text("#banners").await.contains("The gateway does not answer"));
    assert_eq!(browser.eval("document.querySelectorAll('#forecasts .card').length").await, 4);
    stage.bring_the_gateway_back();
    browser.until("document.getElementById('connection').innerText === 'live'").await;
    browser.until("!document.getElementById('banners').innerText.includes('Offline')").await;
    silent(&mut browser).await;

    // It takes questions and never answers: nobody waits for it who has an answer that is kept.
    stage.mute_the_gateway();
    let url = stage.url();
    browser.go(&format!("{url}?mute")).await;
    browser.until("document.querySelectorAll('#forecasts .card').length === 4").await;
    browser.until("document.querySelectorAll('#news .article').length === 20").await;
    assert_eq!(stage.given_up(), 0, "the page waited for as long as the dashboard");
    browser.until("document.getElementById('connection').innerText.startsWith('offline')").await;
    silent(&mut browser).await;

    // The dashboard, too: the page is opened all the same, with the last answers.
    stage.strike().await;
    browser.go(&format!("{url}?offline")).await;
    browser.until("document.querySelectorAll('#forecasts .card').length === 4").await;
    browser.until("document.querySelectorAll('#news .article').length === 20").await;
    browser.until("document.getElementById('connection').innerText.startsWith('offline')").await;
    browser.until("/Offline.*does not answer.*ago/s.test(document.getElementById('banners').innerText)").await;
    browser.until("document.querySelectorAll('#price canvas').length > 0").await;
    silent(&mut browser).await;
}

/// The browser itself says that nobody answers; the page has nothing to add.
async fn silent(browser: &mut Browser) {
    let complaints = browser.complaints().await;
    let own: Vec<_> = complaints
        .iter()
        .filter(|one| !one.contains("Failed to load resource") && !one.contains("net::ERR_"))
        .collect();
    assert!(own.is_empty(), "{own:#?}");
}
