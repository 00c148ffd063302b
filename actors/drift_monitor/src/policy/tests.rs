//! The policy, day by day.

use proptest::prelude::*;
use wick_schemas::time::BAR;
use wick_schemas::{Origin, Score};

use super::*;
use wick_schemas::testing::score;

const CONFIG: PolicyConfig = PolicyConfig {
    every_days: 0,
    cooldown_hours: 48,
    skill_window: 192,
    skill_threshold: -0.02,
    drift_retrains: true,
    min_warm_bars: 10,
};

fn bar(number: i64, warm: bool, late: i64) -> FeatureVector {
    let as_of = Timestamp(number * BAR);
    FeatureVector {
        as_of,
        feature_set: "set".into(),
        price: 1.0,
        warm,
        minutes: 15,
        origin: Origin::Live,
        ingest_time: as_of + late,
        names: vec![],
        values: vec![],
    }
}

/// Settled forecasts of every horizon with that volatility skill.
fn scored(number: i64, skill: f64, level: Level) -> PredictionsScored {
    let one = |horizon| Score { qlike: Some(1.0 - skill), level, ..score(horizon, number, 1.0) };
    PredictionsScored { at: Timestamp(number * BAR), scores: Horizon::ALL.map(one).to_vec() }
}

/// Runs bars with the skill that `skill` gives them; the decisions with their bar.
fn run(policy: &mut Policy, bars: std::ops::Range<i64>, skill: impl Fn(i64) -> f64) -> Vec<(i64, Decision)> {
    let mut decisions = Vec::new();
    for number in bars {
        policy.observe_scores(&scored(number, skill(number), Level::Champion));
        decisions.extend(policy.decide(&bar(number, true, 1_000), None).into_iter().map(|decision| (number, decision)));
    }
    decisions
}

/// Bar and cause of the commands.
fn commands(decisions: &[(i64, Decision)]) -> Vec<(i64, &'static str)> {
    let name = |(number, decision): &(i64, Decision)| match decision {
        Decision::Retrain(retrain) => {
            assert_eq!((retrain.at, retrain.requested_by.as_str()), (Timestamp(number * BAR), "drift_monitor"));
            Some((*number, retrain.cause.name()))
        }
        Decision::SkillDegraded(_) => None,
    };
    decisions.iter().filter_map(name).collect()
}

#[test]
fn the_first_command_comes_with_the_first_fresh_warm_bar_that_has_enough_behind_it() {
    let mut policy = Policy::recovered(CONFIG, None);
    for number in 0..5 {
        assert!(policy.decide(&bar(number, false, 0), None).is_empty());
    }
    // Being caught up with counts, but commands nothing, not even at midnight.
    for number in 5..200 {
        assert!(policy.decide(&bar(number, true, DAY), None).is_empty());
    }
    assert!(policy.decide(&bar(200, true, 0), None).is_empty());
    assert_eq!(policy.promised(Timestamp(200 * BAR)), Timestamp(216 * BAR - 1));
    let first = policy.decide(&bar(216, true, DAY - 1), None);
    assert_eq!(commands(&[(216, first[0].clone())]), [(216, "no_champion")]);
    assert_eq!(policy.last_command(), Some(Timestamp(216 * BAR)));
    assert!(policy.decide(&bar(217, true, 0), None).is_empty());
    // Through the end of day 2, as bar 288 begins day 3.
    assert_eq!(policy.promised(Timestamp(217 * BAR)), Timestamp(288 * BAR - 1));
    assert_eq!(policy.promised(Timestamp(288 * BAR)), Timestamp(384 * BAR - 1));
}

#[test]
fn too_few_warm_bars_command_nothing() {
    let mut policy = Policy::recovered(CONFIG, None);
    let decisions: Vec<i64> =
        (0..30).filter(|number| !policy.decide(&bar(*number, true, 0), None).is_empty()).collect();
    assert_eq!(decisions, [24]);
}

#[test]
fn the_schedule_is_kept_at_midnight() {
    let mut policy = Policy::recovered(PolicyConfig { every_days: 2, ..CONFIG }, None);
    let decisions = run(&mut policy, 0..96 * 9, |_| 0.5);
    // First at bar 9; two whole days later is day 3, and then every second day.
    assert_eq!(
        commands(&decisions),
        [(24, "no_champion"), (96 * 3, "schedule"), (96 * 5, "schedule"), (96 * 7, "schedule")]
    );
}

