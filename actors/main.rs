//! `wick`: one program, every room of the house.

mod household;
mod replay;
mod up;

use std::path::PathBuf;

#[actix::main]
async fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().collect();
    let sets: Vec<(String, String)> = args.iter().filter_map(|a| a.strip_prefix("--set=")?.split_once('=').map(|(a, b)| (a.into(), b.into()))).collect();
    let config = wick_bus::Config::load(None, &sets)?;
    wick_bus::telemetry::start(&config.telemetry)?;
    match args[1].as_str() {
        "up" => up::up(config).await,
        "run" => up::run(config, &["fetcher"]).await,
        _ => {
            let files = args[2..].iter().filter(|a| !a.starts_with("--")).map(PathBuf::from).collect();
            let order = replay::Replay { files, fresh: args.contains(&"--fresh".into()), no_train: args.contains(&"--no-train".into()) };
            let outcome = replay::replay(config.with("bus.prefix", "replay:")?, order).await?;
            println!("{} candles in {:.1} s: {:.0}/s, peak {:?}", outcome.candles, outcome.took.as_secs_f64(), outcome.candles as f64 / outcome.took.as_secs_f64(), replay::peak_memory("self"));
            Ok(())
        }
    }
}
