//! What each candidate would have lost: a study of walk-forward refits over years of candles, without the engine around.
//!
//! `cargo run --release --example walk -- FROM TO FILES... [every=91] [horizons=15m,1h] [threads=2] [news=FILE]
//! [mood=FILE] [without=PREFIX,PREFIX] [worth=PREFIX,PREFIX] [only=DIRECTION,VOLATILITY] [dump=BEGINNING] [KEY=VALUE...]`
//!
//! With `--features neural` and `neural.enabled=true` there is a network among the candidates.
//!
//! FROM and TO bound the forecasts; the candles before FROM are learnt from. KEY is a setting of `[trainer.fit]` and VALUE
//! its JSON. For each horizon: log-loss of direction and QLIKE of volatility of every candidate, skill against the baseline
//! with the t of Diebold and Mariano, and the skill of each year. `without` leaves features out by how their names begin;
//! `worth` does so in a second walk, and tells what they were worth. `dump` writes every forecast to BEGINNING_HORIZON.csv.

mod show;

use std::collections::BTreeMap;
use std::sync::Mutex;

use polars::prelude::{DataType, ParquetReader, SerReader};
use wick_feature_builder::engine::Engine;
use wick_schemas::model::sigmoid;
use wick_schemas::score::{log_loss, qlike};
use wick_schemas::time::DAY;
use wick_schemas::{Candle, CandleValidated, FeatureVector, Horizon, Origin, Target, Timestamp, Venue};
use wick_trainer::dataset::{Dataset, Labels, Rows};
use wick_trainer::evaluate::{evaluate, variances};
use wick_trainer::fit::{self, FitConfig, Named, Wanted};
use wick_trainer::search::search;

/// Losses by candidate, in time order.
type Losses = BTreeMap<(&'static str, String), Vec<f64>>;

/// Means that are no candidates, to see whether they should be.
const MIXTURES: [(&str, &[&str]); 5] = [
    ("mix:eb+nn", &["extended_boosting", "neural"]),
    ("mix:eh+eb", &["extended_har", "extended_boosting"]),
    ("mix:eb+rb", &["extended_boosting", "ridge_boosting"]),
    ("mix:eg+rb", &["extended_gamma", "ridge_boosting"]),
    ("mix:eb+eg+rb", &["extended_boosting", "extended_gamma", "ridge_boosting"]),
];

struct Study {
    from: Timestamp,
    to: Timestamp,
    every: i64,
    threads: usize,
    horizons: Vec<Horizon>,
    config: FitConfig,
    wanted: Option<(String, String)>,
    choices: bool,
    news: Option<String>,
    mood: Option<String>,
    without: Vec<String>,
    worth: Vec<String>,
    dump: Option<String>,
    files: Vec<String>,
}

/// What was learnt of a stretch.
struct Block {
    as_of: Vec<Timestamp>,
    losses: Losses,
    /// Return and realised variance of each row.
    outcomes: Vec<(f64, f64)>,
    /// What was said of each row: chances of a rise and variances over the horizon.
    said: Losses,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let study = study()?;
    let (rows, targets) = rows(&study)?;
    let rows = without(rows, &study.without)?;
    eprintln!("{} rows of {} features, {} outcomes", rows.len(), rows.names().len(), targets.len());
    let end = Timestamp::MAX.min(Timestamp(study.to.0 + 2 * DAY));
    let fewer = (!study.worth.is_empty()).then(|| without(rows.clone(), &study.worth)).transpose()?;
    let data = Dataset::from_rows(rows, &targets, end, 36_500);
    let fewer = fewer.map(|rows| Dataset::from_rows(rows, &targets, end, 36_500));
    for horizon in &study.horizons {
        let all = walk(&data, *horizon, &study);
        show::print(*horizon, &all.as_of, &all.losses);
        if let Some(beginning) = &study.dump {
            show::dump(&format!("{beginning}_{horizon}.csv"), &all)?;
        }
        if let Some(fewer) = &fewer {
            show::worth(*horizon, &all, &walk(fewer, *horizon, &study), &study.worth);
        }
    }
    Ok(())
}

/// Refits and forecasts block after block.
fn walk(data: &Dataset, horizon: Horizon, study: &Study) -> Block {
    let labels = data.labels_of(horizon);
    let mut starts: Vec<Timestamp> = Vec::new();
    let mut at = study.from;
    while at < study.to {
        starts.push(at);
        at = at.shift(study.every * DAY);
    }
    let jobs = Mutex::new(starts.iter().copied().enumerate().collect::<Vec<_>>().into_iter());
    let done: Mutex<BTreeMap<usize, Block>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..study.threads {
            scope.spawn(|| {
                loop {
                    let job = jobs.lock().expect("jobs").next();
                    let Some((number, start)) = job else { break };
                    let end = start.shift(study.every * DAY).min(study.to);
                    let block = block(data, labels, start, end, study);
                    done.lock().expect("blocks").insert(number, block);
                    eprint!(".");
                }
            });
        }
    });
    eprintln!();
    let mut all = Block { as_of: Vec::new(), losses: Losses::new(), outcomes: Vec::new(), said: Losses::new() };
    for part in done.into_inner().expect("blocks").into_values() {
        all.as_of.extend(part.as_of);
        all.outcomes.extend(part.outcomes);
        for (whole, part) in [(&mut all.losses, part.losses), (&mut all.said, part.said)] {
            part.into_iter().for_each(|(name, values)| whole.entry(name).or_default().extend(values));
        }
    }
    all
}

