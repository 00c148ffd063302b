//! `wick features`: what is asked of the feature store at the command line.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use wick_schemas::Timestamp;

/// `wick features`.
#[derive(Subcommand, Clone, Debug)]
#[command(
    after_help = "Example:\n  wick features list\n  wick features export --out train.parquet\n  wick features verify"
)]
pub enum Features {
    /// The features: name, formula, look-back and unit of each, and the id of their set.
    #[command(after_help = "Example:\n  wick features list\n  wick features list --json | jq .id")]
    List,
    /// Write a training set: a row for each bar, with its features and, for each horizon, what came of it.
    ///
    /// One Parquet file that Polars, pandas and DuckDB read. Times are in milliseconds since 1970 (UTC). A row holds what
    /// was known at as_of; the columns of outcomes (log_return_1h, realised_variance_1h, known_at_1h) are empty until
    /// they are known.
    #[command(after_help = "Example:\n  wick features export --out train.parquet\n  \
                            wick features export --namespace replay --from 2024-01-01 --to 2025-01-01 --out 2024.parquet")]
    Export(ExportArgs),
    /// Compute every vector again from bronze, and compare it with what was kept and with what is shown online.
    ///
    /// All of bronze is read, because some features remember all of it. Exits with 1 where anything differs.
    #[command(after_help = "Example:\n  wick features verify\n  wick features verify --namespace replay --json")]
    Verify,
}

/// `wick features export`.
#[derive(Args, Clone, Debug)]
pub struct ExportArgs {
    /// Into this file.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Bars that closed at this moment or later, as 2024-01-31 or 2024-01-31T12:00:00Z.
    #[arg(long, value_name = "WHEN", value_parser = Timestamp::parse)]
    pub from: Option<Timestamp>,
    /// Bars that closed before this moment.
    #[arg(long, value_name = "WHEN", value_parser = Timestamp::parse)]
    pub to: Option<Timestamp>,
    /// Of this feature set [default: that of this program].
    #[arg(long, value_name = "ID")]
    pub feature_set: Option<String>,
    /// Bars whose look-backs are not full, too: some of their features are empty.
    #[arg(long)]
    pub cold: bool,
}
