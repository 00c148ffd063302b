//! Labelled texts, read from where the data lies; none of them are part of Wick.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use polars::prelude::{ParquetReader, SerReader};
use wick_validator::sentiment::Stance;

/// A labelled text.
pub struct Labelled {
    /// The text.
    pub text: String,
    /// What people said of it.
    pub stance: Stance,
    /// The value of the column that parts the file: its split, or how far people agreed.
    pub part: String,
}

/// The folder of the labelled texts.
#[allow(dead_code)]
pub fn folder() -> PathBuf {
    std::env::var_os("WICK_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from)
        .join("sentiment")
}

/// The rows of a Parquet file with a column `text`, a label in one column and what parts the file in another.
pub fn read(path: &Path, label: &str, part: &str) -> Result<Vec<Labelled>> {
    let file = File::open(path).with_context(|| format!("{} cannot be opened", path.display()))?;
    let frame = ParquetReader::new(file).finish().with_context(|| format!("{} is no Parquet", path.display()))?;
    let column = |name: &str| -> Result<Vec<String>> {
        let texts = frame.column(name)?.str()?;
        Ok(texts.iter().map(|text| text.unwrap_or_default().to_owned()).collect())
    };
    let labels = column(label)?.into_iter().map(|label| stance(&label));
    let rows = column("text")?.into_iter().zip(labels).zip(column(part)?);
    rows.map(|((text, stance), part)| Ok(Labelled { text, stance: stance?, part })).collect()
}

/// The class of a label.
pub fn stance(label: &str) -> Result<Stance> {
    match label {
        "bearish" | "negative" => Ok(Stance::Negative),
        "neutral" => Ok(Stance::Neutral),
        "bullish" | "positive" => Ok(Stance::Positive),
        other => anyhow::bail!("{other} is no label: bearish, neutral, bullish, negative and positive are"),
    }
}
