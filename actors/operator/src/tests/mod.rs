//! The command line as its user meets it: words in, an answer and an exit code out.

mod bus;
mod kept;
mod lake;
pub mod report;
mod seen;

use std::path::Path;

use clap::Parser;
use serde_json::Value;
use wick_bus::Config;

use crate::page::Page;
use crate::{Cli, Exit, Result, ask_on, overlay};

/// Says something to the house in `folder`; gives its answer.
async fn say(folder: &Path, words: &[&str]) -> (Result<Exit>, String) {
    let cli = parse(folder, words);
    let config = overlay(&cli).expect("settings");
    say_to(&cli, &config).await
}

async fn say_to(cli: &Cli, config: &Config) -> (Result<Exit>, String) {
    let mut out = Vec::new();
    let mut page = Page::new(&mut out, cli.json, false, true);
    let exit = ask_on(cli, config, &mut page).await.map(|exit| exit.expect("a command for asking"));
    (exit, String::from_utf8(out).expect("text"))
}

fn parse(folder: &Path, words: &[&str]) -> Cli {
    let folder = folder.to_str().expect("a path");
    let words = ["wick", "--data-dir", folder].into_iter().chain(words.iter().copied());
    Cli::try_parse_from(words).expect("parses")
}

/// Says something that is answered well, in JSON.
async fn json(folder: &Path, words: &[&str]) -> Value {
    let words: Vec<&str> = words.iter().copied().chain(["--json"]).collect();
    let (exit, text) = say(folder, &words).await;
    assert_eq!(exit.expect("answered"), Exit::Done, "{words:?}");
    serde_json::from_str(&text).expect("JSON")
}
