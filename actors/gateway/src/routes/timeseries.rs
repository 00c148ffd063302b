//! KServe's schema for time series: a forecast of the house, or the plainest one of a series that the caller gives.

use actix_web::{HttpRequest, post, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wick_schemas::prediction::TAUS;
use wick_schemas::time::{DAY, HOUR, MINUTE};
use wick_schemas::{Forecast, Timestamp};
use xxhash_rust::xxh3::xxh3_128_with_seed;

use super::Gate;
use super::body::whole;
use crate::problem::{Details, Problem};
use crate::query::Query;
use crate::view::View;

/// Series of a request, at most.
const SERIES: usize = 16;
/// Values of a series, at most.
const VALUES: usize = 10_000;
/// Steps ahead, at most.
const STEPS: usize = 1_000;
/// Numbers of an answer, at most.
const NUMBERS: usize = 100_000;
/// The schema's words for how it went, and for a series of single values.
const COMPLETED: &str = "completed";
const ERROR: &str = "error";
const UNIVARIATE: &str = "univariate_time_series";
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
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub struct Series {
    /// What it is called. The house's own pair (as in BTC-USD) without values asks for the forecasts of the house.
    pub name: String,
    /// Its values, oldest first, all above zero; empty for the house's own pair.
    #[serde(default)]
    pub series: Vec<f64>,
    /// The time between two values, in the schema's words: second, minute, hour, day or week, or S, T, H, D, W. Or a number and
    /// s, min, h or d, as in 15min.
    pub frequency: String,
    /// When the first value was, in RFC 3339. Where nothing is said the last one is of now.
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
    pub quantiles: Option<Vec<f64>>,
}

impl Options {
    fn taus(&self) -> &[f64] {
        self.quantiles.as_deref().unwrap_or_default()
    }
}

/// Forecasts of series.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeriesResponse {
    /// The answer's own name: the same question at the same moment has the same.
    pub id: String,
    /// When it was made, in seconds since 1970.
    pub created_at: i64,
    /// `completed`, `error` where no series has a forecast, `partial` where some have none.
    pub status: &'static str,
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
    /// The answer's name and the series' place in it.
    pub id: String,
    /// `completed`, or `error` with why.
    pub status: &'static str,
    /// The forecast; nothing where there is an error.
    pub content: Vec<Content>,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<SeriesError>,
}

/// What went wrong with a series.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeriesError {
    /// What kind of thing: `invalid_series`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// What, and what to do.
    pub message: String,
}

