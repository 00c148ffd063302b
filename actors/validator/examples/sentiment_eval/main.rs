//! How good the judges of sentiment are: `cargo run --release -p wick-validator --example sentiment_eval [-- <folder>]`. With
//! a second folder, which holds an ONNX classifier (and `ORT_DYLIB_PATH` its library), that one is judged, too.
//!
//! Rows are plain VADER (its reference weights and rules in the crate `vader_sentiment`), Wick's lexicon alone, Wick's
//! model alone, and what ships: the model with the lexicon behind it. Columns are macro-F1 and accuracy on the tweets'
//! validation part: whole, without the texts that the training part has in another dress, and without those that
//! begin as one of the training part does; then on the phrase bank, which nothing was trained on, by how far its
//! annotators agreed.

mod data;
mod tally;
mod votes;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Result;
use data::Labelled;
use tally::Tally;
use votes::Voted;
use wick_validator::sentiment::features::Features;
use wick_validator::sentiment::grammar::mood;
use wick_validator::sentiment::model::Model;
use wick_validator::sentiment::onnx::{Onnx, OnnxConfig};
use wick_validator::sentiment::token::tokens;
use wick_validator::sentiment::{Classifier, Scorer, Stance};

/// A judge's name and what it does with a text.
type Judge<'a> = (&'static str, Box<dyn Fn(&str) -> Stance + 'a>);
/// A column's name and its texts.
type Set<'a> = (String, Vec<&'a Labelled>);

fn main() -> Result<()> {
    let folder = std::env::args().nth(1).map_or_else(data::folder, PathBuf::from);
    let tweets = data::read(&folder.join("twitter_financial_news_sentiment.parquet"), "label_name", "split")?;
    let phrases = data::read(&folder.join("financial_phrasebank.parquet"), "label", "agreement")?;
    let sets = sets(&tweets, &phrases);
    print!("{:<16}", "");
    sets.iter().for_each(|(name, texts)| print!("  {name:>16}", name = format!("{name} {}", texts.len())));
    println!("  texts/s");
    for (name, judge) in judges()? {
        print!("{name:<16}");
        let start = Instant::now();
        let mut judged = 0;
        for (_, texts) in &sets {
            let found = Tally::of(texts.iter().map(|text| (text.stance, judge(&text.text))));
            print!("  {cell:>16}", cell = format!("{:.3} / {:.3}", found.macro_f1(), found.accuracy()));
            judged += texts.len();
        }
        println!("  {:>7.0}", judged as f64 / start.elapsed().as_secs_f64());
    }
    let shipped = Scorer::default();
    for (name, texts) in sets.iter().filter(|(name, _)| name == "valid" || name == "50Agree") {
        details(name, texts, &shipped);
    }
    let news = folder.join("../news/headlines.parquet");
    if news.exists() {
        crypto(&Voted::read(&news)?, &shipped);
    } else {
        println!("skipped: no voted headlines at {}", news.display());
    }
    Ok(())
}

/// How well the scores rank crypto headlines by what readers voted.
fn crypto(voted: &Voted, shipped: &Scorer) {
    let vader = vader_sentiment::SentimentIntensityAnalyzer::new();
    let lexicon = Scorer::lexicon();
    println!(
        "{} crypto headlines voted good and {} voted bad, share of pairs ranked right: VADER {:.3}, lexicon {:.3}, \
         shipped default {:.3}",
        voted.good.len(),
        voted.bad.len(),
        voted.ranked(|title| vader.polarity_scores(title)["compound"]),
        voted.ranked(|title| lexicon.weigh(title).score),
        voted.ranked(|title| shipped.weigh(title).score)
    );
}

fn judges<'a>() -> Result<Vec<Judge<'a>>> {
    let vader = vader_sentiment::SentimentIntensityAnalyzer::new();
    let model = Model::shipped().ok_or_else(|| anyhow::anyhow!("the shipped model is not sound: train it again"))?;
    let (lexicon, shipped) = (Scorer::lexicon(), Scorer::default());
    let mut judges: Vec<Judge<'a>> = vec![
        (
            "VADER",
            Box::new(move |text| match vader.polarity_scores(text)["compound"] {
                good if good >= 0.05 => Stance::Positive,
                bad if bad <= -0.05 => Stance::Negative,
                _ => Stance::Neutral,
            }),
        ),
        ("lexicon", Box::new(move |text| lexicon.weigh(text).stance)),
        (
            "model",
            Box::new(move |text| {
                let text = tokens(text);
                let mood = mood(&text);
                model.stance(model.probabilities(model.sums(&Features::of(&text, &mood)), mood.score))
            }),
        ),
        ("shipped default", Box::new(move |text| shipped.weigh(text).stance)),
    ];
    if let Some(folder) = std::env::args().nth(2) {
        judges.push(("ONNX", Box::new(onnx(std::path::Path::new(&folder))?)));
    }
    Ok(judges)
}

