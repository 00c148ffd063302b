//! `wick trace`: the way of a forecast backwards, from its message to the bytes that it was made of.

use std::path::Path;

use anyhow::anyhow;
use serde::Serialize;
use wick_bus::database::{Database, Location, Row};
use wick_bus::lake::{FeatureRow, Shelf, features_root, set_folder};
use wick_bus::serving::Kept;
use wick_bus::trace::Behind;
use wick_bus::{Config, House, database};
use wick_feature_builder::config::FeatureBuilderConfig;
use wick_feature_builder::engine::Engine;
use wick_operator::place::Place;
use wick_operator::registry::{self, Deployment, Model};
use wick_operator::{Cli, Error, TraceArgs};
use wick_schemas::time::{BAR, MINUTE};
use wick_schemas::{Forecast, Level, Origin, Timestamp, Venue};

use crate::voice::say;

/// A forecast and everything that it was made of.
#[derive(Serialize)]
struct Trace {
    prediction: Made,
    features: Option<Features>,
    silver: Silver,
    bronze: Vec<Source>,
    /// Whether the newest of these candles are still in bronze's journal, which becomes a file after a day.
    journal: bool,
    model: Option<Model>,
    served: Option<Deployment>,
}

/// A forecast as it is kept.
#[derive(Serialize)]
struct Made {
    id: String,
    as_of: Timestamp,
    ingest_time: Timestamp,
    origin: Origin,
    price: f64,
    level: Level,
    model: String,
    feature_set: String,
    /// The message that it answers: that of the feature vector.
    caused_by: String,
    forecasts: Vec<Horizon>,
}

/// What it says of a horizon.
#[derive(Serialize)]
struct Horizon {
    horizon: wick_schemas::Horizon,
    p_up: f64,
    expected_return: f64,
    variance: f64,
}

impl From<Forecast> for Horizon {
    fn from(Forecast { horizon, p_up, expected_return, variance, .. }: Forecast) -> Self {
        Self { horizon, p_up, expected_return, variance }
    }
}

/// The feature vector that it was made of.
#[derive(Serialize)]
struct Features {
    warm: bool,
    minutes: u32,
    ingest_time: Timestamp,
    values: serde_json::Map<String, serde_json::Value>,
}

/// What the features were made of.
#[derive(Serialize)]
struct Silver {
    /// The oldest minute that any feature looks back to.
    looks_back_to: Timestamp,
    /// How many clean candles of the series lie between it and the forecast.
    candles: usize,
    /// Those of the bar that has just closed.
    bar: Vec<Clean>,
}

/// A clean candle.
#[derive(Serialize)]
struct Clean {
    venue: String,
    open_time: Timestamp,
    close: f64,
    /// The message that told of it.
    message: String,
}

/// A file of bronze with candles of the time that was looked back to.
#[derive(Serialize)]
struct Source {
    place: String,
    sha256: String,
    rows: Option<u64>,
    from: Timestamp,
    to: Timestamp,
}

/// Traces a forecast.
pub async fn trace(config: &Config, args: &TraceArgs, cli: &Cli) -> anyhow::Result<()> {
    let place = Place::find(config).await?;
    let house = &place.house;
    let prediction = made(house, &args.id).await?;
    let (as_of, set) = (prediction.as_of, set_folder(&prediction.feature_set));
    let rows = Shelf::<FeatureRow>::read_in(features_root(house).as_path(), &set, as_of, as_of)?;
    let features = rows.into_iter().map(|row| row.0).find(|vector| vector.as_of == as_of).map(|vector| Features {
        warm: vector.warm,
        minutes: vector.minutes,
        ingest_time: vector.ingest_time,
        values: vector.names.into_iter().zip(vector.values.into_iter().map(Into::into)).collect(),
    });
    let back = i64::try_from(Engine::LOOKBACK).unwrap_or_default();
    let behind = Behind::of(house, &prediction.feature_set, as_of, back)?;
    let silver = silver(house, behind.from, as_of).await?;
    let bronze = behind.bronze.into_iter().map(|file| Source {
        place: file.place,
        sha256: file.sha256,
        rows: file.rows,
        from: file.first,
        to: file.last,
    });
    let model = match prediction.model.as_str() {
        "" => None,
        hash => Some(registry::find(house, hash).await?),
    };
    let mut deployments = registry::deployments(house).await?.into_iter();
    let served = deployments.find(|one| one.model == prediction.model && one.serves_from <= as_of);
    let bronze: Vec<Source> = bronze.collect();
    let journal = bronze.iter().map(|file| file.to).max().is_none_or(|to| to < as_of.shift(-MINUTE));
    let trace = Trace { features, silver, bronze, journal, model, served, prediction };
    if cli.json {
        say(&serde_json::to_string_pretty(&trace)?);
    } else {
        show(&trace, &house.config.data_dir);
    }
    Ok(())
}

