//! Crypto headlines and what readers voted on them: not labels, but the only opinion on crypto at hand.

use std::fs::File;
use std::path::Path;

use anyhow::{Context, Result};
use polars::prelude::{ParquetReader, SerReader};

/// The headlines that more readers found good than bad, and those that more found bad.
pub struct Voted {
    /// Mostly good.
    pub good: Vec<String>,
    /// Mostly bad.
    pub bad: Vec<String>,
}

impl Voted {
    /// The voted headlines of a Parquet file with columns `title` and `votes_json`; where votes are even, none.
    pub fn read(path: &Path) -> Result<Self> {
        let file = File::open(path).with_context(|| format!("{} cannot be opened", path.display()))?;
        let frame = ParquetReader::new(file).finish().with_context(|| format!("{} is no Parquet", path.display()))?;
        let mut voted = Self { good: Vec::new(), bad: Vec::new() };
        for (title, votes) in frame.column("title")?.str()?.iter().zip(frame.column("votes_json")?.str()?.iter()) {
            let (Some(title), Some(votes)) = (title, votes) else { continue };
            let votes: serde_json::Value = serde_json::from_str(votes)?;
            let count = |kind: &str| votes[kind].as_i64().unwrap_or(0);
            match count("positive").cmp(&count("negative")) {
                std::cmp::Ordering::Greater => voted.good.push(title.to_owned()),
                std::cmp::Ordering::Less => voted.bad.push(title.to_owned()),
                std::cmp::Ordering::Equal => {}
            }
        }
        Ok(voted)
    }

    /// How often a good headline scores above a bad one, a tie counting half: 0.5 is chance.
    pub fn ranked(&self, score: impl Fn(&str) -> f64) -> f64 {
        let bad: Vec<f64> = self.bad.iter().map(|title| score(title)).collect();
        let above = |good: f64| -> f64 {
            bad.iter().map(|&bad| if good > bad { 1.0 } else { f64::from(u8::from(good == bad)) / 2.0 }).sum()
        };
        let sum: f64 = self.good.iter().map(|title| above(score(title))).sum();
        sum / (self.good.len() * bad.len()).max(1) as f64
    }
}
