//! From a feature vector to a forecast: score, correct level and slope, widen to intervals.

use wick_schemas::model::{self, Artifact, HorizonModel, RawScore};
use wick_schemas::prediction::BaselineForecast;
use wick_schemas::{Error, FeatureVector, Forecast, Level, Prediction, Result};

use crate::corrections::Corrections;
use crate::outcome::Called;
use crate::pending::Awaited;
use crate::tracker::Issued;

/// How near to 0 or 1 a probability may come: where the log-loss of [`wick_schemas::score`] stops counting too.
const SUREST: f64 = 1e-6;

/// A prediction and what must be remembered of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored {
    /// What is published.
    pub prediction: Prediction,
    /// One for each horizon, for [`crate::pending::Pending`].
    pub awaited: Vec<Awaited>,
}

/// Forecasts every horizon with a model, known by its hash and serving at `level`.
///
/// The corrections are moved on to the vector's day. The expected return is zero: that is the forecast of the mean
/// which nothing measured here beats. That the sign can be called a little better than by chance does not make the
/// mean forecastable, and a number derived from `p_up` would pretend it.
///
/// # Errors
/// Where the vector belongs to another feature set or misses a value, or the model's variance is not a number that
/// can be.
pub fn forecast(
    artifact: &Artifact,
    hash: &str,
    level: Level,
    vector: &FeatureVector,
    corrections: &mut Corrections,
) -> Result<Scored> {
    let scores = model::score(artifact, vector)?;
    corrections.begin_day(vector.as_of, hash);
    let mut forecasts = Vec::with_capacity(scores.len());
    let mut awaited = Vec::with_capacity(scores.len());
    for (model, score) in artifact.horizons.iter().zip(&scores) {
        let called = Called { p_up: probability(score.p_up)?, base_rate: probability(model.base_rate)? };
        let (forecast, issued) = one(model, score, called, vector.price, corrections)?;
        awaited.push(Awaited {
            horizon: model.horizon,
            model: hash.to_owned(),
            origin: vector.as_of,
            variance: forecast.variance,
            raw: raw(score),
            garch: score.garch,
            called: Some(called),
            issued: Some(issued),
        });
        forecasts.push(forecast);
    }
    let prediction = Prediction {
        as_of: vector.as_of,
        price: vector.price,
        origin: vector.origin,
        ingest_time: vector.ingest_time,
        level,
        model: hash.to_owned(),
        feature_set: vector.feature_set.clone(),
        forecasts,
        gaps: Vec::new(),
    };
    Ok(Scored { prediction, awaited })
}

/// The forecast for one horizon, and the quantiles of the standardised return that it was made with.
fn one(
    model: &HorizonModel,
    score: &RawScore,
    called: Called,
    price: f64,
    Corrections { levels, slopes, intervals }: &Corrections,
) -> Result<(Forecast, Issued)> {
    let raw = raw(score);
    let garch_level = levels.garch_level(model);
    let levels = levels.levels(model);
    let bars = model.horizon.bars() as f64;
    let mut variances = [0.0; 4];
    for (variance, (raw, level)) in variances.iter_mut().zip(raw.into_iter().zip(levels)) {
        *variance = raw.exp() * level * bars;
        if !(variance.is_finite() && *variance > 0.0) {
            return Err(Error::impossible("variance", *variance, "the model's forecast is not a positive number"));
        }
    }
    let garch_variance = score.garch.zip(garch_level).map(|(raw, level)| raw.exp() * level * bars);
    if let Some(variance) = garch_variance.filter(|variance| !(variance.is_finite() && *variance > 0.0)) {
        return Err(Error::impossible("variance", variance, "the model's GARCH is not a positive number"));
    }
    let [variance, ewma_variance, har_variance, seasonal_har_variance] = variances;
    let p_up = probability(slopes.calibrated(model.horizon, called.p_up, called.base_rate))?;
    let issued = intervals.issue(model, variance, p_up);
    let return_quantiles: Vec<f64> = issued.quantiles.iter().map(|quantile| quantile * variance.sqrt()).collect();
    let forecast = Forecast {
        horizon: model.horizon,
        p_up,
        expected_return: 0.0,
        variance,
        price_quantiles: prices(price, &return_quantiles),
        return_quantiles,
        raw_log_variance: score.log_variance,
        raw_p_up: Some(called.p_up),
        baseline: BaselineForecast {
            p_up: called.base_rate,
            ewma_variance,
            har_variance,
            seasonal_har_variance,
            garch_variance,
            return_quantiles: intervals.rolling_returns(model),
        },
    };
    Ok((forecast, issued))
}