fn study() -> Result<Study, Box<dyn std::error::Error>> {
    let mut study = Study {
        from: Timestamp(0),
        to: Timestamp(0),
        every: 91,
        threads: 2,
        horizons: Horizon::ALL.to_vec(),
        config: FitConfig::default(),
        wanted: None,
        choices: false,
        news: None,
        mood: None,
        without: Vec::new(),
        worth: Vec::new(),
        dump: None,
        files: Vec::new(),
    };
    let mut moments = Vec::new();
    let mut settings = serde_json::to_value(&study.config)?;
    for word in std::env::args().skip(1) {
        match word.split_once('=') {
            Some(("every", value)) => study.every = value.parse()?,
            Some(("threads", value)) => study.threads = value.parse()?,
            Some(("only", value)) => {
                let (direction, volatility) = value.split_once(',').ok_or("only=DIRECTION,VOLATILITY")?;
                study.wanted = Some((direction.to_owned(), volatility.to_owned()));
            }
            Some(("choices", value)) => study.choices = value.parse()?,
            Some(("news", value)) => study.news = Some(value.to_owned()),
            Some(("mood", value)) => study.mood = Some(value.to_owned()),
            Some(("worth", value)) => study.worth = value.split(',').map(str::to_owned).collect(),
            Some(("dump", value)) => study.dump = Some(value.to_owned()),
            Some(("without", value)) => study.without = value.split(',').map(str::to_owned).collect(),
            Some(("horizons", value)) => {
                study.horizons =
                    value.split(',').map(|word| serde_json::from_value(word.into())).collect::<Result<_, _>>()?;
            }
            Some((key, value)) => {
                let place = settings.pointer_mut(&format!("/{}", key.replace('.', "/"))).ok_or(key)?;
                *place = serde_json::from_str(value)?;
            }
            None if word.ends_with(".parquet") => study.files.push(word),
            None => moments.push(Timestamp::parse(&word)?),
        }
    }
    study.config = serde_json::from_value(settings)?;
    (study.from, study.to) = (*moments.first().ok_or("FROM")?, *moments.get(1).ok_or("TO")?);
    Ok(study)
}

/// The same rows without the columns whose names begin so.
fn without(rows: Rows, prefixes: &[String]) -> Result<Rows, Box<dyn std::error::Error>> {
    let stays = |name: &String| !prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()));
    let columns: Vec<usize> = (0..rows.names().len()).filter(|column| stays(&rows.names()[*column])).collect();
    let names = columns.iter().map(|column| rows.names()[*column].clone()).collect();
    let mut left = Rows::new(rows.feature_set(), names);
    for (place, as_of) in rows.as_of().iter().enumerate() {
        let values: Vec<f64> = columns.iter().map(|column| rows.row(place)[*column]).collect();
        left.push(*as_of, &values)?;
    }
    Ok(left)
}

