use wick_schemas::model::Learnt;
use wick_schemas::testing::score;
use wick_schemas::{Cause, Horizon, Instrument, Score, Timestamp};

use super::*;
use crate::registry::{Deployment, Model};

fn model() -> Model {
    Model {
        hash: "ab".repeat(32),
        champion: true,
        trained_at: Timestamp(1_750_000_000_000),
        feature_set: "set".into(),
        from: Timestamp(1_700_000_000_000),
        to: Timestamp(1_749_999_000_000),
        rows: 9_000,
        cause: Cause::Schedule,
        requested_by: "drift_monitor".into(),
        promoted: true,
        reasons: vec!["better | than <b>before</b>".into()],
        metrics: vec![wick_schemas::model_event::CellMetric {
            horizon: Horizon::H1,
            target: "volatility".into(),
            loss_name: "qlike".into(),
            chosen: "mean".into(),
            loss: 0.2,
            baseline: "seasonal_har".into(),
            baseline_loss: 0.25,
            skill: 0.2,
            dm_t: 5.5,
            dm_p: 1e-7,
            rows: 4_000,
        }],
        config: serde_json::json!({ "seed": 7 }),
    }
}

fn card(scores: Vec<Score>) -> Card {
    card_of(&model(), scores)
}

fn card_of(model: &Model, scores: Vec<Score>) -> Card {
    let deployment = Deployment {
        serves_from: Timestamp(1_750_000_900_000),
        kind: "rolled_back".into(),
        model: "ab".repeat(32),
        previous: None,
        cause: Cause::Schedule,
        requested_by: "ada".into(),
        reasons: vec!["too sure".into()],
        id: "m".into(),
    };
    let pair = Instrument::new("BTC-USD").expect("a pair");
    Card::of(&pair, model, &[deployment], Err("no such file".into()), scores)
}

#[test]
fn a_card_says_what_it_knows_and_what_it_does_not() {
    let text = markdown::write(&card(Vec::new()));
    for said in [
        "# Model abababababab",
        "NOT SOUND: no such file",
        "9000 rows",
        "| 1h | volatility | mean | qlike 0.20000 | seasonal har 0.25000 | +20.00 % | 5.50 | 1.00e-7 | 4000 |",
        "None of its forecasts is scored yet.",
        " | rolled back | ada | too sure |",
        "| seed | 7 |",
        "Not advice",
    ] {
        assert!(text.contains(said), "{said} in {text}");
    }
    // A reason cannot make a cell of its own.
    assert!(text.contains("better \\| than"), "{text}");
    let scores = (0..100).map(|bar| score(Horizon::H1, bar, 1.0 + (bar % 7) as f64 / 10.0)).collect();
    let text = markdown::write(&card(scores));
    assert!(text.contains("1h: 100 forecasts") && text.contains("| 1h | volatility | qlike | har |"), "{text}");
}

#[test]
fn what_a_model_took_over_is_said_with_whose_it_is() {
    let pair = Instrument::new("BTC-USD").expect("a pair");
    let mut artifact = crate::tests::report::artifact();
    let former = artifact.clone();
    artifact.keep(Horizon::H4, Learnt::Volatility, &former, &"cd".repeat(32));
    let text = markdown::write(&Card::of(&pair, &model(), &[], Ok(&artifact), Vec::new()));
    assert!(text.contains("| 1h | logistic | seasonal har |"), "{text}");
    assert!(text.contains("| 4h | logistic | seasonal har, of cdcdcdcdcdcd |"), "{text}");
}

#[test]
fn a_leak_alarm_is_told_first_of_all() {
    assert!(markdown::write(&card(Vec::new())).contains("| leak alarm | silent"));
    let alarm = format!("{}: 1h direction by forest", wick_schemas::model_event::SUSPECT);
    let model = Model { promoted: false, reasons: vec![alarm], ..model() };
    let text = markdown::write(&card_of(&model, Vec::new()));
    for said in ["| verdict | refused, LEAK ALARM: too good to be true", "| leak alarm | RANG, see the verdict"] {
        assert!(text.contains(said), "{said} in {text}");
    }
}

#[test]
fn a_page_shows_words_as_words_and_asks_for_nothing() {
    let page = html::write(&card(Vec::new()));
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("&lt;b&gt;before&lt;/b&gt;"), "{page}");
    for word in ["<script", "http://", "https://", "src=", "url("] {
        assert!(!page.contains(word), "{word}");
    }
}

#[test]
fn a_card_says_that_networks_were_fitted_on_a_graphics_card() {
    let said = |config| markdown::write(&card_of(&Model { config, ..model() }, Vec::new()));
    let on = |place: &str| said(serde_json::json!({ "networks_on": place }));
    let sentence = "Networks were fitted on Somebody's 9000 (Vulkan): on another card the last bits may differ.";
    assert!(on("Somebody's 9000 (Vulkan)").contains(sentence));
    for text in [on("cpu"), on("cpu, after Somebody's 9000 (Vulkan) failed: lost"), said(serde_json::json!({}))] {
        assert!(!text.contains("on another card"), "{text}");
    }
}
