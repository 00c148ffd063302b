//! The report at a terminal: the figures without the pictures.

use wick_schemas::report::{Comparison, GoalResult, HorizonReport, Report};

use super::head::Head;
use super::shown::{interval, loss, maybe, met, percent, ps, rule, signed, statistic, words, years_lost};
use crate::error::Result;
use crate::forecast::shown_origin;
use crate::page::Page;
use crate::page::Side::{Left, Right};
use crate::words::{moment, short};

/// Shows the report.
///
/// # Errors
/// Where nobody reads any more.
pub fn show(head: &Head, report: &Report, page: &mut Page<'_>) -> Result<()> {
    about(head, page)?;
    for suspicion in &report.suspicions {
        page.line(&format!("suspicious {suspicion}"))?;
    }
    page.line("")?;
    let columns =
        ["n", "accuracy", "AUC", "surest 10 %", "log-loss", "Brier", "QLIKE", "R² log", "levelled", "pinball", "CRPS"];
    figures(page, &columns, &report.horizons, |one| {
        vec![
            one.n.to_string(),
            percent(one.direction.accuracy, 2),
            maybe(one.direction.auc, |auc| format!("{auc:.4}")),
            percent(one.direction.surest.accuracy, 2),
            loss(one.direction.log_loss),
            loss(one.direction.brier),
            maybe(one.volatility.map(|volatility| volatility.qlike), loss),
            maybe(one.volatility.and_then(|volatility| volatility.r2), |r2| format!("{r2:.3}")),
            maybe(one.volatility.and_then(|volatility| volatility.r2_levelled), |r2| format!("{r2:.3}")),
            loss(one.returns.pinball),
            maybe(one.returns.crps, loss),
        ]
    })?;
    page.line("")?;
    let columns = ["in 80 %", "in 95 %", "width 80 %", "width 95 %", "80 % calm", "middle", "wild"];
    figures(page, &columns, &report.horizons, |one| {
        let returns = &one.returns;
        let width = |width: Option<f64>| maybe(width, |width| percent(width, 2));
        let mut cells = vec![
            percent(returns.coverage.inside_80, 2),
            percent(returns.coverage.inside_95, 2),
            width(returns.width_80),
            width(returns.width_95),
        ];
        cells.extend(returns.terciles.iter().map(|third| percent(third.inside_80, 1)));
        cells.resize(7, String::new());
        cells
    })?;
    page.line("")?;
    comparisons(report, page)?;
    page.line("")?;
    page.table(
        &[("horizon", Left), ("goal", Left), ("reached", Left), ("", Left)],
        report.goals.iter().map(goal).collect(),
    )?;
    page.line("")?;
    worth(report, page)
}

fn about(head: &Head, page: &mut Page<'_>) -> Result<()> {
    let (from, to) = (moment(head.from), moment(head.to));
    page.line(&format!("{} forecasts of {} made from {from} to {to} UTC", head.forecasts, head.instrument))?;
    let counts: Vec<String> = head.levels.iter().map(|(level, count)| format!("{count} {level}")).collect();
    page.line(&format!("by level   {}", counts.join(", ")))?;
    let origins: Vec<String> =
        head.origins.iter().map(|(origin, bars)| format!("{} ({bars} bars)", shown_origin(origin))).collect();
    page.line(&format!("origin     {}", if origins.is_empty() { "not known".into() } else { origins.join(", ") }))?;
    let models: Vec<String> =
        head.models.iter().filter(|one| !one.model.is_empty()).map(|one| short(&one.model)).collect();
    page.line(&format!("models     {}", if models.is_empty() { "none".into() } else { models.join(", ") }))
}

/// A table with a row for each horizon.
fn figures(
    page: &mut Page<'_>,
    columns: &[&str],
    horizons: &[HorizonReport],
    cells: impl Fn(&HorizonReport) -> Vec<String>,
) -> Result<()> {
    let mut heads = vec![("horizon", Left)];
    heads.extend(columns.iter().map(|name| (*name, Right)));
    let row = |one: &HorizonReport| [vec![one.horizon.to_string()], cells(one)].concat();
    page.table(&heads, horizons.iter().map(row).collect())
}

fn comparisons(report: &Report, page: &mut Page<'_>) -> Result<()> {
    page.line(&format!("skill beside each baseline; p after Holm for {} tests", report.tests))?;
    let columns = [
        ("horizon", Left),
        ("loss", Left),
        ("baseline", Left),
        ("n", Right),
        ("mean", Right),
        ("its mean", Right),
        ("skill", Right),
        ("t", Right),
        ("p", Right),
        ("p Holm", Right),
        ("years lost", Left),
    ];
    let row = |row: &Comparison| {
        let [alone, corrected] = ps(row);
        vec![
            row.horizon.to_string(),
            words(&row.loss_name),
            words(&row.baseline),
            row.all.n.to_string(),
            loss(row.all.loss),
            loss(row.all.baseline_loss),
            maybe(row.all.skill, signed),
            statistic(row),
            alone,
            corrected,
            years_lost(row),
        ]
    };
    page.table(&columns, report.horizons.iter().flat_map(|one| &one.comparisons).map(row).collect())
}

fn goal(goal: &GoalResult) -> Vec<String> {
    let horizon = goal.horizon.map_or_else(|| "all".into(), |horizon| horizon.to_string());
    vec![horizon, goal.goal.clone(), goal.reached.clone(), met(goal).into()]
}

fn worth(report: &Report, page: &mut Page<'_>) -> Result<()> {
    for one in &report.horizons {
        page.line(&format!("worth at {}: {}", one.horizon, one.value.verdict))?;
    }
    page.line("")?;
    let columns = [
        ("horizon", Left),
        ("rule, no fee", Left),
        ("earned", Right),
        ("95 % interval", Right),
        ("2 bp a side", Right),
        ("10 bp a side", Right),
    ];
    let mut rows = Vec::new();
    for one in &report.horizons {
        let value = &one.value;
        rows.push(vec![
            one.horizon.to_string(),
            "buy and hold".into(),
            signed(value.hold),
            interval(value.hold_interval),
            String::new(),
            String::new(),
        ]);
        for cell in value.cells.iter().filter(|cell| cell.fee == 0.0) {
            let at = |fee: f64| {
                let same =
                    value.cells.iter().find(|one| (one.rule, one.margin, one.fee) == (cell.rule, cell.margin, fee));
                maybe(same.map(|one| one.total), signed)
            };
            rows.push(vec![
                one.horizon.to_string(),
                rule(cell.rule, cell.margin),
                signed(cell.total),
                interval(cell.interval),
                at(2.0),
                at(10.0),
            ]);
        }
    }
    page.table(&columns, rows)
}
