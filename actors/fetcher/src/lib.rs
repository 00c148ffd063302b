//! wick-fetcher
