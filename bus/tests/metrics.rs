//! The page of metrics is that of the code. With `WICK_BLESS=1` it is written instead.

use std::path::Path;

use wick_bus::metrics;

#[test]
fn the_page_is_that_of_the_code() {
    let place = Path::new("../docs/metrics.md");
    let page = metrics::page().expect("names are unique");
    if std::env::var_os("WICK_BLESS").is_some_and(|value| value == "1") {
        std::fs::write(place, &page).expect("written");
    }
    let kept = std::fs::read_to_string(place).unwrap_or_default();
    assert!(kept == page, "docs/metrics.md is not what the code registers: run this test with WICK_BLESS=1");
}
