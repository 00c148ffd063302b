//! Fits and forecasts of the fifteen minutes' horizon, on as many days of rows as the trainer takes, held against a quarter
//! that they never saw.

use std::ops::Range;
use std::path::Path;
use std::time::Instant;

use serde_json::{Value, json};
use wick_schemas::model::{Artifact, Estimator, HorizonModel, score as score_vector, sigmoid};
use wick_schemas::score::log_loss;
use wick_schemas::time::DAY;
use wick_schemas::{FeatureVector, Horizon, Origin, Target, Timestamp};
use wick_trainer::dataset::{Dataset, Labels, Rows, season_hour};
use wick_trainer::fit::{self, FitConfig, Named, Wanted};
use wick_trainer::search;

use super::Failed;
use super::machine::{Watch, read, write};

/// The moment of the training: what is learnt from ends there, and what it is held against begins.
const AT: &str = "2024-01-01";
/// Days that it is held against.
const HELD_OUT: i64 = 91;
const HORIZON: Horizon = Horizon::ALL[0];
/// Days of rows that are learnt from.
const TRAIN_DAYS: u32 = 1_095;
/// Rows that are forecast one by one.
const ASKED: usize = 5_000;

struct Held {
    data: Dataset,
    train: Range<usize>,
    test: Range<usize>,
    config: FitConfig,
}

impl Held {
    /// Of what `fold` left in the folder.
    fn read(folder: &Path) -> Result<Self, Failed> {
        let names: Vec<String> =
            std::fs::read_to_string(folder.join("names.txt"))?.lines().map(str::to_owned).collect();
        // Whatever is asked for is fitted, also what a training leaves out.
        let config = FitConfig { without: Vec::new(), train_days: TRAIN_DAYS, ..FitConfig::default() };
        let at = Timestamp::parse(AT)?;
        let (from, to) = (at.shift(-i64::from(config.train_days) * DAY), at.shift(HELD_OUT * DAY));
        let mut rows = Rows::new(wick_feature_builder::engine::Engine::feature_set().id.clone(), names.clone());
        for row in read(&folder.join("features.f64"))?.chunks(names.len() + 1) {
            let as_of = Timestamp(row[0] as i64);
            if from <= as_of && as_of <= to && row.iter().all(|value| value.is_finite()) {
                rows.push(as_of, &row[1..])?;
            }
        }
        let target = |three: &[f64]| Target {
            horizon: HORIZON,
            origin: Timestamp(three[0] as i64),
            log_return: three[1],
            realised_variance: three[2],
        };
        let targets: Vec<Target> = read(&folder.join("targets.f64"))?.chunks(3).map(target).collect();
        let data = Dataset::from_rows(rows, &targets, to, 36_500);
        let labels = data.labels_of(HORIZON);
        let known = labels.as_of.partition_point(|as_of| as_of.shift(HORIZON.millis()) <= at);
        let first = labels.as_of.partition_point(|as_of| *as_of < at);
        let (train, test) = (0..known, first..labels.len());
        Ok(Self { data, train, test, config })
    }

    fn labels(&self) -> &Labels {
        self.data.labels_of(HORIZON)
    }

    fn up(&self, range: Range<usize>) -> Vec<f64> {
        range.map(|place| f64::from(u8::from(self.labels().up(place)))).collect()
    }

    fn value(&self, estimator: &Estimator, place: usize) -> f64 {
        fit::value(estimator, &self.data, self.labels(), place)
    }

    /// What a line leaves over of these outcomes of volatility.
    fn left(&self, line: &Estimator, range: Range<usize>) -> Vec<f64> {
        range.map(|place| self.labels().log_variance[place] - self.value(line, place)).collect()
    }

    fn fitted(&self, direction: &str, volatility: &str) -> Result<fit::Fitted, Failed> {
        let wanted = Wanted::Chosen(direction, volatility);
        Ok(fit::fit(&self.data, self.labels(), self.train.clone(), &self.config, wanted)?)
    }
}

