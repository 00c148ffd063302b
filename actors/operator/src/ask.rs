//! Which command is answered where.

use std::io::{ErrorKind, IsTerminal};

use serde::Serialize;
use wick_bus::Config;

use crate::cli::{Cli, Command};
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::lake::Bronze;
use crate::model::Models;
use crate::page::Page;
use crate::place::Place;
use crate::quality::Quality;
use crate::report::{Answer, ReportArgs};
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

/// What a program is told of a replay that was evaluated.
#[derive(Serialize)]
struct Evaluated<'a, R> {
    /// What there is to say of the replay.
    replay: &'a R,
    /// What `wick report` says; nothing where the evaluation failed.
    report: Option<Answer>,
}

/// Evaluates a replay that has come to its end, as `wick report` does, on standard output. Programs are told of the replay
/// in the same document, and that whatever becomes of the evaluation.
///
/// # Errors
/// As [`ask`].
pub async fn evaluate(cli: &Cli, config: &Config, args: &ReportArgs, replay: &impl Serialize) -> Result<()> {
    let mut out = std::io::stdout().lock();
    let terminal = std::io::stdout().is_terminal();
    let mut page = Page::new(&mut out, cli.json, terminal, cli.quiet);
    let answer = match find(config, &page).await {
        Ok(place) => report::evaluate(&place, args, &page).await,
        Err(error) => Err(error),
    };
    let told = match answer {
        Ok(answer) if page.json => page.document(&Evaluated { replay, report: Some(answer) }),
        Ok(answer) => answer.show(&mut page),
        Err(error) if page.json => page.document(&Evaluated { replay, report: None }).and(Err(error)),
        Err(error) => Err(error),
    };
    enough(told, ())
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
