//! An upgrade brings another feature set, and the house is as if it had always had it: every bar of the past is there at
//! the first training, and nothing is told twice.

mod harness;

use std::path::Path;
use std::time::Duration;

use harness::{Contents, Home, Running, assert_same, finish, layers, market, place, replay, topics, wait_until};
use wick_bus::lake::{CurrentSets, FeatureRow, Shelf, set_folder};
use wick_feature_builder::engine::Engine;
use wick_schemas::Timestamp;

/// What the version before called its set.
const BEFORE: &str = "0123456789abcdef";
const DAYS: usize = 9;
/// Makes of a house one that an older version with another feature set has left: gold under that version's id, no
/// snapshots of ours, and a checkpoint with a context of another shape.
async fn as_an_older_version_left_it(folder: &Path) -> usize {
    let (ours, root) = (Engine::feature_set().id.as_str(), folder.join("gold/features"));
    let mut rows = Shelf::<FeatureRow>::read(&root, Timestamp::MIN, Timestamp::MAX).expect("gold");
    std::fs::remove_dir_all(&root).expect("removed");
    std::fs::remove_dir_all(folder.join("gold/engine")).expect("removed");
    for FeatureRow(vector) in &mut rows {
        vector.feature_set = BEFORE.into();
        vector.values[0] = None;
    }
    let count = rows.len();
    Shelf::<FeatureRow>::open(&root, 200_usize).and_then(|mut shelf| shelf.keep(rows)).expect("kept");
    let current = std::fs::read_to_string(folder.join("gold/sets.json")).expect("said");
    std::fs::write(folder.join("gold/sets.json"), current.replace(ours, BEFORE)).expect("written");

    let config = wick_bus::Config::load(None, &[("data_dir".into(), folder.display().to_string())]).expect("settings");
    let server = wick_bus::server::Server::start(&config).await.expect("redis starts");
    let mut bus = wick_bus::session::connect(&server.url).await.expect("connects");
    let key = "replay:checkpoint:{BTC-USD}:feature_builder";
    let text: String = redis::cmd("GET").arg(key).query_async(&mut bus).await.expect("a checkpoint");
    assert!(text.contains(ours) && text.contains("\"articles\""), "{text}");
    let text = text.replace(ours, BEFORE).replace("\"articles\"", "\"papers\"");
    let () = redis::cmd("SET").arg(key).arg(text).query_async(&mut bus).await.expect("set");
    let online = format!("replay:online.{ours}:{{BTC-USD}}");
    let gone: i64 = redis::cmd("DEL").arg(online).query_async(&mut bus).await.expect("deleted");
    assert_eq!(gone, 1);
    server.stop().await;
    count
}

/// Without the rows of the version before.
fn ours(mut contents: Contents) -> Contents {
    contents.get_mut("gold features").expect("gold").retain(|row| !row.contains(BEFORE));
    contents
}

#[tokio::test]
async fn another_feature_set_has_the_whole_past_and_says_nothing_twice() {
    let home = Home::new();
    let file = home.join("market.csv");
    market(&file, DAYS * 1440);
    let (calm, upgraded) = (home.join("calm"), home.join("upgraded"));
    finish(replay(&calm, &file, &[]));

    // Eight days and a half with the old version: in the middle of a bar, so that a part of one is folded in.
    let mut before = replay(&upgraded, &file, &[]);
    before.args(["--to", "2024-01-09T12:08:00Z"]);
    finish(before);
    let folder = place(&upgraded);
    let bars = as_an_older_version_left_it(&folder).await;
    assert_eq!(bars, 96 * 17 / 2);
    let id = Engine::feature_set().id.as_str();
    let built = || {
        let rows = Shelf::<FeatureRow>::read_in(
            &folder.join("gold/features"),
            &set_folder(id),
            Timestamp::MIN,
            Timestamp::MAX,
        );
        rows.map_or(0, |rows| rows.len())
    };
    assert_eq!(built(), 0);

    // Killed when the first rows are there.
    let mut child = Running(replay(&upgraded, &file, &[]).spawn().expect("wick starts"));
    wait_until("the building of the past", Duration::from_secs(60), || built() > 0);
    child.0.kill().expect("killed");
    child.0.wait().expect("ended");

    finish(replay(&upgraded, &file, &[]));
    assert_eq!(built(), DAYS * 96);
    let current = std::fs::read_to_string(folder.join("gold/sets.json")).expect("said");
    let current: CurrentSets = serde_json::from_str(&current).expect("JSON");
    assert_eq!(current.main, id);
    let (calm_layers, upgraded_layers) = (layers(&place(&calm)).await, layers(&folder).await);
    assert!(!calm_layers["models.sqlite models"].is_empty(), "nothing was trained since");
    let old = upgraded_layers["gold features"].iter().filter(|row| row.contains(BEFORE)).count();
    assert_eq!(old, bars, "what the old version kept stays");
    // Every model is that of a house which always had the set: it learnt from the same rows.
    assert_same(&calm_layers, &ours(upgraded_layers));
    assert_same(&topics(&place(&calm), "replay:").await, &topics(&folder, "replay:").await);
}
