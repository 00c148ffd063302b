//! A person's word on the bus, and what the house answers.

use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use redis::aio::MultiplexedConnection;
use redis::{Value, cmd};
use serde::Serialize;
use wick_bus::codec::{self, Entry};
use wick_bus::{registry, stream};
use wick_schemas::topic::actor::OPERATOR;
use wick_schemas::{
    Envelope, ModelPromoted, ModelRefused, ModelRolledBack, ModelTrained, Payload, QuarantineKept, QuarantineReleased,
    Timestamp, Topic, topic,
};

use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::page::Page;
use crate::place::{self, Place};
use crate::words;

/// Who asks, and whether they wait for the answer.
#[derive(Args, Clone, Debug)]
pub struct Manner {
    /// Who asks, for the record.
    #[arg(long, value_name = "NAME", env = "USER", hide_env_values = true, default_value = OPERATOR)]
    pub by: String,
    /// Wait for the answer; exits with 6 where it is no.
    #[arg(long)]
    pub wait: bool,
    /// How long to wait at most, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 3600, requires = "wait")]
    pub timeout: u64,
}

/// What became of a command.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Outcome {
    /// A model serves.
    Promoted(ModelPromoted),
    /// The champion stays.
    Refused(ModelRefused),
    /// The former model serves again.
    RolledBack(ModelRolledBack),
    /// Something is out of quarantine.
    Released(QuarantineReleased),
    /// It stays there.
    Kept(QuarantineKept),
}

/// What was said, and what came of it.
#[derive(Debug, Serialize)]
struct Told {
    id: String,
    topic: &'static str,
    at: Timestamp,
    outcome: Option<Outcome>,
}

/// Publishes a command, waits for its outcome where that is wanted, and shows both.
///
/// # Errors
/// [`Error::Away`] where the bus is away, [`Error::Late`] where the outcome does not come in time.
pub async fn tell<P: Payload>(place: &Place, command: &P, manner: &Manner, page: &mut Page<'_>) -> Result<Exit> {
    let mut bus = place.bus()?;
    let message = stream::tell(&place.house, &mut bus, OPERATOR, command).await?;
    let holders = place::holders(&place.house, &mut bus).await?;
    for (actor, _) in holders.iter().filter(|(actor, holder)| P::TOPIC.consumers.contains(actor) && holder.is_none()) {
        page.remark(&format!("no {actor} is at work: the command waits for one"));
    }
    let outcome = if manner.wait {
        Some(outcome(place, &message, P::TOPIC.consumers, manner.timeout, page).await?)
    } else {
        None
    };
    let exit = if matches!(outcome, Some(Outcome::Refused(_) | Outcome::Kept(_))) { Exit::Refused } else { Exit::Done };
    if page.json {
        page.document(&Told { id: message.id.to_string(), topic: P::TOPIC.name, at: command.event_time(), outcome })?;
        return Ok(exit);
    }
    match outcome {
        None => page.line(&format!("asked: {} {}", P::TOPIC.name, message.id))?,
        Some(outcome) => outcome.lines().iter().try_for_each(|line| page.line(line))?,
    }
    Ok(exit)
}

impl Outcome {
    fn lines(&self) -> Vec<String> {
        let (first, reasons) = match self {
            Self::Promoted(one) => {
                let (model, from) = (words::short(&one.model), words::moment(one.serves_from));
                (format!("promoted: {model} serves from {from} UTC"), one.reasons.as_slice())
            }
            Self::Refused(one) if one.model.is_empty() => {
                ("refused: the champion stays".to_owned(), one.reasons.as_slice())
            }
            Self::Refused(one) => {
                (format!("refused: {}; the champion stays", words::short(&one.model)), one.reasons.as_slice())
            }
            Self::RolledBack(one) => {
                let (model, replaced) = (words::short(&one.model), words::short(&one.replaced));
                (format!("rolled back: {model} serves again instead of {replaced}"), [].as_slice())
            }
            Self::Released(one) if one.late => {
                let id = words::short(&one.held);
                (format!("released: {id} is kept beside newer candles, and what was built stays"), [].as_slice())
            }
            Self::Released(one) => (format!("released: {} is clean", words::short(&one.held)), [].as_slice()),
            Self::Kept(one) => (
                format!("refused: {} stays ({})", words::short(&one.held), one.rule),
                std::slice::from_ref(&one.reason),
            ),
        };
        std::iter::once(first).chain(reasons.iter().map(|reason| format!("  {reason}"))).collect()
    }
}

