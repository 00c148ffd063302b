//! Goes along with the feature builder, bar by bar, and compares three things: the vector that was shown online, the
//! row that was kept, and what bronze gives by the rules and the fold.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use redis::cmd;
use serde::Deserialize;
use wick_bus::database::{Database, Location};
use wick_bus::{House, background, session, stream};
use wick_feature_builder::config::FeatureBuilderConfig;
use wick_feature_builder::history::texts;
use wick_schemas::time::MINUTE;
use wick_schemas::{Timestamp, topic};

use super::auditor::Auditor;
use super::compare::{Shown, shown_at};

/// How often it is looked whether there is something to compare.
const LOOK: Duration = Duration::from_secs(1);
/// How often the state is written while there is much to catch up with.
const WRITTEN: Duration = Duration::from_secs(20);
/// Vectors seen online that are remembered until they are compared.
const REMEMBERED: usize = 500;

/// `[parity]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParityConfig {
    every_minutes: u32,
    replay: bool,
}

/// What was seen online, by moment and feature set.
pub type Seen = BTreeMap<(Timestamp, String), Shown>;

/// Compares while the house runs. Ends only where that is not wanted.
pub async fn follow(house: House) -> anyhow::Result<()> {
    let config: ParityConfig = house.config.section("parity")?;
    if config.every_minutes == 0 || (house.replay && !config.replay) {
        return Ok(());
    }
    let builder: FeatureBuilderConfig = house.config.section("feature_builder")?;
    let sets = builder.selections()?;
    let mut auditor = Auditor::load(&house, sets.clone())?;
    let (mut seen, mut written, mut told_of) = (Seen::new(), Instant::now(), None);
    let every = i64::from(config.every_minutes) * MINUTE;
    // Batches end where the clock says, not where the last one happened to.
    let after = |moment: Timestamp| moment.floor(every).shift(every);
    let mut due = auditor.upto().map_or(Timestamp::MIN, after);
    loop {
        tokio::time::sleep(LOOK).await;
        let ids = sets.all().iter().map(|one| one.set.id.as_str());
        let step = async {
            let built = look(&house, ids, &mut seen).await?;
            // In whole batches: the rest is for the next one.
            let Some(built) = built.filter(|built| *built >= due) else { return Ok(()) };
            loop {
                let texts = match Database::read(Location::silver(&house.config)?).await? {
                    Some(silver) => {
                        let texts = texts(&silver, auditor.heard(), built).await;
                        silver.close().await;
                        texts?
                    }
                    None => Vec::new(),
                };
                // It goes where it computes and comes back: one that fails on the way begins where it last was.
                let (mut one, place, shown) = (auditor.clone(), house.clone(), std::mem::take(&mut seen));
                let work = move |_: background::Abandoned<'_>| {
                    let more = one.step(&place, built, texts, &shown)?;
                    Ok((one, more, shown))
                };
                let done = background::start("parity", work)?.await;
                let (one, more, shown) = done.map_err(|_| wick_bus::Error::Stopping)??;
                auditor = one;
                seen.extend(
                    shown.into_iter().filter(|((as_of, _), _)| auditor.upto().is_none_or(|upto| *as_of > upto)),
                );
                if !more || written.elapsed() >= WRITTEN {
                    written = Instant::now();
                    auditor.write(&house)?;
                }
                if !more {
                    due = after(built);
                    return Ok::<(), anyhow::Error>(());
                }
            }
        };
        match step.await {
            Ok(()) => told_of = None,
            // A bus that is away is said once, and comes back by itself.
            Err(error) if told_of.replace(error.to_string()).is_none() => {
                tracing::warn!(error = format!("{error:#}"), "vectors are not compared with bronze for now");
            }
            Err(_) => {}
        }
    }
}

/// Looks at what is shown online, and up to when vectors are complete.
async fn look<'a>(
    house: &House,
    ids: impl Iterator<Item = &'a str>,
    seen: &mut Seen,
) -> anyhow::Result<Option<Timestamp>> {
    let mut bus = session::connect(&house.redis_url).await?;
    for id in ids {
        let shown: Shown = cmd("HGETALL")
            .arg(house.key(&format!("online.{id}")))
            .query_async(&mut bus)
            .await
            .map_err(wick_bus::Error::from)?;
        if let Some(as_of) = shown_at(&shown) {
            // As it was first shown, and as it is now where that is something else.
            seen.insert((as_of, id.to_owned()), shown);
        }
    }
    while seen.len() > REMEMBERED {
        seen.pop_first();
    }
    let marks = stream::read_watermarks(house, &mut bus).await?;
    Ok(marks.get(topic::FEATURES_BUILT.name).copied())
}
