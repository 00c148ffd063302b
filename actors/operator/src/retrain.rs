//! `wick retrain`: a person asks for a new model.

use clap::Args;
use wick_schemas::{Cause, Retrain};

use crate::error::Result;
use crate::exit::Exit;
use crate::page::Page;
use crate::place::Place;
use crate::tell::{self, Manner};
use crate::words;

/// `wick retrain`.
///
/// The trainer learns from what was known up to now, and the new model serves if it is no worse than the champion.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Example:\n  wick retrain --reason 'new fee schedule' --wait")]
pub struct RetrainArgs {
    /// Why, for the record.
    #[arg(long, default_value = "asked for at the command line", value_parser = words::read_reason)]
    pub reason: String,
    /// Who asks, and whether they wait.
    #[command(flatten)]
    pub manner: Manner,
}

/// Asks for a new model.
///
/// # Errors
/// Where the bus is away, or the answer does not come in time.
pub async fn retrain(place: &Place, args: &RetrainArgs, page: &mut Page<'_>) -> Result<Exit> {
    let command = Retrain {
        at: place.now().await?,
        cause: Cause::Person { reason: args.reason.clone() },
        requested_by: args.manner.by.clone(),
    };
    tell::tell(place, &command, &args.manner, page).await
}
