//! How often the features of a week are said to have drifted: a study of looks day by day, at profiles that are made anew
//! every so many days of what came before.
//!
//! `cargo run --release --example drift -- (gold FOLDER | simulated SEED DAYS) [every=91] [learnt=1095] [weeks=52]
//! [returns=2] [volume=3]`
//!
//! FOLDER is the data folder of a house, whose gold is looked at. In the last 90 days of a simulated market its returns and
//! its volume are so many times what they were. Prints for each year the share of the features that had
//! drifted, and on which days `drift.detected` would have been said at each of some thresholds, and not again for a week or
//! until half of the threshold was reached.

use std::collections::BTreeMap;

use wick_bus::feature_drift::FeatureDrifts;
use wick_bus::lake::{FeatureRow, Shelf};
use wick_feature_builder::engine::Engine;
use wick_fetcher::source::simulated::market::Market;
use wick_schemas::profile::{Profile, WEEK};
use wick_schemas::time::DAY;
use wick_schemas::{Candle, CandleValidated, FeatureVector, Origin, Timestamp};
use wick_trainer::dataset::Rows;

type Failed = Box<dyn std::error::Error>;

const THRESHOLDS: [f64; 5] = [0.05, 0.10, 0.15, 0.20, 0.25];

fn main() -> Result<(), Failed> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let knob = |name: &str, usual: i64| -> Result<i64, Failed> {
        let given = words.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
        Ok(given.map(str::parse).transpose()?.unwrap_or(usual))
    };
    let (every, learnt, weeks) = (knob("every", 91)?, knob("learnt", 1_095)?, knob("weeks", 52)?);
    let moved = [knob("returns", 1)?, knob("volume", 1)?].map(|times| times as f64);
    let rows = match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["gold", folder, ..] => gold(folder)?,
        ["simulated", seed, days, ..] => simulated(seed.parse()?, days.parse()?, moved)?,
        _ => return Err("say gold FOLDER or simulated SEED DAYS".into()),
    };
    let looks = look(&rows, every, learnt, usize::try_from(weeks)?);
    eprintln!("{} rows of {} features, {} looks", rows.len(), rows.names().len(), looks.len());
    tell(&looks);
    Ok(())
}

/// The complete vectors of a house, a month at a time.
fn gold(folder: &str) -> Result<Rows, Failed> {
    let root = std::path::Path::new(folder).join("gold/features");
    let (first, last) = Shelf::<FeatureRow>::span(&root)?.ok_or("no gold")?;
    let mut rows: Option<Rows> = None;
    let mut from = first.floor(DAY);
    while from <= last {
        let to = from.shift(30 * DAY);
        let month = Shelf::<FeatureRow>::read(&root, from, to.shift(-1))?;
        take(month.into_iter().map(|row| row.0), &mut rows)?;
        from = to;
    }
    rows.ok_or_else(|| "no complete vector".into())
}

/// Those of a simulated market, which is another one in the end.
fn simulated(seed: u64, days: usize, [returns, volume]: [f64; 2]) -> Result<Rows, Failed> {
    let (mut market, mut engine) = (Market::new(seed, Timestamp::parse("2024-01-01")?), Engine::new());
    let mut rows: Option<Rows> = None;
    let mut anchor = 1.0;
    for day in 0..days {
        let mut vectors = Vec::new();
        for _ in 0..1440 {
            let mut candle = Candle::new(market.minute().candle)?;
            if day + 90 < days {
                anchor = candle.close;
            } else {
                let move_away = |price: f64| anchor * (price / anchor).powf(returns);
                candle.open = move_away(candle.open);
                candle.high = move_away(candle.high);
                candle.low = move_away(candle.low);
                candle.close = move_away(candle.close);
                candle.volume *= volume;
            }
            let ingest_time = candle.close_time();
            let closed = engine.push(&CandleValidated { candle, origin: Origin::Simulated, ingest_time });
            vectors.extend(closed.into_iter().map(|closed| closed.vector));
        }
        take(vectors.into_iter(), &mut rows)?;
    }
    rows.ok_or_else(|| "no complete vector".into())
}

fn take(vectors: impl Iterator<Item = FeatureVector>, rows: &mut Option<Rows>) -> Result<(), Failed> {
    for vector in vectors.filter(|vector| vector.warm) {
        let rows = rows.get_or_insert_with(|| Rows::new(vector.feature_set.clone(), vector.names.clone()));
        let values: Option<Vec<f64>> = vector.values.into_iter().collect();
        rows.push(vector.as_of, &values.ok_or("a complete vector that is not")?)?;
    }
    Ok(())
}

/// The share of drifted features at each midnight at which there is a profile of enough weeks.
fn look(rows: &Rows, every: i64, learnt: i64, weeks: usize) -> Vec<(Timestamp, f64)> {
    let place = |moment: Timestamp| rows.as_of().partition_point(|as_of| *as_of <= moment);
    let (Some(first), Some(last)) = (rows.as_of().first(), rows.as_of().last()) else { return Vec::new() };
    let mut looks = Vec::new();
    let mut trained = first.floor(DAY);
    while trained <= *last {
        let range = place(trained.shift(-learnt * DAY))..place(trained);
        if range.len() / WEEK >= weeks {
            let profile = Profile::of(rows.names(), &rows.as_of()[range.clone()], |row| rows.row(range.start + row));
            for day in 1..=every {
                let at = trained.shift(day * DAY);
                let end = place(at);
                if at > *last || end < WEEK {
                    continue;
                }
                let week: Vec<Vec<Option<f64>>> =
                    (end - WEEK..end).map(|row| rows.row(row).iter().copied().map(Some).collect()).collect();
                let week: Vec<&[Option<f64>]> = week.iter().map(Vec::as_slice).collect();
                looks.push((at, FeatureDrifts::of(&profile, Some(at), &week).share()));
            }
        }
        trained = trained.shift(every * DAY);
    }
    looks
}

fn tell(looks: &[(Timestamp, f64)]) {
    let mut years: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for (at, share) in looks {
        years.entry(at.rfc3339().chars().take(4).collect()).or_default().push(*share);
    }
    for (year, mut shares) in years {
        shares.sort_by(f64::total_cmp);
        let (n, mean) = (shares.len(), shares.iter().sum::<f64>() / shares.len() as f64);
        let (often, most) = (shares[n * 95 / 100], shares[n - 1]);
        println!("{year}: {n} looks, share of drifted features {mean:.3}, {often:.3} in 95 %, {most:.3} at most");
    }
    for threshold in THRESHOLDS {
        let mut said: Option<Timestamp> = None;
        let mut days = Vec::new();
        for (at, share) in looks {
            if *share <= 0.5 * threshold {
                said = None;
            } else if *share > threshold && said.is_none_or(|said| *at - said >= 7 * DAY) {
                said = Some(*at);
                days.push(format!("{} ({share:.3})", at.rfc3339().chars().take(10).collect::<String>()));
            }
        }
        println!("above {threshold:.2}: said {} times {}", days.len(), days.join(" "));
    }
}
