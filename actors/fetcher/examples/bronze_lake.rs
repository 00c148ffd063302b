//! What the lake costs: candles into bronze, their size beside others, verification, compaction.
//!
//! ```text
//! cargo run --release -p wick-fetcher --example bronze_lake -- FOLDER FILE...
//! ```

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use polars::prelude::ParquetWriter;
use wick_bus::Layer;
use wick_bus::lake::{Lake, Record, partitions, verify};
use wick_fetcher::bronze::{Bronze, BronzeCandle, compact};
use wick_fetcher::source::Source;
use wick_fetcher::source::replay::{Replay, Settings};
use wick_schemas::Timestamp;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

#[tokio::main]
async fn main() -> Outcome<()> {
    let mut words = std::env::args().skip(1).map(PathBuf::from);
    let Some(folder) = words.next() else { return Err("name an empty folder, then files of candles".into()) };
    let files: Vec<PathBuf> = words.collect();
    std::fs::create_dir(&folder)?;
    let lake = Lake::folder(folder.join("bronze"));

    let (rows, keeping, took) = ingest(&lake, &files).await?;
    let rate = |took: Duration| rows as f64 / took.as_secs_f64();
    println!("{rows} candles ingested in {:.1} s: {:.0} a second", took.as_secs_f64(), rate(took));
    println!("of which keeping {:.1} s: {:.0} a second", keeping.as_secs_f64(), rate(keeping));

    let started = Instant::now();
    let all = Bronze::open_at(lake.clone(), 1440)?.since(Timestamp::MIN)?;
    println!("{} read back in {:.1} s", all.len(), started.elapsed().as_secs_f64());
    let (csv, plain) = (as_csv(&folder, &all)?, as_parquet(&folder, &all)?);
    let before = tell(&lake, "bronze")?;
    println!("the same rows as CSV: {csv} bytes; as Parquet in files of a million, polars' defaults: {plain} bytes");

    verified(&lake, rows)?;
    let started = Instant::now();
    let days = compact(&lake, 0, Timestamp::MAX, &|_, _| {})?;
    println!("{} days compacted in {:.1} s", days.len(), started.elapsed().as_secs_f64());
    let after = tell(&lake, "compacted")?;
    verified(&lake, rows)?;
    let again = Bronze::open_at(lake, 1440)?.since(Timestamp::MIN)?;
    assert!(again == all, "compaction changed a row");
    let share = |bytes: u64, of: u64| 100.0 * bytes as f64 / of as f64;
    println!(
        "bronze {:.1} % of CSV, {:.1} % of plain Parquet; compacted {:.1} % and {:.1} %",
        share(before, csv),
        share(before, plain),
        share(after, csv),
        share(after, plain)
    );
    Ok(())
}

/// Candles into bronze as the fetcher does it, with the time that keeping alone took.
async fn ingest(lake: &Lake, files: &[PathBuf]) -> Outcome<(u64, Duration, Duration)> {
    let mut bronze = Bronze::open_at(lake.clone(), 1440)?;
    let mut source = Replay::open(files, Settings::default(), None)?;
    let (mut sequence, mut keeping, started) = (0i64, Duration::ZERO, Instant::now());
    while let Some(chunk) = source.next().await? {
        let number = |received| {
            sequence += 1;
            BronzeCandle { sequence, received }.into()
        };
        let rows = chunk.candles.into_iter().map(number).collect();
        let began = Instant::now();
        bronze.keep(rows).await?;
        keeping += began.elapsed();
    }
    bronze.settle()?;
    Ok((u64::try_from(sequence)?, keeping, started.elapsed()))
}

fn verified(lake: &Lake, rows: u64) -> Outcome<()> {
    let started = Instant::now();
    let verified = verify(&lake.files, "", &|_, _| {})?;
    assert!(verified.findings.is_empty() && verified.rows == rows, "{verified:?}");
    println!("{} files verified in {:.2} s", verified.files, started.elapsed().as_secs_f64());
    Ok(())
}

fn tell(lake: &Lake, what: &str) -> Outcome<u64> {
    let kept = partitions(&lake.files, "")?;
    let bytes = kept.iter().map(|one| one.bytes).sum();
    println!("{what}: {} files of {} days, {bytes} bytes", kept.iter().map(|one| one.files).sum::<usize>(), kept.len());
    Ok(bytes)
}

fn as_csv(folder: &Path, rows: &[BronzeCandle]) -> Outcome<u64> {
    let path = folder.join("all.csv");
    let mut out = BufWriter::new(File::create(&path)?);
    writeln!(out, "sequence,venue,open_time,open,high,low,close,volume,origin,ingest_time")?;
    for BronzeCandle { sequence, received } in rows {
        let candle = &received.candle;
        write!(out, "{sequence},{},{}", candle.venue, candle.open_time.millis())?;
        for number in [candle.open, candle.high, candle.low, candle.close, candle.volume] {
            write!(out, ",{}", number.map(|number| number.to_string()).unwrap_or_default())?;
        }
        writeln!(out, ",{},{}", received.origin.as_str(), received.ingest_time.millis())?;
    }
    out.flush()?;
    Ok(path.metadata()?.len())
}

fn as_parquet(folder: &Path, rows: &[BronzeCandle]) -> Outcome<u64> {
    let mut bytes = 0;
    for (place, rows) in rows.chunks(1_000_000).enumerate() {
        let path = folder.join(format!("all-{place}.parquet"));
        ParquetWriter::new(File::create(&path)?).finish(&mut BronzeCandle::frame(rows)?)?;
        bytes += path.metadata()?.len();
    }
    Ok(bytes)
}