/// Writes columns and outcomes as Python's libraries want them.
pub fn matrix(folder: &Path) -> Result<Value, Failed> {
    let held = Held::read(folder)?;
    let (line, residual) = fit::extended_har(&held.data, held.labels(), held.train.clone(), &held.config)?;
    let seasonal = held.fitted(fit::BASE_RATE, fit::SEASONAL_HAR)?.volatility.remove(0).estimator;
    for (name, range) in [("train", held.train.clone()), ("test", held.test.clone())] {
        let place = |what: &str| folder.join(format!("{what}_{name}.f64"));
        let rows: Vec<f64> =
            range.clone().flat_map(|place| held.data.rows.row(held.labels().row[place]).iter().copied()).collect();
        write(&place("x"), &rows)?;
        write(&place("up"), &held.up(range.clone()))?;
        write(&place("left"), &held.left(&seasonal, range.clone()))?;
        let hours: Vec<f64> = range.clone().map(|place| season_hour(held.labels().as_of[place]) as f64).collect();
        write(&place("hour"), &hours)?;
        let trained = name == "train";
        write(&place("residual"), &if trained { residual.clone() } else { held.left(&line, range) })?;
    }
    std::fs::write(folder.join("settings.json"), serde_json::to_string(&held.config)?)?;
    Ok(json!({"columns": held.data.rows.names().len(), "train": held.train.len(), "test": held.test.len()}))
}

/// Fits one candidate, and tells what it took and what it loses on what it never saw.
pub fn fit(what: &str, folder: &Path) -> Result<Value, Failed> {
    let held = Held::read(folder)?;
    // What `fit` does before any candidate is not the candidate's.
    let before = Watch::start();
    let baselines = held.fitted(fit::BASE_RATE, fit::SEASONAL_HAR)?;
    let before = before.stop();
    let (labels, train) = (held.labels(), held.train.clone());
    let trees = |y: &[f64], target, growth| {
        fit::boosted(&held.data, labels, train.clone(), y, target, growth, held.config.seed)
    };
    let named = |list: Vec<Named>| list.into_iter().find(|one| one.name == what).ok_or("no such candidate");
    let (estimator, mut took) = match what {
        "boosting" => {
            let up = held.up(train.clone());
            let watch = Watch::start();
            (trees(&up, search::Target::Direction, held.config.direction_boosting)?, watch.stop())
        }
        "residual_boosting" => {
            let (_, residual) = fit::extended_har(&held.data, labels, train.clone(), &held.config)?;
            let watch = Watch::start();
            (trees(&residual, search::Target::Volatility, held.config.volatility_boosting)?, watch.stop())
        }
        "ridge" => {
            let watch = Watch::start();
            let fitted = held.fitted(fit::BASE_RATE, what)?;
            (named(fitted.volatility)?.estimator, watch.stop())
        }
        _ => {
            let watch = Watch::start();
            let fitted = held.fitted(what, fit::SEASONAL_HAR)?;
            (named(fitted.direction)?.estimator, watch.stop())
        }
    };
    if !what.ends_with("boosting") {
        (took.wall, took.cpu) = (took.wall - before.wall, took.cpu - before.cpu);
    }
    let line = match what {
        "residual_boosting" => Some(fit::extended_har(&held.data, labels, train.clone(), &held.config)?.0),
        _ => None,
    };
    let volatility = what == "ridge" || line.is_some();
    let loss = |place: usize| {
        let said = held.value(&estimator, place) + line.as_ref().map_or(0.0, |line| held.value(line, place));
        if volatility { (labels.log_variance[place] - said).powi(2) } else { log_loss(sigmoid(said), labels.up(place)) }
    };
    let loss = held.test.clone().map(loss).sum::<f64>() / held.test.len() as f64;
    drop(baselines);
    std::fs::write(folder.join(format!("{what}.json")), serde_json::to_string(&estimator)?)?;
    Ok(json!({"took": took, "loss": loss, "baselines": before}))
}

