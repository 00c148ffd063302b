//! What is derived from what is kept (skill that is lost), and from the command line itself (manual pages, completions).

use serde_json::json;
use sqlx::Connection;
use wick_schemas::time::BAR;
use wick_schemas::{Horizon, Level, Score, Timestamp, testing};

use super::kept::owned;
use super::{json, say};
use crate::Exit;

/// Scores of a baseline, then of a model that was good, then of one that is not.
async fn scores(folder: &std::path::Path) {
    let mut monitoring = owned(folder, "drift_monitor", "monitoring.sqlite").await;
    for bar in 0..60 {
        let good = testing::score(Horizon::H1, bar, 0.5);
        let score = match bar {
            0..20 => Score { level: Level::Baseline, qlike: Some(9.0), ..good },
            20..40 => good,
            _ => Score { qlike: Some(0.6), ..good },
        };
        sqlx::query("INSERT INTO scores VALUES (?, '1h', ?, ?)")
            .bind(score.origin.millis())
            .bind((score.origin + 4 * BAR).millis())
            .bind(serde_json::to_string(&score).expect("JSON"))
            .execute(&mut monitoring)
            .await
            .expect("kept");
    }
    sqlx::query("INSERT INTO commands VALUES (7, 'id', '{\"kind\":\"skill_lost\",\"evidence\":\"qlike\"}')")
        .execute(&mut monitoring)
        .await
        .expect("kept");
    monitoring.close().await.expect("closed");
}

#[tokio::test]
async fn drift_says_which_horizon_has_lost_its_skill() {
    let folder = tempfile::tempdir().expect("a folder");
    scores(folder.path()).await;
    let of = |window: usize| {
        let setting = format!("drift_monitor.policy.skill_window={window}");
        let folder = folder.path().to_owned();
        async move { json(&folder, &["drift", "--set", &setting]).await }
    };
    // The newest twenty lose 0.6 where seasonal HAR loses 0.5.
    let drift = of(20).await;
    let volatility = &drift["targets"][0];
    assert_eq!(
        (&volatility["horizon"], &volatility["target"], &volatility["n"]),
        (&json!("1h"), &json!("volatility"), &json!(20))
    );
    assert!((volatility["skill"].as_f64().expect("a skill") + 0.2).abs() < 1e-9, "{volatility}");
    assert_eq!((&volatility["degraded"], &drift["targets"][1]["degraded"]), (&json!(true), &json!(false)));
    assert_eq!(drift["at"], Timestamp(59 * BAR).millis());
    assert_eq!(drift["asked"], json!([{ "at": 7, "cause": { "kind": "skill_lost", "evidence": "qlike" } }]));
    // Together with the twenty before they save a good part of it; the baseline's forecasts say nothing of a model.
    let drift = of(1_000).await;
    assert_eq!((&drift["targets"][0]["n"], &drift["targets"][0]["degraded"]), (&json!(40), &json!(false)));
    let (exit, text) = say(folder.path(), &["drift", "--set", "drift_monitor.policy.skill_window=20"]).await;
    assert_eq!(exit.expect("answered"), Exit::Done);
    assert!(text.contains("-20.00 %  LOST") && text.contains("a retraining was asked for: skill_lost"), "{text}");
}

#[tokio::test]
async fn every_command_has_a_manual_page() {
    let folder = tempfile::tempdir().expect("a folder");
    let pages = folder.path().join("man1");
    let told = json(folder.path(), &["man", "--dir", pages.to_str().expect("a path")]).await;
    let written = told["written"].as_array().expect("a list");
    assert!(written.len() > 45, "{} pages", written.len());
    let page = |name: &str| std::fs::read_to_string(pages.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(page("wick.1").contains(".TH wick 1") && page("wick.1").contains("Exit codes"));
    let inner = page("wick-models-rollback.1");
    assert!(
        inner.contains("wick models rollback") && inner.contains("\\-\\-reason") && inner.contains("\\-\\-json"),
        "{inner}"
    );
    let (_, text) = say(folder.path(), &["man"]).await;
    assert_eq!(text, page("wick.1"));
}

#[tokio::test]
async fn every_shell_is_taught_every_command() {
    let folder = tempfile::tempdir().expect("a folder");
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let (exit, script) = say(folder.path(), &["completions", shell]).await;
        assert_eq!(exit.expect("answered"), Exit::Done, "{shell}");
        for word in ["dead-letters", "rollback", "scoreboard", "top", "data-dir"] {
            assert!(script.contains(word), "{shell} knows nothing of {word}");
        }
    }
}