#[test]
fn without_a_schedule_and_with_skill_nothing_more_is_asked() {
    let mut policy = Policy::recovered(CONFIG, None);
    assert_eq!(commands(&run(&mut policy, 0..96 * 30, |_| 0.0)), [(24, "no_champion")]);
}

#[test]
fn lost_skill_is_said_once_and_answered_once_a_window() {
    let mut policy = Policy::recovered(CONFIG, None);
    let good_days = 5;
    let decisions = run(&mut policy, 0..96 * 12, |number| if number < 96 * good_days { 0.1 } else { -0.2 });
    // Two-day windows: half lost already at the end of the first bad day; then two days of new evidence.
    assert_eq!(
        commands(&decisions),
        [(24, "no_champion"), (96 * 6, "skill_lost"), (96 * 8, "skill_lost"), (96 * 10, "skill_lost")]
    );
    let said: Vec<_> = decisions
        .iter()
        .filter_map(|(number, decision)| match decision {
            Decision::SkillDegraded(lost) => Some((*number, lost.clone())),
            Decision::Retrain(_) => None,
        })
        .collect();
    assert_eq!(said.len(), 3 * 4);
    let (number, lost) = &said[0];
    assert_eq!((*number, lost.horizon, lost.window, lost.model.as_str()), (96 * 6, Horizon::M15, 192, "m"));
    assert!((lost.statistic + 0.05).abs() < 1e-9, "{}", lost.statistic);
    let evidence = decisions.iter().find_map(|(_, decision)| match decision {
        Decision::Retrain(Retrain { cause: Cause::SkillLost { evidence }, .. }) => Some(evidence.clone()),
        _ => None,
    });
    let evidence = evidence.expect("a command");
    assert!(evidence.contains("15m") && evidence.contains("24h") && evidence.contains("192"), "{evidence}");
}

#[test]
fn the_cool_down_delays_the_answer_and_not_the_news() {
    let mut policy = Policy::recovered(PolicyConfig { cooldown_hours: 24 * 6, ..CONFIG }, None);
    let decisions = run(&mut policy, 0..96 * 8, |_| -0.2);
    assert_eq!(commands(&decisions), [(24, "no_champion"), (96 * 7, "skill_lost")]);
    let said: Vec<i64> =
        decisions.iter().filter(|(_, d)| matches!(d, Decision::SkillDegraded(_))).map(|(number, _)| *number).collect();
    assert_eq!(said, [96 * 2; 4]);
}

#[test]
fn lost_skill_goes_before_the_schedule_and_both_are_one_command() {
    let mut policy = Policy::recovered(PolicyConfig { every_days: 1, cooldown_hours: 0, ..CONFIG }, None);
    let decisions = run(&mut policy, 0..96 * 5, |_| -0.2);
    assert_eq!(
        commands(&decisions),
        [(24, "no_champion"), (96 * 2, "skill_lost"), (96 * 3, "schedule"), (96 * 4, "skill_lost")]
    );
}

/// Commands of so many days in which the features have drifted from one day on.
fn drifting(config: PolicyConfig, from: i64, days: i64) -> Vec<(i64, &'static str)> {
    let mut policy = Policy::recovered(config, None);
    let mut decisions = Vec::new();
    for number in 0..96 * days {
        // What is said at a midnight, as the monitor looks.
        let drift = (number % 96 == 0 && number >= 96 * from).then_some("31 % of 8 features");
        decisions.extend(policy.decide(&bar(number, true, 0), drift).into_iter().map(|decision| (number, decision)));
    }
    commands(&decisions)
}

