//! What Wick's numbers cost: the half in Rust of `make bench-python`, which sets it beside Python's libraries.
//!
//! `speed fold FOLDER FILES…` folds candles into features and leaves them in the folder; `speed matrix FOLDER` makes of
//! them what a fit learns from and is held against; `speed fit WHAT FOLDER` and `speed score FOLDER` take it from there.
//! Each says what it took as one line of JSON.

mod fits;
mod machine;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use polars::prelude::{ParquetReader, SerReader};
use serde_json::json;
use wick_feature_builder::engine::{Closed, Engine};
use wick_schemas::{Candle, CandleValidated, Horizon, Origin, Timestamp, Venue};
use wick_trainer::dataset::Rows;

use self::machine::Watch;

/// What is said where a study cannot go on.
type Failed = Box<dyn std::error::Error>;

fn main() -> Result<(), Failed> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let said = match words.as_slice() {
        ["fold", folder, files @ ..] => fold(Path::new(folder), files)?,
        ["matrix", folder] => fits::matrix(Path::new(folder))?,
        ["fit", what, folder] => fits::fit(what, Path::new(folder))?,
        ["score", folder] => fits::score(Path::new(folder))?,
        _ => return Err("fold FOLDER FILES…, matrix FOLDER, fit WHAT FOLDER, or score FOLDER".into()),
    };
    println!("{said}");
    Ok(())
}

fn candles(files: &[&str]) -> Result<Vec<CandleValidated>, Failed> {
    let mut candles = Vec::new();
    for file in files {
        let frame = ParquetReader::new(File::open(file)?).finish()?;
        let times = frame.column("ts_utc")?.i64()?.clone();
        let [open, high, low, close, volume] =
            ["open", "high", "low", "close", "volume"].map(|name| frame.column(name));
        let [open, high, low, close, volume] = [open?.f64()?, high?.f64()?, low?.f64()?, close?.f64()?, volume?.f64()?];
        let numbers = open.into_no_null_iter().zip(high.into_no_null_iter()).zip(low.into_no_null_iter());
        let numbers = numbers.zip(close.into_no_null_iter()).zip(volume.into_no_null_iter());
        for (time, ((((open, high), low), close), volume)) in times.into_no_null_iter().zip(numbers) {
            let open_time = Timestamp(time);
            let candle = Candle { venue: Venue::Binance, open_time, open, high, low, close, volume };
            candles.push(CandleValidated { candle, origin: Origin::Replay, ingest_time: candle.close_time() });
        }
    }
    Ok(candles)
}

/// The fold alone, all vectors made and let go; then the same again, with flat rows made of the vectors and written down.
fn fold(folder: &Path, files: &[&str]) -> Result<serde_json::Value, Failed> {
    let reading = Watch::start();
    let candles = candles(files)?;
    let reading = reading.stop();

    let folding = Watch::start();
    let mut engine = Engine::new();
    let bars: usize = candles.iter().map(|candle| engine.push(candle).len()).sum();
    let folding = folding.stop();

    let mut engine = Engine::new();
    let closed: Vec<Closed> = candles.iter().flat_map(|candle| engine.push(candle)).collect();
    let mut targets = Vec::new();
    for target in closed.iter().flat_map(|closed| &closed.matured.targets) {
        if target.horizon == Horizon::ALL[0] {
            targets.extend([target.origin.millis() as f64, target.log_return, target.realised_variance]);
        }
    }
    let vectors: Vec<_> = closed.into_iter().map(|closed| closed.vector).collect();
    let flattening = Watch::start();
    let rows = Rows::from_vectors(&vectors)?;
    let flattening = flattening.stop();

    let mut features = BufWriter::new(File::create(folder.join("features.f64"))?);
    for vector in &vectors {
        features.write_all(&(vector.as_of.millis() as f64).to_le_bytes())?;
        for value in &vector.values {
            features.write_all(&value.unwrap_or(f64::NAN).to_le_bytes())?;
        }
    }
    features.flush()?;
    machine::write(&folder.join("targets.f64"), &targets)?;
    std::fs::write(folder.join("names.txt"), rows.names().join("\n"))?;
    Ok(json!({
        "candles": candles.len(), "bars": bars, "rows": rows.len(),
        "reading": reading, "folding": folding, "flattening": flattening,
    }))
}
