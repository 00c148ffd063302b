//! wick-validator
