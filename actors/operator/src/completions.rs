//! `wick completions`: for the shell.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::cli::Cli;
use crate::error::Result;
use crate::exit::Exit;
use crate::page::Page;

/// `wick completions`.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Example:\n  wick completions bash > ~/.local/share/bash-completion/completions/wick")]
pub struct CompletionsArgs {
    /// The shell.
    pub shell: Shell,
}

/// Writes the script.
///
/// # Errors
/// Where nobody reads any more.
pub fn completions(args: &CompletionsArgs, page: &mut Page<'_>) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "wick", &mut script);
    page.raw(&script)?;
    Ok(Exit::Done)
}
