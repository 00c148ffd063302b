//! Commands that speak with a bus: a real one, on a socket in a folder of its own.

use std::future::Future;
use std::path::{Path, PathBuf};

use redis::aio::MultiplexedConnection;
use redis::cmd;
use serde_json::{Value, json};
use tokio::task::LocalSet;
use wick_bus::server::Server;
use wick_bus::{Config, House, codec, session, stream};
use wick_schemas::topic::actor::{DRIFT_MONITOR, TRAINER, VALIDATOR};
use wick_schemas::{
    Cause, CoverageMissed, DriftDetected, DriftedFeature, Envelope, Horizon, ModelPromoted, ModelRefused, Payload,
    Promote, Retrain, Timestamp, topic,
};

use super::{json, parse, say};
use crate::place::Place;
use crate::tell::read_next;
use crate::{Error, Exit, overlay};

const NOON: Timestamp = Timestamp(1_704_110_400_000);

/// What a test has to itself.
struct Stage {
    folder: PathBuf,
    house: House,
    bus: MultiplexedConnection,
}

impl Stage {
    async fn publish<P: Payload>(&mut self, payload: &P, from: &str, cause: Option<&Envelope>) -> Envelope {
        let message = Envelope::wrap(payload, from, self.house.instrument(), cause).expect("wraps");
        self.add(&self.house.stream(&P::TOPIC), &message, &[]).await;
        message
    }

    async fn add(&self, key: &str, message: &Envelope, more: &[(&str, &str)]) -> String {
        let mut add = cmd("XADD");
        add.arg(key).arg("*");
        codec::write(&mut add, message);
        more.iter().for_each(|(name, value)| {
            add.arg(name).arg(value);
        });
        add.query_async(&mut self.bus.clone()).await.expect("added")
    }

    async fn built_to(&mut self, mark: Timestamp) {
        let key = self.house.key("watermark");
        let set: i64 = cmd("HSET")
            .arg(key)
            .arg("features.built")
            .arg(mark.millis())
            .query_async(&mut self.bus)
            .await
            .expect("set");
        assert_eq!(set, 1);
    }

    async fn length(&self, key: &str) -> usize {
        cmd("XLEN").arg(key).query_async(&mut self.bus.clone()).await.expect("a length")
    }
}

/// Runs a test beside a server, which is stopped however the test ends.
async fn beside_a_bus<F: Future<Output = ()> + 'static>(test: impl FnOnce(Stage) -> F) {
    let folder = tempfile::tempdir().expect("a folder");
    let flags = [("data_dir".to_owned(), folder.path().display().to_string())];
    let config = Config::load(None, &flags).expect("settings");
    let server = Server::start(&config).await.expect("a server");
    assert_eq!(server.url, wick_bus::server::url_for(&config));
    let house = Place::find(&config).await.expect("a place").house;
    let bus = session::connect(&server.url).await.expect("a bus");
    let stage = Stage { folder: folder.path().to_owned(), house, bus };
    let end = LocalSet::new().run_until(async { tokio::task::spawn_local(test(stage)).await }).await;
    server.stop().await;
    if let Err(error) = end {
        std::panic::resume_unwind(error.into_panic());
    }
}

fn retrain(reason: &str) -> Retrain {
    Retrain { at: NOON, cause: Cause::Person { reason: reason.into() }, requested_by: "ann".into() }
}

fn refused(reason: &str) -> ModelRefused {
    let cause = Cause::Person { reason: reason.into() };
    ModelRefused { at: NOON, model: String::new(), cause, reasons: vec!["too few rows".into()] }
}

