//! Which command is answered where.

use std::io::{ErrorKind, IsTerminal};

use wick_bus::Config;

use crate::cli::{Cli, Command};
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::lake::Bronze;
use crate::model::Models;
use crate::page::Page;
use crate::place::Place;
use crate::quality::Quality;
use crate::report::ReportArgs;
use crate::{
    completions, dead_letters, drift, keys, lake, man, model, predict, quality, report, retrain, schema, scoreboard,
    settings, status, streams, top,
};

/// Answers a command on standard output. `None` for those that start actors: they are not for asking.
///
/// # Errors
/// [`Error`], which knows its exit code.
pub async fn ask(cli: &Cli, config: &Config) -> Result<Option<Exit>> {
    let mut out = std::io::stdout().lock();
    let terminal = std::io::stdout().is_terminal();
    enough(ask_on(cli, config, &mut Page::new(&mut out, cli.json, terminal, cli.quiet)).await, Some(Exit::Done))
}

/// What `wick report` answers, on standard output: for a replay that has come to its end.
///
/// # Errors
/// As [`ask`].
pub async fn evaluate(cli: &Cli, config: &Config, args: &ReportArgs) -> Result<Exit> {
    let mut out = std::io::stdout().lock();
    let terminal = std::io::stdout().is_terminal();
    let mut page = Page::new(&mut out, cli.json, terminal, cli.quiet);
    let place = find(config, &page).await?;
    enough(report::report(&place, args, &mut page).await, Exit::Done)
}

/// Whoever stops reading, as `head` does, has read enough.
fn enough<T>(answer: Result<T>, done: T) -> Result<T> {
    match answer {
        Err(Error::Output(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(done),
        answer => answer,
    }
}

/// Answers a command on a page.
///
/// # Errors
/// As [`ask`].
pub async fn ask_on(cli: &Cli, config: &Config, page: &mut Page<'_>) -> Result<Option<Exit>> {
    let exit = match &cli.command {
        Command::Up(_)
        | Command::Run(_)
        | Command::Replay(_)
        | Command::Backfill(_)
        | Command::Doctor
        | Command::Trace(_)
        | Command::Features(_)
        | Command::Bronze(Bronze::Compact(_))
        | Command::Models(Models::Lineage(_))
        | Command::Quality(Quality::Docs(_)) => return Ok(None),
        Command::Quality(what) => quality::quality(&find(config, page).await?, what, page).await?,
        Command::Bronze(what) => lake::bronze(&find(config, page).await?, what, page)?,
        Command::Keys(what) => keys::keys(&find(config, page).await?, what, page)?,
        Command::Config(what) => settings::settings(config, what, page)?,
        Command::Schema(what) => schema::schema(what, page)?,
        Command::Completions(args) => completions::completions(args, page)?,
        Command::Status => status::status(&find(config, page).await?, page).await?,
        Command::Top(args) => top::top(config, args, page).await?,
        Command::Drift(args) => drift::drift(&find(config, page).await?, args, page).await?,
        Command::Man(args) => man::man(args, page)?,
        Command::Predict(args) => predict::predict(&find(config, page).await?, args, page).await?,
        Command::Scoreboard(args) => scoreboard::scoreboard(&find(config, page).await?, args, page).await?,
        Command::Report(args) => report::report(&find(config, page).await?, args, page).await?,
        Command::Retrain(args) => retrain::retrain(&find(config, page).await?, args, page).await?,
        Command::Models(what) => model::models(&find(config, page).await?, what, page).await?,
        Command::Streams(what) => streams::streams(&find(config, page).await?, what, page).await?,
        Command::DeadLetters(what) => dead_letters::dead_letters(&find(config, page).await?, what, page).await?,
    };
    Ok(Some(exit))
}

async fn find(config: &Config, page: &Page<'_>) -> Result<Place> {
    let place = Place::find(config).await?;
    if place.simulated() {
        page.remark("SIMULATED: nobody trades at these prices");
    }
    Ok(place)
}
