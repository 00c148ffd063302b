//! The tables that the scorer's constants rest on.

use wick_validator::sentiment::model::Model;
use wick_validator::sentiment::scorer::{BAND, beyond};

use crate::Unseen;
use crate::fit::Row;
use crate::tally::Tally;

/// How good the lexicon alone is by the band that counts as neutral, and how often it is right by the size of its
/// score: the scorer's `BAND` and its table of confidence.
pub fn lexicon(rows: &[Row]) {
    for band in [0.05, 0.1, 0.2, 0.3, 0.4] {
        let found = Tally::of(rows.iter().map(|row| (row.stance, beyond(row.mood, band))));
        println!("lexicon, neutral within {band}: macro-F1 {:.4}, accuracy {:.4}", found.macro_f1(), found.accuracy());
    }
    for (from, below) in [(0.0, 0.3), (0.3, 0.5), (0.5, 0.7), (0.7, 0.85), (0.85, 1.01)] {
        let within: Vec<_> = rows.iter().filter(|row| (from..below).contains(&row.mood.abs())).collect();
        let right = within.iter().filter(|row| beyond(row.mood, BAND) == row.stance).count();
        println!("lexicon, score from {from}: right in {right} of {}", within.len());
    }
}

/// How good model and lexicon are by the share of familiar words: the scorer's `FAMILIAR`.
pub fn familiarity(model: &Model, unseen: &[Unseen]) {
    let bands = [(0.0, 0.4), (0.4, 0.6), (0.6, 0.7), (0.7, 0.8), (0.8, 0.9), (0.9, 1.0), (1.0, 1.1)];
    for (from, below) in bands {
        let within: Vec<_> = unseen.iter().filter(|text| (from..below).contains(&text.familiar)).collect();
        let by_model = within.iter().map(|text| (text.truth, model.stance(model.probabilities(text.sums, text.mood))));
        let by_model = Tally::of(by_model);
        let by_lexicon = Tally::of(within.iter().map(|text| (text.truth, beyond(text.mood, BAND))));
        println!(
            "familiar from {from}: {} texts, macro-F1 / accuracy of the model {:.3} / {:.3}, of the lexicon {:.3} / {:.3}",
            within.len(),
            by_model.macro_f1(),
            by_model.accuracy(),
            by_lexicon.macro_f1(),
            by_lexicon.accuracy()
        );
    }
}
