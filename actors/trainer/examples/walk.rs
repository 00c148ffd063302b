//! Place.
fn main() {
    let _ = polars::prelude::DataFrame::empty();
    let _ = wick_feature_builder::engine::Engine::new();
    let _ = wick_trainer::fit::FitConfig::default();
}
