//! The screen as text. With `WICK_BLESS=1` the pictures are written instead.

use std::path::Path;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use wick_bus::stream::GroupState;
use wick_schemas::time::{BAR, HOUR};
use wick_schemas::topic::actor::LEASED;
use wick_schemas::{Cause, Horizon, Timestamp};

use super::frame::{Frame, News, Skill, health};
use super::text;
use super::view::{Tab, View};
use crate::forecast::Newest;
use crate::registry::Deployment;
use crate::status::TopicState;

const NOON: Timestamp = Timestamp(1_704_110_400_000);

fn stream(topic: &str, complete_to: Option<Timestamp>, groups: &[(&str, Option<usize>, usize)]) -> TopicState {
    let groups = groups.iter().map(|(group, lag, pending)| GroupState {
        group: (*group).to_owned(),
        lag: *lag,
        pending: *pending,
    });
    TopicState {
        topic: topic.to_owned(),
        complete_to,
        age_ms: complete_to.map(|mark| NOON + 90_000 - mark),
        entries: 20_000,
        dead: usize::from(topic == "candles.validated"),
        groups: groups.collect(),
    }
}

fn house() -> Frame {
    let streams = vec![
        stream("candles.received", Some(NOON), &[("validator", Some(0), 0)]),
        stream("candles.validated", Some(NOON), &[("feature_builder", Some(2_500), 7)]),
        stream("features.built", Some(NOON - HOUR), &[("predictor", None, 0), ("drift_monitor", Some(3), 0)]),
        // Promised ahead: nobody is behind because of it.
        stream("models.promoted", Some(NOON + 24 * HOUR), &[("predictor", Some(0), 0)]),
        stream("predictions.made", Some(NOON - HOUR), &[("drift_monitor", Some(0), 0)]),
    ];
    let holders: Vec<_> =
        LEASED.iter().map(|actor| (*actor, (*actor != "trainer").then(|| format!("{actor}-7-18cc")))).collect();
    let now = NOON + 90_000;
    let forecast = |horizon: Horizon| Newest {
        horizon,
        as_of: NOON,
        age_ms: 90_000,
        origin: "simulated".into(),
        level: if horizon == Horizon::H24 { "baseline".into() } else { "champion".into() },
        made_with: if horizon == Horizon::H24 { "baseline".into() } else { "champion".into() },
        model: "abcdef0123456789".into(),
        price: 42_000.0,
        p_up: 0.55,
        expected_return: 0.001,
        volatility: 0.02,
        median: 42_010.4,
        interval_80: [41_000.0, 43_000.0],
        interval_95: [40_000.0, 44_000.0],
        id: "id".into(),
    };
    let skill = |horizon: Horizon, volatility: Option<f64>| Skill {
        horizon,
        n: 2_880,
        volatility,
        direction: Some(0.0012),
        coverage_80: 0.803,
        coverage_95: 0.951,
    };
    let said = |topic: &'static str, time: Timestamp, data: &str| News { topic, time, data: data.into() };
    Frame {
        instrument: "BTC-USD".into(),
        data_dir: "./data/simulated".into(),
        simulated: true,
        now,
        bus_connected: true,
        actors: LEASED.iter().map(|actor| health(actor, &holders, &streams, now)).collect(),
        streams,
        forecasts: Horizon::ALL.map(forecast).to_vec(),
        skills: vec![skill(Horizon::M15, Some(0.0512)), skill(Horizon::H1, Some(-0.0801)), skill(Horizon::H4, None)],
        champion: Some(Deployment {
            serves_from: NOON - HOUR,
            kind: "promoted".into(),
            model: "abcdef0123456789".into(),
            previous: None,
            cause: Cause::Schedule,
            requested_by: "drift_monitor".into(),
            reasons: vec![],
            id: "id".into(),
        }),
        news: vec![
            said("skill.degraded", NOON, "{\"horizon\":\"1h\",\"loss_name\":\"qlike\",\"statistic\":-0.0801}"),
            said("models.promoted", NOON - HOUR, "{\"model\":\"abcdef0123456789\"}"),
        ],
    }
}

