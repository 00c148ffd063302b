//! What is kept in files: Parquet in Hive partitions, with a journal for what has just come.

mod gold;
mod journal;
mod parquet;
mod shelf;

pub use gold::{FeatureRow, TargetRow, features_root, targets_root, value_names};
pub use shelf::{Record, Shelf};
