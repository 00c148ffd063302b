//! Every feature beside what plain Python makes of its formula in docs/features.md, cell by cell: see tests/oracle.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use polars::prelude::{DataFrame, ParquetReader, SerReader};
use wick_feature_builder::engine::Engine;
use wick_fetcher::source::simulated::market::Market;
use wick_schemas::time::{BAR, DAY, HOUR, MINUTE};
use wick_schemas::{Candle, CandleValidated, FeatureVector, Origin, Timestamp, Venue};

/// How far a value may be from Python's, as a share of it or of the column's root mean square, whichever is more. Both add
/// the same numbers in another order, and values near zero are differences of greater ones.
const TOLERANCE: f64 = 1e-9;

/// All that an engine is told, each in the order of its time.
#[derive(Default)]
struct Told {
    candles: Vec<Candle>,
    articles: Vec<(Timestamp, f64)>,
    posts: Vec<(Timestamp, f64)>,
    /// First seen, of which day, and the number.
    mood: Vec<(Timestamp, Timestamp, f64)>,
    venues: Vec<Candle>,
}

impl Told {
    /// The vectors of an engine that is told each thing before the candle in whose minute it came.
    fn fold(&self) -> Vec<FeatureVector> {
        let (mut engine, mut vectors) = (Engine::new(), Vec::new());
        let [mut articles, mut posts] = [self.articles.iter().peekable(), self.posts.iter().peekable()];
        let (mut mood, mut venues) = (self.mood.iter().peekable(), self.venues.iter().peekable());
        for candle in &self.candles {
            let (now, context) = (candle.close_time(), engine.context_mut());
            while let Some((seen, score)) = articles.next_if(|(seen, _)| *seen <= now) {
                context.article(*seen, *score);
            }
            while let Some((seen, score)) = posts.next_if(|(seen, _)| *seen <= now) {
                context.post(*seen, *score);
            }
            while let Some((seen, day, value)) = mood.next_if(|(seen, _, _)| *seen <= now) {
                context.mood(*seen, *day, *value);
            }
            // Other venues are a minute ahead.
            while let Some(other) = venues.next_if(|other| other.open_time <= now) {
                context.venue(other);
            }
            let message = CandleValidated { candle: *candle, origin: Origin::Simulated, ingest_time: now };
            vectors.extend(engine.push(&message).into_iter().map(|closed| closed.vector));
        }
        vectors
    }

    fn write(&self, folder: &Path) {
        let table = |name: &str, head: &str, lines: &mut dyn Iterator<Item = String>| {
            let text = lines.fold(head.to_owned(), |text, line| text + "\n" + &line);
            std::fs::write(folder.join(name), text + "\n").expect("a table");
        };
        let candle = |one: &Candle| {
            let Candle { open_time, high, low, close, volume, .. } = one;
            format!("{:?},{},{high},{low},{close},{volume}", one.venue, open_time.millis())
        };
        let text = |(seen, score): &(Timestamp, f64)| format!("{},{score}", seen.millis());
        let head = "venue,open_time,high,low,close,volume";
        table("candles.csv", head, &mut self.candles.iter().map(candle));
        table("venues.csv", head, &mut self.venues.iter().map(candle));
        table("articles.csv", "first_seen,score", &mut self.articles.iter().map(text));
        table("posts.csv", "first_seen,score", &mut self.posts.iter().map(text));
        let reading =
            |(seen, day, value): &(Timestamp, Timestamp, f64)| format!("{},{},{value}", seen.millis(), day.millis());
        table("mood.csv", "first_seen,day,value", &mut self.mood.iter().map(reading));
    }
}

