//! What the auditor of feature vectors has found while the house runs.

use serde::{Deserialize, Serialize};
use wick_bus::House;
use wick_schemas::Timestamp;

use crate::error::Result;

/// Differences that are remembered.
pub const EXAMPLES: usize = 10;

/// Vectors compared so far, since bronze was last folded from its beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The full feature set of the fold.
    pub feature_set: String,
    /// The newest bar that was compared.
    pub upto: Option<Timestamp>,
    /// Vectors that were kept, and shown where that was seen, as bronze gives them, to the bit.
    pub equal: u64,
    /// Those that were not.
    pub different: u64,
    /// Vectors that bronze gives and nobody kept.
    pub missing: u64,
    /// How many of all were also seen online.
    pub online: u64,
    /// The first differences.
    pub examples: Vec<String>,
}

impl Report {
    /// Where it is.
    #[must_use]
    pub fn path(house: &House) -> std::path::PathBuf {
        house.path("parity/report.json")
    }

    /// The report of a house; `None` where nothing was compared yet.
    ///
    /// # Errors
    /// Where the file is there and cannot be read.
    pub fn read(house: &House) -> Result<Option<Self>> {
        let path = Self::path(house);
        match std::fs::read(&path) {
            Ok(text) => Ok(Some(serde_json::from_slice(&text).map_err(wick_bus::Error::parquet(&path))?)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(wick_bus::Error::file(&path)(error).into()),
        }
    }

    /// In a line.
    #[must_use]
    pub fn told(&self) -> String {
        let Self { equal, different, missing, online, .. } = self;
        let upto = self.upto.map_or_else(|| "nowhere".to_owned(), crate::words::moment);
        let what = if different + missing == 0 { "" } else { "; see `wick features verify`" };
        format!(
            "{equal} vectors as bronze gives them ({online} seen online), {different} not, {missing} missing, \
             to {upto} UTC{what}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_told_with_what_to_do() {
        let mut report = Report { equal: 8, upto: Some(Timestamp(0)), ..Report::default() };
        assert!(report.told().starts_with("8 vectors") && !report.told().contains("verify"));
        report.different = 1;
        assert!(report.told().contains("1 not") && report.told().contains("verify"));
    }
}
