//! The shipped sentiment model: it is the one that its card tells of, and as good as the card says.

#[path = "../examples/sentiment_eval/data.rs"]
mod data;
#[path = "../examples/sentiment_eval/tally.rs"]
#[allow(dead_code)]
mod tally;

use sha2::{Digest, Sha256};
use tally::Tally;
use wick_validator::sentiment::Scorer;
use wick_validator::sentiment::model::Model;

#[test]
fn the_model_is_the_one_of_its_card() {
    let card = include_str!("../../../docs/models/sentiment.md");
    let checksum = format!("{:x}", Sha256::digest(Model::shipped_file()));
    assert!(card.contains(&checksum), "the card does not name the shipped file: {checksum}");
    assert!(Model::shipped().is_some(), "the shipped file is not sound");
}

/// Macro-F1 of what ships on the rows of this part; none where the data is absent.
fn macro_f1(file: &str, label: &str, column: &str, part: &str) -> Option<f64> {
    let path = data::folder().join(file);
    if !path.exists() {
        println!("skipped: no data at {}", path.display());
        return None;
    }
    let rows = data::read(&path, label, column).expect("labelled texts");
    let scorer = Scorer::default();
    let rows = rows.iter().filter(|row| row.part == part);
    Some(Tally::of(rows.map(|row| (row.stance, scorer.weigh(&row.text).stance))).macro_f1())
}

#[test]
fn it_is_as_good_on_the_tweets_as_its_card_says() {
    let file = "twitter_financial_news_sentiment.parquet";
    let Some(found) = macro_f1(file, "label_name", "split", "valid") else { return };
    assert!(found > 0.80, "macro-F1 {found}");
}

#[test]
fn it_is_as_good_on_phrases_that_it_never_saw() {
    let Some(found) = macro_f1("financial_phrasebank.parquet", "label", "agreement", "AllAgree") else { return };
    assert!(found > 0.80, "macro-F1 {found}");
}