/// What Python makes of the tables in a folder: names, and a row for each close with its moment before the values.
fn asked(python: &str, folder: &Path) -> (Vec<String>, Vec<Vec<f64>>) {
    let script = Path::new("tests/oracle/features.py");
    let output = Command::new(python).arg("-B").arg(script).arg(folder).output().expect("python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let names = std::fs::read_to_string(folder.join("names.txt")).expect("names");
    let names: Vec<String> = names.lines().map(str::to_owned).collect();
    let bytes = std::fs::read(folder.join("values.f64")).expect("values");
    let numbers: Vec<f64> =
        bytes.chunks_exact(8).map(|eight| f64::from_le_bytes(eight.try_into().expect("eight"))).collect();
    let rows = numbers.chunks(names.len() + 1).map(<[f64]>::to_vec).collect();
    (names, rows)
}

/// Compares cell by cell, and tells the worst deviation of each feature.
fn compare(told: &Told) {
    let Ok(python) = std::env::var("WICK_PYTHON") else {
        eprintln!("skipped: WICK_PYTHON names no Python with numpy and pandas");
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    told.write(folder.path());
    let vectors = told.fold();
    let (names, rows) = asked(&python, folder.path());
    let known: Vec<&str> = Engine::feature_set().definitions.iter().map(|definition| definition.name).collect();
    let mut sorted = [known.clone(), names.iter().map(String::as_str).collect()];
    sorted.iter_mut().for_each(|names| names.sort_unstable());
    assert_eq!(sorted[0], sorted[1], "Python knows other features");
    let moments = vectors.iter().map(|vector| vector.as_of.millis() as f64);
    assert!(moments.eq(rows.iter().map(|row| row[0])), "Python closed other bars");
    let warm = vectors.iter().filter(|vector| vector.warm).count();
    assert!(warm + Engine::LOOKBACK > vectors.len(), "{warm} of {} are warm", vectors.len());

    let (mut report, mut wrong) = (String::new(), 0);
    for (place, name) in known.iter().enumerate() {
        let column = 1 + names.iter().position(|other| other == name).expect("known");
        let expected: Vec<f64> = rows.iter().map(|row| row[column]).collect();
        let there: Vec<f64> = expected.iter().copied().filter(|value| !value.is_nan()).collect();
        let size = (there.iter().map(|value| value * value).sum::<f64>() / there.len() as f64).sqrt();
        let away = |(vector, expected): (&FeatureVector, &f64)| match vector.values[place] {
            None if expected.is_nan() => 0.0,
            Some(found) if expected.is_finite() && found == *expected => 0.0,
            Some(found) if expected.is_finite() => (found - expected).abs() / size.max(expected.abs()),
            _ => f64::INFINITY,
        };
        let deviations: Vec<f64> = vectors.iter().zip(&expected).map(away).collect();
        let over = deviations.iter().filter(|deviation| **deviation > TOLERANCE).count();
        let worst = (0..deviations.len()).max_by(|a, b| deviations[*a].total_cmp(&deviations[*b])).expect("bars");
        let (found, other) = (vectors[worst].values[place], expected[worst]);
        let at = vectors[worst].as_of.rfc3339();
        let _ = writeln!(report, "{name} {:.1e} at {at} ({found:?}, Python {other}) {over}", deviations[worst]);
        wrong += over;
    }
    eprintln!("feature, worst deviation, where, values, how many beyond {TOLERANCE:e}\n{report}");
    assert_eq!(wrong, 0, "{wrong} of {} cells are not what Python says", vectors.len() * known.len());
}

/// A well-mixed share of one, of a number (the finaliser of MurmurHash3).
fn share(number: i64, of: u64) -> f64 {
    let mut x = (number as u64).wrapping_mul(31).wrapping_add(of).wrapping_add(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 33)).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    x = (x ^ (x >> 33)).wrapping_mul(0xC4CE_B9FE_1A85_EC53);
    (x >> 11) as f64 / (1_u64 << 53) as f64
}

/// Forty days that begin inside a bar, with minutes that are missing, hours without a candle, hours without a trade or a
/// move, other venues with holes of their own, texts by the thousand, and readings that come late, twice or never.
fn simulated() -> Told {
    let start = Timestamp::parse("2024-01-03").expect("a date");
    let mut market = Market::new(11, start);
    let mut told = Told::default();
    let mut resting: Option<Candle> = None;
    for minute in 0..40 * 1440 {
        let mut candle = Candle::new(market.minute().candle).expect("a candle");
        let at = candle.open_time;
        for (number, venue) in [Venue::Kraken, Venue::Coinbase].into_iter().enumerate() {
            if share(minute / 40, 10 + number as u64) < 0.8 && share(minute, number as u64) < 0.7 {
                let close = candle.close * (1.0 + 1e-3 * (share(minute, 2 + number as u64) - 0.4));
                told.venues.push(Candle { venue, close, ..candle });
            }
        }
        for (texts, often, of) in [(&mut told.articles, 0.02, 20), (&mut told.posts, 0.3, 30)] {
            if share(minute / 3000, of) < 0.7 && share(minute, of + 1) < often {
                let seen = at.shift((60_000.0 * share(minute, of + 2)).floor() as i64);
                texts.push((seen, 2.0 * share(minute, of + 3) - 1.0));
            }
        }
        let outage = (17_000..17_423).contains(&minute) || (30_005..30_033).contains(&minute);
        if minute < 7 || outage || share(minute, 40) < 0.01 {
            continue;
        }
        // Nine hours in which the price stands, the second half of them without trades.
        if (40_000..40_540).contains(&minute) {
            let still = *resting.get_or_insert(candle);
            let volume = if minute < 40_270 { candle.volume } else { 0.0 };
            let price = still.close;
            candle = Candle { open: price, high: price, low: price, close: price, volume, ..candle };
        }
        told.candles.push(candle);
    }
    for day in 3..40 {
        let of = start.shift(day * DAY);
        if [12, 13, 20].contains(&day) {
            continue;
        }
        let times = if day % 5 == 0 { 4 } else { 1 };
        for time in 0..times {
            let seen = of.shift(HOUR + time * 5 * HOUR + if day == 25 { 2 * DAY } else { 0 });
            told.mood.push((seen, of, (100.0 * share(10 * day + time, 50)).floor()));
        }
    }
    told.mood.sort_by_key(|(seen, day, _)| (*seen, *day));
    told
}

#[test]
fn a_simulated_market_with_gaps_is_what_python_says() {
    compare(&simulated());
}

fn data() -> Option<PathBuf> {
    let data = std::env::var_os("WICK_DATA").map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from);
    let found = data.join("candles").is_dir();
    if !found {
        eprintln!("skipped: neither WICK_DATA nor {} holds candles", data.display());
    }
    found.then_some(data)
}

