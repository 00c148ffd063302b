//! Trains the sentiment model on labelled tweets, from their part `train` alone:
//! `cargo run --release -p wick-validator --example sentiment_train -- <tweets.parquet> <out>`.
//!
//! The same file gives the same model, bit for bit on one machine. Everything that is chosen (how strong the penalty
//! is, the calibration, the tilt) is chosen by cross-validation within that part.

#[path = "../sentiment_eval/data.rs"]
mod data;
mod descent;
mod fit;
mod report;
#[path = "../sentiment_eval/tally.rs"]
mod tally;

use std::path::Path;

use anyhow::{Context, Result, ensure};
use fit::Row;
use sha2::{Digest, Sha256};
use tally::Tally;
use wick_validator::sentiment::features::{Features, hash};
use wick_validator::sentiment::grammar::mood;
use wick_validator::sentiment::model::{Model, is_word};
use wick_validator::sentiment::stance::{CLASSES, Stance};
use wick_validator::sentiment::token::tokens;

/// Parts of the cross-validation.
const FOLDS: u64 = 4;
/// What of the macro-F1 the lexicon's voice may cost: a third of its standard error on 9,543 texts, about 0.006.
const COST: f64 = 0.002;
/// Strengths that are tried, the weight of the data against the penalty.
const STRENGTHS: [f64; 4] = [0.1, 0.2, 0.4, 0.8];

/// A text judged by weights that had not seen it.
pub struct Unseen {
    /// The sums of its classes.
    sums: [f64; CLASSES],
    /// Its share of familiar words, 0 where it has none.
    familiar: f64,
    /// The true class.
    truth: Stance,
    /// What the lexicon alone makes of it, from -1 to 1.
    mood: f64,
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [tweets, out] = arguments.as_slice() else {
        anyhow::bail!("two arguments are wanted: the labelled tweets (Parquet), and the model file to write");
    };
    let texts = data::read(Path::new(tweets), "label_name", "split")?;
    let texts: Vec<_> = texts.into_iter().filter(|text| text.part == "train").collect();
    ensure!(!texts.is_empty(), "{tweets} has no rows of the split `train`");
    let rows: Vec<Row> = texts.iter().map(row).collect();
    let seeds = seeds()?;
    report::lexicon(&rows);

    let mut best: Option<(f64, f64, Vec<Unseen>)> = None;
    for strength in STRENGTHS {
        let unseen = unseen(&rows, &seeds, strength);
        let found = Tally::of(unseen.iter().map(|text| (text.truth, Stance::largest(text.sums))));
        let macro_f1 = found.macro_f1();
        println!("strength {strength}: cross-validated macro-F1 {macro_f1:.4}, accuracy {:.4}", found.accuracy());
        if best.as_ref().is_none_or(|(_, best, _)| macro_f1 > *best) {
            best = Some((strength, macro_f1, unseen));
        }
    }
    let (strength, _, unseen) = best.context("no strength was tried")?;

    let all: Vec<&Row> = rows.iter().chain(&seeds).collect();
    let (weights, bias) = fit::fit(&all, strength);
    let words: Vec<&str> = all.iter().flat_map(|row| &row.words).map(String::as_str).collect();
    let mut model = Model::quantised(&weights, bias, &words);
    let (slope, offset) = fit::calibrate(&unseen);
    (model.slope, model.offset) = (slope as f32, offset.map(|offset| offset as f32));
    model.lexicon = fit::calibrate_lexicon(&unseen).map(|class| class.map(|number| number as f32));
    give_voice(&mut model, &unseen);
    report::familiarity(&model, &unseen);
    println!("strength {strength}, slope {slope:.3}, offset {offset:.3?}, lexicon {:.3?}", model.lexicon);
    println!("voice {}, tilt {:?}", model.voice, model.tilt);

