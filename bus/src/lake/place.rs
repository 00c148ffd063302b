//! Where a lake is: its files here or in a bucket, its journals always here.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::store::Store;
use crate::config::Config;
use crate::error::{Error, Result};

/// `[lake]`: where bronze is kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LakeConfig {
    /// A bucket, as `s3://bucket/folder`, or a folder, as `file:///srv/lake`; empty: in the data folder.
    pub url: String,
    /// Where the bucket's service is, where that is not Amazon.
    pub endpoint: String,
    /// The bucket's region; empty: as `AWS_REGION` says.
    pub region: String,
    /// Whether the service may be spoken to without encryption.
    pub allow_http: bool,
    /// How many days after its end a day becomes one strongly compressed file; 0: never.
    pub compact_days: u32,
}

impl Default for LakeConfig {
    fn default() -> Self {
        let none = String::new;
        Self { url: none(), endpoint: none(), region: none(), allow_http: false, compact_days: 30 }
    }
}

/// A lake: its files, and the folder of its journals.
#[derive(Clone, Debug)]
pub struct Lake {
    /// Where its files are.
    pub files: Store,
    /// Where what has just come waits: always a local folder, because a bucket can only be given whole files.
    pub journals: PathBuf,
}

impl Lake {
    /// A lake that is all in one folder.
    #[must_use]
    pub fn folder(root: impl Into<PathBuf>) -> Self {
        let root = root.into();
        Self { files: Store::folder(&root), journals: root }
    }

    /// Where the fetcher keeps what came.
    ///
    /// Houses that share a bucket, such as a replay and the live one, have folders of their own there, as they have
    /// keys of their own on the bus.
    ///
    /// # Errors
    /// Where `[lake]` makes no sense.
    pub fn bronze(config: &Config) -> Result<Self> {
        let lake: LakeConfig = config.section("lake")?;
        let journals = config.data_dir.join("bronze");
        let path = format!("{}/bronze", config.bus.prefix.trim_end_matches(':').replace(':', "/"));
        let path = path.trim_start_matches('/');
        let files = match lake.url.strip_prefix("file://") {
            Some(folder) if Path::new(folder).is_absolute() => Store::folder(Path::new(folder).join(path)),
            Some(_) => return Err(Error::Config("lake.url: write a whole path, as file:///srv/lake".into())),
            None if lake.url.is_empty() => Store::folder(&journals),
            None => Store::bucket(&lake, path, environment())?,
        };
        Ok(Self { files, journals })
    }
}

/// The variables that are text; what is none says nothing to us.
fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

impl From<&Path> for Lake {
    fn from(root: &Path) -> Self {
        Self::folder(root)
    }
}

impl From<&PathBuf> for Lake {
    fn from(root: &PathBuf) -> Self {
        Self::folder(root)
    }
}

impl From<&Lake> for Lake {
    fn from(lake: &Lake) -> Self {
        lake.clone()
    }
}

/// A value as a part of a Hive partition's path: what could part paths, or be read otherwise by others, is `_`.
#[must_use]
pub fn hive(value: &str) -> String {
    let fit = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c.to_ascii_lowercase() } else { '_' };
    let name: String = value.chars().map(fit).take(64).collect();
    if name.trim_matches('.').is_empty() { "_".into() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_path_cannot_leave_its_place() {
        assert_eq!(hive("coindesk"), "coindesk");
        assert_eq!(hive("Bitcoin Magazine"), "bitcoin_magazine");
        assert_eq!(hive("../../etc/x=1%2F"), ".._.._etc_x_1_2f");
        assert_eq!((hive(""), hive("..")), ("_".into(), "_".into()));
        assert_eq!(hive(&"é".repeat(99)).len(), 64);
    }
}