/// The forecast whose id begins like this.
async fn made(house: &House, beginning: &str) -> anyhow::Result<Made> {
    let nothing = || Error::NotFound(format!("no forecast begins with '{beginning}': `wick predict --json` says ids"));
    let fit = beginning.len() >= 4 && beginning.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !fit {
        let why = format!("'{beginning}' is no id: write its hexadecimal digits, at least the first four");
        return Err(Error::NotFound(why).into());
    }
    let path = house.path("serving.sqlite");
    let pool = database::read(&path).await?.ok_or_else(nothing)?;
    let rows = sqlx::query("SELECT * FROM predictions WHERE id >= ? AND id < ? ORDER BY as_of, horizon LIMIT 64")
        .bind(beginning)
        .bind(format!("{beginning}g"))
        .fetch_all(&pool)
        .await?;
    pool.close().await;
    let kept = rows.into_iter().map(|row| Kept::read(&Row::File(row))).collect::<sqlx::Result<Vec<Kept>>>()?;
    let one = kept.first().ok_or_else(nothing)?.clone();
    if kept.iter().any(|other| other.id != one.id) {
        return Err(Error::NotFound(format!("several forecasts begin with '{beginning}': write more of the id")).into());
    }
    let mut forecasts: Vec<Forecast> = kept.into_iter().map(|kept| kept.forecast).collect();
    forecasts.sort_by_key(|forecast| forecast.horizon.index());
    Ok(Made {
        id: one.id,
        as_of: one.as_of,
        ingest_time: one.ingest_time,
        origin: one.origin,
        price: one.price,
        level: one.level,
        model: one.model,
        feature_set: one.feature_set,
        caused_by: one.cause,
        forecasts: forecasts.into_iter().map(Horizon::from).collect(),
    })
}

/// The clean candles that features looked at, of the series that they are made from.
async fn silver(house: &House, from: Timestamp, as_of: Timestamp) -> anyhow::Result<Silver> {
    let builder: FeatureBuilderConfig = house.config.section("feature_builder")?;
    let series = builder.venue()?.map_or_else(|| Venue::ALL.to_vec(), |venue| vec![venue]);
    let silver = Database::read(Location::silver(&house.config)?).await?;
    let silver = silver.ok_or_else(|| anyhow!(Error::NotFound("there is no silver".into())))?;
    let (mut candles, mut bar) = (0, Vec::new());
    for venue in series {
        let query = "SELECT open_time, close, id FROM candles WHERE venue = $1 AND open_time >= $2 AND open_time < $3 \
                     AND NOT late ORDER BY open_time";
        let read = |row: &Row| {
            Ok(Clean {
                venue: venue.to_string(),
                open_time: Timestamp(row.get("open_time")?),
                close: row.get("close")?,
                message: row.get("id")?,
            })
        };
        let bounds = [venue.as_str().into(), from.millis().into(), as_of.millis().into()];
        let found: Vec<Clean> = silver.select(query, &bounds, read).await?;
        candles += found.len();
        bar.extend(found.into_iter().filter(|one| one.open_time >= as_of.shift(-BAR)));
    }
    silver.close().await;
    Ok(Silver { looks_back_to: from, candles, bar })
}

fn show(trace: &Trace, data: &Path) {
    let moment = |time: Timestamp| time.rfc3339();
    let made = &trace.prediction;
    say(&format!(
        "forecast   {} as of {} at {:.2}, {}, {}",
        made.id,
        moment(made.as_of),
        made.price,
        made.level.as_str(),
        made.origin.as_str()
    ));
    for one in &made.forecasts {
        say(&format!(
            "           {:>4}  up with {:.1} %, volatility {:.2} %",
            one.horizon.as_str(),
            100.0 * one.p_up,
            100.0 * one.variance.sqrt()
        ));
    }
    match &trace.features {
        Some(features) => say(&format!(
            "features   {} values of set {} from message {}, {}",
            features.values.len(),
            made.feature_set,
            made.caused_by,
            if features.warm { "none empty" } else { "some empty" }
        )),
        None => say(&format!("features   the row of {} is not in gold any more, or not yet", moment(made.as_of))),
    }
    let silver = &trace.silver;
    say(&format!("silver     {} candles from {} on; those of the bar:", silver.candles, moment(silver.looks_back_to)));
    for one in &silver.bar {
        say(&format!(
            "           {} {} closed at {:.2} (message {})",
            one.venue,
            moment(one.open_time),
            one.close,
            one.message
        ));
    }
    say(&format!("bronze     {} files in {}", trace.bronze.len(), data.display()));
    for one in &trace.bronze {
        say(&format!("           {} sha256 {}", one.place, one.sha256));
    }
    if trace.journal {
        say("           the newest candles are still in its journal");
    }
    match &trace.model {
        Some(model) => {
            say(&format!("model      {} knows {} rows up to {}", model.hash, model.rows, moment(model.trained_at)));
            say(&format!(
                "training   asked for by {} ({}), {}",
                model.requested_by,
                model.cause.name(),
                model.verdict()
            ));
        }
        None => say("model      none: the baseline answered"),
    }
    if let Some(served) = &trace.served {
        say(&format!("served     since {} ({})", moment(served.serves_from), served.reasons.join("; ")));
    }
}
