//! The report as one page: no script, nothing that is loaded, light and dark.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use wick_schemas::report::{GoalResult, HorizonReport, Report};

use super::head::Head;
use super::shown::met;
use super::{figures, worth};
use crate::forecast::shown_origin;
use crate::words::moment;

/// The page.
#[must_use]
pub fn document(head: &Head, report: &Report) -> String {
    let title = format!("{}: what the forecasts were worth", head.instrument);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                title { (title) }
                style { (PreEscaped(include_str!("style.css"))) }
            }
            body { main {
                h1 { (title) }
                (about(head))
                @for suspicion in &report.suspicions { p class="bad" { (suspicion) } }
                nav aria-label="Horizons" {
                    a href="#goals" { "Goals" }
                    a href="#skill" { "Skill" }
                    @for one in &report.horizons { a href=(format!("#h{}", one.horizon)) { (one.horizon) } }
                    a href="#models" { "Models" }
                }
                (figures::overview(&report.horizons))
                (goals(&report.goals))
                (figures::comparisons(report))
                @for one in &report.horizons { (horizon(one)) }
                (models(head))
                p class="soft" { "What each figure means, and how it is computed, is told in docs/evaluation.md." }
            } }
        }
    }
    .into_string()
}

fn about(head: &Head) -> Markup {
    let levels: Vec<String> = head.levels.iter().map(|(level, count)| format!("{count} {level}")).collect();
    let origins: Vec<String> =
        head.origins.iter().map(|(origin, bars)| format!("{} ({bars} bars)", shown_origin(origin))).collect();
    html! {
        @if head.simulated() {
            p class="bad" { "Some of these forecasts rest on simulated prices: nobody traded at them." }
        }
        dl {
            div { dt { "Forecasts made" } dd { (moment(head.from)) " to " (moment(head.to)) " UTC" } }
            div { dt { "Settled forecasts" } dd { (head.forecasts) } }
            div { dt { "By level" } dd { (levels.join(", ")) } }
            div { dt { "Origin of the candles" } dd { @if origins.is_empty() { "not known" } @else { (origins.join(", ")) } } }
        }
        @if head.unserved > 0 {
            p class="bad" {
                "Of " (head.unserved) " forecasts the serving layer no longer has the quantiles: CRPS, widths, calibration and R² "
                "are of the others."
            }
        }
    }
}

fn goals(goals: &[GoalResult]) -> Markup {
    let count = |wanted: Option<bool>| goals.iter().filter(|goal| goal.met == wanted).count();
    html! {
        section id="goals" {
            h2 { "Goals" }
            p { (count(Some(true))) " met, " (count(Some(false))) " missed, " (count(None)) " with too little to judge." }
            div class="scroll" { table {
                thead { tr { @for name in ["Horizon", "Goal", "Reached", ""] { th scope="col" { (name) } } } }
                tbody { @for goal in goals {
                    tr {
                        th scope="row" { @match goal.horizon { Some(horizon) => (horizon), None => "all" } }
                        td { (goal.goal) }
                        td { (goal.reached) }
                        td class=(match goal.met { Some(true) => "good", Some(false) => "bad", None => "soft" }) { (met(goal)) }
                    }
                } }
            } }
        }
    }
}

fn horizon(one: &HorizonReport) -> Markup {
    html! {
        section id=(format!("h{}", one.horizon)) {
            h2 { (one.horizon) " ahead" }
            p class="soft" { (one.n) " forecasts from " (moment(one.from)) " to " (moment(one.to)) " UTC" }
            (figures::pictures(one))
            (figures::years(one))
            (figures::coverage(one))
            (figures::importance(one))
            (worth::section(&one.value))
        }
    }
}

fn models(head: &Head) -> Markup {
    html! {
        section id="models" {
            h2 { "Models that served" }
            div class="scroll" { table {
                thead { tr {
                    th scope="col" { "Hash" } th scope="col" class="number" { "Settled forecasts" }
                    th scope="col" { "First (UTC)" } th scope="col" { "Last (UTC)" }
                } }
                tbody { @for one in &head.models {
                    tr {
                        th scope="row" { @if one.model.is_empty() { "no model: the baseline level" } @else { code { (one.model) } } }
                        td class="number" { (one.forecasts) }
                        td { (moment(one.from)) }
                        td { (moment(one.to)) }
                    }
                } }
            } }
        }
    }
}
