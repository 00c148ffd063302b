//! Same in, same out: two runs of one input keep and say the same, whatever their speed and however many threads they have.

mod harness;

use std::path::Path;
use std::process::Command;

use sha2::{Digest, Sha256};

use harness::{Home, Running, THOROUGH, assert_same, finish, layers, market, place, replay, topics};

/// Ten days: the first training falls on the ninth.
const MINUTES: usize = 10 * 1440;

#[tokio::test]
async fn two_replays_keep_and_say_the_same_at_any_speed_and_in_any_batches() {
    let home = Home::new();
    let file = home.join("market.csv");
    market(&file, MINUTES);
    let folders = ["once", "again", "paced"].map(|name| home.join(name));
    // As it would come live, only quicker: ten days in eight seconds, beside the others.
    let pace = ["--set", "fetcher.replay.speed=108000"];
    let paced = Running(replay(&folders[2], &file, &[&THOROUGH[..], &pace].concat()).spawn().expect("wick starts"));
    finish(replay(&folders[0], &file, &THOROUGH));
    // One thread for all that has a choice, where the first run has as many as there are.
    let narrow = ["bus.batch=37", "fetcher.chunk=101", "trainer.fit.threads=1"].map(|setting| ["--set", setting]);
    let mut again = replay(&folders[1], &file, &[&THOROUGH[..], narrow.as_flattened()].concat());
    again.envs(["RAYON_NUM_THREADS", "POLARS_MAX_THREADS", "TOKIO_WORKER_THREADS"].map(|name| (name, "1")));
    finish(again);
    paced.finish();

    let first = (layers(&place(&folders[0])).await, topics(&place(&folders[0]), "replay:").await);
    assert!(!first.0["artifacts"].is_empty(), "nothing was trained");
    assert!(first.1["predictions.made"].iter().any(|made| made.contains("\"champion\"")), "no model ever served");
    assert!(!first.1["coverage.missed"].is_empty(), "no interval was judged");
    for other in &folders[1..] {
        assert_same(&first.0, &layers(&place(other)).await);
        assert_same(&first.1, &topics(&place(other), "replay:").await);
    }
    assert_eq!(hashes(&folders[0]), hashes(&folders[1]));
}

/// SHA-256 of what people and programs get to see: a training set, the report, its page.
fn hashes(data: &Path) -> Vec<String> {
    let ask = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wick"));
        // From inside its folder, so that no path that is told is another one.
        command.current_dir(data).args(["--data-dir", ".", "--namespace", "replay", "--json"]).args(words);
        let output = command.output().expect("wick runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    ask(&["features", "export", "--out", "features.parquet"]);
    let report = ask(&["report", "--out", "report.html"]);
    let file = |name: &str| std::fs::read(data.join(name)).expect("a file");
    let hash = |bytes: Vec<u8>| format!("{:x}", Sha256::digest(bytes));
    [file("features.parquet"), report, file("report.html")].map(hash).to_vec()
}
