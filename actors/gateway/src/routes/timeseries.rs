//! KServe's schema for time series: a forecast of the house, or the plainest one of a series that the caller gives.

use actix_web::{HttpRequest, post, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wick_schemas::prediction::TAUS;
use wick_schemas::time::{DAY, HOUR, MINUTE};
use wick_schemas::{Forecast, Timestamp};

use super::Gate;
use crate::problem::{Details, Problem};
use crate::query::Query;
use crate::view::View;

/// Series of a request, at most.
const SERIES: usize = 16;
/// Values of a series, at most.
const VALUES: usize = 10_000;
/// Steps ahead, at most.
const STEPS: usize = 1_000;
/// Values that a volatility is smoothed over at least.
const ENOUGH: usize = 8;
/// What a step weighs in the smoothed variance: as in the EWMA of the baselines.
const ALPHA: f64 = 0.06;

/// A request for forecasts of series.
#[derive(Debug, Deserialize, ToSchema)]
pub struct SeriesRequest {
    /// What the caller calls the model; it is given back.
    #[serde(default)]
    pub model: Option<String>,
    /// The series.
    pub inputs: Vec<Series>,
    /// What is wanted.
    pub options: Options,
}

/// A series of prices.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Series {
    /// What it is called. The house's own pair (as in BTC-USD) without values asks for the forecasts of the house.
    pub name: String,
    /// Its values, oldest first, all above zero; empty for the house's own pair.
    #[serde(default)]
    pub series: Vec<f64>,
    /// The time between two values: a number and s, min, h or d, as in 15min.
    pub frequency: String,
    /// When the first value was, in RFC 3339.
    #[serde(default)]
    pub start_timestamp: Option<String>,
}

/// What is wanted.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Options {
    /// Steps ahead, each as long as the time between two values.
    #[schema(minimum = 1, maximum = 1000)]
    pub horizon: usize,
    /// Probabilities of the quantiles, each above 0 and below 1.
    #[serde(default)]
    pub quantiles: Vec<f64>,
}

/// Forecasts of series.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeriesResponse {
    /// What the caller called the model, or the hash of the one that was asked.
    pub model: String,
    /// One for each series.
    pub outputs: Vec<Output>,
}

/// A forecast of a series.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// What it is: `time_series_forecast`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// `COMPLETED`, or `ERROR` with why.
    pub status: &'static str,
    /// The forecast; nothing where there is an error.
    pub content: Vec<Content>,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// What comes of a series.
#[derive(Debug, Serialize, ToSchema)]
pub struct Content {
    /// The series' name.
    pub name: String,
    /// What made it: `champion` and the like for the house's own, `baseline` for a series of the caller's.
    pub level: &'static str,
    /// When the first step ends.
    pub start_timestamp: Option<String>,
    /// The expected value at each step: the last one, for nothing better is known of a price's mean.
    pub mean_forecast: Vec<f64>,
    /// The quantiles at each step, by their probability.
    pub quantiles: std::collections::BTreeMap<String, Vec<f64>>,
}

/// Forecasts of the house's own pair, or of series of the caller's.
///
/// For the house's own pair (its name and no values) the forecasts that are served, between their horizons by variance; up to 24
/// hours. For any other series the plainest: the last value, and a random walk with smoothed volatility about it.
#[utoipa::path(
    tag = "inference",
    request_body = SeriesRequest,
    responses(
        (status = 200, body = SeriesResponse),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 413, body = Details, content_type = "application/problem+json"),
    )
)]
#[post("/v1/timeseries/forecast")]
pub async fn forecast_series(
    request: HttpRequest,
    gate: web::Data<Gate>,
    body: web::Bytes,
) -> Result<web::Json<SeriesResponse>, Problem> {
    Query::read(request.query_string(), &[])?;
    let asked: SeriesRequest = serde_json::from_slice(&body).map_err(Problem::body)?;
    let Options { horizon, quantiles } = &asked.options;
    if !(1..=STEPS).contains(horizon) {
        return Err(Problem::body(format!("options.horizon: {horizon} is not between 1 and {STEPS}")));
    }
    if quantiles.len() > 100 || !quantiles.iter().all(|tau| *tau > 0.0 && *tau < 1.0) {
        return Err(Problem::body("options.quantiles: up to 100, each above 0 and below 1"));
    }
    if asked.inputs.is_empty() || asked.inputs.len() > SERIES {
        return Err(Problem::body(format!("inputs: between 1 and {SERIES} series")));
    }
    let view = gate.seen().view;
    let own = gate.house.instrument().as_str();
    let market = view.market(gate.house.clock.now());
    let outputs = asked.inputs.iter().map(|series| {
        let content = if series.name == own && series.series.is_empty() {
            of_the_house(&view, series, &asked.options, market)
        } else {
            walk(series, &asked.options)
        };
        let (status, content, error) = match content {
            Ok(content) => ("COMPLETED", vec![content], None),
            Err(why) => ("ERROR", Vec::new(), Some(why)),
        };
        Output { kind: "time_series_forecast", status, content, error }
    });
    let outputs = outputs.collect();
    let hash = view.latest(None).next().map(|made| made.model.clone()).unwrap_or_default();
    Ok(web::Json(SeriesResponse { model: asked.model.unwrap_or(hash), outputs }))
}

