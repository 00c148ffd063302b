//! `wick features`: the feature builder's own definitions and fold, for whoever asks.

use std::io::IsTerminal;

use serde_json::json;
use wick_bus::Config;
use wick_feature_builder::engine::Engine;
use wick_operator::features::Features;
use wick_operator::page::{Page, Side};
use wick_operator::place::Place;
use wick_operator::{Cli, Exit};

use crate::{export, parity};

/// Answers.
pub async fn features(config: &Config, what: &Features, cli: &Cli) -> anyhow::Result<Exit> {
    let mut out = std::io::stdout().lock();
    let mut page = Page::new(&mut out, cli.json, std::io::stdout().is_terminal(), cli.quiet);
    match what {
        Features::List => list(&mut page).map(|()| Exit::Done),
        Features::Export(args) => {
            export::export(&Place::find(config).await?.house, args, &mut page).map(|()| Exit::Done)
        }
        Features::Verify => parity::verify(&Place::find(config).await?, &mut page).await,
    }
}

fn list(page: &mut Page<'_>) -> anyhow::Result<()> {
    let set = Engine::feature_set();
    if page.json {
        return Ok(page.document(&json!({ "id": set.id, "features": set.definitions }))?);
    }
    page.line(&format!("feature set {}: {} features", set.id, set.definitions.len()))?;
    page.line("")?;
    let columns = [("name", Side::Left), ("look-back", Side::Right), ("unit", Side::Left), ("formula", Side::Left)];
    let row = |one: &wick_schemas::feature::Definition| {
        vec![one.name.to_owned(), format!("{} bars", one.lookback), one.unit.to_owned(), one.formula.to_owned()]
    };
    Ok(page.table(&columns, set.definitions.iter().map(row).collect())?)
}
