//! Is what was kept what bronze gives? Training rows and live rows come from one fold, and this proves it.

use std::collections::{BTreeMap, HashMap};

use redis::cmd;
use serde::Serialize;
use wick_bus::database::{Database, Location, Row};
use wick_bus::lake::{FeatureRow, Lake, Shelf, features_root};
use wick_bus::{House, Result};
use wick_feature_builder::context::{Context, FEAR_GREED};
use wick_feature_builder::engine::Engine;
use wick_fetcher::bronze::BronzeCandle;
use wick_operator::Exit;
use wick_operator::page::Page;
use wick_operator::place::Place;
use wick_schemas::{CandleValidated, FeatureVector, Timestamp};
use wick_validator::config::ValidatorConfig;
use wick_validator::consensus::Consensus;
use wick_validator::rules::{Rules, Verdict};

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

/// Computes every vector again and says what differs.
pub async fn verify(place: &Place, page: &mut Page<'_>) -> anyhow::Result<Exit> {
    let house = &place.house;
    let (candles, again) = recompute(house).await?;
    let kept = Shelf::<FeatureRow>::read(features_root(house).as_path(), Timestamp::MIN, Timestamp::MAX)?;
    let set = &Engine::feature_set().id;
    let kept = kept.into_iter().filter(|row| row.0.feature_set == *set).map(|row| (row.0.as_of, row.0)).collect();
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
async fn recompute(house: &House) -> Result<(usize, BTreeMap<Timestamp, FeatureVector>)> {
    let config: ValidatorConfig = house.config.section("validator")?;
    let rows = Shelf::<BronzeCandle>::read(Lake::bronze(&house.config)?, Timestamp::MIN, Timestamp::MAX)?;
    // Where several venues were listened to, features are those of their consensus.
    let several = rows.iter().any(|row| row.received.candle.venue != rows[0].received.candle.venue);
    let mut rules = Rules::recovered(config.rules, None);
    let mut consensus = several.then(Consensus::default);
    let (mut engine, mut again) = (Engine::new(), BTreeMap::new());
    // All at once: what was not known yet at a close does not count in it.
    told(house, engine.context_mut()).await?;
    let mut fold = |engine: &mut Engine, candle: &CandleValidated| {
        again.extend(engine.push(candle).into_iter().map(|closed| (closed.vector.as_of, closed.vector)));
    };
    for row in &rows {
        let Verdict::Clean(clean) = rules.judge(&row.received) else { continue };
        match &mut consensus {
            None => fold(&mut engine, &clean),
            Some(consensus) => {
                engine.context_mut().venue(&clean.candle);
                consensus.take(clean).iter().for_each(|agreed| fold(&mut engine, &agreed.candle));
            }
        }
    }
    Ok((rows.len(), again))
}

/// Tells what people wrote, and the index of mood.
async fn told(house: &House, context: &mut Context) -> Result<()> {
    let Some(silver) = Database::read(Location::silver(&house.config)?).await? else { return Ok(()) };
    let text = |row: &Row| Ok((Timestamp(row.get("ingest_time")?), row.get::<f64>("score")?));
    let query = "SELECT ingest_time, score FROM sentiments WHERE kind = $1";
    for (first_seen, score) in silver.select(query, &["article".into()], text).await? {
        context.article(first_seen, score);
    }
    for (first_seen, score) in silver.select(query, &["post".into()], text).await? {
        context.post(first_seen, score);
    }
    let reading =
        |row: &Row| Ok((Timestamp(row.get("ingest_time")?), Timestamp(row.get("at")?), row.get::<f64>("value")?));
    let query = "SELECT ingest_time, at, value FROM readings WHERE name = $1";
    for (first_seen, day, value) in silver.select(query, &[FEAR_GREED.into()], reading).await? {
        context.mood(first_seen, day, value);
    }
    silver.close().await;
    Ok(())
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

/// The first feature that differs, if one does, bit by bit.
fn difference(kept: &FeatureVector, again: &FeatureVector) -> Option<String> {
    if kept.names != again.names {
        return Some("other features".to_owned());
    }
    let bits = |value: Option<f64>| value.map(f64::to_bits);
    let prices = ("price", Some(kept.price), Some(again.price));
    let values = kept.names.iter().zip(kept.values.iter().zip(&again.values));
    let values = values.map(|(name, (kept, again))| (name.as_str(), *kept, *again));
    let mut all = std::iter::once(prices).chain(values);
    let (name, kept, again) = all.find(|(_, kept, again)| bits(*kept) != bits(*again))?;
    Some(format!("{name} is {kept:?} and bronze gives {again:?}"))
}

/// Whether what is shown online is this vector.
async fn online(place: &Place, newest: &FeatureVector) -> anyhow::Result<Option<bool>> {
    let Ok(mut bus) = place.bus() else { return Ok(None) };
    let key = place.house.key(&format!("online.{}", newest.feature_set));
    let shown: HashMap<String, String> =
        cmd("HGETALL").arg(key).query_async(&mut bus).await.map_err(wick_bus::Error::from)?;
    // Nothing is shown by a bus that was emptied; one that has gone on is ahead of what was read before.
    let as_of = shown.get("as_of").and_then(|at| at.parse().ok()).map(Timestamp);
    if as_of.is_none_or(|as_of| as_of > newest.as_of) {
        return Ok(None);
    }
    let number = |name: &String| shown.get(name).and_then(|text| text.parse::<f64>().ok()).map(f64::to_bits);
    let same = newest.names.iter().zip(&newest.values).all(|(name, value)| number(name) == value.map(f64::to_bits));
    Ok(Some(same && as_of == Some(newest.as_of)))
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
    Ok(())
}