/// Tells the engine what was written and felt. What was not known yet at a close does not count in it. Headlines of which
/// nobody knows when they were first seen are taken to have been seen an hour after their date, which is later than most.
fn tell(engine: &mut Engine, study: &Study) -> Result<(), Box<dyn std::error::Error>> {
    const HOUR: i64 = 3_600_000;
    if let Some(file) = &study.news {
        let frame = ParquetReader::new(std::fs::File::open(file)?).finish()?;
        let scorer = wick_validator::sentiment::Scorer::default();
        let published = frame.column("ts_utc")?.i64()?.clone();
        let seen = frame.column("first_seen_utc")?.cast(&DataType::Float64)?.f64()?.clone();
        let titles = frame.column("title")?.str()?.clone();
        let relevant = frame.column("btc_relevant")?.bool()?.clone();
        for place in 0..frame.height() {
            let (Some(published), Some(title), Some(true)) =
                (published.get(place), titles.get(place), relevant.get(place))
            else {
                continue;
            };
            let known = seen.get(place).filter(|seen| seen.is_finite());
            let first_seen = known.map_or(published + HOUR, |seen| seen as i64);
            engine.context_mut().article(Timestamp(first_seen), scorer.judge(title, "").score);
        }
    }
    if let Some(file) = &study.mood {
        let frame = ParquetReader::new(std::fs::File::open(file)?).finish()?;
        let days = frame.column("ts_utc")?.i64()?.clone();
        let values = frame.column("fng")?.i64()?.clone();
        for (day, value) in days.into_no_null_iter().zip(values.into_no_null_iter()) {
            engine.context_mut().mood(Timestamp(day + HOUR), Timestamp(day), value as f64);
        }
    }
    Ok(())
}

fn rows(study: &Study) -> Result<(Rows, Vec<Target>), Box<dyn std::error::Error>> {
    let files = &study.files;
    let mut engine = Engine::new();
    tell(&mut engine, study)?;
    let (mut vectors, mut targets): (Vec<FeatureVector>, Vec<Target>) = (Vec::new(), Vec::new());
    let mut rows: Option<Rows> = None;
    for file in files {
        let frame = ParquetReader::new(std::fs::File::open(file)?).finish()?;
        let numbers = |name: &str| -> Result<Vec<f64>, polars::prelude::PolarsError> {
            Ok(frame.column(name)?.f64()?.into_no_null_iter().collect())
        };
        let times: Vec<i64> = frame.column("ts_utc")?.i64()?.into_no_null_iter().collect();
        let [open, high, low, close, volume] =
            [numbers("open")?, numbers("high")?, numbers("low")?, numbers("close")?, numbers("volume")?];
        for (place, time) in times.into_iter().enumerate() {
            let candle = Candle {
                venue: Venue::Binance,
                open_time: Timestamp(time),
                open: open[place],
                high: high[place],
                low: low[place],
                close: close[place],
                volume: volume[place],
            };
            let ingest_time = candle.close_time();
            for closed in engine.push(&CandleValidated { candle, origin: Origin::Replay, ingest_time }) {
                targets.extend(closed.matured.targets);
                vectors.push(closed.vector);
            }
        }
        // A file at a time, so that the vectors with their names never are in memory all at once.
        let part = Rows::from_vectors(&vectors)?;
        vectors.clear();
        match &mut rows {
            None => rows = Some(part),
            Some(rows) => {
                for place in 0..part.len() {
                    rows.push(part.as_of()[place], part.row(place))?;
                }
            }
        }
    }
    Ok((rows.ok_or("no files")?, targets))
}

