//! wick-predictor