#[tokio::test]
async fn what_the_drift_monitor_said_is_told_newest_first() {
    beside_a_bus(|mut stage| async move {
        let (at, model) = (NOON, "m".to_owned());
        let evidence = vec![DriftedFeature { name: "log_rv_672".into(), statistic: 6.0, threshold: 4.0 }];
        let drifted = DriftDetected {
            at,
            statistic: 0.25,
            threshold: 0.2,
            window: 672,
            features: 181,
            evidence,
            model: model.clone(),
            feature_set: "f".into(),
        };
        let missed = CoverageMissed {
            at,
            horizon: Horizon::H4,
            interval: 0.95,
            statistic: 0.905,
            threshold: 0.91,
            window: 2_880,
            deviations: -3.4,
            model,
        };
        stage.publish(&drifted, DRIFT_MONITOR, None).await;
        stage.publish(&DriftDetected { statistic: 0.5, ..drifted }, DRIFT_MONITOR, None).await;
        stage.publish(&missed, DRIFT_MONITOR, None).await;
        let folder = stage.folder.clone();
        let told = json(&folder, &["drift"]).await;
        let shares: Vec<_> = told["detected"].as_array().expect("a list").iter().map(|one| &one["statistic"]).collect();
        assert_eq!(shares, [0.5, 0.25]);
        assert_eq!(told["coverage_missed"][0]["horizon"], "4h");
        let (_, text) = say(&folder, &["drift", "-n", "1"]).await;
        assert!(text.contains("2024-01-01 12:00:00  50.0 % of 181 features had drifted"), "{text}");
        assert!(text.contains("2024-01-01 12:00:00  4h had 90.5 % of 2880 outcomes in 95 %"), "{text}");
        assert!(!text.contains("25.0 %"), "{text}");
    })
    .await;
}

#[tokio::test]
async fn streams_are_listed_and_their_newest_messages_shown() {
    beside_a_bus(|mut stage| async move {
        for reason in ["one", "two", "three"] {
            stage.publish(&refused(reason), TRAINER, None).await;
        }
        let folder = stage.folder.clone();
        let list = json(&folder, &["streams", "list"]).await;
        let topics = list["topics"].as_array().expect("a list");
        assert_eq!(topics.len(), topic::ALL.len());
        let listed = topics.iter().find(|state| state["topic"] == "models.refused").expect("listed");
        assert_eq!((&listed["entries"], &listed["publishers"][0]), (&json!(3), &json!(TRAINER)));

        let (exit, text) = say(&folder, &["streams", "tail", "models.refused", "-n", "2", "--json"]).await;
        assert_eq!(exit.expect("answered"), Exit::Done);
        let shown: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let reasons: Vec<_> = shown.iter().map(|one| &one["data"]["cause"]["reason"]).collect();
        assert_eq!(reasons, ["two", "three"]);
        assert_eq!(shown[0]["source"], "/wick/trainer");
        let (_, text) = say(&folder, &["streams", "tail", "models.refused", "-n", "1"]).await;
        assert!(text.starts_with("2024-01-01 12:00:00  ") && text.lines().count() == 1, "{text}");
        let (_, text) = say(&folder, &["streams", "tail", "models.refused", "-n", "0"]).await;
        assert_eq!(text, "");
    })
    .await;
}

#[tokio::test]
async fn retraining_is_asked_for_once_and_its_answer_found() {
    beside_a_bus(|mut stage| async move {
        stage.built_to(NOON).await;
        let words = ["retrain", "--reason", "why", "--by", "ann"];
        let told = json(&stage.folder, &words).await;
        assert_eq!((&told["topic"], &told["at"]), (&json!("commands.retrain"), &json!(NOON.millis())));
        assert_eq!(told["outcome"], Value::Null);

        let key = stage.house.stream(&topic::COMMANDS_RETRAIN);
        let entries = stream::tail(&mut stage.bus, &key, None, 9).await.expect("entries");
        let command = entries[0].message.as_ref().expect("a message");
        assert_eq!(command.open::<Retrain>().expect("opens"), retrain("why"));
        assert_eq!(
            (command.id.as_str(), command.source.as_str()),
            (told["id"].as_str().expect("an id"), "/wick/operator")
        );
        // The group is there, so that no trimming takes the command away before a trainer comes.
        let lag = json(&stage.folder, &["streams", "lag"]).await;
        let topics = lag["topics"].as_array().expect("a list");
        let state = topics.iter().find(|state| state["topic"] == "commands.retrain").expect("listed");
        assert_eq!(state["groups"], json!([{ "group": TRAINER, "lag": 1, "pending": 0 }]));

        // Another command's answer is not this one's.
        let other = Envelope::wrap(&retrain("other"), "operator", stage.house.instrument(), None).expect("wraps");
        stage.publish(&refused("other"), TRAINER, Some(&other)).await;
        stage.publish(&refused("why"), TRAINER, Some(command)).await;
        let again: Vec<&str> = words.iter().copied().chain(["--wait", "--json"]).collect();
        let (exit, text) = say(&stage.folder, &again).await;
        assert_eq!(exit.expect("answered"), Exit::Refused);
        let told: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!((&told["outcome"]["kind"], &told["outcome"]["cause"]["reason"]), (&json!("refused"), &json!("why")));
    })
    .await;
}

