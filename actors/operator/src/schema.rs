//! `wick schema`: the descriptions of every message, for those who read the streams.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;
use wick_schemas::document;

use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::page::Page;

/// `wick schema`.
#[derive(Subcommand, Clone, Debug)]
#[command(after_help = "Example:\n  wick schema export ./schemas")]
pub enum Schema {
    /// Write JSON Schemas and the AsyncAPI description into a folder.
    #[command(after_help = "Example:\n  wick schema export ./schemas")]
    Export {
        /// The folder; it is made where it is not there.
        folder: PathBuf,
    },
}

/// Writes the documents.
///
/// # Errors
/// [`Error::File`] where one cannot be written.
pub fn schema(what: &Schema, page: &mut Page<'_>) -> Result<Exit> {
    let Schema::Export { folder } = what;
    let mut written = Vec::new();
    for document in document::all() {
        let path = folder.join(&document.path);
        write(&path, document.text.as_ref())?;
        written.push(path);
    }
    if page.json {
        page.document(&json!({ "written": written }))?;
    } else {
        page.line(&format!("{} documents written to {}", written.len(), folder.display()))?;
    }
    Ok(Exit::Done)
}

fn write(path: &Path, text: &str) -> Result<()> {
    let wrote = path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(path, text));
    wrote.map_err(|source| Error::File { path: path.to_owned(), source })
}
