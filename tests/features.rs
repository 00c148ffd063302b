//! The feature store as its readers see it: a training set for anybody's tools, and the proof that it is what bronze gives.

mod harness;

use std::path::Path;
use std::process::Command;

use harness::{Home, finish, market, place, replay};
use serde_json::Value;

fn wick(data: &Path, words: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wick"));
    command.arg("--data-dir").arg(data).args(["--namespace", "replay"]).args(words);
    let output = command.output().expect("wick runs");
    let told = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.code(), told)
}

fn json(told: &str) -> Value {
    serde_json::from_str(told).unwrap_or_else(|error| panic!("{error}: {told}"))
}

/// The Parquet files below a folder.
fn files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").filter_map(Result::ok) {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "parquet") {
            found.push(path);
        }
    }
}

#[test]
fn what_was_kept_is_what_bronze_gives_and_anybody_can_read_it() {
    let home = Home::new();
    let (file, data) = (home.join("market.csv"), home.join("data"));
    // Eight days: features look back seven.
    market(&file, 8 * 1440 + 15);
    finish(replay(&data, &file, &["--set", "feature_builder.settle_rows=96"]));

    let (code, told) = wick(&data, &["--json", "features", "verify"]);
    let parity = json(&told);
    assert_eq!(code, Some(0), "{told}");
    let bars = 8 * 96 + 1;
    assert_eq!((&parity["equal"], &parity["different"], &parity["missing"]), (&bars.into(), &0.into(), &0.into()));
    assert_eq!(parity["candles"], 8 * 1440 + 15);

    let (_, told) = wick(&data, &["--json", "features", "list"]);
    let set = json(&told);
    assert_eq!(set["id"], parity["feature_set"]);
    let count = set["features"].as_array().expect("features").len();
    assert!(count >= 60, "{count} features");

    let out = home.join("train.parquet");
    let words = ["--json", "features", "export", "--out", out.to_str().expect("a path")];
    let (code, told) = wick(&data, &words);
    let (written, warm) = (json(&told), 96 - 4);
    assert_eq!(code, Some(0), "{told}");
    assert_eq!(written["columns"], 7 + count + 3 * 4);
    let rows = written["rows"].as_u64().expect("rows");
    assert!((1..=warm + 5).contains(&rows), "{rows} warm bars of the eighth day");
    read_by_others(&out, rows);
    let (code, told) = wick(&data, &["features", "export", "--out", "/nowhere/x.parquet"]);
    assert!(code == Some(1) && told.contains("--out"), "{code:?} {told}");
    let (code, told) = wick(&data, &["features", "export", "--out", "x", "--feature-set", "0000"]);
    assert!(code == Some(5) && told.contains("--cold"), "{code:?} {told}");

    // One of the files of gold is lost, and bronze says which bars it held.
    let mut gold = Vec::new();
    files(&place(&data).join("gold/features"), &mut gold);
    gold.sort();
    std::fs::remove_file(&gold[0]).expect("removed");
    let (_, told) = wick(&data, &["--json", "features", "verify"]);
    assert_eq!(json(&told)["missing"], 96, "{told}");
    // And where bronze holds something else than what was folded, that is found.
    let mut bronze = Vec::new();
    files(&place(&data).join("bronze"), &mut bronze);
    bronze.sort();
    std::fs::remove_file(&bronze[0]).expect("removed");
    let (code, told) = wick(&data, &["features", "verify"]);
    assert!(code == Some(1) && told.contains("bronze gives"), "{code:?} {told}");
}

/// DuckDB and pandas, where a Python with them is at hand.
fn read_by_others(file: &Path, rows: u64) {
    let Ok(python) = std::env::var("WICK_PYTHON") else {
        eprintln!("skipped: WICK_PYTHON names no Python with duckdb");
        return;
    };
    let script = "import sys, duckdb, pandas\n\
                  frame = pandas.read_parquet(sys.argv[1])\n\
                  found = duckdb.sql(f\"SELECT count(*), count(log_return_15m), max(as_of) - min(as_of) FROM '{sys.argv[1]}'\")\n\
                  print(len(frame), *found.fetchone(), (frame.known_at_15m - frame.as_of).max())";
    let output = Command::new(python).args(["-c", script]).arg(file).output().expect("python runs");
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let span = (rows - 1) * 15 * 60_000;
    assert_eq!(told.trim(), format!("{rows} {rows} {} {span} 900000.0", rows - 1));
}
