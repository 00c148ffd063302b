//! wick-bus
