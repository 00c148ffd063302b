//! wick-trainer