    let file = model.to_bytes();
    std::fs::write(out, &file).with_context(|| format!("{out} cannot be written"))?;
    println!("{out}: {} bytes, sha256 {:x}", file.len(), Sha256::digest(&file));
    Ok(())
}

fn row(text: &data::Labelled) -> Row {
    let tokens = tokens(&text.text);
    let mood = mood(&tokens);
    let features = Features::of(&tokens, &mood);
    let words: Vec<String> = tokens.iter().filter(|token| is_word(token)).map(|token| token.text.clone()).collect();
    let head: Vec<&str> = tokens.iter().take(8).map(|token| token.text.as_str()).collect();
    let group = hash(256, head.join(" ").bytes());
    Row { features, stance: text.stance, group, words, mood: mood.score, tokens }
}

/// Headlines made up for the training. They are part of every fold's training, and never judged.
fn seeds() -> Result<Vec<Row>> {
    let list = include_str!("../../models/seeds.tsv").lines().filter(|line| !line.starts_with('#'));
    let rows = list.map(|line| {
        let (label, text) = line.split_once('\t').with_context(|| format!("no class and headline: {line}"))?;
        Ok(row(&data::Labelled { text: text.to_owned(), stance: data::stance(label)?, part: String::new() }))
    });
    rows.collect()
}

/// The sums of every row, by weights fitted to the other folds and quantised as they will be.
fn unseen(rows: &[Row], seeds: &[Row], strength: f64) -> Vec<Unseen> {
    let mut unseen = Vec::with_capacity(rows.len());
    for fold in 0..FOLDS {
        let (held, mut kept): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.group % FOLDS == fold);
        kept.extend(seeds);
        let (weights, bias) = fit::fit(&kept, strength);
        let words: Vec<&str> = kept.iter().flat_map(|row| &row.words).map(String::as_str).collect();
        let model = Model::quantised(&weights, bias, &words);
        unseen.extend(held.into_iter().map(|row| Unseen {
            sums: model.sums(&row.features),
            familiar: model.familiar(&row.tokens).unwrap_or(0.0),
            truth: row.stance,
            mood: row.mood,
        }));
    }
    unseen
}

/// Gives the lexicon the largest voice that costs next to nothing on the tweets, so as to have it where texts are
/// unlike them.
fn give_voice(model: &mut Model, unseen: &[Unseen]) {
    let found: Vec<_> = (0..=6_u8)
        .map(|step| {
            model.voice = f32::from(step) / 10.0;
            let (macro_f1, tilt) = tilt(model, unseen);
            println!("voice {}: cross-validated macro-F1 {macro_f1:.4}, tilt {tilt:?}", model.voice);
            (macro_f1, model.voice, tilt)
        })
        .collect();
    let most = found.iter().map(|(macro_f1, ..)| *macro_f1).fold(f64::NEG_INFINITY, f64::max);
    if let Some((_, voice, tilt)) = found.into_iter().rev().find(|(macro_f1, ..)| *macro_f1 >= most - COST) {
        (model.voice, model.tilt) = (voice, tilt);
    }
}

/// The best macro-F1 on a coarse grid of tilts, and its tilt; neutral's is 1.
fn tilt(model: &mut Model, unseen: &[Unseen]) -> (f64, [f32; CLASSES]) {
    let judged: Vec<_> = unseen.iter().map(|text| (text.truth, model.probabilities(text.sums, text.mood))).collect();
    let steps = || (8..=24_u8).map(|step| f32::from(step) / 10.0);
    let mut best = (f64::NEG_INFINITY, model.tilt);
    for (negative, positive) in steps().flat_map(|negative| steps().map(move |positive| (negative, positive))) {
        model.tilt = [negative, 1.0, positive];
        let found = Tally::of(judged.iter().map(|&(truth, probabilities)| (truth, model.stance(probabilities))));
        if found.macro_f1() > best.0 {
            best = (found.macro_f1(), model.tilt);
        }
    }
    best
}