/// Answers the first promotion that is asked for, as the trainer does.
async fn answer(mut stage: Stage) {
    let keys = [stage.house.stream(&topic::COMMANDS_PROMOTE)];
    loop {
        let next = read_next(&mut stage.bus, &keys, &["0-0".to_owned()]).await.expect("entries");
        let Some((_, entry)) = next.into_iter().next() else { continue };
        let message = entry.message.expect("a message");
        let command: Promote = message.open().expect("a promotion");
        let promoted = ModelPromoted {
            serves_from: command.at,
            model: command.model,
            previous: None,
            feature_set: "set".into(),
            cause: command.cause,
            requested_by: command.requested_by,
            reasons: vec!["a person chose it".into()],
            number: 1,
        };
        stage.publish(&promoted, TRAINER, Some(&message)).await;
        return;
    }
}

async fn keep_model(folder: &Path, hash: &str) {
    let options =
        sqlx::sqlite::SqliteConnectOptions::new().filename(folder.join("models.sqlite")).create_if_missing(true);
    let pool = sqlx::SqlitePool::connect_with(options).await.expect("a database");
    let migrations = Path::new("../trainer/migrations");
    sqlx::migrate::Migrator::new(migrations).await.expect("migrations").run(&pool).await.expect("migrated");
    sqlx::query("INSERT INTO models VALUES (?, 1, 's', 0, 1, 1, '{\"kind\":\"schedule\"}', 'x', '[]', '{}', 0, '[]')")
        .bind(hash)
        .execute(&pool)
        .await
        .expect("kept");
    pool.close().await;
}