fn frame(file: PathBuf) -> DataFrame {
    ParquetReader::new(std::fs::File::open(file).expect("a file")).finish().expect("Parquet")
}

fn candles(frame: &DataFrame, venue: Venue) -> Vec<Candle> {
    let times: Vec<i64> = frame.column("ts_utc").expect("times").i64().expect("times").into_no_null_iter().collect();
    let column =
        |name: &str| -> Vec<f64> { frame.column(name).expect(name).f64().expect(name).into_no_null_iter().collect() };
    let columns = ["open", "high", "low", "close", "volume"].map(column);
    let candle = |(place, time): (usize, i64)| {
        let [open, high, low, close, volume] = columns.each_ref().map(|column| column[place]);
        Candle { venue, open_time: Timestamp(time), open, high, low, close, volume }
    };
    times.into_iter().enumerate().map(candle).collect()
}

/// A year of real minutes with its 1,764 gaps, Bitfinex beside it, the mood of every day and a few headlines.
#[test]
#[ignore = "half a million candles: run where the data is, after a change of features"]
fn the_year_2019_is_what_python_says() {
    let Some(data) = data() else { return };
    let mut told = Told {
        candles: candles(&frame(data.join("candles/binance_btcusdt_1m_2019.parquet")), Venue::Binance),
        venues: candles(&frame(data.join("candles/bitfinex_btcusd_1m_2019.parquet")), Venue::Bitfinex),
        ..Told::default()
    };
    let (first, last) = (told.candles[0].open_time, told.candles[told.candles.len() - 1].open_time);
    let mood = frame(data.join("context/fear_greed_daily.parquet"));
    let days = mood.column("ts_utc").expect("days").i64().expect("days").clone();
    let values = mood.column("fng").expect("values").i64().expect("values").clone();
    for (day, value) in days.into_no_null_iter().zip(values.into_no_null_iter()) {
        if (first.shift(-10 * DAY)..last).contains(&Timestamp(day)) {
            told.mood.push((Timestamp(day + HOUR), Timestamp(day), value as f64));
        }
    }
    let news = frame(data.join("news/headlines.parquet"));
    let times = news.column("ts_utc").expect("times").i64().expect("times").clone();
    let titles = news.column("title").expect("titles").str().expect("titles").clone();
    let scorer = wick_validator::sentiment::Scorer::default();
    for (place, time) in times.into_no_null_iter().enumerate() {
        let (seen, title) = (Timestamp(time + HOUR), titles.get(place));
        if (first.shift(-60 * DAY)..last).contains(&seen) {
            told.articles.push((seen, scorer.judge(title.unwrap_or_default(), "").score));
        }
    }
    told.articles.sort_by_key(|(seen, _)| *seen);
    assert!(told.candles.windows(2).any(|pair| pair[1].open_time - pair[0].open_time > BAR + MINUTE), "no gap");
    compare(&told);
}
