//! `wick`: one program, every room of the house.

mod allocator;
mod backfill;
mod compact;
mod doctor;
mod export;
mod features;
mod follow;
mod household;
mod lineage;
mod parity;
mod quality;
mod reach;
mod replay;
mod settings;
mod trace;
mod up;
mod vectors;
mod voice;

use std::io::ErrorKind;
use std::process::ExitCode;

use clap::Parser;
use wick_operator::lake::Bronze;
use wick_operator::model::Models;
use wick_operator::quality::Quality;
use wick_operator::settings::Settings;
use wick_operator::{Cli, Command, Error, Exit, overlay};

#[actix::main]
async fn main() -> ExitCode {
    allocator::give_back_at_once();
    let cli = Cli::parse();
    match live(&cli).await {
        Ok(exit) => exit.into(),
        // Whoever stops reading, as `head` does, has read enough.
        Err(error) if unread(&error) => ExitCode::SUCCESS,
        Err(error) => {
            voice::remark(&format!("wick: {}", told(&error)));
            Exit::of(error.as_ref()).into()
        }
    }
}

async fn live(cli: &Cli) -> anyhow::Result<Exit> {
    let config = overlay(cli)?;
    wick_bus::telemetry::start(&config.telemetry)?;
    match &cli.command {
        // These say nothing of a house.
        Command::Completions(_) | Command::Man(_) | Command::Schema(_) => {}
        Command::Config(Settings::Check { file }) => settings::check(&wick_bus::Config::load(Some(file), &[])?)?,
        _ => settings::check(&config)?,
    }
    match &cli.command {
        Command::Up(args) => up::up(config, args).await.map(|()| Exit::Done),
        Command::Run(args) => up::run(config, &args.names()).await.map(|()| Exit::Done),
        Command::Backfill(args) => backfill::backfill(config, args).await,
        Command::Doctor => doctor::doctor(&config, cli).await,
        Command::Replay(args) => replay::replay(config, args, cli).await,
        Command::Bronze(Bronze::Compact(args)) => {
            compact::compact(&config, args, cli.json, cli.quiet).await.map(|()| Exit::Done)
        }
        Command::Models(Models::Lineage(args)) => lineage::lineage(&config, args).await.map(|()| Exit::Done),
        Command::Trace(args) => trace::trace(&config, args, cli).await.map(|()| Exit::Done),
        Command::Features(what) => features::features(&config, what, cli).await,
        Command::Quality(Quality::Docs(args)) => quality::docs(&config, args, cli).await.map(|()| Exit::Done),
        _ => Ok(wick_operator::ask(cli, &config).await?.unwrap_or(Exit::Done)),
    }
}

fn unread(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(Error::Output(error)) if error.kind() == ErrorKind::BrokenPipe)
}

/// The error and its causes, each said once: many quote theirs already.
fn told(error: &anyhow::Error) -> String {
    error.chain().skip(1).fold(error.to_string(), |told, cause| {
        let cause = cause.to_string();
        if told.contains(&cause) { told } else { format!("{told}: {cause}") }
    })
}
