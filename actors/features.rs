//! `wick features`: the feature builder's own definitions and fold, for whoever asks.

use std::collections::BTreeMap;
use std::io::IsTerminal;

use anyhow::bail;
use redis::cmd;
use serde_json::json;
use wick_bus::lake::CurrentSets;
use wick_bus::{Config, House};
use wick_feature_builder::config::FeatureBuilderConfig;
use wick_feature_builder::sets::{Selection, Sets};
use wick_operator::features::{Features, SetArgs};
use wick_operator::page::{Page, Side};
use wick_operator::place::Place;
use wick_operator::{Cli, Error, Exit};

use crate::{export, parity};

/// Answers.
pub async fn features(config: &Config, what: &Features, cli: &Cli) -> anyhow::Result<Exit> {
    let mut out = std::io::stdout().lock();
    let mut page = Page::new(&mut out, cli.json, std::io::stdout().is_terminal(), cli.quiet);
    let builder: FeatureBuilderConfig = config.section("feature_builder")?;
    let sets = builder.selections()?;
    match what {
        Features::List(args) => list(known(&sets, args)?, &mut page)?,
        Features::Sets => names(&sets, &mut page)?,
        Features::Show(args) => {
            let place = Place::find(config).await?;
            show(&place, &id(&place.house, &sets, args)?, &mut page).await?;
        }
        Features::Export(args) => {
            let house = Place::find(config).await?.house;
            export::export(&house, &id(&house, &sets, &args.set)?, args, &mut page)?;
        }
        Features::Verify(args) => {
            return parity::verify(&Place::find(config).await?, known(&sets, args)?, &mut page).await;
        }
    }
    Ok(Exit::Done)
}

/// A set whose definitions are known: one of the settings.
fn known<'a>(sets: &'a Sets, args: &SetArgs) -> anyhow::Result<&'a Selection> {
    let Some(wanted) = &args.feature_set else { return Ok(sets.main()) };
    match sets.find(wanted) {
        Some(found) => Ok(found),
        None => bail!(Error::NotFound(format!(
            "no feature set is called {wanted}: `wick features sets` names those of these settings; another version's \
             can be exported by its id, and not explained"
        ))),
    }
}

/// The id of a set: of these settings, of those that the house runs with, or as it was given.
fn id(house: &House, sets: &Sets, args: &SetArgs) -> anyhow::Result<String> {
    let current = CurrentSets::read(house)?;
    let Some(wanted) = &args.feature_set else {
        return Ok(current.map_or_else(|| sets.main().set.id.clone(), |current| current.main));
    };
    let named = current.and_then(|current| current.names.get(wanted).cloned());
    let named = named.or_else(|| sets.find(wanted).map(|one| one.set.id.clone()));
    Ok(named.unwrap_or_else(|| wanted.clone()))
}

fn list(one: &Selection, page: &mut Page<'_>) -> anyhow::Result<()> {
    let set = &one.set;
    if page.json {
        return Ok(page.document(&json!({ "id": set.id, "name": one.name, "features": set.definitions }))?);
    }
    page.line(&format!("feature set {} ({}): {} features", set.id, one.name, set.definitions.len()))?;
    page.line("")?;
    let columns = [("name", Side::Left), ("look-back", Side::Right), ("unit", Side::Left), ("formula", Side::Left)];
    let row = |one: &wick_schemas::feature::Definition| {
        vec![one.name.to_owned(), format!("{} bars", one.lookback), one.unit.to_owned(), one.formula.to_owned()]
    };
    Ok(page.table(&columns, set.definitions.iter().map(row).collect())?)
}

fn names(sets: &Sets, page: &mut Page<'_>) -> anyhow::Result<()> {
    let served = |one: &Selection| one == sets.main();
    if page.json {
        let one = |one: &Selection| {
            let features = one.set.definitions.len();
            json!({ "name": one.name, "id": one.set.id, "features": features, "main": served(one) })
        };
        return Ok(page.document(&sets.all().iter().map(one).collect::<Vec<_>>())?);
    }
    let columns = [("name", Side::Left), ("id", Side::Left), ("features", Side::Right), ("", Side::Left)];
    let row = |one: &Selection| {
        let what = if served(one) { "is published, served and trained on" } else { "" };
        vec![one.name.clone(), one.set.id.clone(), one.set.definitions.len().to_string(), what.to_owned()]
    };
    Ok(page.table(&columns, sets.all().iter().map(row).collect())?)
}

/// What is shown online of a set.
async fn show(place: &Place, id: &str, page: &mut Page<'_>) -> anyhow::Result<()> {
    let key = place.house.key(&format!("online.{id}"));
    let shown: BTreeMap<String, String> =
        cmd("HGETALL").arg(key).query_async(&mut place.bus()?).await.map_err(wick_bus::Error::from)?;
    if shown.is_empty() {
        bail!(Error::NotFound(format!(
            "nothing is shown of feature set {id}: `wick features sets` names those there are"
        )));
    }
    if page.json {
        return Ok(page.document(&json!({ "feature_set": id, "vector": shown }))?);
    }
    page.line(&format!("feature set {id}"))?;
    let columns = [("name", Side::Left), ("value", Side::Left)];
    Ok(page.table(&columns, shown.into_iter().map(|(name, value)| vec![name, value]).collect())?)
}
