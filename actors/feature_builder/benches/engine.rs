//! What a candle costs on its way into features, beside the JSON parse of the same candle, which no reader of a stream
//! can do without.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use wick_feature_builder::engine::Engine;
use wick_schemas::{Candle, CandleValidated, Origin, Timestamp, Venue};

/// Two weeks: the second one is warm.
const MINUTES: i64 = 14 * 1440;

/// A walk that never repeats itself.
fn candles() -> Vec<CandleValidated> {
    let price = |minute: i64| 60_000.0 + 300.0 * ((minute as f64) / 37.0).sin() + 40.0 * ((minute as f64) * 0.7).cos();
    let candle = |minute: i64| {
        let (open, close) = (price(minute), price(minute + 1));
        let open_time = Timestamp(1_704_067_200_000 + minute * 60_000);
        let (high, low) = (open.max(close) + 1.0, open.min(close) - 1.0);
        let candle = Candle { venue: Venue::Simulated, open_time, open, high, low, close, volume: 1.5 };
        CandleValidated { candle, origin: Origin::Simulated, ingest_time: candle.close_time() }
    };
    (0..MINUTES).map(candle).collect()
}

fn folding(criterion: &mut Criterion) {
    let candles = candles();
    let texts: Vec<String> = candles.iter().map(|candle| serde_json::to_string(candle).expect("JSON")).collect();
    let mut group = criterion.benchmark_group("two weeks of candles");
    group.throughput(Throughput::Elements(MINUTES.unsigned_abs()));
    group.sample_size(20);
    group.bench_function("fold into features", |bencher| {
        bencher.iter(|| {
            let mut engine = Engine::new();
            candles.iter().map(|candle| engine.push(black_box(candle)).len()).sum::<usize>()
        });
    });
    group.bench_function("reference: parse as JSON", |bencher| {
        bencher.iter(|| {
            let parse = |text: &String| serde_json::from_str::<CandleValidated>(black_box(text)).expect("a candle");
            texts.iter().map(|text| parse(text).candle.close).sum::<f64>()
        });
    });
    group.finish();
}

criterion_group!(benches, folding);
criterion_main!(benches);
