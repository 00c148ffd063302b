//! `wick bronze` on a lake of any rows: what it shows does not depend on what they are.

use std::path::Path;

use serde_json::{Value, json};
use wick_bus::lake::{Lake, Shelf, Store, TargetRow, partitions};
use wick_schemas::time::HOUR;
use wick_schemas::{Horizon, Target, Timestamp};

use super::{json, say};
use crate::Exit;

/// Seven rows: five in two files, two in the journal.
fn keep(folder: &Path) {
    let row = |hour: i64| {
        let origin = Timestamp(1_704_067_200_000 + hour * HOUR);
        TargetRow(Target { horizon: Horizon::H1, origin, log_return: 0.1 * hour as f64, realised_variance: 0.0 })
    };
    let mut shelf = Shelf::open(Lake::folder(folder.join("bronze")), 3).expect("opens");
    shelf.keep(vec![row(1), row(2), row(3)]).expect("kept");
    shelf.keep(vec![row(4), row(5)]).expect("kept");
    shelf.settle().expect("settled");
    shelf.keep(vec![row(6), row(7)]).expect("kept");
}

#[tokio::test]
async fn a_lake_is_listed_and_verified() {
    let folder = tempfile::tempdir().expect("a folder");
    keep(folder.path());
    let told = json(folder.path(), &["bronze", "ls"]).await;
    assert_eq!(told["partitions"][0]["folder"], "month=2024-01");
    assert_eq!((&told["partitions"][0]["files"], &told["partitions"][0]["rows"]), (&json!(2), &json!(5)));
    assert_eq!(told["waiting"], json!([{ "journal": "_journal.jsonl", "rows": 2 }]));
    let (exit, text) = say(folder.path(), &["bronze", "ls"]).await;
    assert_eq!(exit.expect("answered"), Exit::Done);
    assert!(text.starts_with("kind  source  from  to  days  files  compacted  rows"), "{text}");
    let told = json(folder.path(), &["bronze", "verify"]).await;
    assert_eq!((&told["sound"], &told["files"], &told["rows"]), (&json!(true), &json!(2), &json!(5)));
}

#[tokio::test]
async fn a_flipped_bit_is_found_and_told_to_the_shell() {
    let folder = tempfile::tempdir().expect("a folder");
    keep(folder.path());
    let store = Store::folder(folder.path().join("bronze"));
    let file =
        store.list("").expect("listed").into_iter().find(|item| item.path.ends_with(".parquet")).expect("a file");
    let mut bytes = store.get(&file.path).expect("got").expect("there").to_vec();
    bytes[20] ^= 1;
    store.put(&file.path, bytes).expect("put");
    let (exit, text) = say(folder.path(), &["bronze", "verify", "--json"]).await;
    assert_eq!(exit.expect("answered"), Exit::Failure);
    let told: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((&told["findings"][0]["fault"], &told["findings"][0]["path"]), (&json!("damaged"), &json!(file.path)));
    let (_, text) = say(folder.path(), &["bronze", "verify"]).await;
    assert!(text.contains("damaged") && text.contains("bring it back from a copy"), "{text}");
}

#[tokio::test]
async fn where_nothing_is_kept_nothing_is_found_sound() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(json(folder.path(), &["bronze", "ls"]).await["partitions"], json!([]));
    // Whoever mistyped a folder must not believe that all is well in it.
    let (told, _) = say(folder.path(), &["bronze", "verify"]).await;
    assert_eq!(told.expect_err("nothing there").exit(), Exit::NotFound);
    assert_eq!(partitions(&Store::folder(folder.path()), "").expect("none"), []);
}