/// Compares a picture with the one that is kept.
fn pictured(name: &str, view: &View, frame: &Frame) {
    let kept = Path::new("src/top/pictures").join(format!("{name}.txt"));
    let drawn = text(frame, view, (120, 40)).expect("drawn");
    if std::env::var_os("WICK_BLESS").is_some_and(|value| value == "1") {
        std::fs::create_dir_all(kept.parent().expect("a folder")).expect("a folder");
        std::fs::write(&kept, &drawn).expect("written");
    }
    let text = std::fs::read_to_string(&kept).unwrap_or_default();
    assert_eq!(drawn, text, "{name} looks otherwise than it is kept: if that is meant, run with WICK_BLESS=1");
}

#[test]
fn the_house_looks_as_it_is_kept() {
    pictured("house", &View::default(), &house());
    let away = Frame { bus_connected: false, streams: vec![], news: vec![], skills: vec![], ..house() };
    let away = Frame { actors: LEASED.iter().map(|actor| health(actor, &vec![], &[], NOON)).collect(), ..away };
    let away = Frame { champion: None, forecasts: vec![], simulated: false, ..away };
    pictured("away", &View { trouble: Some("the bus does not answer".into()), ..View::default() }, &away);
    pictured("streams", &View { tab: Tab::Streams, scroll: 1, paused: true, ..View::default() }, &house());
    pictured("help", &View { tab: Tab::News, help: true, ..View::default() }, &house());
}

#[test]
fn a_small_terminal_shows_what_fits() {
    for size in [(1, 1), (20, 5), (80, 24), (300, 100)] {
        for tab in Tab::ALL {
            let view = View { tab, help: true, scroll: 99, ..View::default() };
            text(&house(), &view, size).expect("drawn");
        }
    }
}

#[test]
fn an_actor_is_behind_by_what_it_has_not_read_or_by_its_word() {
    let of = |actor: &str| house().actors.into_iter().find(|one| one.actor == actor).expect("listed");
    assert_eq!((of("validator").health, of("validator").lag), ("ok", Some(0)));
    // Unread messages, and an hour older than what it reads.
    assert_eq!((of("feature_builder").health, of("feature_builder").behind_ms), ("behind", Some(HOUR)));
    assert_eq!((of("predictor").health, of("predictor").lag, of("predictor").behind_ms), ("ok", None, Some(0)));
    assert_eq!(of("trainer").health, "away");
    let late = health("fetcher", &vec![("fetcher", Some("me".into()))], &house().streams, NOON + BAR);
    assert_eq!((late.health, late.behind_ms), ("behind", Some(BAR)));
}

#[test]
fn keys_do_what_they_say() {
    let mut view = View::default();
    let key = |code| KeyEvent::new(code, KeyModifiers::NONE);
    assert!(view.press(key(KeyCode::Tab)) && view.tab == Tab::Streams);
    assert!(view.press(key(KeyCode::Down)) && view.press(key(KeyCode::PageDown)) && view.scroll == 11);
    assert!(view.press(key(KeyCode::Up)) && view.scroll == 10);
    assert!(view.press(key(KeyCode::Left)) && view.tab == Tab::House && view.scroll == 0);
    assert!(view.press(key(KeyCode::Left)) && view.tab == Tab::News);
    assert!(view.press(key(KeyCode::Char('p'))) && view.paused);
    assert!(view.press(key(KeyCode::Char('?'))) && view.help);
    assert!(view.press(key(KeyCode::Esc)) && !view.help);
    assert!(!view.press(key(KeyCode::Esc)));
    assert!(!view.press(key(KeyCode::Char('q'))));
    assert!(!view.press(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL)));
    assert!(view.press(key(KeyCode::Char('c'))));
}