/// The forecasts that are served, at each step: variance and quantiles, in standard deviations, lie on lines between horizons.
fn of_the_house(view: &View, series: &Series, options: &Options, market: Timestamp) -> Result<Content, String> {
    let step = millis(&series.frequency)?;
    let known: Vec<_> = view.latest(None).collect();
    let Some(first) = known.first() else { return Err("no forecast was made yet".into()) };
    let last = known.last().map_or(0, |made| made.forecast.horizon.millis());
    if step.saturating_mul(options.horizon as i64) > last {
        return Err(format!("{} steps of {} reach beyond 24 hours", options.horizon, series.frequency));
    }
    let forecasts: Vec<&Forecast> = known.iter().map(|made| &made.forecast).collect();
    let level = known.iter().map(|made| made.level_at(market)).max().unwrap_or(first.level);
    let spread = |step_end: i64, tau: f64| {
        let (variance, standard) = between(&forecasts, step_end, tau);
        first.price * (standard * variance.sqrt()).exp()
    };
    let ends = |place: usize| step * (place as i64 + 1);
    Ok(Content {
        name: series.name.clone(),
        level: level.as_str(),
        start_timestamp: Some(first.as_of.shift(step).to_string()),
        mean_forecast: vec![first.price; options.horizon],
        quantiles: options
            .quantiles
            .iter()
            .map(|tau| (tau.to_string(), (0..options.horizon).map(|place| spread(ends(place), *tau)).collect()))
            .collect(),
    })
}

/// Variance over so many milliseconds, and a quantile in standard deviations.
fn between(forecasts: &[&Forecast], millis: i64, tau: f64) -> (f64, f64) {
    let at = |forecast: &Forecast| (forecast.horizon.millis() as f64, forecast.variance, standard(forecast, tau));
    let points: Vec<_> = std::iter::once((0.0, 0.0, forecasts.first().map_or(0.0, |near| standard(near, tau))))
        .chain(forecasts.iter().map(|forecast| at(forecast)))
        .collect();
    let x = millis as f64;
    let upper = points.iter().position(|point| point.0 >= x).unwrap_or(points.len() - 1).max(1);
    let ((x0, v0, q0), (x1, v1, q1)) = (points[upper - 1], points[upper]);
    let share = ((x - x0) / (x1 - x0)).clamp(0.0, 1.0);
    (v0 + share * (v1 - v0), q0 + share * (q1 - q0))
}

/// A quantile of a forecast in standard deviations; beyond the outermost as wide as a normal distribution makes it.
fn standard(forecast: &Forecast, tau: f64) -> f64 {
    let quantiles: Vec<f64> =
        forecast.return_quantiles.iter().map(|quantile| quantile / forecast.variance.sqrt()).collect();
    let (first, last) = (0, TAUS.len() - 1);
    if tau <= TAUS[first] {
        return quantiles[first] * normal(tau) / normal(TAUS[first]);
    }
    if tau >= TAUS[last] {
        return quantiles[last] * normal(tau) / normal(TAUS[last]);
    }
    let upper = TAUS.iter().position(|known| *known >= tau).unwrap_or(last).max(1);
    // On the scale of a normal distribution, on which its quantiles lie on a line.
    let (z0, z1) = (normal(TAUS[upper - 1]), normal(TAUS[upper]));
    let share = (normal(tau) - z0) / (z1 - z0);
    quantiles[upper - 1] + share * (quantiles[upper] - quantiles[upper - 1])
}

fn normal(tau: f64) -> f64 {
    statrs::distribution::ContinuousCDF::inverse_cdf(&statrs::distribution::Normal::standard(), tau)
}

