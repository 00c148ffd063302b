//! What is counted of Redis, from a real one, and what is left of it when that one is gone.

use tokio::sync::watch;
use wick_bus::sampler::Sampler;
use wick_bus::server::Server;
use wick_bus::{Config, House, session, stream};
use wick_schemas::topic::{COMMANDS_RETRAIN, actor};
use wick_schemas::{Cause, Retrain, Timestamp};

#[actix::test]
async fn what_redis_holds_is_seen_and_that_it_is_gone_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let flags = [("data_dir".to_owned(), folder.path().display().to_string())];
    let config = Config::load(None, &flags).expect("settings");
    let server = Server::start(&config).await.expect("a server");
    let (_stop, stopped) = watch::channel(false);
    let house = House::new(config, server.url.clone(), stopped).expect("a house");
    let mut bus = session::connect(&server.url).await.expect("a bus");
    let command = Retrain { at: Timestamp(1), cause: Cause::Schedule, requested_by: "test".into() };
    for _ in 0..3 {
        stream::tell(&house, &mut bus, actor::OPERATOR, &command).await.expect("told");
    }
    let (key, lease) = (house.stream(&COMMANDS_RETRAIN), house.key("lease") + ":" + actor::TRAINER);
    let mut read = redis::cmd("XREADGROUP");
    read.arg("GROUP").arg(actor::TRAINER).arg("me").arg("COUNT").arg(1).arg("STREAMS").arg(&key).arg(">");
    let _: redis::Value = read.query_async(&mut bus).await.expect("read");
    let _: () = redis::cmd("SET").arg(lease).arg("me").query_async(&mut bus).await.expect("set");

    let mut sampler = Sampler::default();
    sampler.look(&house).await;
    let text = house.metrics.text();
    let mut wanted = vec![
        "wick_bus_up 1".to_owned(),
        "wick_stream_entries{topic=\"commands.retrain\"} 3".into(),
        "wick_group_pending_messages{group=\"trainer\",topic=\"commands.retrain\"} 1".into(),
        "wick_dead_letters{topic=\"commands.retrain\"} 0".into(),
        "wick_actor_at_work{actor=\"trainer\"} 1".into(),
        "wick_actor_at_work{actor=\"fetcher\"} 0".into(),
    ];
    // Redis says since 7.0 what a group has not read.
    let groups = stream::read_groups(&mut bus, &key).await.expect("groups");
    if groups[0].lag.is_some() {
        wanted.push("wick_group_lag_messages{group=\"trainer\",topic=\"commands.retrain\"} 2".into());
    }
    for line in wanted {
        assert!(text.contains(&format!("{line}\n")), "{line}\n{text}");
    }
    let memory = text.lines().find_map(|line| line.strip_prefix("wick_bus_memory_bytes ")).expect("memory");
    assert!(memory.parse::<f64>().expect("a number") > 100_000.0, "{memory}");

    server.stop().await;
    sampler.look(&house).await;
    let text = house.metrics.text();
    assert!(text.contains("wick_bus_up 0\n") && !text.contains("wick_stream_entries{"), "{text}");
}
