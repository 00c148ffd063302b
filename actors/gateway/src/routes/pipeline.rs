//! Who is at work, how far they are, and what waits before them.

use std::collections::HashMap;

use actix_web::{HttpRequest, get, web};
use redis::cmd;
use serde::Serialize;
use utoipa::ToSchema;
use wick_bus::stream::{self, StreamState};
use wick_schemas::topic::actor::{LEASED, TRAINER};
use wick_schemas::{Timestamp, topic};

use super::Gate;
use super::health::BUS_PATIENCE;
use crate::problem::{Details, Problem};
use crate::query::Query;
use crate::view::PATIENCE;

/// Unread messages above which an actor counts as behind.
const BEHIND: usize = 1_000;

/// The whole pipeline.
#[derive(Debug, Serialize, ToSchema)]
pub struct Pipeline {
    /// When this was asked, in milliseconds since 1970.
    #[schema(value_type = i64)]
    pub now: Timestamp,
    /// Whether the bus answers; where it does not, nothing else is known.
    pub bus_connected: bool,
    /// The actors, in the order of the flow.
    pub actors: Vec<Worker>,
    /// The streams between them.
    pub streams: Vec<Flow>,
}

/// An actor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Worker {
    /// Its name.
    pub actor: String,
    /// Whether an instance of it holds the lease.
    pub at_work: bool,
    /// Which one.
    pub holder: Option<String>,
    /// The streams that it reads.
    pub reads: Vec<String>,
    /// The streams that it publishes.
    pub publishes: Vec<String>,
    /// Messages that it has not read; `null` where Redis cannot tell.
    pub lag: Option<usize>,
    /// Messages that it has read and not finished.
    pub pending: usize,
    /// The event time up to which what it publishes is complete.
    #[schema(value_type = Option<i64>)]
    pub complete_to: Option<Timestamp>,
    /// How far that is behind the newest candle of the fetcher, in milliseconds.
    pub behind_ms: Option<i64>,
    /// `ok`, `behind` or `away`.
    pub health: &'static str,
}

/// A stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Flow {
    /// Its name.
    pub topic: String,
    /// Entries held.
    pub entries: usize,
    /// Letters put aside.
    pub dead: usize,
    /// The event time up to which it is complete.
    #[schema(value_type = Option<i64>)]
    pub complete_to: Option<Timestamp>,
    /// How long ago that is, in milliseconds.
    pub age_ms: Option<i64>,
    /// Its readers.
    pub groups: Vec<Reader>,
}

/// A reader of a stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reader {
    /// The actor.
    pub group: String,
    /// Entries not read yet; `null` where Redis cannot tell.
    pub lag: Option<usize>,
    /// Entries read and not finished.
    pub pending: usize,
}

/// Who is at work, how far they are, and what waits before them.
#[utoipa::path(
    tag = "health",
    responses(
        (status = 200, body = Pipeline),
        (status = 400, body = Details, content_type = "application/problem+json"),
    )
)]
#[get("/v1/pipeline")]
pub async fn pipeline(request: HttpRequest, gate: web::Data<Gate>) -> Result<web::Json<Pipeline>, Problem> {
    Query::read(request.query_string(), &[])?;
    let now = gate.house.clock.now();
    let asked = tokio::time::timeout(BUS_PATIENCE, ask(&gate)).await;
    let Ok(Ok((states, holders))) = asked else {
        return Ok(web::Json(Pipeline { now, bus_connected: false, actors: Vec::new(), streams: Vec::new() }));
    };
    let actors = LEASED.into_iter().map(|actor| worker(actor, &states, holders.get(actor))).collect();
    let streams = states.into_iter().map(|state| flow(state, now)).collect();
    Ok(web::Json(Pipeline { now, bus_connected: true, actors, streams }))
}

async fn ask(gate: &Gate) -> wick_bus::Result<(Vec<StreamState>, HashMap<&'static str, String>)> {
    let mut bus = gate.connections.get().await?;
    let states = stream::survey(&gate.house, &mut bus).await?;
    let mut holders = HashMap::new();
    for actor in LEASED {
        let lease = gate.house.key("lease") + ":" + actor;
        let holder: Option<String> = cmd("GET").arg(lease).query_async(&mut bus).await?;
        holders.extend(holder.map(|holder| (actor, holder)));
    }
    Ok((states, holders))
}