/// The last value, and a random walk with smoothed volatility about it.
fn walk(series: &Series, options: &Options) -> Result<Content, String> {
    let step = millis(&series.frequency)?;
    let values = &series.series;
    if values.len() < ENOUGH || values.len() > VALUES {
        return Err(format!("between {ENOUGH} and {VALUES} values are needed, and there are {}", values.len()));
    }
    if !values.iter().all(|value| value.is_finite() && *value > 0.0) {
        return Err("a value is not above zero".into());
    }
    let start = match &series.start_timestamp {
        None => None,
        Some(text) => Some(Timestamp::parse(text).map_err(|error| format!("start_timestamp: {error}"))?),
    };
    let squares = values.windows(2).map(|pair| (pair[1] / pair[0]).ln().powi(2));
    let first: f64 = squares.clone().take(ENOUGH - 1).sum::<f64>() / (ENOUGH - 1) as f64;
    let variance = squares.skip(ENOUGH - 1).fold(first, |variance, square| variance + ALPHA * (square - variance));
    let last = values[values.len() - 1];
    let quantile = |tau: f64, steps: usize| last * (normal(tau) * (variance * steps as f64).sqrt()).exp();
    let length = i64::try_from(values.len()).unwrap_or(i64::MAX);
    Ok(Content {
        name: series.name.clone(),
        level: "baseline",
        start_timestamp: start.map(|start| start.shift(step.saturating_mul(length)).to_string()),
        mean_forecast: vec![last; options.horizon],
        quantiles: options
            .quantiles
            .iter()
            .map(|tau| (tau.to_string(), (1..=options.horizon).map(|steps| quantile(*tau, steps)).collect()))
            .collect(),
    })
}

/// Reads a time between two values: a number and a unit.
fn millis(text: &str) -> Result<i64, String> {
    let wrong = || format!("frequency: '{text}' is none like 15min, 1h or 1d");
    let at = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
    let (number, unit) = text.split_at(at);
    let number: i64 = if number.is_empty() { 1 } else { number.parse().map_err(|_| wrong())? };
    let unit = match unit.to_ascii_lowercase().as_str() {
        "s" => 1_000,
        "t" | "min" | "m" => MINUTE,
        "h" => HOUR,
        "d" => DAY,
        _ => return Err(wrong()),
    };
    number.checked_mul(unit).filter(|millis| (1_000..=366 * DAY).contains(millis)).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::samples::prediction;
    use wick_schemas::time::BAR;
    use wick_schemas::{Horizon, Level};

    #[test]
    fn frequencies_are_read() {
        let read = ["15min", "1h", "H", "30s", "1d"].map(|text| millis(text).expect(text));
        assert_eq!(read, [BAR, HOUR, HOUR, 30_000, DAY]);
        for wrong in ["", "15", "0h", "1y", "-1h", "99999999999999999999h", "400d"] {
            assert!(millis(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn at_the_horizons_the_house_says_what_it_serves_and_between_them_something_between() {
        let mut made = prediction(Timestamp(100 * BAR), Level::Champion);
        made.forecasts.iter_mut().for_each(|forecast| forecast.variance *= forecast.horizon.bars() as f64);
        let forecasts: Vec<&Forecast> = made.forecasts.iter().collect();
        for forecast in &forecasts {
            for (tau, quantile) in TAUS.into_iter().zip(&forecast.return_quantiles) {
                let (variance, standard) = between(&forecasts, forecast.horizon.millis(), tau);
                assert!(
                    (variance - forecast.variance).abs() < 1e-15
                        && (standard * variance.sqrt() - quantile).abs() < 1e-12
                );
            }
        }
        let (half, _) = between(&forecasts, Horizon::H1.millis() / 2, 0.5);
        assert!(half > forecasts[0].variance && half < forecasts[1].variance);
        // Wider at the ends, in order everywhere.
        let taus = [0.001, 0.025, 0.06, 0.5, 0.6, 0.975, 0.999];
        let values = taus.map(|tau| standard(forecasts[0], tau));
        assert!(
            values.windows(2).all(|pair| pair[0] <= pair[1]) && values[0] < values[1] && values[5] < values[6],
            "{values:?}"
        );
    }

    #[test]
    fn a_walk_stays_where_it_is_and_widens() {
        let series: Vec<f64> = (0..50).map(|i| 100.0 * (1.0 + 0.01 * f64::from(i % 2))).collect();
        let series = Series {
            name: "x".into(),
            series,
            frequency: "1h".into(),
            start_timestamp: Some("2024-01-01T00:00:00Z".into()),
        };
        let options = Options { horizon: 4, quantiles: vec![0.1, 0.5, 0.9] };
        let content = walk(&series, &options).expect("walks");
        assert_eq!(content.mean_forecast, vec![101.0; 4]);
        let (low, high) = (&content.quantiles["0.1"], &content.quantiles["0.9"]);
        assert!(low.windows(2).all(|pair| pair[1] < pair[0]) && high.windows(2).all(|pair| pair[1] > pair[0]));
        assert!((content.quantiles["0.5"][3] - 101.0).abs() < 1e-9);
        assert_eq!(content.start_timestamp.as_deref(), Some("2024-01-03T02:00:00.000Z"));
        let short = Series { series: vec![1.0; 3], ..series };
        assert!(walk(&short, &options).expect_err("too short").contains("8"));
    }
}
