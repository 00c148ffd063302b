//! What is on the screen, gathered from the bus and from what the house keeps.

use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use serde::Serialize;
use wick_bus::{Config, House, stream};
use wick_schemas::scoreboard::Scoreboard;
use wick_schemas::time::{DAY, MINUTE};
use wick_schemas::topic::actor::LEASED;
use wick_schemas::{Horizon, Origin, Timestamp, Topic, topic};

use crate::error::Result;
use crate::forecast::{self, Newest};
use crate::place::{self, Place};
use crate::registry::{self, Deployment};
use crate::scoreboard::scores_since;
use crate::status::{self, TopicState};
use crate::words;

/// An actor with so much unread is behind ...
const MANY: usize = 1_000;
/// ... and one whose word is so much older than what it reads.
const LONG: i64 = 10 * MINUTE;
/// Over how long skill is told.
const SPAN: i64 = 30 * DAY;
/// How long a skill is good for: scores come four times an hour.
const SCORED: Duration = Duration::from_secs(30);
/// How much of a message's data is shown.
const SHOWN: usize = 160;

/// What is told of as it happens.
pub const NEWS: [Topic; 9] = [
    topic::DRIFT_DETECTED,
    topic::SKILL_DEGRADED,
    topic::COVERAGE_MISSED,
    topic::COMMANDS_RETRAIN,
    topic::MODELS_TRAINED,
    topic::MODELS_PROMOTED,
    topic::MODELS_REFUSED,
    topic::MODELS_ROLLED_BACK,
    topic::GAPS_OPENED,
];

/// The house at one moment.
#[derive(Clone, Debug, Serialize)]
pub struct Frame {
    /// What is forecast.
    pub instrument: String,
    /// Where it is kept.
    pub data_dir: String,
    /// Whether nobody trades at these prices.
    pub simulated: bool,
    /// When this was seen.
    pub now: Timestamp,
    /// Whether the bus answers; what is not on it is shown all the same.
    pub bus_connected: bool,
    /// The pipeline, in the order of the flow.
    pub actors: Vec<Actor>,
    /// The streams.
    pub streams: Vec<TopicState>,
    /// The newest forecast of each horizon.
    pub forecasts: Vec<Newest>,
    /// What they were worth of late.
    pub skills: Vec<Skill>,
    /// Which model serves.
    pub champion: Option<Deployment>,
    /// The newest message of each kind that one should hear of, newest first.
    pub news: Vec<News>,
}

/// How an actor is.
#[derive(Clone, Debug, Serialize)]
pub struct Actor {
    /// Who.
    pub actor: &'static str,
    /// `ok`, `behind` or `away`.
    pub health: &'static str,
    /// The active instance.
    pub holder: Option<String>,
    /// What it has not read; `null` where Redis cannot tell.
    pub lag: Option<usize>,
    /// What it has read and not finished.
    pub pending: usize,
    /// Up to when what it publishes is complete.
    pub complete_to: Option<Timestamp>,
    /// How much older that is than what it reads, in milliseconds of event time.
    pub behind_ms: Option<i64>,
}

/// How good a horizon's forecasts were.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Skill {
    /// The horizon.
    pub horizon: Horizon,
    /// Forecasts.
    pub n: usize,
    /// Share of seasonal HAR's QLIKE that was saved.
    pub volatility: Option<f64>,
    /// Share of the base rate's log-loss that was saved.
    pub direction: Option<f64>,
    /// Share of outcomes inside the 80 % interval.
    pub coverage_80: f64,
    /// Share of outcomes inside the 95 % interval.
    pub coverage_95: f64,
}

/// A message that one should hear of.
#[derive(Clone, Debug, Serialize)]
pub struct News {
    /// Its topic.
    pub topic: &'static str,
    /// Its event time.
    pub time: Timestamp,
    /// What it says.
    pub data: String,
}

/// Who gathers. What changes seldom is remembered for a while.
pub struct Gatherer {
    config: Config,
    place: Option<Place>,
    skills: Option<(Instant, Vec<Skill>)>,
}

impl Gatherer {
    /// Gathers from the house that these settings mean.
    pub fn new(config: Config) -> Self {
        Self { config, place: None, skills: None }
    }

    /// The house, with a connection that answers if there is one.
    ///
    /// # Errors
    /// Where the settings make no sense.
    pub async fn place(&mut self) -> Result<&Place> {
        let place = match self.place.take() {
            Some(place) => place,
            None => Place::find(&self.config).await?,
        };
        Ok(self.place.insert(place))
    }