/// Asks each fitted candidate, and an artifact of the dearest ones at all four horizons, of rows one by one.
pub fn score(folder: &Path) -> Result<Value, Failed> {
    let held = Held::read(folder)?;
    let places: Vec<usize> = held.test.clone().take(ASKED).collect();
    let mut said = serde_json::Map::new();
    let mut estimators = Vec::new();
    for what in ["boosting", "residual_boosting", "ridge", "logistic", "forest"] {
        let estimator: Estimator =
            serde_json::from_str(&std::fs::read_to_string(folder.join(format!("{what}.json")))?)?;
        said.insert(what.to_owned(), timed(&places, |place| held.value(&estimator, place)));
        estimators.push(estimator);
    }
    let [boosting, residual, ridge, logistic, forest] =
        <[Estimator; 5]>::try_from(estimators).map_err(|_| "five candidates")?;
    let baselines = held.fitted(fit::BASE_RATE, fit::SEASONAL_HAR)?;
    let two = || Estimator::Sum { parts: vec![ridge.clone(), residual.clone()] };
    let model = |horizon| HorizonModel {
        horizon,
        direction_name: "mean".into(),
        direction: Estimator::Mean { parts: vec![logistic.clone(), boosting.clone(), forest.clone()] },
        volatility_name: "mean".into(),
        // As many trees as the mean of the two boosted lines and the plain one has.
        volatility: Estimator::Mean { parts: vec![ridge.clone(), two(), two()] },
        base_rate: baselines.base_rate,
        ewma: baselines.ewma.clone(),
        har: baselines.har.clone(),
        seasonal_har: baselines.volatility[0].estimator.clone(),
        garch: None,
        levels: [1.0; 4],
        level_outcomes: 500,
        residual_quantiles: Vec::new(),
        return_quantiles: Vec::new(),
    };
    let rows = &held.data.rows;
    let artifact = Artifact {
        format: 1,
        feature_set: rows.feature_set().to_owned(),
        names: rows.names().to_vec(),
        trained_at: Timestamp::parse(AT)?,
        horizons: Horizon::ALL.into_iter().map(model).collect(),
        kept: Vec::new(),
        canaries: Vec::new(),
    };
    let set = wick_feature_builder::engine::Engine::feature_set();
    let vector = |place: usize| {
        let row = held.labels().row[place];
        let as_of = rows.as_of()[row];
        FeatureVector {
            as_of,
            feature_set: set.id.clone(),
            price: 1.0,
            warm: true,
            minutes: 15,
            origin: Origin::Replay,
            ingest_time: as_of,
            names: set.names(),
            values: rows.row(row).iter().copied().map(Some).collect(),
        }
    };
    let vectors: Vec<FeatureVector> = places.iter().map(|place| vector(*place)).collect();
    let numbers: Vec<usize> = (0..vectors.len()).collect();
    let whole = timed(&numbers, |number| {
        score_vector(&artifact, &vectors[number]).map_or(f64::NAN, |scores| scores.iter().map(|one| one.p_up).sum())
    });
    said.insert("artifact".to_owned(), whole);
    Ok(said.into())
}

/// Microseconds of each question: the median, the 99th percentile, and the mean of all of them in one go.
fn timed(places: &[usize], ask: impl Fn(usize) -> f64) -> Value {
    let mut sum = places.iter().map(|place| ask(*place)).sum::<f64>();
    let one = |place: &usize| {
        let began = Instant::now();
        sum += std::hint::black_box(ask(*place));
        began.elapsed().as_secs_f64() * 1e6
    };
    let mut took: Vec<f64> = places.iter().map(one).collect();
    took.sort_by(f64::total_cmp);
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize];
    let watch = Instant::now();
    sum += std::hint::black_box(places.iter().map(|place| ask(*place)).sum::<f64>());
    let batch = watch.elapsed().as_secs_f64() * 1e6 / places.len() as f64;
    json!({"p50": at(0.5), "p99": at(0.99), "batch": batch, "sum": sum})
}
