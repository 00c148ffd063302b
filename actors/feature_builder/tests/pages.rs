//! The page of features is that of the definitions. With `WICK_BLESS=1` it is written instead.

use std::path::Path;

#[test]
fn the_page_of_features_is_that_of_the_definitions() {
    let path = Path::new("../../docs/features.md");
    let page = wick_feature_builder::features::page();
    if std::env::var_os("WICK_BLESS").is_some_and(|value| value == "1") {
        std::fs::write(path, &page).expect("written");
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(kept == page, "docs/features.md is not that of the definitions: run this test with WICK_BLESS=1");
}
