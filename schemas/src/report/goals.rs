//! What was aimed at, beside what was reached.

use serde::{Deserialize, Serialize};

use super::HorizonReport;
use super::comparison::Comparison;
use super::returns::Coverage;
use crate::market::Horizon;

/// A skill that is aimed at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SkillGoal {
    /// The horizon.
    pub horizon: Horizon,
    /// The loss.
    pub loss_name: &'static str,
    /// The baseline.
    pub baseline: &'static str,
    /// The least skill.
    pub least: f64,
}

/// The skills that are aimed at, each with a corrected p-value below [`P_GOAL`] and the right sign in every year.
pub const SKILL_GOALS: [SkillGoal; 11] = [
    skill(Horizon::M15, "qlike", "seasonal_har", 0.15),
    skill(Horizon::H1, "qlike", "seasonal_har", 0.11),
    skill(Horizon::H4, "qlike", "seasonal_har", 0.10),
    skill(Horizon::H24, "qlike", "seasonal_har", 0.10),
    skill(Horizon::M15, "log_loss", "base_rate", 0.01),
    skill(Horizon::H1, "log_loss", "base_rate", 0.01),
    skill(Horizon::H4, "log_loss", "base_rate", 0.01),
    skill(Horizon::M15, "pinball", "rolling_quantiles", 0.09),
    skill(Horizon::H1, "pinball", "rolling_quantiles", 0.08),
    skill(Horizon::H4, "pinball", "rolling_quantiles", 0.07),
    skill(Horizon::H24, "pinball", "rolling_quantiles", 0.04),
];
/// Below it a skill is proved.
pub const P_GOAL: f64 = 0.001;
/// How far from 80 % the coverage may be: of all, and of a third or a quarter.
pub const REACH_80: (f64, f64) = (0.01, 0.03);
/// How far from 95 % the coverage may be: of all, and of a third or a quarter.
pub const REACH_95: (f64, f64) = (0.005, 0.03);
/// A quarter or a year is judged from this many forecasts on: half a quarter of them.
pub const JUDGED: usize = 4_320;

/// A skill of this size is rounding.
const DUST: f64 = 1e-9;

/// A goal and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GoalResult {
    /// The horizon; `None` for all of them.
    pub horizon: Option<Horizon>,
    /// What was aimed at.
    pub goal: String,
    /// What was reached.
    pub reached: String,
    /// Whether that is it; `None` where there is too little to judge.
    pub met: Option<bool>,
}

const fn skill(horizon: Horizon, loss_name: &'static str, baseline: &'static str, least: f64) -> SkillGoal {
    SkillGoal { horizon, loss_name, baseline, least }
}

/// Every goal beside the figures.
#[must_use]
pub fn goals(horizons: &[HorizonReport]) -> Vec<GoalResult> {
    let rows = || horizons.iter().flat_map(|report| &report.comparisons);
    let skills = SKILL_GOALS.iter().filter(|goal| horizons.iter().any(|report| report.horizon == goal.horizon));
    let mut results: Vec<GoalResult> = skills
        .map(|goal| {
            let own = |row: &&Comparison| {
                row.horizon == goal.horizon && row.loss_name == goal.loss_name && row.baseline == goal.baseline
            };
            skill_result(goal, rows().find(own))
        })
        .collect();
    for report in horizons {
        let returns = &report.returns;
        let one = std::slice::from_ref(&returns.coverage);
        results.push(coverage_result(report.horizon, "overall", one, (REACH_80.0, REACH_95.0), 1));
        let reach = (REACH_80.1, REACH_95.1);
        results.push(coverage_result(
            report.horizon,
            "in each third by variance",
            &returns.terciles,
            reach,
            JUDGED / 3,
        ));
        results.push(coverage_result(report.horizon, "in each quarter", &returns.quarters, reach, JUDGED));
    }
    results.push(never_worse(rows()));
    results
}

fn skill_result(goal: &SkillGoal, row: Option<&Comparison>) -> GoalResult {
    let percent = |skill: f64| format!("{:+.2} %", 100.0 * skill);
    let asked = format!(
        "{} skill against {} of at least {:.0} %, p < {P_GOAL} after correction, a gain in every year",
        words(goal.loss_name),
        words(goal.baseline),
        100.0 * goal.least
    );
    let skill = row.and_then(|row| row.all.skill);
    let judged: Vec<_> = row.map(|row| row.years.iter().filter(|year| year.n >= JUDGED).collect()).unwrap_or_default();
    let wrong: Vec<String> = judged
        .iter()
        .filter(|year| year.skill.is_some_and(|skill| skill <= DUST))
        .map(|year| year.year.to_string())
        .collect();
    let p = row.and_then(|row| row.p_holm);
    let mut reached = match skill {
        None => "nothing scored".into(),
        Some(skill) if skill.abs() <= DUST => "none: the baseline itself was served".into(),
        Some(skill) => percent(skill) + &p.map_or_else(|| ", not tested".into(), |p| format!(", p {}", p_value(p))),
    };
    if skill.is_some_and(|skill| skill.abs() > DUST) && !wrong.is_empty() {
        reached += &format!(", no gain in {}", wrong.join(", "));
    }
    let met = skill.map(|skill| skill >= goal.least && p.is_some_and(|p| p < P_GOAL) && wrong.is_empty());
    GoalResult { horizon: Some(goal.horizon), goal: asked, reached, met }
}

/// A name of a loss or a baseline for people.
#[must_use]
pub fn words(name: &str) -> String {
    match name {
        "qlike" | "crps" | "ewma" | "har" => name.to_uppercase(),
        "garch" => "GARCH(1,1)".into(),
        "seasonal_har" => "seasonal HAR".into(),
        "log_loss" => "log-loss".into(),
        "brier" => "Brier".into(),
        _ => name.replace('_', " "),
    }
}

