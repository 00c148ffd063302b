//! `wick predict`: what the house says of the future.

use clap::Args;
use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser;
use serde_json::json;
use wick_schemas::{Horizon, Level, Timestamp};

use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::forecast::{self, Newest, shown_origin};
use crate::page::Page;
use crate::page::Side::{Left, Right};
use crate::place::Place;
use crate::words;

/// `wick predict`.
///
/// For each horizon: the probability that the price rises, and where it will be, with intervals that hold the price
/// in 80 and 95 of 100 cases. LEVEL says what the forecast was made with: champion, previous (the champion before it),
/// baseline (no model), or stale where it is older than two bars. Exits with 5 where no forecast was made yet.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Example:\n  wick predict\n  wick predict --horizon 1h --json | jq '.forecasts[0].p_up'")]
pub struct PredictArgs {
    /// One horizon only.
    #[arg(long, value_parser = horizons())]
    pub horizon: Option<Horizon>,
}

fn horizons() -> impl TypedValueParser<Value = Horizon> {
    PossibleValuesParser::new(Horizon::ALL.map(Horizon::as_str)).try_map(|text| text.parse::<Horizon>())
}

/// Shows the newest forecasts.
///
/// # Errors
/// [`Error::NotFound`] where there are none.
pub async fn predict(place: &Place, args: &PredictArgs, page: &mut Page<'_>) -> Result<Exit> {
    let house = &place.house;
    let forecasts = forecast::newest(house, args.horizon).await?;
    let Some(last) = forecasts.iter().map(|one| one.as_of).max() else {
        let folder = house.config.data_dir.display();
        return Err(Error::NotFound(format!("no forecast was made yet in {folder}: `wick up` makes them")));
    };
    if page.json {
        page.document(&json!({ "instrument": house.instrument(), "forecasts": forecasts }))?;
        return Ok(Exit::Done);
    }
    show(house.instrument().as_str(), &forecasts, last, page)?;
    if forecasts.iter().any(|one| one.as_of == last && one.level == Level::Stale.as_str()) {
        page.remark("this is old: `wick status` shows who is at work");
    }
    Ok(Exit::Done)
}

fn show(instrument: &str, forecasts: &[Newest], last: Timestamp, page: &mut Page<'_>) -> Result<()> {
    let price = forecasts.iter().find(|one| one.as_of == last).map_or(f64::NAN, |one| one.price);
    page.line(&format!("{instrument} at {} as of {} UTC", words::price(price), words::moment(last)))?;
    let columns = [
        ("horizon", Left),
        ("up", Right),
        ("price", Right),
        ("80 % between", Left),
        ("95 % between", Left),
        ("volatility", Right),
        ("level", Left),
        ("model", Left),
        ("age", Right),
        ("origin", Left),
    ];
    let between = |[low, high]: [f64; 2]| format!("{} – {}", words::round_price(low), words::round_price(high));
    let row = |one: &Newest| {
        vec![
            one.horizon.to_string(),
            words::percent(one.p_up),
            words::price(one.median),
            between(one.interval_80),
            between(one.interval_95),
            format!("{:.2} %", 100.0 * one.volatility),
            one.level.clone(),
            words::short(&one.model),
            words::span(one.age_ms),
            shown_origin(&one.origin),
        ]
    };
    page.table(&columns, forecasts.iter().map(row).collect())
}
