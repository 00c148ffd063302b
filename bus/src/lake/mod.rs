//! What is kept in files: Parquet in Hive partitions, with a journal for what has just come.

mod compact;
mod current;
mod gold;
mod journal;
mod listing;
mod lock;
mod manifest;
mod parallel;
mod parquet;
mod place;
mod read;
mod record;
mod shelf;
mod store;
mod verify;

use store::UNFINISHED;

pub use compact::{Compacted, compact, due};
pub use current::CurrentSets;
pub use gold::{FeatureRow, TargetRow, features_root, set_folder, targets_root, value_names};
pub use listing::{Listed, Partition, Waiting, files_between, partitions, waiting};
pub use manifest::{Entry, MANIFEST, Manifest, Replaced};
pub use place::{Lake, LakeConfig, hive};
pub use record::{Enough, Record};
pub use shelf::Shelf;
pub use store::{Item, Store};
pub use verify::{Fault, Finding, Verified, verify};