/// Prices at log returns from a price.
pub(crate) fn prices(price: f64, returns: &[f64]) -> Vec<f64> {
    returns.iter().map(|log_return| price * log_return.exp()).collect()
}

/// A probability strictly between 0 and 1.
fn probability(p_up: f64) -> Result<f64> {
    if p_up.is_nan() {
        return Err(Error::impossible("p_up", p_up, "the model's probability is not a number"));
    }
    Ok(p_up.clamp(SUREST, 1.0 - SUREST))
}

/// The log forecasts in the order of [`crate::outcome::RAW_NAMES`].
fn raw(score: &RawScore) -> [f64; 4] {
    [score.log_variance, score.ewma, score.har, score.seasonal_har]
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::outcome::Outcome;
    use wick_schemas::model::{Estimator, Garch, Input};
    use wick_schemas::time::BAR;
    use wick_schemas::{Horizon, Origin, Timestamp};

    fn line(column: u32, intercept: f64) -> Estimator {
        let input = Input { column, center: 0.0, scale: 1.0, clip: 100.0, weight: 1.0 };
        Estimator::Linear { inputs: vec![input], intercept, season: vec![] }
    }

    /// Column 0 is the log-odds of a rise, column 1 the log variance per bar of everything, but for a shift.
    pub(crate) fn artifact() -> Artifact {
        let horizon = |horizon| HorizonModel {
            horizon,
            direction_name: "ridge".into(),
            direction: line(0, 0.0),
            volatility_name: "ridge".into(),
            volatility: line(1, 0.0),
            base_rate: 0.51,
            ewma: line(1, 0.1),
            har: line(1, 0.2),
            seasonal_har: line(1, 0.3),
            garch: Some(Garch { estimator: line(1, 0.4), level: 1.5 }),
            levels: [1.1, 1.2, 1.3, 1.4],
            level_outcomes: 800,
            residual_quantiles: vec![-2.0, -1.3, -0.7, 0.0, 0.7, 1.3, 2.0],
            return_quantiles: vec![-0.02, -0.01, -0.005, 0.0, 0.005, 0.01, 0.02],
        };
        let artifact = Artifact {
            format: 1,
            feature_set: "set".into(),
            names: vec!["odds".into(), "log_variance".into()],
            trained_at: Timestamp(0),
            horizons: Horizon::ALL.map(horizon).to_vec(),
            kept: Vec::new(),
            canaries: vec![],
        };
        artifact.prove().expect("sound");
        artifact
    }

    pub(crate) fn vector(values: [Option<f64>; 2]) -> FeatureVector {
        FeatureVector {
            as_of: Timestamp(1_000 * BAR),
            feature_set: "set".into(),
            price: 50_000.0,
            warm: values.iter().all(Option::is_some),
            minutes: 15,
            origin: Origin::Live,
            ingest_time: Timestamp(1_000 * BAR + 5),
            names: vec!["odds".into(), "log_variance".into()],
            values: values.to_vec(),
        }
    }

    fn forecast_of(values: [Option<f64>; 2]) -> Result<Scored> {
        forecast(&artifact(), "hash", Level::Champion, &vector(values), &mut Corrections::default())
    }

    #[test]
    fn a_score_becomes_a_calibrated_forecast() {
        let Scored { prediction, awaited } = forecast_of([Some(0.2), Some(-12.0)]).expect("scores");
        assert_eq!((prediction.level, prediction.model.as_str()), (Level::Champion, "hash"));
        for (forecast, awaited) in prediction.forecasts.iter().zip(&awaited) {
            let per_bar = (-12.0_f64).exp() * forecast.horizon.bars() as f64;
            let near =
                |found: f64, expected: f64| assert!((found / expected - 1.0).abs() < 1e-12, "{found} {expected}");
            near(forecast.variance, per_bar * 1.1);
            near(forecast.baseline.ewma_variance, per_bar * 0.1_f64.exp() * 1.2);
            near(forecast.baseline.har_variance, per_bar * 0.2_f64.exp() * 1.3);
            near(forecast.baseline.seasonal_har_variance, per_bar * 0.3_f64.exp() * 1.4);
            near(forecast.baseline.garch_variance.expect("one"), per_bar * 0.4_f64.exp() * 1.5);
            near(forecast.p_up, 1.0 / (1.0 + (-0.2_f64).exp()));
            near(forecast.return_quantiles[6], 2.0 * forecast.volatility());
            near(forecast.price_quantiles[0], 50_000.0 * (-2.0 * forecast.volatility()).exp());
            assert_eq!((forecast.expected_return, forecast.raw_log_variance), (0.0, -12.0));
            assert_eq!((forecast.baseline.p_up, forecast.baseline.return_quantiles[5]), (0.51, 0.01));
            assert_eq!((awaited.horizon, awaited.origin), (forecast.horizon, prediction.as_of));
            assert_eq!((awaited.variance, awaited.raw), (forecast.variance, [-12.0, -11.9, -11.8, -11.7]));
            assert_eq!(
                (awaited.garch, awaited.called),
                (Some(-11.6), Some(Called { p_up: forecast.p_up, base_rate: 0.51 }))
            );
        }
        assert_eq!(prediction.forecasts.len(), 4);
    }

    #[test]
    fn an_artifact_that_does_not_say_on_what_its_levels_rest_is_read() {
        let json = artifact().to_json().expect("JSON");
        let older = json.replace("\"level_outcomes\":800,", "");
        assert_eq!(json.len() - older.len(), 4 * 21);
        let read = Artifact::from_json(&older, &Artifact::hash_of(&older)).expect("reads");
        assert!(read.horizons.iter().all(|model| model.level_outcomes == 500));
    }

    #[test]
    fn who_was_wrong_for_long_is_taken_at_no_more_than_the_base_rate_and_what_he_said_is_kept() {
        let mut corrections = Corrections::default();
        for bar in 1..900 {
            corrections.learn(&Outcome {
                horizon: Horizon::M15,
                model: "hash".into(),
                origin: Timestamp((bar - 1) * BAR),
                matured: Timestamp(bar * BAR),
                log_return: -0.01,
                realised_variance: 1.0,
                variance: 1.0,
                raw: [0.0; 4],
                garch: None,
                called: Some(Called { p_up: 0.6, base_rate: 0.51 }),
            });
        }
        let vector = vector([Some(0.2), Some(-12.0)]);
        let scored = forecast(&artifact(), "hash", Level::Champion, &vector, &mut corrections).expect("scores");
        let said = model::sigmoid(0.2);
        let [first, second] = &scored.prediction.forecasts[..2] else { panic!("four horizons") };
        assert!((first.p_up - 0.51).abs() < 1e-12, "{}", first.p_up);
        assert_eq!((first.raw_p_up, second.raw_p_up, second.p_up), (Some(said), Some(said), said));
        // What is learnt next is what the model said, not what was published of it.
        assert_eq!(scored.awaited[0].called, Some(Called { p_up: said, base_rate: 0.51 }));
    }

    #[test]
    fn certainty_is_not_claimed() {
        let sure = forecast_of([Some(90.0), Some(-12.0)]).expect("scores").prediction;
        assert!(sure.forecasts.iter().all(|forecast| forecast.p_up < 1.0));
    }

    #[test]
    fn what_cannot_be_scored_is_refused() {
        assert!(forecast_of([None, Some(-12.0)]).is_err());
        let other = FeatureVector { feature_set: "other".into(), ..vector([Some(0.0), Some(-12.0)]) };
        let error = forecast(&artifact(), "hash", Level::Champion, &other, &mut Corrections::default());
        assert!(matches!(error, Err(Error::FeatureSetMismatch { .. })));
    }

    #[test]
    fn a_variance_that_cannot_be_is_refused() {
        let mut broken = artifact();
        broken.horizons[2].volatility = Estimator::Constant { value: 1e4 };
        let vector = vector([Some(0.0), Some(-12.0)]);
        let error = forecast(&broken, "hash", Level::Champion, &vector, &mut Corrections::default());
        assert!(error.expect_err("infinite").to_string().contains("variance"));
    }
}
