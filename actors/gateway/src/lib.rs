//! wick-gateway
