//! `wick man`: manual pages, from the definitions that the help comes from.

use std::path::{Path, PathBuf};

use clap::{Args, CommandFactory};
use serde_json::json;

use crate::cli::Cli;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::page::Page;

/// `wick man`.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Example:\n  wick man | man -l -\n  wick man --dir ~/.local/share/man/man1 && man wick-models-list"
)]
pub struct ManArgs {
    /// Write the page of every command into this folder; without it that of `wick` itself is printed.
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

/// Writes the pages.
///
/// # Errors
/// [`Error::File`] where one cannot be written.
pub fn man(args: &ManArgs, page: &mut Page<'_>) -> Result<Exit> {
    let mut pages = Vec::new();
    let mut command = Cli::command();
    // What every command has is then in every page.
    command.build();
    collect(&command, "wick", &mut pages)?;
    let Some(folder) = &args.dir else {
        if page.json {
            let named: Vec<&String> = pages.iter().map(|(name, _)| name).collect();
            page.document(&json!({ "pages": named }))?;
        } else if let Some((_, text)) = pages.first() {
            page.raw(text)?;
        }
        return Ok(Exit::Done);
    };
    let failed = |path: &Path, source| Error::File { path: path.to_owned(), source };
    std::fs::create_dir_all(folder).map_err(|source| failed(folder, source))?;
    let mut written = Vec::new();
    for (name, text) in pages {
        let path = folder.join(format!("{name}.1"));
        std::fs::write(&path, text).map_err(|source| failed(&path, source))?;
        written.push(path);
    }
    if page.json {
        page.document(&json!({ "written": written }))?;
    } else {
        page.line(&format!("{} pages written to {}", written.len(), folder.display()))?;
    }
    Ok(Exit::Done)
}

fn collect(command: &clap::Command, name: &str, pages: &mut Vec<(String, Vec<u8>)>) -> Result<()> {
    let mut text = Vec::new();
    clap_mangen::Man::new(command.clone()).title(name.to_owned()).render(&mut text)?;
    pages.push((name.to_owned(), text));
    for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
        collect(inner, &format!("{name}-{}", inner.get_name()), pages)?;
    }
    Ok(())
}
