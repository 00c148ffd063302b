//! `wick dead-letters`: messages that their reader could not digest, and what a person makes of them.

use clap::Subcommand;
use serde_json::{Value, json};
use wick_bus::stream::{self, DeadLetter};
use wick_schemas::{Topic, topic};

use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::page::Page;
use crate::page::Side::Left;
use crate::place::Place;
use crate::streams::topics;
use crate::words;

/// `wick dead-letters`.
#[derive(Subcommand, Clone, Debug)]
#[command(after_help = "Example:\n  wick dead-letters list\n  wick dead-letters retry candles.received all")]
pub enum DeadLetters {
    /// Every dead letter, or those of one stream, the oldest first.
    #[command(after_help = "Example:\n  wick dead-letters list\n  wick dead-letters list candles.received --json")]
    List {
        /// The stream where they died.
        #[arg(value_parser = topics())]
        topic: Option<Topic>,
    },
    /// Everything that a dead letter says.
    #[command(after_help = "Example:\n  wick dead-letters show candles.received 1704067200000-0")]
    Show {
        /// The stream where it died.
        #[arg(value_parser = topics())]
        topic: Topic,
        /// Its entry, as listed.
        entry: String,
    },
    /// Publish a dead letter again and take it off the list, at once.
    #[command(after_help = "Example:\n  wick dead-letters retry candles.received 1704067200000-0\n  \
                            wick dead-letters retry candles.received all")]
    Retry {
        /// The stream where it died.
        #[arg(value_parser = topics())]
        topic: Topic,
        /// Its entry, as listed, or `all`.
        entry: String,
    },
    /// Take a dead letter off the list for good.
    #[command(after_help = "Example:\n  wick dead-letters drop candles.received 1704067200000-0")]
    Drop {
        /// The stream where it died.
        #[arg(value_parser = topics())]
        topic: Topic,
        /// Its entry, as listed.
        entry: String,
    },
}

/// Shows dead letters, retries them, or drops them.
///
/// # Errors
/// [`Error::NotFound`] where there is no such letter; where the bus is away.
pub async fn dead_letters(place: &Place, what: &DeadLetters, page: &mut Page<'_>) -> Result<Exit> {
    let (house, mut bus) = (&place.house, place.bus()?);
    let done = match what {
        DeadLetters::List { topic } => {
            let mut letters = Vec::new();
            for one in topic::ALL.iter().filter(|one| topic.is_none_or(|topic| topic == **one)) {
                letters.extend(stream::dead_letters(house, &mut bus, one).await?);
            }
            list(&letters, page)?;
            return Ok(Exit::Done);
        }
        DeadLetters::Show { topic, entry } => {
            let letters = stream::dead_letters(house, &mut bus, topic).await?;
            let letter = letters.iter().find(|letter| letter.entry == *entry).ok_or_else(|| missing(topic, entry))?;
            show(letter, page)?;
            return Ok(Exit::Done);
        }
        DeadLetters::Retry { topic, entry } if entry == "all" => {
            let mut retried = Vec::new();
            for letter in stream::dead_letters(house, &mut bus, topic).await? {
                // One that is gone was retried or dropped by somebody else meanwhile.
                if stream::retry_dead(house, &mut bus, topic, &letter.entry).await? {
                    retried.push(letter.entry);
                }
            }
            ("retried", retried)
        }
        DeadLetters::Retry { topic, entry } => {
            let found = stream::retry_dead(house, &mut bus, topic, entry).await?;
            ("retried", found.then(|| vec![entry.clone()]).ok_or_else(|| missing(topic, entry))?)
        }
        DeadLetters::Drop { topic, entry } => {
            // Redis calls what is no entry id an error of its own; here it is a letter that is not there.
            let letters = stream::dead_letters(house, &mut bus, topic).await?;
            let known = letters.iter().any(|letter| letter.entry == *entry);
            let dropped = known && stream::drop_dead(house, &mut bus, topic, entry).await?;
            ("dropped", dropped.then(|| vec![entry.clone()]).ok_or_else(|| missing(topic, entry))?)
        }
    };
    let (what, entries) = done;
    if page.json {
        page.document(&json!({ what: entries }))?;
    } else {
        page.line(&format!("{what} {}", entries.len()))?;
    }
    Ok(Exit::Done)
}

fn missing(topic: &Topic, entry: &str) -> Error {
    Error::NotFound(format!("no dead letter {entry} on {}: see `wick dead-letters list`", topic.name))
}

fn field<'a>(letter: &'a DeadLetter, name: &str) -> &'a str {
    letter.fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
}

/// A letter with its fields by name, its data as JSON where it is.
fn whole(letter: &DeadLetter) -> Value {
    let value = |text: &str| Value::String(text.to_owned());
    let mut fields: serde_json::Map<String, Value> =
        letter.fields.iter().map(|(name, text)| (name.clone(), value(text))).collect();
    if let Ok(data) = serde_json::from_str(field(letter, "data")) {
        fields.insert("data".into(), data);
    }
    json!({ "topic": letter.topic, "entry": letter.entry, "fields": fields })
}

fn list(letters: &[DeadLetter], page: &mut Page<'_>) -> Result<()> {
    if page.json {
        let letters: Vec<Value> = letters.iter().map(whole).collect();
        return page.document(&json!({ "letters": letters }));
    }
    if letters.is_empty() {
        page.remark("no letter is dead");
        return Ok(());
    }
    let row = |letter: &DeadLetter| {
        vec![
            letter.topic.clone(),
            letter.entry.clone(),
            field(letter, "time").get(..19).unwrap_or_default().replace('T', " "),
            field(letter, "actor").to_owned(),
            words::cut(field(letter, "error"), 100),
        ]
    };
    let columns = [("stream", Left), ("entry", Left), ("about", Left), ("died in", Left), ("error", Left)];
    page.table(&columns, letters.iter().map(row).collect())
}

fn show(letter: &DeadLetter, page: &mut Page<'_>) -> Result<()> {
    if page.json {
        return page.document(&whole(letter));
    }
    letter.fields.iter().try_for_each(|(name, value)| page.line(&format!("{name:<16} {value}")))
}
