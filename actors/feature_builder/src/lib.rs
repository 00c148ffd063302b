//! wick-feature-builder
