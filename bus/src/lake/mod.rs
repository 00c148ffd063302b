//! What is kept in files: Parquet in Hive partitions, with a journal for what has just come.

mod journal;
mod parquet;
mod shelf;

pub use shelf::{Record, Shelf};
