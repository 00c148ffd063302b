//! `wick bronze compact`: the fetcher's own hands, without the rest of it.

use std::io::IsTerminal;
use std::time::Instant;

use anyhow::bail;
use wick_bus::lake::{Lake, LakeConfig};
use wick_bus::{Config, Error};
use wick_operator::lake::{CompactArgs, days_bar, show, tell_compacted};
use wick_operator::page::Page;
use wick_operator::place::Place;

/// Compacts, showing progress, and says what became of it.
pub async fn compact(config: &Config, args: &CompactArgs, json: bool, quiet: bool) -> anyhow::Result<()> {
    let house = Place::find(config).await?.house;
    let lake = Lake::bronze(&house.config)?;
    let config: LakeConfig = house.config.section("lake")?;
    let days = match args.older_than {
        Some(days) => days,
        None if config.compact_days > 0 => config.compact_days,
        None => bail!(Error::Config("lake.compact_days is 0: say which days with --older-than".into())),
    };
    let (bar, started) = (days_bar(quiet), Instant::now());
    let done = wick_fetcher::bronze::compact(&lake, days, house.clock.now(), &|done, all| show(&bar, done, all));
    bar.finish_and_clear();
    let mut out = std::io::stdout().lock();
    let mut page = Page::new(&mut out, json, std::io::stdout().is_terminal(), quiet);
    tell_compacted(&done?, started.elapsed().as_secs_f64(), &mut page)?;
    Ok(())
}
