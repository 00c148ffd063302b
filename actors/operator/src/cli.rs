//! The command line: flags that every command has, and the list of commands.

use std::path::PathBuf;

use clap::{ArgAction, Parser, Subcommand};
use wick_bus::Config;

use crate::completions::CompletionsArgs;
use crate::dead_letters::DeadLetters;
use crate::drift::DriftArgs;
use crate::error::{Error, Result};
use crate::exit;
use crate::features::Features;
use crate::keys::Keys;
use crate::lake::Bronze;
use crate::man::ManArgs;
use crate::model::Models;
use crate::place::SIMULATED;
use crate::predict::PredictArgs;
use crate::quality::Quality;
use crate::report::ReportArgs;
use crate::retrain::RetrainArgs;
use crate::schema::Schema;
use crate::scoreboard::ScoreboardArgs;
use crate::settings::Settings;
use crate::start::TraceArgs;
use crate::start::{BackfillArgs, ReplayArgs, RunArgs, Source, UpArgs};
use crate::streams::Streams;
use crate::top::TopArgs;

/// What the flags are headed by that every command has.
const EVERYWHERE: &str = "Options of every command";

/// Forecasts the price of Bitcoin, and says how well.
///
/// Independent actors talk through Redis Streams: candles come in, are judged, become features and forecasts, are
/// scored against what came, and what is learnt from that trains the next model.
#[derive(Debug, Parser)]
#[command(name = "wick", version, max_term_width = 110, propagate_version = true)]
#[command(after_help = format!("Example:\n  wick up             start everything\n  wick predict        what it says now\n  \
                                wick scoreboard     how good that was\n\n{}", exit::HELP))]
pub struct Cli {
    /// A file of settings that overlays the defaults (see `wick config show`).
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "FILE", env = "WICK_CONFIG", hide_env_values = true)]
    pub config: Option<PathBuf>,
    /// Where everything is kept [default: ./data].
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// One setting, as in --set bus.url=redis://localhost; may be given many times.
    #[arg(long = "set", global = true, help_heading = EVERYWHERE, value_name = "KEY=VALUE", value_parser = read_setting)]
    pub set: Vec<(String, String)>,
    /// The replay that is meant, by its name.
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "NAME", value_parser = read_name)]
    pub namespace: Option<String>,
    /// Answer in JSON, for programs.
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub json: bool,
    /// Log more: once for debug, twice for everything.
    #[arg(short, long, global = true, help_heading = EVERYWHERE, action = ArgAction::Count)]
    pub verbose: u8,
    /// Log errors only, and leave out remarks.
    #[arg(short, long, global = true, help_heading = EVERYWHERE, conflicts_with = "verbose")]
    pub quiet: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What `wick` can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start every actor on a bus of their own, and forecast until Ctrl-C.
    Up(UpArgs),
    /// Start some actors on a bus that is running.
    Run(RunArgs),
    /// Carry recorded candles through every actor, in a namespace of its own.
    Replay(ReplayArgs),
    /// Fetch the past of the exchanges and carry it through every actor, before living on from there.
    Backfill(BackfillArgs),
    /// What a house needs, and whether it is there: the data folder, the bus, the ports, the exchanges.
    ///
    /// Exits with 1 where something is missing that a house cannot live without.
    #[command(after_help = "Example:\n  wick doctor\n  wick doctor --json | jq '.findings[] | select(.ok | not)'")]
    Doctor,
    /// Who is at work, how far they are, and what they last said.
    ///
    /// For each stream: up to which moment it is complete, how long ago that is, how many entries it holds, what its
    /// readers have not read (lag) or not finished (pending), and how many letters are dead.
    #[command(after_help = "Example:\n  wick status\n  wick status --json | jq .champion.model")]
    Status,
    /// The house on one screen, while it lives.
    Top(TopArgs),
    /// The newest forecast of each horizon.
    Predict(PredictArgs),
    /// How good the forecasts were, beside their baselines.
    Scoreboard(ScoreboardArgs),
    /// Where a forecast comes from: its features, candles, bronze files, model and training.
    Trace(TraceArgs),
    /// Whether each horizon still has its skill, and what was said and asked because of it.
    Drift(DriftArgs),
    /// The whole evaluation of the forecasts, with pictures, as tables and as one page.
    Report(ReportArgs),
    /// Ask for a new model.
    Retrain(RetrainArgs),
    /// The trained models, and which of them serves.
    #[command(subcommand)]
    Models(Models),
    /// The streams between the actors.
    #[command(subcommand)]
    Streams(Streams),
    /// What came in, as it came: what is kept of it, and whether all of it is still there.
    #[command(subcommand)]
    Bronze(Bronze),
    /// What is known of each bar: the definitions, training sets, and the proof that they are what bronze gives.
    #[command(subcommand)]
    Features(Features),
    /// What was put in quarantine, what batches did not meet, and the pages that show it.
    #[command(subcommand)]
    Quality(Quality),
    /// Messages that their reader could not digest.
    #[command(subcommand)]
    DeadLetters(DeadLetters),
    /// Keys for the gateway: who may ask it, and who may tell it something.
    #[command(subcommand)]
    Keys(Keys),
    /// The settings in force.
    #[command(subcommand)]
    Config(Settings),
    /// The descriptions of every message.
    #[command(subcommand)]
    Schema(Schema),
    /// A script that teaches the shell to complete `wick`.
    Completions(CompletionsArgs),
    /// Manual pages, one for each command.
    Man(ManArgs),
}

