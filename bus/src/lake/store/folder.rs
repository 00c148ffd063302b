//! A lake in a folder. `object_store` has one too, but it does not wait until a file is on the disk.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::Item;
use crate::error::{Error, Result};

/// What a file that is being written is called until it is whole.
pub(in crate::lake) const UNFINISHED: &str = ".tmp";

/// A folder.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    root: PathBuf,
}

impl Folder {
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// A temporary name, the disk, the name, the folder: in this order a crash leaves the file whole or not there.
    pub(super) fn put(&self, path: &str, bytes: &[u8]) -> Result<()> {
        let target = self.root.join(path);
        let folder = target.parent().unwrap_or(&self.root);
        make(folder)?;
        let temporary = self.root.join(format!("{path}{UNFINISHED}"));
        let mut file = File::create(&temporary).map_err(Error::file(&temporary))?;
        file.write_all(bytes).and_then(|()| file.sync_all()).map_err(Error::file(&temporary))?;
        std::fs::rename(&temporary, &target).map_err(Error::file(&target))?;
        sync(folder)
    }

    pub(super) fn get(&self, path: &str) -> Result<Option<Bytes>> {
        let path = self.root.join(path);
        match std::fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes.into())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::file(&path)(error)),
        }
    }

    pub(super) fn list(&self, below: &str) -> Result<Vec<Item>> {
        let mut found = Vec::new();
        let mut folders = vec![below.to_owned()];
        while let Some(folder) = folders.pop() {
            let place = self.root.join(&folder);
            let entries = match std::fs::read_dir(&place) {
                Ok(entries) => entries,
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(Error::file(&place)(error)),
            };
            for entry in entries {
                let entry = entry.map_err(Error::file(&place))?;
                let name = entry.file_name();
                let name = name.to_string_lossy();
                let path = if folder.is_empty() { name.into_owned() } else { format!("{folder}/{name}") };
                match entry.metadata() {
                    Ok(about) if about.is_dir() => folders.push(path),
                    Ok(about) => found.push(Item { path, bytes: about.len() }),
                    // Removed meanwhile.
                    Err(error) if error.kind() == ErrorKind::NotFound => {}
                    Err(error) => return Err(Error::file(&entry.path())(error)),
                }
            }
        }
        Ok(found)
    }

    pub(super) fn delete(&self, path: &str) -> Result<()> {
        let path = self.root.join(path);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::file(&path)(error)),
            _ => Ok(()),
        }
    }
}

/// Makes a folder whose name, and those of the folders above that were missing, are on the disk.
fn make(folder: &Path) -> Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let above = folder.parent().filter(|above| !above.as_os_str().is_empty());
    if let Some(above) = above {
        make(above)?;
    }
    match std::fs::create_dir(folder) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(Error::file(folder)(error)),
        _ => {}
    }
    above.map_or(Ok(()), sync)
}

/// A name is on the disk when its folder is.
fn sync(folder: &Path) -> Result<()> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(Error::file(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_put_listed_read_and_removed() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = Folder::new(root.path().join("not/yet/there"));
        assert_eq!(folder.list("").expect("nothing"), []);
        folder.put("a=1/b=2/x", b"abc").expect("put");
        folder.put("a=1/b=2/x", b"abcd").expect("put again");
        assert_eq!(folder.list("a=1").expect("listed"), [Item { path: "a=1/b=2/x".into(), bytes: 4 }]);
        assert_eq!(folder.get("a=1/b=2/x").expect("got").as_deref(), Some(b"abcd".as_slice()));
        folder.delete("a=1/b=2/x").expect("removed");
        folder.delete("a=1/b=2/x").expect("removed already");
        assert_eq!(folder.get("a=1/b=2/x").expect("got"), None);
    }

    #[test]
    fn a_disk_that_refuses_is_named() {
        let root = tempfile::tempdir().expect("a folder");
        std::fs::write(root.path().join("file"), "").expect("a file");
        let error = Folder::new(root.path().join("file")).put("x", b"").expect_err("no folder");
        assert!(error.to_string().contains("file"), "{error}");
    }
}