fn onnx(folder: &std::path::Path) -> Result<impl Fn(&str) -> Stance + use<>> {
    let config = OnnxConfig { model: folder.to_owned(), batch: 1, tokens: 256, threads: 1, ..OnnxConfig::default() };
    let classifier = Onnx::open(&config)?;
    Ok(move |text: &str| match classifier.classify(&[text.to_owned()]) {
        Ok(judged) => judged.first().map_or(Stance::Neutral, |&probabilities| Stance::largest(probabilities)),
        Err(failure) => {
            eprintln!("{failure}");
            Stance::Neutral
        }
    })
}

/// The columns.
fn sets<'a>(tweets: &'a [Labelled], phrases: &'a [Labelled]) -> Vec<Set<'a>> {
    let (valid, train): (Vec<_>, Vec<_>) = tweets.iter().partition(|text| text.part == "valid");
    let without = |same: fn(&str) -> String| -> Vec<&'a Labelled> {
        let seen: BTreeSet<String> = train.iter().map(|text| same(&text.text)).collect();
        valid.iter().copied().filter(|text| !seen.contains(&same(&text.text))).collect()
    };
    let (unseen, strange) = (without(dress), without(head));
    let mut sets = vec![("valid".to_owned(), valid), ("unseen".to_owned(), unseen), ("strange".to_owned(), strange)];
    for agreement in ["50Agree", "66Agree", "75Agree", "AllAgree"] {
        sets.push((agreement.to_owned(), phrases.iter().filter(|text| text.part == agreement).collect()));
    }
    sets
}

/// A text without what differs between two copies of it: addresses, names, numbers, case.
fn dress(text: &str) -> String {
    let tokens = tokens(text).into_iter().map(|token| token.text).filter(|text| text != "<address>");
    tokens.collect::<Vec<_>>().join(" ")
}

/// How a text begins. The training's folds part no texts that begin alike.
fn head(text: &str) -> String {
    let tokens = tokens(text).into_iter().take(8).map(|token| token.text);
    tokens.collect::<Vec<_>>().join(" ")
}

/// F1 by class, who judged, and how far the confidence is from the share of right ones, in tenths.
fn details(name: &str, texts: &[&Labelled], scorer: &Scorer) {
    let judged: Vec<_> = texts.iter().map(|text| (text.stance, scorer.weigh(&text.text))).collect();
    let [negative, neutral, positive] = Tally::of(judged.iter().map(|(truth, found)| (*truth, found.stance))).f1();
    let by_lexicon = judged.iter().filter(|(_, found)| found.method.contains("lexicon")).count();
    let mut error = 0.0;
    for tenth in 0..10_u8 {
        let tenth_of = |confidence: f64| ((confidence * 10.0) as u8).min(9);
        let here: Vec<_> = judged.iter().filter(|(_, found)| tenth_of(found.confidence) == tenth).collect();
        let sure: f64 = here.iter().map(|(_, found)| found.confidence).sum();
        let right = here.iter().filter(|(truth, found)| *truth == found.stance).count() as f64;
        error += (sure - right).abs() / judged.len().max(1) as f64;
    }
    let (low, high) = interval(&judged.iter().map(|(truth, found)| (*truth, found.stance)).collect::<Vec<_>>());
    println!(
        "{name}: F1 negative {negative:.3}, neutral {neutral:.3}, positive {positive:.3}; macro-F1 from {low:.3} to \
         {high:.3} in 95 of 100 draws; {by_lexicon} of {} judged by the lexicon; calibration error {error:.3}",
        judged.len()
    );
}

/// Between what the macro-F1 lies in 95 % of 1,000 draws of as many texts from these, with replacement.
fn interval(judged: &[(Stance, Stance)]) -> (f64, f64) {
    let mut state = 1_u64;
    let mut draw = || {
        // Knuth's linear congruential generator: the same draws in every run.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        judged[(state >> 33) as usize % judged.len()]
    };
    let mut found: Vec<f64> = (0..1_000).map(|_| Tally::of((0..judged.len()).map(|_| draw())).macro_f1()).collect();
    found.sort_by(f64::total_cmp);
    (found[25], found[974])
}