/// Fits on what had matured by `start` and forecasts up to `end`.
fn block(data: &Dataset, labels: &Labels, start: Timestamp, end: Timestamp, study: &Study) -> Block {
    if study.choices {
        choices(data, labels, start, study);
    }
    let oldest = start.shift(-i64::from(study.config.train_days) * DAY);
    let place = |moment: Timestamp| labels.as_of.partition_point(|as_of| *as_of < moment);
    let known = labels.as_of.partition_point(|as_of| as_of.shift(labels.horizon.millis()) <= start);
    let wanted = match &study.wanted {
        Some((direction, volatility)) => Wanted::Chosen(direction, volatility),
        None => Wanted::All,
    };
    let config = if study.config.search.trials > 1 {
        let data = self::known(data, labels, start, &study.config);
        search(&data, labels.horizon, &study.config, &|| Ok(())).expect("trials").0
    } else {
        study.config.clone()
    };
    let fitted = fit::fit(data, labels, place(oldest)..known, &config, wanted).expect("a fit");
    let test: Vec<usize> = (place(start)..place(end)).collect();
    let (mut losses, mut said) = (Losses::new(), Losses::new());
    for Named { name, estimator } in &fitted.direction {
        let chances: Vec<f64> = test.iter().map(|place| sigmoid(fit::value(estimator, data, labels, *place))).collect();
        let loss = |(place, chance): (&usize, &f64)| log_loss(*chance, labels.up(*place));
        losses.insert(("direction", (*name).to_owned()), test.iter().zip(&chances).map(loss).collect());
        said.insert(("direction", (*name).to_owned()), chances);
    }
    let mut mixed = fitted.volatility.clone();
    for (name, of) in MIXTURES {
        let parts: Vec<_> =
            fitted.volatility.iter().filter(|one| of.contains(&one.name)).map(|one| one.estimator.clone()).collect();
        if parts.len() == of.len() {
            mixed.push(Named { name, estimator: wick_schemas::model::Estimator::Mean { parts } });
        }
    }
    let others = [("har", fitted.har), ("ewma", fitted.ewma)].map(|(name, estimator)| Named { name, estimator });
    for Named { name, estimator } in mixed.iter().chain(&others) {
        let found = variances(name, estimator, data, labels, known, &test, study.config.level_days);
        let loss =
            |(place, variance): (&usize, &f64)| qlike(labels.realised_variance[*place], *variance).unwrap_or(0.0);
        losses.insert(("volatility", (*name).to_owned()), test.iter().zip(&found.variance).map(loss).collect());
        said.insert(("volatility", (*name).to_owned()), found.variance);
    }
    let outcome = |place: &usize| (labels.log_return[*place], labels.realised_variance[*place]);
    let as_of = test.iter().map(|place| labels.as_of[*place]).collect();
    Block { as_of, losses, outcomes: test.iter().map(outcome).collect(), said }
}

/// What a training at a moment would know of one horizon.
fn known(data: &Dataset, labels: &Labels, start: Timestamp, config: &FitConfig) -> Dataset {
    let place = |moment: Timestamp| labels.as_of.partition_point(|as_of| *as_of < moment);
    let known = labels.as_of.partition_point(|as_of| as_of.shift(labels.horizon.millis()) <= start);
    let range = place(start.shift(-i64::from(config.train_days) * DAY))..known;
    let cut = |values: &[f64]| values[range.clone()].to_vec();
    let part = Labels {
        horizon: labels.horizon,
        row: labels.row[range.clone()].to_vec(),
        as_of: labels.as_of[range.clone()].to_vec(),
        log_return: cut(&labels.log_return),
        realised_variance: cut(&labels.realised_variance),
        log_variance: cut(&labels.log_variance),
    };
    let mut labels = data.labels.clone();
    labels[part.horizon.index()] = part.clone();
    Dataset { at: start, rows: data.rows.clone(), labels, rival: None }
}

/// What a training at that moment would choose.
fn choices(data: &Dataset, labels: &Labels, start: Timestamp, study: &Study) {
    let data = known(data, labels, start, &study.config);
    let evaluation = evaluate(&data, labels.horizon, &study.config, &|| Ok(())).expect("losses").expect("folds");
    for metric in evaluation.choose(&study.config).metrics {
        eprintln!(
            "{} {} {}: {} skill {:+.2} % t {:+.1} p {:.4}",
            start.rfc3339(),
            metric.horizon,
            metric.target,
            metric.chosen,
            100.0 * metric.skill,
            metric.dm_t,
            metric.dm_p
        );
    }
}