/// A watermark, if it says anything: one who is at home and has handled nothing yet says zero.
fn said(mark: Option<Timestamp>) -> Option<Timestamp> {
    mark.filter(|mark| mark.millis() > 0)
}

fn worker(actor: &str, states: &[StreamState], holder: Option<&String>) -> Worker {
    let read = topic::ALL.iter().filter(|topic| topic.consumers.contains(&actor));
    // The first of its publishers says how far a stream is complete.
    let own = || topic::ALL.iter().filter(|topic| topic.publishers.first() == Some(&actor));
    let state = |name: &str| states.iter().find(|state| state.topic == name);
    let groups: Vec<_> = states.iter().flat_map(|state| &state.groups).filter(|group| group.group == actor).collect();
    let lag = groups.iter().map(|group| group.lag).sum::<Option<usize>>();
    // A stream on which little is said is complete up to where the others of its publisher are, so the newest counts.
    let complete_to = own().filter_map(|topic| said(state(topic.name)?.complete_to)).max();
    let newest = said(state(topic::CANDLES_RECEIVED.name).and_then(|state| state.complete_to));
    let behind_ms = complete_to.zip(newest).map(|(to, newest)| (newest - to).max(0));
    let late = lag.is_some_and(|lag| lag > BEHIND) || actor != TRAINER && behind_ms.is_some_and(|ms| ms > PATIENCE);
    Worker {
        actor: actor.to_owned(),
        at_work: holder.is_some(),
        holder: holder.cloned(),
        reads: read.map(|topic| topic.name.to_owned()).collect(),
        publishes: topic::ALL.iter().filter(|t| t.publishers.contains(&actor)).map(|t| t.name.to_owned()).collect(),
        lag,
        pending: groups.iter().map(|group| group.pending).sum(),
        complete_to,
        behind_ms,
        health: match holder {
            None => "away",
            Some(_) if late => "behind",
            Some(_) => "ok",
        },
    }
}

fn flow(state: StreamState, now: Timestamp) -> Flow {
    let complete_to = said(state.complete_to);
    let reader = |group: stream::GroupState| Reader { group: group.group, lag: group.lag, pending: group.pending };
    Flow {
        topic: state.topic,
        entries: state.length,
        dead: state.dead,
        complete_to,
        age_ms: complete_to.map(|mark| now - mark),
        groups: state.groups.into_iter().map(reader).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wick_bus::stream::GroupState;
    use wick_schemas::time::BAR;
    use wick_schemas::topic::actor::{FEATURE_BUILDER, VALIDATOR};

    fn state(topic: &str, complete_to: i64, group: &str, lag: usize) -> StreamState {
        let groups = vec![GroupState { group: group.into(), lag: Some(lag), pending: 2 }];
        StreamState { topic: topic.into(), length: 10, complete_to: Some(Timestamp(complete_to)), dead: 0, groups }
    }

    #[test]
    fn one_who_is_away_is_not_well_and_one_who_has_much_to_read_is_behind() {
        let states = |lag, built| {
            [
                state("candles.received", 100 * BAR, VALIDATOR, 0),
                state("candles.validated", built, FEATURE_BUILDER, lag),
            ]
        };
        let holder = "me".to_owned();
        let calm = states(3, 100 * BAR);
        let found = worker(VALIDATOR, &calm, Some(&holder));
        assert_eq!((found.health, found.lag, found.pending, found.behind_ms), ("ok", Some(0), 2, Some(0)));
        assert!(found.reads.contains(&"candles.received".to_owned()));
        assert_eq!(worker(VALIDATOR, &calm, None).health, "away");
        assert_eq!(worker(FEATURE_BUILDER, &states(BEHIND + 1, 100 * BAR), Some(&holder)).health, "behind");
        let late = worker(VALIDATOR, &states(0, 97 * BAR), Some(&holder));
        assert_eq!((late.health, late.behind_ms), ("behind", Some(3 * BAR)));
        // Zero says that nothing was handled yet.
        assert_eq!(worker(VALIDATOR, &states(0, 0), Some(&holder)).complete_to, None);
    }
}