#[test]
fn drift_asks_once_a_week_after_the_cool_down_and_only_where_it_may() {
    // The first command is at bar 24, so two days later is day 3.
    let asked = [(24, "no_champion"), (96 * 3, "features_drifted"), (96 * 10, "features_drifted")];
    assert_eq!(drifting(CONFIG, 1, 15), asked);
    let quiet = PolicyConfig { drift_retrains: false, ..CONFIG };
    assert_eq!(drifting(quiet, 1, 15), [(24, "no_champion")]);
    // It goes before the calendar, and both are one command.
    let daily = PolicyConfig { every_days: 1, cooldown_hours: 24, ..CONFIG };
    let causes: Vec<&str> = drifting(daily, 4, 8).into_iter().map(|(_, cause)| cause).collect();
    assert_eq!(causes, ["no_champion", "schedule", "schedule", "features_drifted", "schedule", "schedule", "schedule"]);
}

#[test]
fn what_was_made_without_a_model_is_not_held_against_one() {
    let mut policy = Policy::recovered(CONFIG, None);
    for number in 0..96 * 10 {
        policy.observe_scores(&scored(number, -0.9, Level::Baseline));
        let decisions = policy.decide(&bar(number, true, 0), None);
        assert_eq!(decisions.is_empty(), number != 24);
    }
    assert_eq!(policy.skills(Timestamp(DAY * 10)), [None; 4]);
}

#[test]
fn a_window_of_nothing_watches_nothing() {
    let mut policy = Policy::recovered(PolicyConfig { skill_window: 0, ..CONFIG }, None);
    assert_eq!(run(&mut policy, 0..96 * 10, |_| -0.9).len(), 1);
}

#[test]
fn unknown_knobs_are_refused_and_the_ends_of_time_promise_something() {
    assert!(serde_json::from_str::<PolicyConfig>(r#"{"every_days": 7}"#).is_ok());
    assert!(serde_json::from_str::<PolicyConfig>(r#"{"every_day": 7}"#).is_err());
    let mut policy = Policy::recovered(CONFIG, None);
    assert!(policy.promised(Timestamp::MIN) < Timestamp(0));
    run(&mut policy, 0..25, |_| 0.0);
    assert_eq!(policy.promised(Timestamp::MIN), Timestamp(DAY - 1));
    assert!(policy.promised(Timestamp::MAX) > Timestamp(i64::MAX - DAY));
}

/// A day's skill, for a run of days.
fn days() -> impl Strategy<Value = Vec<f64>> {
    proptest::collection::vec(-0.3_f64..0.3, 1..25)
}

fn config() -> impl Strategy<Value = PolicyConfig> {
    (0_u32..5, 0_u32..100, 0_usize..600, -0.1_f64..0.1, 0_usize..300).prop_map(
        |(every_days, cooldown_hours, skill_window, skill_threshold, min_warm_bars)| PolicyConfig {
            every_days,
            cooldown_hours,
            skill_window,
            skill_threshold,
            drift_retrains: true,
            min_warm_bars,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_command_breaks_a_promise(config in config(), days in days()) {
        let mut policy = Policy::recovered(config, None);
        let mut promised = Timestamp::MIN;
        for number in 0..96 * days.len() as i64 {
            let skill = days[(number / 96) as usize];
            let at = Timestamp(number * BAR);
            for (_, decision) in run(&mut policy, number..number + 1, |_| skill) {
                if let Decision::Retrain(retrain) = decision {
                    prop_assert!(retrain.at > promised);
                }
            }
            let next = policy.promised(at);
            prop_assert!(next >= promised.max(at));
            promised = next;
        }
    }

    #[test]
    fn a_checkpoint_anywhere_changes_nothing(config in config(), days in days(), cut in 0.0_f64..1.0) {
        let bars = 96 * days.len() as i64;
        let cut = (bars as f64 * cut) as i64;
        let skill = |number: i64| days[(number / 96) as usize];
        let mut whole = Policy::recovered(config, None);
        let expected = run(&mut whole, 0..bars, skill);
        let mut first = Policy::recovered(config, None);
        let mut found = run(&mut first, 0..cut, skill);
        let kept = serde_json::to_string(&first).expect("JSON");
        prop_assert!(kept.len() < 40_000, "{}", kept.len());
        let mut second = Policy::recovered(config, serde_json::from_str(&kept).expect("reads"));
        found.extend(run(&mut second, cut..bars, skill));
        prop_assert_eq!(found, expected);
        prop_assert_eq!(second, whole);
    }
}
