//! How the page looks: in the dark and in the light, on a phone and on a wall, by keyboard and for a screen reader.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::stage::Stage;

/// Names the folder in which pictures are kept.
const PICTURES: &str = "WICK_SCREENSHOTS";
const BACKGROUND: &str = "getComputedStyle(document.body).backgroundColor";
const FILLED: &str = "document.querySelectorAll('.skeleton').length === 0 && document.querySelectorAll('#news .article').length === 20 \
                      && document.querySelectorAll('#pipeline .node').length === 6";

/// The day ahead is in view, with what came before it, and ends in it: near the right end of the picture there is the forecast's
/// colour, at the left and at the end none.
const FAN: &str = "(() => { const canvas = document.querySelector('#price canvas'); \
                   const fan = (x) => { const column = canvas.getContext('2d').getImageData(Math.floor(x), 0, 1, canvas.height).data; \
                   let found = 0; \
                   for (let at = 0; at < column.length; at += 4) { const [r, g, b, a] = column.slice(at, at + 4); \
                   found += a > 10 && r > g && b > g + 30 && b > r + 10; } \
                   return found; }; \
                   return fan(canvas.width * 0.2) === 0 && fan(canvas.width * 0.9) > 20 && fan(canvas.width - 2) === 0; })()";

#[actix_web::test]
async fn colours_follow_the_system_and_then_the_switch_which_is_remembered() {
    let Some(mut browser) = Browser::open().await else { return };
    let stage = Stage::set().await;
    browser.look(1440, 900, "dark").await;
    browser.go(&stage.url()).await;
    // Whoever leaves while answers are on their way is told of those that failed.
    browser.until(FILLED).await;
    let dark = browser.eval(BACKGROUND).await;
    browser.look(1440, 900, "light").await;
    let light = browser.eval(BACKGROUND).await;
    assert_ne!(dark, light);
    browser.eval("document.getElementById('theme').click()").await;
    assert_eq!(browser.eval(BACKGROUND).await, dark, "the switch goes first to what is not seen");
    assert_eq!(browser.eval("document.getElementById('theme').ariaLabel").await, "Colours: dark");
    browser.go(&format!("{}?again", stage.url())).await;
    assert_eq!(browser.eval(BACKGROUND).await, dark, "remembered");
    browser.eval("document.getElementById('theme').click()").await;
    assert_eq!(browser.eval(BACKGROUND).await, light);
    assert_eq!(browser.complaints().await, Vec::<String>::new());
    stage.strike().await;
}

#[actix_web::test]
async fn a_phone_and_a_wall_show_everything_without_scrolling_sideways() {
    let Some(mut browser) = Browser::open().await else { return };
    let stage = Stage::set().await;
    for (width, height, scheme) in
        [(390, 844, "light"), (768, 1024, "dark"), (1440, 1150, "light"), (1440, 1150, "dark"), (2560, 1440, "dark")]
    {
        browser.look(width, height, scheme).await;
        // A window that grows is the same page; what is to be pictured is loaded as large as it will be seen.
        if width == 390 || std::env::var_os(PICTURES).is_some() {
            browser.go(&stage.url()).await;
            browser.until(FILLED).await;
        }
        let wide = browser.eval("document.documentElement.scrollWidth").await.as_u64().expect("a number");
        assert!(wide <= u64::from(width), "{wide} on {width}");
        // What does not fit its panel scrolls inside of it.
        let out = "[...document.querySelectorAll('.panel, .card, .banner, footer p, h2, .wording, .node')].filter((one) => \
                   one.getBoundingClientRect().right > innerWidth + 0.5).map((one) => one.className || one.tagName)";
        assert_eq!(browser.eval(out).await, json!([]), "{width}");
        let chart = browser.eval("document.querySelector('#price .chart').getBoundingClientRect().height").await;
        assert!(chart.as_f64().is_some_and(|height| height >= 300.0), "{chart}");
        browser.until(FAN).await;
        keep(&mut browser, width, scheme).await;
    }
    // What was loaded on a wall shows as much where it becomes small.
    browser.go(&stage.url()).await;
    browser.until(FILLED).await;
    browser.until(FAN).await;
    browser.look(390, 844, "dark").await;
    browser.until(FAN).await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
    stage.strike().await;
}

