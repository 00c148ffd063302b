//! Is what was kept what bronze gives? Training rows and live rows come from one fold, and this proves it.

pub mod audit;
mod auditor;
mod compare;
mod fold;

use std::collections::BTreeMap;

use redis::cmd;
use serde::Serialize;
use wick_bus::database::{Database, Location};
use wick_bus::lake::{FeatureRow, Lake, Shelf, features_root, set_folder};
use wick_bus::{House, Result};
use wick_feature_builder::history::texts;
use wick_feature_builder::sets::Selection;
use wick_fetcher::bronze::BronzeCandle;
use wick_operator::page::Page;
use wick_operator::place::Place;
use wick_operator::{Error, Exit};
use wick_schemas::{FeatureVector, Timestamp};

use self::compare::{Shown, difference, shown_at, shown_otherwise};
use self::fold::Fold;

/// Differences that are told one by one.
const TOLD: usize = 10;

/// What was found.
#[derive(Debug, Default, Serialize)]
struct Parity {
    feature_set: String,
    /// Candles of bronze that were folded.
    candles: usize,
    /// Vectors that are the same to the bit.
    equal: usize,
    /// Vectors kept that bronze does not give, or gives otherwise.
    different: usize,
    /// Vectors that bronze gives and nobody kept; those of the newest bars may be on their way.
    missing: usize,
    /// Whether the vector shown online is the newest that was kept; nothing where there is no bus.
    online: Option<bool>,
    /// The first differences.
    examples: Vec<String>,
}

/// Computes every vector of a set again and says what differs.
pub async fn verify(place: &Place, one: &Selection, page: &mut Page<'_>) -> anyhow::Result<Exit> {
    let house = &place.house;
    let (candles, again) = recompute(house).await?;
    let again = again.iter().map(|full| (full.as_of, one.project(full))).collect();
    let set = &one.set.id;
    let (root, folder) = (features_root(house), set_folder(set));
    let kept = Shelf::<FeatureRow>::read_in(&root, &folder, Timestamp::MIN, Timestamp::MAX)?;
    let kept: BTreeMap<_, _> = kept.into_iter().map(|row| (row.0.as_of, row.0)).collect();
    if candles == 0 && kept.is_empty() {
        let folder = house.config.data_dir.display();
        return Err(
            Error::NotFound(format!("there is nothing to verify in {folder}: neither bronze nor features")).into()
        );
    }
    let mut parity = compare(&kept, &again);
    (parity.feature_set, parity.candles) = (set.clone(), candles);
    if let Some((_, newest)) = kept.last_key_value() {
        parity.online = online(place, newest).await?;
    }
    show(&parity, page)?;
    Ok(if parity.different == 0 && parity.online != Some(false) { Exit::Done } else { Exit::Failure })
}

/// Every vector, from bronze, by the rules and the fold of the actors: how many candles there were, and the vectors.
///
/// What texts say is taken from silver, where the judgement is that of the day.
async fn recompute(house: &House) -> Result<(usize, Vec<FeatureVector>)> {
    let rows = Shelf::<BronzeCandle>::read(Lake::bronze(&house.config)?, Timestamp::MIN, Timestamp::MAX)?;
    // Where several venues were listened to, features are those of their consensus.
    let several = rows.iter().any(|row| row.received.candle.venue != rows[0].received.candle.venue);
    let mut fold = Fold::new(house, several)?;
    // All at once: what was not known yet at a close does not count in it.
    if let Some(silver) = Database::read(Location::silver(&house.config)?).await? {
        let told = texts(&silver, Timestamp::MIN, Timestamp::MAX).await?;
        told.iter().for_each(|told| told.tell(fold.engine.context_mut()));
        silver.close().await;
    }
    Ok((rows.len(), rows.iter().flat_map(|row| fold.take(row)).collect()))
}

fn compare(kept: &BTreeMap<Timestamp, FeatureVector>, again: &BTreeMap<Timestamp, FeatureVector>) -> Parity {
    let mut parity = Parity::default();
    for (as_of, ours) in kept {
        let what = match again.get(as_of) {
            Some(theirs) => difference(ours, theirs),
            None => Some("bronze does not give it".to_owned()),
        };
        match what {
            None => parity.equal += 1,
            Some(what) => {
                parity.different += 1;
                if parity.examples.len() < TOLD {
                    parity.examples.push(format!("{}: {what}", as_of.rfc3339()));
                }
            }
        }
    }
    parity.missing = again.keys().filter(|as_of| !kept.contains_key(as_of)).count();
    parity
}

/// Whether what is shown online is this vector.
async fn online(place: &Place, newest: &FeatureVector) -> anyhow::Result<Option<bool>> {
    let Ok(mut bus) = place.bus() else { return Ok(None) };
    let key = place.house.key(&format!("online.{}", newest.feature_set));
    let shown: Shown = cmd("HGETALL").arg(key).query_async(&mut bus).await.map_err(wick_bus::Error::from)?;
    // Nothing is shown by a bus that was emptied; one that has gone on is ahead of what was read before.
    let as_of = shown_at(&shown);
    if as_of.is_none_or(|as_of| as_of > newest.as_of) {
        return Ok(None);
    }
    Ok(Some(as_of == Some(newest.as_of) && shown_otherwise(&shown, newest).is_none()))
}

fn show(parity: &Parity, page: &mut Page<'_>) -> anyhow::Result<()> {
    if page.json {
        return Ok(page.document(parity)?);
    }
    let Parity { feature_set, candles, equal, different, missing, online, examples } = parity;
    page.line(&format!("feature set {feature_set}, recomputed from {candles} candles of bronze"))?;
    page.line(&format!("equal to the bit  {equal}"))?;
    page.line(&format!("different         {different}"))?;
    page.line(&format!("not kept          {missing}"))?;
    let online = match online {
        None => "not looked at: no bus, or it has gone on",
        Some(true) => "the newest vector",
        Some(false) => "ANOTHER VECTOR",
    };
    page.line(&format!("shown online      {online}"))?;
    examples.iter().try_for_each(|example| page.line(&format!("  {example}")))?;
    if *different > 0 {
        page.remark("whether bronze is as it was written: `wick bronze verify`");
    }
    Ok(())
}
