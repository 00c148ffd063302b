//! `wick streams`: what goes from actor to actor.

use clap::Subcommand;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde_json::{Value, json};
use wick_bus::codec::Entry;
use wick_bus::stream;
use wick_schemas::{Topic, topic};

use crate::error::Result;
use crate::exit::Exit;
use crate::page::Page;
use crate::page::Side::{Left, Right};
use crate::place::Place;
use crate::status::{self, TopicState};
use crate::tell::read_next;
use crate::words::{self, NOTHING};

/// `wick streams`.
#[derive(Subcommand, Clone, Debug)]
#[command(after_help = "Example:\n  wick streams list\n  wick streams tail predictions.made --follow")]
pub enum Streams {
    /// Every stream: what it says, who publishes it, how many entries it holds.
    #[command(after_help = "Example:\n  wick streams list --json | jq '.topics[] | {topic, entries}'")]
    List,
    /// The newest messages of a stream, one a line; with --json, whole.
    #[command(
        after_help = "Example:\n  wick streams tail predictions.made -n 3 --json\n  wick streams tail candles.validated -f"
    )]
    Tail {
        /// The stream.
        #[arg(value_parser = topics())]
        topic: Topic,
        /// How many.
        #[arg(short = 'n', long = "lines", value_name = "COUNT", default_value_t = 10)]
        count: usize,
        /// Go on as new ones come, until Ctrl-C.
        #[arg(short, long)]
        follow: bool,
    },
    /// What each reader has not read yet, and what it has read and not finished.
    #[command(after_help = "Example:\n  wick streams lag")]
    Lag,
}

/// Reads a topic's name.
pub(crate) fn topics() -> impl TypedValueParser<Value = Topic> {
    let names = topic::ALL.iter().map(|topic| topic.name);
    PossibleValuesParser::new(names).try_map(|name| Topic::named(&name).ok_or("no such topic"))
}

/// Shows streams.
///
/// # Errors
/// Where the bus is away.
pub async fn streams(place: &Place, what: &Streams, page: &mut Page<'_>) -> Result<Exit> {
    match what {
        Streams::List => list(&status::topics(place).await?, page)?,
        Streams::Lag => lag(&status::topics(place).await?, page)?,
        Streams::Tail { topic, count, follow } => tail(place, topic, *count, *follow, page).await?,
    }
    Ok(Exit::Done)
}

fn list(states: &[TopicState], page: &mut Page<'_>) -> Result<()> {
    let said = |state: &TopicState| Topic::named(&state.topic);
    if page.json {
        let rows: Vec<Value> = states
            .iter()
            .map(|state| {
                json!({
                    "topic": state.topic,
                    "entries": state.entries,
                    "dead": state.dead,
                    "complete_to": state.complete_to,
                    "publishers": said(state).map(|topic| topic.publishers),
                    "consumers": said(state).map(|topic| topic.consumers),
                    "schema": said(state).map(|topic| topic.schema()),
                    "says": said(state).map(|topic| topic.says),
                })
            })
            .collect();
        return page.document(&json!({ "topics": rows }));
    }
    let row = |state: &TopicState| {
        vec![
            state.topic.clone(),
            state.entries.to_string(),
            state.dead.to_string(),
            said(state).map_or(String::new(), |topic| topic.publishers.join(", ")),
            said(state).map_or(String::new(), |topic| topic.says.to_owned()),
        ]
    };
    let columns = [("stream", Left), ("entries", Right), ("dead", Right), ("published by", Left), ("says", Left)];
    page.table(&columns, states.iter().map(row).collect())
}

fn lag(states: &[TopicState], page: &mut Page<'_>) -> Result<()> {
    if page.json {
        let rows: Vec<Value> =
            states.iter().map(|state| json!({ "topic": state.topic, "groups": state.groups })).collect();
        return page.document(&json!({ "topics": rows }));
    }
    let rows = states.iter().flat_map(|state| {
        state.groups.iter().map(|group| {
            let lag = group.lag.map_or_else(|| "?".to_owned(), |lag| lag.to_string());
            vec![state.topic.clone(), group.group.clone(), lag, group.pending.to_string()]
        })
    });
    page.table(&[("stream", Left), ("reader", Left), ("lag", Right), ("pending", Right)], rows.collect())
}

/// Entries that are shown at once, at most.
const MOST: usize = 1_000_000;

async fn tail(place: &Place, topic: &Topic, count: usize, follow: bool, page: &mut Page<'_>) -> Result<()> {
    let mut bus = place.bus()?;
    let key = place.house.stream(topic);
    // Where none is to be shown, the newest still says where to go on.
    let entries = stream::tail(&mut bus, &key, None, count.clamp(1, MOST)).await?;
    let last = entries.last().map_or_else(|| "0-0".to_owned(), |entry| entry.id.clone());
    for entry in entries.iter().filter(|_| count > 0) {
        write(entry, page)?;
    }
    let (keys, mut after) = ([key], [last]);
    if !follow {
        return Ok(());
    }
    loop {
        for (_, entry) in read_next(&mut bus, &keys, &after).await? {
            write(&entry, page)?;
            after = [entry.id];
        }
    }
}

/// How much of a message's data a line shows.
const DATA_SHOWN: usize = 120;

fn write(entry: &Entry, page: &mut Page<'_>) -> Result<()> {
    if page.json {
        return page.record(&whole(entry));
    }
    page.line(&match &entry.message {
        Ok(message) => {
            let (time, id) = (words::moment(message.time), words::short(message.id.as_str()));
            format!("{time}  {id}  {}  {}", message.kind, words::cut(&message.data, DATA_SHOWN))
        }
        Err(error) => format!("{NOTHING}  {error}"),
    })
}

/// An entry with everything it holds; what is no message, with its raw fields.
fn whole(entry: &Entry) -> Value {
    match &entry.message {
        Ok(message) => json!({
            "entry": entry.id,
            "id": message.id.as_str(),
            "source": message.source,
            "type": message.kind,
            "time": message.time.rfc3339(),
            "subject": message.subject,
            "dataschema": message.dataschema,
            "correlationid": message.correlation_id,
            "causationid": message.causation_id,
            "data": serde_json::from_str(&message.data).unwrap_or_else(|_| Value::String(message.data.clone())),
        }),
        Err(error) => json!({ "entry": entry.id, "error": error.to_string(), "fields": entry.raw }),
    }
}
