//! What is written once for all who ask a thread within a moment.

use std::sync::Arc;

use serde_json::{Value, json};
use wick_bus::pool::Connections;
use wick_bus::{Clock, Config, House};

use super::*;
use crate::auth::Keys;
use crate::live::Live;
use crate::middleware::closing::Phase;
use crate::routes::{Shared, methods};
use crate::scoring::Models;
use crate::tables::Tables;
use crate::tests::samples::{candle, prediction};
use crate::tests::stage::{BAR_CLOSE, NOW};
use crate::view::made_of;

/// A thread's hold of a gateway that nobody tells anything but the test.
struct Thread {
    gate: Gate,
    shown: watch::Sender<Seen>,
    _folder: tempfile::TempDir,
}

impl Thread {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let flags = [("data_dir".to_owned(), folder.path().display().to_string())];
        let config = Config::load(None, &flags).expect("settings");
        let mut house = House::new(config, "redis://127.0.0.1:9".into(), watch::channel(false).1).expect("a house");
        house.clock = Clock::manual(NOW);
        let (shown, seen) = watch::channel(Seen::default());
        let shared = Shared {
            connections: Connections::new(&house.redis_url).expect("a pool"),
            tables: Tables::new(&house).expect("tables"),
            keys: Keys::open(&folder.path().join("keys"), folder.path()).expect("keys"),
            seen,
            openapi: web::Bytes::new(),
            methods: methods::Methods::of(&Value::Null),
            phase: watch::channel(Phase::Open).1,
            live: Arc::new(Live::new(0)),
            max_listeners: 0,
            models: Models::default(),
            builder: None,
            drift: Default::default(),
            house,
        };
        Self { gate: Gate::new(Arc::new(shared)), shown, _folder: folder }
    }

    /// From now on this is known.
    fn know(&self, level: Level) {
        let mut view = View::default();
        made_of("it", &prediction(BAR_CLOSE, level)).for_each(|made| view.made(made));
        view.candle(candle(BAR_CLOSE));
        self.shown.send_replace(Seen { view: Arc::new(view), connected: true });
    }

    fn answer(&self, horizon: Option<Horizon>) -> web::Bytes {
        self.gate.newest.answer(&self.gate, horizon).expect("a forecast")
    }

    fn told(&self, horizon: Option<Horizon>) -> Value {
        serde_json::from_slice(&self.answer(horizon)).expect("JSON")
    }
}

#[test]
fn an_answer_is_given_again_for_a_moment_and_not_longer() {
    let thread = Thread::new();
    thread.know(Level::Champion);
    let first = thread.answer(None);
    assert_eq!(thread.told(None)["forecasts"][0]["age_ms"], 1000);
    thread.gate.house.clock.set(NOW + (FRESH - 1));
    assert_eq!(thread.answer(None), first);
    thread.gate.house.clock.set(NOW + FRESH);
    let next = thread.told(None);
    assert_eq!((&next["now"], &next["forecasts"][0]["age_ms"]), (&json!((NOW + FRESH).millis()), &json!(1020)));
    // A clock that is set back is believed.
    thread.gate.house.clock.set(NOW);
    assert_eq!(thread.answer(None), first);
}

#[test]
fn each_horizon_has_an_answer_of_its_own() {
    let thread = Thread::new();
    thread.know(Level::Champion);
    for _ in 0..2 {
        assert_eq!(thread.told(None)["forecasts"].as_array().map(Vec::len), Some(4));
        for horizon in Horizon::ALL {
            let told = thread.told(Some(horizon));
            let horizons: Vec<_> =
                told["forecasts"].as_array().expect("a list").iter().map(|one| &one["horizon"]).collect();
            assert_eq!(horizons, [horizon.as_str()]);
        }
    }
}

#[test]
fn what_is_new_is_told_at_once_and_that_there_is_nothing_is_not_remembered() {
    let thread = Thread::new();
    let nothing = thread.gate.newest.answer(&thread.gate, None).expect_err("nothing");
    assert_eq!(nothing.code, "no_forecast");
    // Within the same moment, each time.
    for (level, name) in [(Level::Champion, "champion"), (Level::Previous, "previous")] {
        thread.know(level);
        for horizon in [None, Some(Horizon::H1)] {
            assert_eq!(thread.told(horizon)["forecasts"][0]["level"], name);
        }
    }
    // Nobody is there any more who could say something new: what was known last is told.
    let Thread { gate, shown, _folder } = thread;
    drop(shown);
    let answer = gate.newest.answer(&gate, None).expect("a forecast");
    assert!(String::from_utf8_lossy(&answer).contains("\"previous\""));
}