    /// What is to be seen now.
    ///
    /// # Errors
    /// Where a database does not read. A bus that is away is shown as such.
    pub async fn gather(&mut self) -> Result<Frame> {
        let skills = self.skills.take().filter(|(at, _)| at.elapsed() < SCORED);
        let place = self.place().await?;
        let house = place.house.clone();
        let simulated = place.simulated();
        let seen = async { Ok::<_, crate::Error>((look(place).await?, status::topics(place).await?)) }.await;
        let bus_connected = seen.is_ok();
        let ((holders, news), streams) = seen.unwrap_or_default();
        if !bus_connected {
            // It may come back somewhere else.
            self.place = None;
        }
        let (at, skills) = match skills {
            Some(known) => known,
            None => (Instant::now(), skills_of(&house).await?),
        };
        self.skills = Some((at, skills.clone()));
        let now = house.clock.now();
        let forecasts = forecast::newest(&house, None).await?;
        // A recorded market goes its own way.
        let recorded = forecasts.first().is_some_and(|one| one.origin == Origin::Replay.as_str());
        let received = streams.iter().find(|state| state.topic == topic::CANDLES_RECEIVED.name);
        let market = received.filter(|_| recorded).and_then(|state| state.complete_to).unwrap_or(now);
        Ok(Frame {
            instrument: house.instrument().to_string(),
            data_dir: house.config.data_dir.display().to_string(),
            simulated,
            now,
            bus_connected,
            actors: LEASED.iter().map(|actor| health(actor, &holders, &streams, market)).collect(),
            streams,
            forecasts,
            skills,
            champion: registry::deployments(&house).await?.into_iter().next(),
            news,
        })
    }
}

type Holders = Vec<(&'static str, Option<String>)>;

/// Who is at work, and what was last said.
async fn look(place: &Place) -> Result<(Holders, Vec<News>)> {
    let mut bus = place.bus()?;
    let holders = place::holders(&place.house, &mut bus).await?;
    Ok((holders, news(&place.house, &mut bus).await?))
}

async fn news(house: &House, bus: &mut MultiplexedConnection) -> Result<Vec<News>> {
    let mut news = Vec::new();
    for topic in NEWS {
        let entries = stream::tail(bus, &house.stream(&topic), None, 3).await?;
        let messages = entries.into_iter().filter_map(|entry| entry.message.ok());
        news.extend(messages.map(|message| News {
            topic: topic.name,
            time: message.time,
            data: words::cut(&message.data, SHOWN),
        }));
    }
    news.sort_by_key(|one| std::cmp::Reverse(one.time));
    Ok(news)
}

/// How an actor is, by what it reads and what it publishes, when it is `now` in the market.
pub fn health(actor: &'static str, holders: &Holders, streams: &[TopicState], now: Timestamp) -> Actor {
    let holder = holders.iter().find(|(name, _)| *name == actor).and_then(|(_, holder)| holder.clone());
    let named = |state: &&TopicState, who: fn(&Topic) -> &'static [&'static str]| {
        Topic::named(&state.topic).is_some_and(|topic| who(&topic).contains(&actor))
    };
    let marks = |who: fn(&Topic) -> &'static [&'static str]| {
        streams.iter().filter(move |state| named(state, who)).filter_map(|state| state.complete_to)
    };
    // Of a stream with several publishers the first one's word is meant.
    let complete_to = marks(|topic| topic.publishers.get(..1).unwrap_or_default()).max();
    // Who reads several streams waits for the slowest; some are promised far ahead.
    let read_to = marks(|topic| topic.consumers).min().unwrap_or(now);
    let groups = || streams.iter().flat_map(|state| &state.groups).filter(|group| group.group == actor);
    // Where no group is known, because nobody answers, that is not known either.
    let lag = groups().map(|group| group.lag).sum::<Option<usize>>().filter(|_| !streams.is_empty());
    let behind_ms = complete_to.map(|mark| (read_to.millis() - mark.millis()).max(0));
    let behind = lag.is_some_and(|lag| lag > MANY) || behind_ms.is_some_and(|behind| behind > LONG);
    let health = match &holder {
        None => "away",
        Some(_) if behind => "behind",
        Some(_) => "ok",
    };
    Actor { actor, health, holder, lag, pending: groups().map(|group| group.pending).sum(), complete_to, behind_ms }
}

async fn skills_of(house: &House) -> Result<Vec<Skill>> {
    let board = Scoreboard::of(scores_since(house, SPAN).await?.into_iter());
    let skill = |horizon: Horizon, loss: &str, baseline: &str| {
        let mut rows = board.rows.iter().filter(|row| row.horizon == horizon && row.loss_name == loss);
        rows.find(|row| row.baseline == baseline).and_then(|row| row.skill)
    };
    let of = |one: &wick_schemas::scoreboard::Summary| Skill {
        horizon: one.horizon,
        n: one.n,
        volatility: skill(one.horizon, "qlike", "seasonal_har"),
        direction: skill(one.horizon, "log_loss", "base_rate"),
        coverage_80: one.coverage_80,
        coverage_95: one.coverage_95,
    };
    Ok(board.summaries.iter().map(of).collect())
}