/// What comes of a series.
#[derive(Debug, Serialize, ToSchema)]
pub struct Content {
    /// What the series is: `univariate_time_series`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The series' name.
    pub name: String,
    /// What made it: `champion` and the like for the house's own, `baseline` for a series of the caller's.
    pub level: &'static str,
    /// The time between two values, as it was asked with.
    pub frequency: String,
    /// When the first step ends.
    pub start_timestamp: String,
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
    body: web::Payload,
) -> Result<web::Json<SeriesResponse>, Problem> {
    Query::read(request.query_string(), &[])?;
    let body = whole(&request, body).await?;
    let asked: SeriesRequest = serde_json::from_slice(&body).map_err(Problem::body)?;
    let (horizon, taus) = (asked.options.horizon, asked.options.taus());
    if !(1..=STEPS).contains(&horizon) {
        return Err(Problem::body(format!("options.horizon: {horizon} is not between 1 and {STEPS}")));
    }
    if taus.len() > 100 || !taus.iter().all(|tau| *tau > 0.0 && *tau < 1.0) {
        return Err(Problem::body("options.quantiles: up to 100, each above 0 and below 1"));
    }
    if asked.inputs.is_empty() || asked.inputs.len() > SERIES {
        return Err(Problem::body(format!("inputs: between 1 and {SERIES} series")));
    }
    let numbers = asked.inputs.len() * horizon * (taus.len() + 1);
    if numbers > NUMBERS {
        let why = format!("{numbers} numbers would be answered, and {NUMBERS} are the most: ask for fewer at once");
        return Err(Problem::body(why));
    }
    let (view, now) = (gate.seen().view, gate.house.clock.now());
    let own = gate.house.instrument().as_str();
    let market = view.market(now);
    let id = format!("{:032x}", xxh3_128_with_seed(&body, now.millis().unsigned_abs()));
    let output = |(place, series): (usize, &Series)| {
        let content = if series.name == own && series.series.is_empty() {
            of_the_house(&view, series, &asked.options, market)
        } else {
            walk(series, &asked.options, now)
        };
        let (status, content, error) = match content {
            Ok(content) => (COMPLETED, vec![content], None),
            Err(message) => (ERROR, Vec::new(), Some(SeriesError { kind: "invalid_series", message })),
        };
        Output { kind: "time_series_forecast", id: format!("{id}-{place}"), status, content, error }
    };
    let outputs: Vec<Output> = asked.inputs.iter().enumerate().map(output).collect();
    let status = match outputs.iter().filter(|output| output.status == COMPLETED).count() {
        0 => ERROR,
        some if some < outputs.len() => "partial",
        _ => COMPLETED,
    };
    let hash = view.latest(None).next().map(|made| made.model.clone()).unwrap_or_default();
    let (created_at, model) = (now.millis() / 1000, asked.model.unwrap_or(hash));
    Ok(web::Json(SeriesResponse { id, created_at, status, model, outputs }))
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
        kind: UNIVARIATE,
        name: series.name.clone(),
        level: level.as_str(),
        frequency: series.frequency.clone(),
        start_timestamp: first.as_of.shift(step).to_string(),
        mean_forecast: vec![first.price; options.horizon],
        quantiles: options
            .taus()
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
fn walk(series: &Series, options: &Options, now: Timestamp) -> Result<Content, String> {
    let step = millis(&series.frequency)?;
    let values = &series.series;
    if values.len() < ENOUGH || values.len() > VALUES {
        return Err(format!("between {ENOUGH} and {VALUES} values are needed, and there are {}", values.len()));
    }
    if !values.iter().all(|value| value.is_finite() && *value > 0.0) {
        return Err("a value is not above zero".into());
    }
    let length = i64::try_from(values.len()).unwrap_or(i64::MAX);
    let begins = match &series.start_timestamp {
        None => now.shift(step),
        Some(text) => {
            let start = Timestamp::parse(text).map_err(|error| format!("start_timestamp: {error}"))?;
            start.shift(step.saturating_mul(length))
        }
    };
    let squares = values.windows(2).map(|pair| (pair[1] / pair[0]).ln().powi(2));
    let first: f64 = squares.clone().take(ENOUGH - 1).sum::<f64>() / (ENOUGH - 1) as f64;
    let variance = squares.skip(ENOUGH - 1).fold(first, |variance, square| variance + ALPHA * (square - variance));
    let last = values[values.len() - 1];
    let quantile = |tau: f64, steps: usize| last * (normal(tau) * (variance * steps as f64).sqrt()).exp();
    Ok(Content {
        kind: UNIVARIATE,
        name: series.name.clone(),
        level: "baseline",
        frequency: series.frequency.clone(),
        start_timestamp: begins.to_string(),
        mean_forecast: vec![last; options.horizon],
        quantiles: options
            .taus()
            .iter()
            .map(|tau| (tau.to_string(), (1..=options.horizon).map(|steps| quantile(*tau, steps)).collect()))
            .collect(),
    })
}

/// Reads a time between two values: a word of the schema's, or a number and a unit. Months and what is longer are of no one
/// length.
fn millis(text: &str) -> Result<i64, String> {
    match text {
        "second" => return Ok(1_000),
        "minute" => return Ok(MINUTE),
        "hour" => return Ok(HOUR),
        "day" => return Ok(DAY),
        "W" | "week" => return Ok(7 * DAY),
        "M" | "month" | "Q" | "quarter" | "Y" | "year" => {
            return Err(format!("frequency: '{text}' is longer than what is forecast here: a week (W) is the longest"));
        }
        _ => {}
    }
    let wrong = || format!("frequency: '{text}' is none like 15min, 1h or 1d, nor a word like hour or H");
    let at = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
    let (number, unit) = text.split_at(at);
    let number: i64 = if number.is_empty() { 1 } else { number.parse().map_err(|_| wrong())? };
    let unit = match unit {
        "s" | "S" => 1_000,
        // A large M is a month's.
        "T" | "t" | "min" | "m" => MINUTE,
        "h" | "H" => HOUR,
        "d" | "D" => DAY,
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
        let read = ["15min", "15m", "1h", "H", "hour", "T", "30s", "1d", "W"].map(|text| millis(text).expect(text));
        assert_eq!(read, [BAR, BAR, HOUR, HOUR, HOUR, MINUTE, 30_000, DAY, 7 * DAY]);
        for wrong in ["", "15", "0h", "1y", "M", "3M", "month", "Y", "-1h", "99999999999999999999h", "400d"] {
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
        let options = Options { horizon: 4, quantiles: Some(vec![0.1, 0.5, 0.9]) };
        let now = Timestamp(0);
        let content = walk(&series, &options, now).expect("walks");
        assert_eq!(content.mean_forecast, vec![101.0; 4]);
        let (low, high) = (&content.quantiles["0.1"], &content.quantiles["0.9"]);
        assert!(low.windows(2).all(|pair| pair[1] < pair[0]) && high.windows(2).all(|pair| pair[1] > pair[0]));
        assert!((content.quantiles["0.5"][3] - 101.0).abs() < 1e-9);
        assert_eq!(content.start_timestamp, "2024-01-03T02:00:00.000Z");
        let of_now = walk(&Series { start_timestamp: None, ..series.clone() }, &options, now).expect("walks");
        assert_eq!(of_now.start_timestamp, "1970-01-01T01:00:00.000Z");
        let short = Series { series: vec![1.0; 3], ..series };
        assert!(walk(&short, &options, now).expect_err("too short").contains("8"));
    }
}
