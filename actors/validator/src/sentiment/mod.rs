//! How a headline or a post sounds for the price: bearish, neutral or bullish.
//!
//! A linear model judges ([`model`]), which sees the n-grams of the text and what a lexicon of finance and crypto
//! makes of it ([`lexicon`], [`grammar`]). Where the model knows too few of a text's words, the lexicon judges alone.
//! All of it is pure and gives the same bits on every machine. Figures and limits: `docs/models/sentiment.md`.

pub mod classifier;
pub mod features;
pub mod grammar;
pub mod lexicon;
pub mod model;
pub mod onnx;
pub mod scorer;
pub mod stance;
pub mod text;
pub mod token;

pub use classifier::Classifier;
pub use scorer::{Judgement, Scorer};
pub use stance::Stance;
