//! `wick status`: the house at a glance.

use serde::Serialize;
use wick_bus::stream::{self, GroupState};
use wick_schemas::Timestamp;

use crate::error::Result;
use crate::exit::Exit;
use crate::forecast::{self, Newest, shown_origin};
use crate::page::Page;
use crate::page::Side::{Left, Right};
use crate::parity::Report;
use crate::place::{self, Place};
use crate::registry::{self, Deployment};
use crate::words::{self, NOTHING};

/// The house at a glance.
#[derive(Debug, Serialize)]
struct Status {
    instrument: String,
    data_dir: String,
    bus: String,
    now: Timestamp,
    actors: Vec<Actor>,
    topics: Vec<TopicState>,
    champion: Option<Deployment>,
    prediction: Option<Newest>,
    parity: Option<Report>,
}

/// Who is at work.
#[derive(Debug, Serialize)]
struct Actor {
    actor: &'static str,
    holder: Option<String>,
}

/// How a stream is.
#[derive(Clone, Debug, Serialize)]
pub struct TopicState {
    /// Its name.
    pub topic: String,
    /// Up to which moment it is complete, where its publisher has said so.
    pub complete_to: Option<Timestamp>,
    /// How long ago that is, in milliseconds.
    pub age_ms: Option<i64>,
    /// Entries held.
    pub entries: usize,
    /// Dead letters.
    pub dead: usize,
    /// Its readers.
    pub groups: Vec<GroupState>,
}

/// How every stream is.
///
/// # Errors
/// Where Redis is absent.
pub async fn topics(place: &Place) -> Result<Vec<TopicState>> {
    let now = place.house.clock.now();
    let states = stream::survey(&place.house, &mut place.bus()?).await?;
    let state = |state: stream::StreamState| {
        let complete_to = place::said(state.complete_to);
        TopicState {
            topic: state.topic,
            complete_to,
            age_ms: complete_to.map(|mark| now.millis().saturating_sub(mark.millis())),
            entries: state.length,
            dead: state.dead,
            groups: state.groups,
        }
    };
    Ok(states.into_iter().map(state).collect())
}

/// Shows the house.
///
/// # Errors
/// Where the bus is away or a database does not read.
pub async fn status(place: &Place, page: &mut Page<'_>) -> Result<Exit> {
    let house = &place.house;
    let holders = place::holders(house, &mut place.bus()?).await?;
    let forecasts = forecast::newest(house, None).await?;
    let status = Status {
        instrument: house.instrument().to_string(),
        data_dir: house.config.data_dir.display().to_string(),
        bus: place::veil(&house.redis_url),
        now: house.clock.now(),
        actors: holders.into_iter().map(|(actor, holder)| Actor { actor, holder }).collect(),
        topics: topics(place).await?,
        champion: registry::deployments(house).await?.into_iter().next(),
        prediction: forecasts.into_iter().next(),
        parity: Report::read(house)?,
    };
    if page.json {
        page.document(&status)?;
    } else {
        show(&status, page)?;
    }
    Ok(Exit::Done)
}

fn show(status: &Status, page: &mut Page<'_>) -> Result<()> {
    page.line(&format!("{} in {}", status.instrument, status.data_dir))?;
    page.line("")?;
    let actors = status
        .actors
        .iter()
        .map(|one| vec![one.actor.to_owned(), one.holder.clone().unwrap_or_else(|| "not at work".into())]);
    page.table(&[("actor", Left), ("active instance", Left)], actors.collect())?;
    page.line("")?;
    let columns = [
        ("stream", Left),
        ("complete to", Left),
        ("age", Right),
        ("entries", Right),
        ("lag / pending", Left),
        ("dead", Right),
    ];
    page.table(&columns, status.topics.iter().map(row).collect())?;
    page.line("")?;
    match &status.champion {
        Some(champion) => {
            let (model, since) = (words::short(&champion.model), words::moment(champion.serves_from));
            page.line(&format!("champion   {model} since {since} UTC"))?;
        }
        None => page.line("champion   none yet")?,
    }
    let forecast = status.prediction.as_ref().map_or("none yet".to_owned(), |one| {
        let (as_of, age) = (words::moment(one.as_of), words::span(one.age_ms));
        let up = words::percent(one.p_up);
        format!(
            "as of {as_of} UTC ({age}), up in {} with {up}, {}, {}",
            one.horizon,
            one.level,
            shown_origin(&one.origin)
        )
    });
    page.line(&format!("forecast   {forecast}"))?;
    let parity = status.parity.as_ref().map_or("nothing compared yet".to_owned(), Report::told);
    page.line(&format!("parity     {parity}"))
}

fn row(state: &TopicState) -> Vec<String> {
    let nothing = || NOTHING.to_owned();
    let groups: Vec<String> = state.groups.iter().map(group).collect();
    vec![
        state.topic.clone(),
        state.complete_to.map_or_else(nothing, words::moment),
        state.age_ms.map_or_else(nothing, words::span),
        state.entries.to_string(),
        if groups.is_empty() { nothing() } else { groups.join(", ") },
        state.dead.to_string(),
    ]
}

fn group(group: &GroupState) -> String {
    let lag = group.lag.map_or_else(|| "?".to_owned(), |lag| lag.to_string());
    format!("{} {lag} / {}", group.group, group.pending)
}
