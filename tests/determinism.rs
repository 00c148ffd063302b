//! Same in, same out: two runs of one input keep and say the same, whatever their speed.

mod harness;

use harness::{Home, assert_same, finish, layers, market, place, replay, topics};

/// Ten days: the first training falls on the ninth.
const MINUTES: usize = 10 * 1440;

#[tokio::test]
async fn two_replays_keep_and_say_the_same_at_any_speed_and_in_any_batches() {
    let home = Home::new();
    let file = home.join("market.csv");
    market(&file, MINUTES);
    let folders = ["once", "again", "paced"].map(|name| home.join(name));
    finish(replay(&folders[0], &file, &[]));
    finish(replay(&folders[1], &file, &["--set", "bus.batch=37", "--set", "fetcher.chunk=101"]));
    // As it would come live, only quicker: ten days in eight seconds.
    finish(replay(&folders[2], &file, &["--set", "fetcher.replay.speed=108000"]));

    let first = (layers(&place(&folders[0])).await, topics(&place(&folders[0]), "replay:").await);
    assert!(!first.0["artifacts"].is_empty(), "nothing was trained");
    assert!(first.1["predictions.made"].iter().any(|made| made.contains("\"champion\"")), "no model ever served");
    for other in &folders[1..] {
        assert_same(&first.0, &layers(&place(other)).await);
        assert_same(&first.1, &topics(&place(other), "replay:").await);
    }
}