/// Builds the settings: defaults, file, environment, `--set`, then the flags that have names of their own.
///
/// A replay keeps to itself: its data folder is `<data_dir>/replay/<name>`, its keys begin with `<name>:`.
///
/// # Errors
/// Where the settings make no sense.
pub fn overlay(cli: &Cli) -> Result<Config> {
    let mut config = Config::load(cli.config.as_deref(), &cli.set)?;
    if let Some(folder) = &cli.data_dir {
        config = config.with("data_dir", folder)?;
    }
    let log = match (cli.quiet, cli.verbose) {
        (true, _) => Some("error"),
        (_, 0) => None,
        (_, 1) => Some("debug"),
        _ => Some("trace"),
    };
    if let Some(log) = log {
        config = config.with("telemetry.log", log)?;
    }
    if let Command::Up(UpArgs { source: Some(source), .. }) = &cli.command {
        config = config.with("fetcher.source", source.name())?;
        if let Source::Replay(file) = source {
            config = config.with("fetcher.replay.files", [file])?;
        }
    }
    if let Command::Replay(replay) = &cli.command
        && let Some(speed) = replay.speed
    {
        config = config.with("fetcher.replay.speed", speed)?;
    }
    let replay = match &cli.command {
        Command::Replay(replay) if cli.namespace.is_some() && cli.namespace.as_ref() != Some(&replay.name) => {
            return Err(Error::Config("a replay's namespace is its name: give --name alone".into()));
        }
        Command::Replay(replay) => Some(&replay.name),
        _ => cli.namespace.as_ref(),
    };
    if let Some(name) = replay {
        let folder = config.data_dir.join("replay").join(name);
        let prefix = format!("{}{name}:", config.bus.prefix);
        config = config.with("data_dir", folder)?.with("bus.prefix", prefix)?;
    }
    Ok(config)
}

fn read_setting(text: &str) -> std::result::Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((key.trim().to_owned(), value.to_owned())),
        _ => Err("write key=value, as in bus.batch=500".into()),
    }
}

/// Reads a replay's name: it becomes part of a path and of a Redis key.
pub(crate) fn read_name(text: &str) -> std::result::Result<String, String> {
    let fit = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    if text.is_empty() || text.len() > 64 || !text.chars().all(fit) {
        return Err("a name has up to 64 of a-z, 0-9, '-' and '_'".into());
    }
    if text == SIMULATED {
        return Err(format!("'{SIMULATED}' is what the simulated market is called: take another name"));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;
    use std::path::Path;

    fn parse(words: &[&str]) -> Cli {
        Cli::try_parse_from(std::iter::once(&"wick").chain(words)).expect("parses")
    }

    #[test]
    fn the_definition_makes_sense() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_has_an_example_in_its_help() {
        fn look(command: &mut clap::Command, path: &str) -> usize {
            let path = format!("{path} {}", command.get_name());
            let help = command.render_long_help().to_string();
            assert!(help.contains("Example"), "{path}:\n{help}");
            // clap's own `help` is no command of ours.
            let inner = command.get_subcommands_mut().filter(|inner| inner.get_name() != "help");
            1 + inner.map(|inner| look(inner, &path)).sum::<usize>()
        }
        assert!(look(&mut Cli::command(), "") > 20);
    }

    #[test]
    fn a_replay_keeps_to_itself() {
        let config = overlay(&parse(&["status", "--namespace", "replay", "--data-dir", "/x"])).expect("settings");
        assert_eq!(config.data_dir, Path::new("/x/replay/replay"));
        assert_eq!(config.bus.prefix, "replay:");
        let config = overlay(&parse(&["replay", "a.parquet", "--name", "w2", "--speed", "60"])).expect("settings");
        assert_eq!(config.data_dir, Path::new("./data/replay/w2"));
        assert_eq!(config.shown().expect("shown")["fetcher"]["replay"]["speed"], 60.0);
        for wrong in ["../x", "", "Year", "simulated"] {
            assert!(Cli::try_parse_from(["wick", "status", "--namespace", wrong]).is_err(), "{wrong}");
        }
        let two_names = parse(&["replay", "a.parquet", "--name", "a", "--namespace", "b"]);
        assert_eq!(overlay(&two_names).expect_err("two names").exit(), exit::Exit::Configuration);
    }

    #[test]
    fn flags_with_names_of_their_own_keep_their_type() {
        let config = overlay(&parse(&["-vv", "--data-dir", "2024", "up", "--source", "week.csv"])).expect("settings");
        assert_eq!(config.data_dir, Path::new("2024"));
        assert_eq!(config.telemetry.log, "trace");
        let shown = config.shown().expect("shown");
        assert_eq!(shown["fetcher"]["source"], "replay");
        assert_eq!(shown["fetcher"]["replay"]["files"][0], "week.csv");
        let config = overlay(&parse(&["status", "--set", "bus.batch=7"])).expect("settings");
        assert_eq!(config.bus.batch, 7);
        assert!(Cli::try_parse_from(["wick", "status", "--set", "bus.batch"]).is_err());
    }

    #[test]
    fn a_setting_that_nobody_knows_is_a_matter_of_configuration() {
        let error = overlay(&parse(&["status", "--set", "bus.nonsense=1"])).expect_err("unknown");
        assert_eq!(error.exit().code(), 3);
        assert!(error.to_string().contains("nonsense"));
    }
}