#[tokio::test]
async fn a_promotion_is_followed_until_the_trainer_answers() {
    beside_a_bus(|stage| async move {
        let folder = stage.folder.clone();
        keep_model(&folder, "abcdef0123456789").await;
        let unknown = say(&folder, &["models", "promote", "ff", "--reason", "r"]).await.0;
        assert_eq!(unknown.expect_err("unknown").exit(), Exit::NotFound);
        assert_eq!(stage.length(&stage.house.stream(&topic::COMMANDS_PROMOTE)).await, 0);

        let words = ["models", "promote", "abc", "--reason", "better", "--by", "ann", "--wait"];
        let ((exit, text), ()) = tokio::join!(say(&folder, &words), answer(stage));
        assert_eq!(exit.expect("answered"), Exit::Done);
        assert!(
            text.starts_with("promoted: abcdef012345 serves from ") && text.contains("a person chose it"),
            "{text}"
        );
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_not_waited_for_for_ever() {
    beside_a_bus(|stage| async move {
        let words = ["models", "rollback", "--reason", "r", "--wait", "--timeout", "0"];
        let error = say(&stage.folder, &words).await.0.expect_err("nobody answers");
        assert!(matches!(error, Error::Late(_)), "{error}");
        assert_eq!(stage.length(&stage.house.stream(&topic::COMMANDS_ROLLBACK)).await, 1);
    })
    .await;
}

#[tokio::test]
async fn dead_letters_are_shown_retried_and_dropped() {
    beside_a_bus(|stage| async move {
        let (folder, dead) = (&stage.folder, stream::dead_key(&stage.house, &topic::COMMANDS_RETRAIN));
        let living = stage.house.stream(&topic::COMMANDS_RETRAIN);
        let mut entries = Vec::new();
        for reason in ["one", "two", "three", "four"] {
            let message = Envelope::wrap(&retrain(reason), "operator", stage.house.instrument(), None).expect("wraps");
            entries.push(stage.add(&dead, &message, &[("error", "it broke"), ("actor", VALIDATOR)]).await);
        }
        let list = json(folder, &["dead-letters", "list"]).await;
        let letters = list["letters"].as_array().expect("a list");
        let listed: Vec<_> = letters.iter().map(|letter| &letter["entry"]).collect();
        assert_eq!(listed, entries.iter().map(|entry| json!(entry)).collect::<Vec<_>>().iter().collect::<Vec<_>>());
        assert_eq!(
            (&letters[0]["fields"]["error"], &letters[0]["fields"]["data"]["at"]),
            (&json!("it broke"), &json!(NOON.millis()))
        );
        assert_eq!(json(folder, &["dead-letters", "list", "models.trained"]).await, json!({ "letters": [] }));
        let (_, text) = say(folder, &["dead-letters", "show", "commands.retrain", &entries[1]]).await;
        assert!(text.contains("it broke") && text.contains("two"), "{text}");

        let retry = |entry| ["dead-letters", "retry", "commands.retrain", entry];
        assert_eq!(json(folder, &retry(&entries[0])).await, json!({ "retried": [entries[0]] }));
        assert_eq!((stage.length(&dead).await, stage.length(&living).await), (3, 1));
        let drop = |entry| ["dead-letters", "drop", "commands.retrain", entry];
        assert_eq!(json(folder, &drop(&entries[1])).await, json!({ "dropped": [entries[1]] }));
        assert_eq!((stage.length(&dead).await, stage.length(&living).await), (2, 1));
        for gone in [retry(&entries[0]), drop(&entries[1]), drop("nonsense")] {
            assert_eq!(say(folder, &gone).await.0.expect_err("gone").exit(), Exit::NotFound, "{gone:?}");
        }
        assert_eq!(json(folder, &retry("all")).await, json!({ "retried": [entries[2], entries[3]] }));
        assert_eq!((stage.length(&dead).await, stage.length(&living).await), (0, 3));
    })
    .await;
}

#[tokio::test]
async fn status_says_who_is_at_work_and_how_far() {
    beside_a_bus(|mut stage| async move {
        stage.built_to(NOON).await;
        let lease = stage.house.key("lease") + ":" + TRAINER;
        let _: String = cmd("SET").arg(lease).arg("trainer-7").query_async(&mut stage.bus).await.expect("set");
        let status = json(&stage.folder, &["status"]).await;
        let keys: Vec<&String> = status.as_object().expect("an object").keys().collect();
        assert_eq!(
            keys,
            ["actors", "bus", "champion", "data_dir", "instrument", "now", "parity", "prediction", "topics"]
        );
        let actors = status["actors"].as_array().expect("a list");
        let at_work: Vec<_> = actors.iter().filter(|one| !one["holder"].is_null()).collect();
        assert_eq!(at_work, [&json!({ "actor": TRAINER, "holder": "trainer-7" })]);
        let topics = status["topics"].as_array().expect("a list");
        let built = topics.iter().find(|state| state["topic"] == "features.built").expect("listed");
        assert_eq!(built["complete_to"], NOON.millis());
        assert!(built["age_ms"].as_i64().expect("an age") > 0);
        let (_, text) = say(&stage.folder, &["status"]).await;
        assert!(text.contains("2024-01-01 12:00:00") && text.contains("champion   none yet"), "{text}");
    })
    .await;
}

#[tokio::test]
async fn the_simulated_markets_actors_are_found_on_a_shared_bus() {
    beside_a_bus(|mut stage| async move {
        let key = format!("simulated:{}:{TRAINER}", stage.house.key("lease"));
        let _: String = cmd("SET").arg(key).arg("trainer-7").query_async(&mut stage.bus).await.expect("set");
        let url = stage.house.redis_url.clone();
        let cli = parse(&stage.folder, &["status", "--set", &format!("bus.url={url}")]);
        let place = Place::find(&overlay(&cli).expect("settings")).await.expect("a place");
        assert!(place.simulated());
        assert_eq!(place.house.config.data_dir, stage.folder.join("simulated"));
    })
    .await;
}

#[tokio::test]
async fn without_a_bus_every_command_that_needs_one_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    for words in [
        &["status"][..],
        &["retrain"],
        &["models", "promote", "ab", "--reason", "r"],
        &["models", "rollback", "--reason", "r"],
        &["streams", "list"],
        &["streams", "tail", "models.trained"],
        &["dead-letters", "list"],
    ] {
        let error = say(folder.path(), words).await.0.expect_err("nobody is there");
        assert_eq!(error.exit(), Exit::Away, "{words:?}");
        assert!(error.to_string().contains("start one with `wick up`"), "{error}");
    }
}