/// Keeps a picture, where a folder for them is named in [`PICTURES`].
async fn keep(browser: &mut Browser, width: u32, scheme: &str) {
    let Ok(folder) = std::env::var(PICTURES) else { return };
    let name = match (width, scheme) {
        (390, _) => "dashboard-phone.png",
        (1440, "dark") => "dashboard-dark.png",
        (1440, _) => "dashboard-light.png",
        _ => return,
    };
    browser.until("document.querySelector('.ticker-change') !== null").await;
    std::fs::write(PathBuf::from(folder).join(name), browser.picture().await).expect("a picture");
}

#[actix_web::test]
async fn everything_is_reached_by_keyboard_and_seen_to_be() {
    let Some(mut browser) = Browser::open().await else { return };
    let stage = Stage::set().await;
    browser.go(&stage.url()).await;
    browser.until(FILLED).await;
    let mut reached = BTreeSet::new();
    for step in 0..80 {
        browser.tab().await;
        let focus = "(() => { const one = document.activeElement; const seen = one.type === 'radio' ? one.nextElementSibling : one; \
                     return { what: one.id || one.name || one.className || one.dataset.key || one.tagName, \
                     outline: getComputedStyle(seen).outlineStyle, skip: one.className === 'skip' }; })()";
        let focus = browser.eval(focus).await;
        if focus["what"] == "BODY" {
            break;
        }
        assert_ne!(focus["outline"], "none", "{focus} is not seen to have the focus");
        assert!(step > 0 || focus["skip"] == true, "first of all: past the head");
        reached.insert(focus["what"].as_str().expect("a name").to_owned());
    }
    for wanted in ["skip", "theme", "interval", "calibrated", "articles", "SUMMARY"] {
        let there = reached.iter().any(|one| one == wanted)
            || wanted == "SUMMARY" && reached.iter().any(|one| one.ends_with("-summary"));
        assert!(there, "{wanted} is not among {reached:?}");
    }
    stage.strike().await;
}

#[actix_web::test]
async fn axe_finds_nothing_serious() {
    let Some(axe) = axe() else {
        eprintln!("skipped: no axe-core: deploy/companions.sh installs it, or name its axe.min.js in WICK_AXE");
        return;
    };
    let Some(mut browser) = Browser::open().await else { return };
    let stage = Stage::set().await;
    let axe = std::fs::read_to_string(axe).expect("a script");
    browser.go(&stage.url()).await;
    browser.until(FILLED).await;
    browser.eval("document.querySelectorAll('details').forEach((one) => { one.open = true; })").await;
    browser.eval(&format!("{axe}; 0")).await;
    for (width, height, scheme) in [(1440, 900, "dark"), (1440, 900, "light"), (390, 844, "light")] {
        browser.look(width, height, scheme).await;
        let found = browser
            .eval(
                "axe.run(document, { resultTypes: ['violations'] }).then(({ violations, passes }) => ({ checked: passes.length, \
                 violations: violations.map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.slice(0, 3).map((node) => \
                 node.html.slice(0, 160) + ' ' + (node.any[0]?.message ?? '')) })) }))",
            )
            .await;
        assert!(found["checked"].as_u64().is_some_and(|checked| checked > 20), "{found}");
        let grave = |one: &&Value| ["serious", "critical"].contains(&one["impact"].as_str().unwrap_or(""));
        let violations = found["violations"].as_array().expect("a list");
        let grave: Vec<&Value> = violations.iter().filter(grave).collect();
        assert!(grave.is_empty(), "{scheme}: {}", json!(grave));
        println!("{width} {scheme}: {} checks hold; of less weight: {}", found["checked"], found["violations"]);
    }
    stage.strike().await;
}

/// Where axe-core is: as named, or among the companions of the tests.
fn axe() -> Option<PathBuf> {
    if let Ok(named) = std::env::var("WICK_AXE") {
        return Some(named.into());
    }
    let python = PathBuf::from(std::env::var("WICK_PYTHON").ok()?);
    let lib = python.parent()?.parent()?.join("lib");
    let versions = std::fs::read_dir(lib).ok()?.filter_map(Result::ok);
    versions.map(|one| one.path().join("site-packages/axe_playwright_python/axe.min.js")).find(|path| path.is_file())
}