/// What may be answered.
const ANSWERS: [Topic; 6] = [
    topic::MODELS_TRAINED,
    topic::MODELS_PROMOTED,
    topic::MODELS_REFUSED,
    topic::MODELS_ROLLED_BACK,
    topic::QUARANTINE_RELEASED,
    topic::QUARANTINE_KEPT,
];

async fn outcome(
    place: &Place,
    command: &Envelope,
    consumers: &[&str],
    seconds: u64,
    page: &Page<'_>,
) -> Result<Outcome> {
    let spinner = if page.quiet { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
    spinner.enable_steady_tick(Duration::from_millis(120));
    spinner.set_message(format!("waiting for the {}", consumers.join(" or the ")));
    let answer = tokio::time::timeout(Duration::from_secs(seconds), follow(place, command, &spinner)).await;
    spinner.finish_and_clear();
    answer.unwrap_or_else(|_| {
        Err(Error::Late(format!(
            "no answer to {} within {seconds} s: `wick models history` and `wick quality list` show what came of it",
            command.id
        )))
    })
}

/// Reads the answers from their beginning, because a command that was given before is not carried out twice: its
/// answer is there already.
async fn follow(place: &Place, command: &Envelope, spinner: &ProgressBar) -> Result<Outcome> {
    let keys = ANSWERS.map(|topic| place.house.stream(&topic));
    let mut after = vec!["0-0".to_owned(); keys.len()];
    let mut bus = place.bus()?;
    loop {
        for (lane, entry) in read_next(&mut bus, &keys, &after).await? {
            after[lane] = entry.id;
            // What is no message is no answer.
            let Ok(message) = entry.message else { continue };
            if message.causation_id != command.id.as_str() {
                continue;
            }
            if let Some(outcome) = understand(&message, spinner)? {
                return Ok(outcome);
            }
        }
        show_progress(place, command, spinner);
    }
}

/// A bar in the place of the spinner while what was asked for is a training that goes on beside us.
fn show_progress(place: &Place, command: &Envelope, spinner: &ProgressBar) {
    let Some((_, done)) = registry::read_progress(&place.house).filter(|(at, _)| *at == command.time) else { return };
    if spinner.length().is_none() {
        spinner.set_length(100);
        let bar = "{bar:40} {percent} % of the training, {elapsed}";
        spinner.set_style(ProgressStyle::with_template(bar).unwrap_or_else(|_| ProgressStyle::default_bar()));
    }
    spinner.set_position((100.0 * done) as u64);
}

fn understand(message: &Envelope, spinner: &ProgressBar) -> Result<Option<Outcome>> {
    fn open<P: Payload>(message: &Envelope) -> Result<P> {
        Ok(message.open().map_err(wick_bus::Error::from)?)
    }
    Ok(match message.kind.as_str() {
        kind if kind == topic::MODELS_PROMOTED.name => Some(Outcome::Promoted(open(message)?)),
        kind if kind == topic::MODELS_REFUSED.name => Some(Outcome::Refused(open(message)?)),
        kind if kind == topic::MODELS_ROLLED_BACK.name => Some(Outcome::RolledBack(open(message)?)),
        kind if kind == topic::QUARANTINE_RELEASED.name => Some(Outcome::Released(open(message)?)),
        kind if kind == topic::QUARANTINE_KEPT.name => Some(Outcome::Kept(open(message)?)),
        _ => {
            let trained: ModelTrained = open(message)?;
            spinner.set_message(format!("{} is trained: waiting for the verdict", words::short(&trained.model)));
            None
        }
    })
}

/// Waits up to a second for entries after those named; gives them with the place of their stream.
///
/// # Errors
/// Where Redis is absent.
pub async fn read_next(
    bus: &mut MultiplexedConnection,
    keys: &[String],
    after: &[String],
) -> Result<Vec<(usize, Entry)>> {
    let mut read = cmd("XREAD");
    read.arg("COUNT").arg(1000).arg("BLOCK").arg(1000).arg("STREAMS").arg(keys).arg(after);
    let answer: Value = read.query_async(bus).await.map_err(wick_bus::Error::from)?;
    let mut next = Vec::new();
    for (key, entries) in codec::read_streams(answer)? {
        if let Some(lane) = keys.iter().position(|known| *known == key) {
            next.extend(entries.into_iter().map(|entry| (lane, entry)));
        }
    }
    Ok(next)
}
