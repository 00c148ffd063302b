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
    #[command(after_help = "Example:\n  wick features list\n  wick features list --feature-set slim\n  \
                            wick features list --json | jq .id")]
    List(SetArgs),
    /// The sets that are built, by name and id: the full one, and those of feature_builder.sets.
    #[command(after_help = "Example:\n  wick features sets\n  wick features sets --json | jq -r '.[].id'")]
    Sets,
    /// The newest vector, as it is shown online.
    #[command(after_help = "Example:\n  wick features show\n  wick features show --feature-set slim --json")]
    Show(SetArgs),
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
    Verify(SetArgs),
}

/// Which set is meant.
#[derive(Args, Clone, Debug, Default)]
pub struct SetArgs {
    /// Of this feature set, by its name or its id [default: the one that is served].
    #[arg(long, value_name = "NAME|ID")]
    pub feature_set: Option<String>,
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
    /// Which set.
    #[command(flatten)]
    pub set: SetArgs,
    /// Bars whose look-backs are not full, too: some of their features are empty.
    #[arg(long)]
    pub cold: bool,
}
