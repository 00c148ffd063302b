//! Nothing lost: however often program and bus are killed, and whenever, what is kept and said in the end is what an
//! undisturbed run keeps and says.

mod harness;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use harness::{Home, Running, assert_same, finish, layers, market, place, replay, topics};

/// Two weeks.
const MINUTES: usize = 14 * 1440;
const ROUNDS: u64 = 20;
/// Enough of a search that many are killed in one.
const SEARCH: [&str; 2] = ["--set", "trainer.fit.search.trials=3"];

/// Ends a process without warning.
fn kill(pid: &str) {
    let status =
        Command::new("kill").args(["-9", pid]).stderr(std::process::Stdio::null()).status().expect("kill runs");
    // It may have ended by itself just before.
    let _ = status;
}

/// The process id of the Redis of a house, asked from itself.
async fn redis_pid(folder: &Path) -> Option<String> {
    let url = format!("redis+unix://{}/bus/redis.sock", folder.display());
    let mut connection = wick_bus::session::connect(&url).await.ok()?;
    let info: String = redis::cmd("INFO").arg("server").query_async(&mut connection).await.ok()?;
    info.lines().find_map(|line| line.strip_prefix("process_id:")).map(|pid| pid.trim().to_owned())
}

/// A number below `bound` that looks drawn, and is the same in every run of this story.
fn drawn(round: u64, salt: u64, bound: u64) -> u64 {
    let mut x = (round * 31 + salt).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x ^= x >> 29;
    x = x.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (x ^ (x >> 32)) % bound
}

#[tokio::test]
async fn killed_at_random_moments_the_house_ends_as_if_undisturbed() {
    let home = Home::new();
    let file = home.join("market.csv");
    market(&file, MINUTES);
    let (calm, stormy) = (home.join("calm"), home.join("stormy"));
    // Beside the other one, which waits more than it works.
    let undisturbed = Running(replay(&calm, &file, &SEARCH).spawn().expect("wick starts"));

    let folder = place(&stormy);
    let mut ended = 0;
    for round in 0..ROUNDS {
        // Slowed down, so that a quick machine is not done before it is killed.
        let pace = ["--set", "fetcher.replay.speed=60000"];
        let mut child = Running(replay(&stormy, &file, &[SEARCH, pace].concat()).spawn().expect("wick starts"));
        // Long enough to get somewhere in most rounds, short enough not to get to the end.
        tokio::time::sleep(Duration::from_millis(250 + drawn(round, 1, 900))).await;
        let (own, bus) = (child.0.id().to_string(), redis_pid(&folder).await);
        let which = drawn(round, 2, 3);
        if which != 0
            && let Some(bus) = &bus
        {
            kill(bus);
        }
        if which == 1 {
            // The bus alone: the program starts it again and goes on for a while before it is killed too.
            tokio::time::sleep(Duration::from_millis(200 + drawn(round, 3, 400))).await;
        }
        if child.0.try_wait().expect("a child").is_some() {
            ended += 1;
        }
        kill(&own);
    }
    assert!(ended < ROUNDS / 2, "most rounds should have been cut off, and {ended} had come to their end");
    finish(replay(&stormy, &file, &SEARCH));
    undisturbed.finish();

    let (calm_layers, stormy_layers) = (layers(&place(&calm)).await, layers(&folder).await);
    assert_eq!(calm_layers["bronze"].len(), MINUTES);
    assert!(!calm_layers["models.sqlite deployments"].is_empty(), "no model was ever promoted");
    assert!(!calm_layers["models.sqlite trials"].is_empty(), "nothing was ever searched for");
    assert!(calm_layers["monitoring.sqlite scores"].len() > 1_000);
    assert_same(&calm_layers, &stormy_layers);
    assert_same(&topics(&place(&calm), "replay:").await, &topics(&folder, "replay:").await);
}
