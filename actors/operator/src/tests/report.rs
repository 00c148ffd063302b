//! The evaluation over small layers: what is counted, and that the page stands alone.

use std::path::Path;

use serde_json::json;
use sqlx::SqliteConnection;
use wick_bus::lake::{self, FeatureRow, Shelf};
use wick_bus::registry;
use wick_schemas::model::{Estimator, HorizonModel, Input};
use wick_schemas::score::{brier, inside, log_loss, pinball};
use wick_schemas::time::{BAR, DAY};
use wick_schemas::{Artifact, FeatureVector, Horizon, Level, Origin, Score, Timestamp, testing};

use super::kept::owned;
use super::{json, parse, say};
use crate::place::Place;
use crate::{Exit, overlay};

const START: Timestamp = Timestamp(1_704_067_200_000);
const QUANTILES: [f64; 7] = [-0.002, -0.001, -0.0005, 0.0, 0.0005, 0.001, 0.002];

/// Something between −0.5 and 0.5 that differs from bar to bar.
fn noise(bar: i64) -> f64 {
    let mixed = (bar as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    ((mixed ^ (mixed >> 32)) >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
}

/// A day is of a model, the rest of another one; every call knows a little.
fn score(horizon: Horizon, bar: i64) -> Score {
    let log_return = 0.002 * noise(bar);
    let up = log_return > 0.0;
    let p_up = 0.5 + 0.2 * (noise(bar) + noise(bar + 9_999));
    Score {
        origin: START + bar * BAR,
        level: Level::Champion,
        model: if bar < 96 { "<a&b>".into() } else { "bbbb".into() },
        up,
        p_up,
        log_return,
        log_loss: log_loss(p_up, up),
        base_log_loss: log_loss(0.5, up),
        brier: brier(p_up, up),
        base_brier: brier(0.5, up),
        pinball: pinball(log_return, &QUANTILES),
        rolling_pinball: pinball(log_return, &QUANTILES.map(|quantile| 2.0 * quantile)),
        inside_80: inside(log_return, &QUANTILES, 1, 5),
        inside_95: inside(log_return, &QUANTILES, 0, 6),
        ..testing::score(horizon, bar, 1.0 + noise(bar))
    }
}

async fn keep(monitoring: &mut SqliteConnection, serving: &mut SqliteConnection, score: &Score) {
    sqlx::query("INSERT INTO scores VALUES (?, ?, ?, ?)")
        .bind(score.origin.millis())
        .bind(score.horizon.as_str())
        .bind((score.origin + score.horizon.millis()).millis())
        .bind(serde_json::to_string(score).expect("JSON"))
        .execute(monitoring)
        .await
        .expect("kept");
    let baseline = json!({ "p_up": 0.5, "ewma_variance": 4e-6, "garch_variance": null, "har_variance": 2e-6, "seasonal_har_variance": 1e-6,
                           "return_quantiles": QUANTILES.map(|quantile| 2.0 * quantile) });
    sqlx::query(
        "INSERT INTO predictions VALUES (?, ?, 'id', 'cause', 100.0, 'simulated', ?, 'champion', ?, 'set', ?, 0.0, \
         1e-6, ?, '[]', -13.8, ?, '[]', NULL)",
    )
    .bind(score.origin.millis())
    .bind(score.horizon.as_str())
    .bind(score.origin.millis())
    .bind(&score.model)
    .bind(score.p_up)
    .bind(json!(QUANTILES).to_string())
    .bind(baseline.to_string())
    .execute(serving)
    .await
    .expect("kept");
}

/// So many bars of two horizons.
async fn served(folder: &Path, bars: i64) {
    served_by(folder, bars, "bbbb").await;
}

/// The same, where the second model is this one.
async fn served_by(folder: &Path, bars: i64, second: &str) {
    let mut monitoring = owned(folder, "drift_monitor", "monitoring.sqlite").await;
    let mut serving = owned(folder, "predictor", "serving.sqlite").await;
    for one in [&mut monitoring, &mut serving] {
        sqlx::query("BEGIN").execute(one).await.expect("begun");
    }
    for bar in 0..bars {
        for horizon in [Horizon::M15, Horizon::H1] {
            let mut score = score(horizon, bar);
            if bar >= 96 {
                second.clone_into(&mut score.model);
            }
            keep(&mut monitoring, &mut serving, &score).await;
        }
    }
    for one in [&mut monitoring, &mut serving] {
        sqlx::query("COMMIT").execute(one).await.expect("kept");
    }
}

#[tokio::test]
async fn the_report_counts_what_was_served_and_names_what_it_speaks_of() {
    let folder = tempfile::tempdir().expect("a folder");
    served(folder.path(), 400).await;
    let report = json(folder.path(), &["report"]).await;
    assert_eq!((&report["forecasts"], &report["unserved"]), (&json!(800), &json!(0)));
    assert_eq!((&report["levels"], &report["origins"]), (&json!({ "champion": 800 }), &json!({ "simulated": 400 })));
    assert_eq!((&report["from"], &report["to"]), (&json!(START.millis()), &json!((START + 399 * BAR).millis())));
    let models: Vec<_> = report["models"].as_array().expect("a list").iter().map(|one| &one["forecasts"]).collect();
    assert_eq!(models, [&json!(192), &json!(608)]);
    // Of each horizon the mean of what was put in, found again.
    let scores: Vec<Score> = (0..400).map(|bar| score(Horizon::H1, bar)).collect();
    let hour = &report["horizons"][1];
    let mean = scores.iter().map(|score| score.log_loss).sum::<f64>() / 400.0;
    assert!((hour["direction"]["log_loss"].as_f64().expect("a figure") - mean).abs() < 1e-12);
    assert_eq!((&hour["horizon"], &hour["n"]), (&json!("1h"), &json!(400)));
    assert!((hour["returns"]["width_80"].as_f64().expect("a figure") - 0.002).abs() < 1e-12);
    assert_eq!(hour["value"]["decisions"], json!(100));
    // Nine rows a horizon, of which the zero return was served itself and is no test.
    assert_eq!(report["tests"], json!(16));
    let day = (START + DAY).rfc3339();
    assert_eq!(json(folder.path(), &["report", "--to", &day]).await["forecasts"], json!(192));
    assert_eq!(json(folder.path(), &["report", "--from", &day]).await["forecasts"], json!(608));
    let (exit, _) = say(folder.path(), &["report", "--from", "2030-01-01"]).await;
    assert_eq!(exit.expect_err("nothing").exit(), Exit::NotFound);
}

#[tokio::test]
async fn the_page_stands_alone_and_is_the_same_twice() {
    let folder = tempfile::tempdir().expect("a folder");
    served(folder.path(), 400).await;
    let file = folder.path().join("it.html");
    let words = ["report", "--out", file.to_str().expect("a path")];
    let (exit, text) = say(folder.path(), &words).await;
    assert_eq!(exit.expect("answered"), Exit::Done);
    assert!(text.contains("p after Holm for 16 tests") && text.contains("it.html"), "{text}");
    let page = std::fs::read_to_string(&file).expect("a page");
    for loaded in ["http:", "https:", "//", "src=", "url(", "@import", "<script", "<link", "<img", "onload"] {
        assert!(!page.contains(loaded), "the page holds {loaded}");
    }
    assert!(page.split("href=\"").skip(1).all(|link| link.starts_with('#')), "a link leads away");
    assert!(page.contains("prefers-color-scheme: dark") && page.contains("width=device-width"));
    assert!(page.contains("&lt;a&amp;b&gt;") && !page.contains("<a&b>"), "what is kept is shown as text");
    assert!(page.contains("nobody traded at them"), "simulated prices are not called so");
    assert!(page.matches("<svg").count() >= 12 && !page.contains("NaN") && !page.contains(">inf"));
    balanced(&page);
    say(folder.path(), &words).await.0.expect("answered");
    assert_eq!(std::fs::read_to_string(&file).expect("a page"), page);
}

#[tokio::test]
async fn what_serving_lost_is_said_and_the_rest_is_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    served(folder.path(), 40).await;
    std::fs::remove_file(folder.path().join("serving.sqlite")).expect("removed");
    let report = json(folder.path(), &["report"]).await;
    assert_eq!((&report["unserved"], &report["horizons"][0]["returns"]["crps"]), (&json!(80), &json!(null)));
    let page = std::fs::read_to_string(folder.path().join("report.html")).expect("a page");
    assert!(page.contains("Of 80 forecasts the serving layer no longer has the quantiles"), "{page}");
    balanced(&page);
}

/// An artifact whose calls rest on the second of two features, and its variances on nothing.
pub fn artifact() -> Artifact {
    let constant = |value: f64| Estimator::Constant { value };
    let input = Input { column: 1, center: 0.0, scale: 1.0, clip: 1e9, weight: 1.0 };
    let horizon = |horizon| HorizonModel {
        horizon,
        direction_name: "logistic".into(),
        direction: Estimator::Linear { inputs: vec![input.clone()], intercept: 0.0, season: vec![] },
        volatility_name: "seasonal_har".into(),
        volatility: constant(-13.8),
        base_rate: 0.5,
        ewma: constant(-13.8),
        har: constant(-13.8),
        seasonal_har: constant(-13.8),
        garch: None,
        levels: [1.0; 4],
        level_outcomes: 500,
        residual_quantiles: vec![0.0; 7],
        return_quantiles: vec![0.0; 7],
    };
    Artifact {
        format: 1,
        feature_set: "set".into(),
        names: vec!["idle".into(), "signal".into()],
        trained_at: START,
        horizons: Horizon::ALL.map(horizon).to_vec(),
        kept: Vec::new(),
        canaries: vec![],
    }
}

#[tokio::test]
async fn what_the_newest_model_rests_on_is_asked_on_the_rows_that_it_served_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = artifact().to_json().expect("JSON");
    let hash = Artifact::hash_of(&text);
    served_by(folder.path(), 400, &hash).await;
    let house =
        Place::find(&overlay(&parse(folder.path(), &["report"])).expect("settings")).await.expect("a place").house;
    std::fs::create_dir_all(house.path("models")).expect("a folder");
    std::fs::write(registry::artifact_path(&house, &hash), text).expect("an artifact");
    let row = |bar: i64| {
        FeatureRow(FeatureVector {
            as_of: START + bar * BAR,
            feature_set: "set".into(),
            price: 100.0,
            warm: true,
            minutes: 15,
            origin: Origin::Simulated,
            ingest_time: START + bar * BAR,
            names: artifact().names,
            values: vec![Some(noise(bar + 5_000)), Some(3.0 * score(Horizon::M15, bar).log_return.signum())],
        })
    };
    let mut gold = Shelf::<FeatureRow>::open(&lake::features_root(&house), 1_000_usize).expect("a shelf");
    gold.keep((0..400).map(row).collect()).expect("kept");
    let report = json(folder.path(), &["report"]).await;
    let importance = &report["horizons"][0]["importance"];
    assert_eq!((&importance["model"], &importance["rows"]), (&json!(hash), &json!(304)));
    assert_eq!((&importance["direction"][0]["feature"], &importance["volatility"]), (&json!("signal"), &json!([])));
    assert!(importance["direction"][0]["worth"].as_f64().expect("a figure") > 1.0);
    let page = std::fs::read_to_string(folder.path().join("report.html")).expect("a page");
    assert!(page.contains("What the newest model rests on") && page.contains("the forecast rests on no feature"));
    balanced(&page);
}

#[tokio::test]
async fn a_page_that_cannot_be_written_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().expect("a folder");
    served(folder.path(), 4).await;
    let nowhere = folder.path().join("absent/it.html");
    let (exit, _) = say(folder.path(), &["report", "--out", nowhere.to_str().expect("a path")]).await;
    assert!(exit.expect_err("no folder").to_string().contains("absent/it.html"));
}

/// Every element that is opened is closed, in order, but for those that have no end.
fn balanced(page: &str) {
    let mut open: Vec<&str> = Vec::new();
    for tag in page.split('<').skip(1).map(|rest| rest.split('>').next().expect("a tag")) {
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "closes what is not open");
        } else {
            let name = tag.split(' ').next().expect("a name");
            if !["!DOCTYPE", "meta", "br"].contains(&name) {
                open.push(name);
            }
        }
    }
    assert!(open.is_empty(), "left open: {open:?}");
}
