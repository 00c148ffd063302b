//! Real data, which must pass: years of candles of two exchanges, headlines, a daily index.
//!
//! Reads `../shared/data`, or where `WICK_DATA` points; without either the tests say that they were skipped.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;

use polars::prelude::{DataFrame, ParquetReader, SerReader};
use wick_schemas::candle::RawCandle;
use wick_schemas::time::{DAY, MINUTE};
use wick_schemas::{CandleReceived, Origin, Reading, ReadingReceived, Text, Timestamp, Venue};
use wick_validator::expectation::{Quality, Row, Suites};
use wick_validator::reading_rule::ReadingRules;
use wick_validator::rules::{Rules, RulesConfig, Verdict};
use wick_validator::text_rule::TextRules;

fn data(name: &str) -> Option<DataFrame> {
    let beside = || PathBuf::from("../../../shared/data");
    let path = std::env::var_os("WICK_DATA").map_or_else(beside, PathBuf::from).join(name);
    let Ok(file) = File::open(&path) else {
        eprintln!("SKIPPED: {} is not there", path.display());
        return None;
    };
    Some(ParquetReader::new(file).finish().expect("Parquet"))
}

fn numbers(frame: &DataFrame, name: &str) -> Vec<Option<f64>> {
    frame.column(name).expect(name).f64().expect("numbers").iter().collect()
}

/// Integers, or floating point where some are missing.
fn times(frame: &DataFrame, name: &str) -> Vec<Option<i64>> {
    let column = frame.column(name).expect(name);
    match column.i64() {
        Ok(times) => times.iter().collect(),
        Err(_) => numbers(frame, name)
            .into_iter()
            .map(|time| time.filter(|time| time.is_finite()).map(|time| time as i64))
            .collect(),
    }
}

fn words(frame: &DataFrame, name: &str) -> Vec<String> {
    let column = frame.column(name).expect(name).str().expect("words");
    column.iter().map(|word| word.unwrap_or_default().to_owned()).collect()
}

/// A file's candles, each learnt as it closed.
fn candles(venue: Venue, frame: &DataFrame) -> Vec<CandleReceived> {
    let [open, high, low, close, volume] = ["open", "high", "low", "close", "volume"].map(|name| numbers(frame, name));
    let candle = |(row, time): (usize, Option<i64>)| {
        let open_time = Timestamp(time.expect("a time"));
        let candle = RawCandle {
            venue,
            open_time,
            open: open[row],
            high: high[row],
            low: low[row],
            close: close[row],
            volume: volume[row],
        };
        CandleReceived { candle, origin: Origin::Replay, ingest_time: open_time.shift(MINUTE) }
    };
    times(frame, "ts_utc").into_iter().enumerate().map(candle).collect()
}

/// Judges candles; gives those that were refused.
fn judge(rules: &mut Rules, candles: &[CandleReceived]) -> Vec<String> {
    let refused = candles.iter().filter_map(|received| match rules.judge(received) {
        Verdict::Clean(_) => None,
        Verdict::Reject(one) => Some(format!("{} {}: {}", one.candle.open_time, one.rule, one.reason)),
    });
    refused.collect()
}

/// The year with the wildest minutes, and a venue with holes; every year where `WICK_ALL_YEARS` is set.
#[test]
fn real_candles_pass() {
    let mut rules = Rules::recovered(RulesConfig::default(), None);
    let years = if std::env::var_os("WICK_ALL_YEARS").is_some() { 2019..=2025 } else { 2020..=2020 };
    let binance = years.map(|year| (Venue::Binance, format!("candles/binance_btcusdt_1m_{year}.parquet")));
    let files = binance.chain([(Venue::Bitfinex, "candles/bitfinex_btcusd_1m_2019.parquet".to_owned())]);
    for (venue, name) in files {
        let Some(frame) = data(&name) else { return };
        let refused = judge(&mut rules, &candles(venue, &frame));
        println!("{name}: {} candles, {} refused", frame.height(), refused.len());
        assert!(frame.height() > 100_000 && refused.is_empty(), "{refused:?}");
    }
}

/// Real headlines, each first seen when it says; refused are those that are spoilt indeed.
#[test]
fn real_headlines_pass_but_for_a_few_that_are_spoilt() {
    let Some(frame) = data("news/headlines.parquet") else { return };
    let (titles, sources, urls) = (words(&frame, "title"), words(&frame, "source"), words(&frame, "url"));
    let (published, seen) = (times(&frame, "ts_utc"), times(&frame, "first_seen_utc"));
    let mut rules = TextRules::default();
    let mut refused: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for row in 0..frame.height() {
        let text = Text {
            source: sources[row].clone(),
            id: Text::identity(&urls[row]),
            url: urls[row].clone(),
            title: titles[row].clone(),
            body: String::new(),
            published: published[row].map(Timestamp),
            language: None,
            votes: None,
        };
        let ingest_time = Timestamp(seen[row].or(published[row]).expect("a time"));
        if let Err(refusal) = rules.judge(&text, ingest_time) {
            refused
                .entry(refusal.rule)
                .or_default()
                .push(format!("{} | {} | {}", refusal.value, refusal.reason, text.title));
        }
    }
    for (rule, texts) in &refused {
        println!("{rule}: {} of {}, such as {}", texts.len(), frame.height(), texts[0]);
    }
    // Some rows of the collection name no source or no address; else, one in a hundred at most is spoilt.
    let spoilt: usize = refused
        .iter()
        .filter(|(rule, _)| !["no_source", "bad_url"].contains(*rule))
        .map(|(_, texts)| texts.len())
        .sum();
    assert!(frame.height() > 40_000 && spoilt * 100 < frame.height(), "{spoilt}");
    let foreign = refused.remove("language").unwrap_or_default();
    assert!(foreign.len() < 20, "{foreign:#?}");
}

#[test]
fn a_real_index_passes() {
    let Some(frame) = data("context/fear_greed_daily.parquet") else { return };
    let mut rules = ReadingRules::default();
    let values = times(&frame, "fng");
    for (time, value) in times(&frame, "ts_utc").into_iter().zip(&values) {
        let at = Timestamp(time.expect("a time"));
        let reading = Reading { name: "fear_greed".to_owned(), at, value: value.map(|value| value as f64) };
        let received = ReadingReceived { reading, origin: Origin::Replay, ingest_time: at.shift(DAY) };
        rules.judge(&received).unwrap_or_else(|refusal| panic!("{at}: {refusal:?}"));
    }
    println!("fear_greed: {} readings", values.len());
    assert!(values.len() > 2_000);
}

/// What the suite that ships says of real candles: nearly every quarter hour is as expected, and those that are not are
/// real holes, real jumps and a real standstill.
#[test]
fn real_candles_are_as_expected_but_for_real_holes_and_jumps() {
    let Some(frame) = data("candles/binance_btcusdt_1m_2020.parquet") else { return };
    let mut quality = Quality::recovered(Suites::default(), None);
    let (mut batches, mut failed, mut why) = (0, 0, BTreeMap::<String, u32>::new());
    for candle in candles(Venue::Binance, &frame) {
        for report in quality.see(&Row::Candle(&candle), None) {
            batches += 1;
            failed += u32::from(!report.success);
            for result in report.results.iter().filter(|result| !result.success) {
                *why.entry(format!("{} of {}", result.expectation, result.column)).or_default() += 1;
            }
        }
    }
    println!("{batches} quarter hours, {failed} not as expected: {why:?}");
    assert!(batches > 35_000 && failed > 50 && failed * 50 < batches, "{failed} of {batches}: {why:?}");
}