/// A p-value for people.
#[must_use]
pub fn p_value(p: f64) -> String {
    match p {
        _ if p < 1e-12 => "< 1e-12".into(),
        _ if p < 0.001 => format!("{p:.0e}"),
        _ => format!("{p:.3}"),
    }
}

fn coverage_result(
    horizon: Horizon,
    of: &str,
    parts: &[Coverage],
    (reach_80, reach_95): (f64, f64),
    least: usize,
) -> GoalResult {
    let judged: Vec<&Coverage> = parts.iter().filter(|part| part.n >= least).collect();
    let off = |part: &&Coverage| ((part.inside_80 - 0.8).abs(), (part.inside_95 - 0.95).abs());
    let shown = |part: &Coverage| format!("{:.1} / {:.1} %", 100.0 * part.inside_80, 100.0 * part.inside_95);
    // Measured against what may be missed: the one that misses most is named.
    let missed = |part: &&Coverage| (off(part).0 / reach_80).max(off(part).1 / reach_95);
    let worst = judged.iter().copied().max_by(|one, other| missed(one).total_cmp(&missed(other)));
    GoalResult {
        horizon: Some(horizon),
        goal: format!("coverage {of} within {:.1} of 80 % and {:.1} of 95 %", 100.0 * reach_80, 100.0 * reach_95),
        reached: match worst {
            None => format!("nothing of {least} forecasts or more"),
            Some(part) if part.of == "all" => shown(part),
            Some(part) => format!("{} in the worst of {}, {}", shown(part), judged.len(), part.of),
        },
        met: worst.map(|part| missed(&part) <= 1.0 + 1e-9),
    }
}

fn never_worse<'a>(rows: impl Iterator<Item = &'a Comparison> + Clone) -> GoalResult {
    let worse = |row: &&Comparison| row.all.skill.is_some_and(|skill| skill < -DUST);
    let named: Vec<String> = rows
        .clone()
        .filter(worse)
        .map(|row| format!("{} {} against {}", row.horizon, words(&row.loss_name), words(&row.baseline)))
        .collect();
    let all = rows.count();
    GoalResult {
        horizon: None,
        goal: "no cell worse than a baseline".into(),
        reached: match named.as_slice() {
            [] => format!("none of {all}"),
            some => format!("{} of {all}: {}", some.len(), some.join(", ")),
        },
        met: (all > 0).then_some(named.is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{case, noise};
    use crate::report::{Case, Report};
    use crate::testing::score;

    fn report(bars: i64, change: impl Fn(&mut Case, i64)) -> Report {
        let cases = |horizon| {
            (0..bars)
                .map(|bar| {
                    let scored = score(horizon, bar, 1.0 + noise(bar));
                    let mut case = Case { score: scored, ..case(horizon, bar) };
                    case.score.inside_80 = bar % 5 != 0;
                    case.score.inside_95 = bar % 20 != 0;
                    change(&mut case, bar);
                    case
                })
                .collect::<Vec<_>>()
        };
        Report::of(
            Horizon::ALL.map(|horizon| HorizonReport::of(horizon, cases(horizon))).into_iter().flatten().collect(),
        )
    }

    #[test]
    fn half_the_loss_and_exact_intervals_meet_every_goal() {
        let report = report(5_000, |_, _| ());
        for result in &report.goals {
            assert_eq!(result.met, Some(true), "{result:?}");
        }
        assert_eq!(report.goals.len(), SKILL_GOALS.len() + 4 * 3 + 1);
    }

    #[test]
    fn what_is_missed_is_said_and_by_how_much() {
        let report = report(5_000, |case, bar| {
            case.score.log_loss = case.score.base_log_loss * (0.995 + 0.001 * noise(bar + 1));
            case.score.brier = case.score.base_brier * 1.1;
            case.score.inside_80 = bar % 4 != 0;
        });
        let missed: Vec<&GoalResult> = report.goals.iter().filter(|result| result.met == Some(false)).collect();
        // Log-loss at three horizons, three coverages at each of four, and the cells that are worse.
        assert_eq!(missed.len(), 3 + 12 + 1, "{missed:?}");
        assert!(missed[0].reached.starts_with("+0.50 %"), "{}", missed[0].reached);
        assert!(missed[3].reached.starts_with("75.0 / 95.0 %"), "{}", missed[3].reached);
        assert!(missed[15].reached.contains("24h Brier against base rate"), "{}", missed[15].reached);
    }

    #[test]
    fn a_baseline_that_is_served_gains_nothing_and_loses_nothing() {
        let report = report(300, |case, _| case.score.log_loss = case.score.base_log_loss);
        let goal = report.goals.iter().find(|result| result.goal.contains("log-loss")).expect("a goal");
        assert_eq!((goal.met, goal.reached.as_str()), (Some(false), "none: the baseline itself was served"));
        assert_eq!(report.goals.last().and_then(|last| last.met), Some(true));
    }

    #[test]
    fn a_quarter_with_too_few_forecasts_is_not_judged() {
        let report = report(300, |case, bar| case.score.inside_80 = bar % 2 == 0);
        let quarter = report.goals.iter().find(|result| result.goal.contains("quarter")).expect("a goal");
        assert_eq!(quarter.met, None);
    }

    #[test]
    fn p_values_are_short() {
        assert_eq!([0.0, 3e-7, 0.0312].map(p_value), ["< 1e-12", "3e-7", "0.031"]);
    }
}
