//! The figures of the page: overview, comparisons, pictures, years, coverage.

use maud::{Markup, html};
use wick_schemas::report::{Comparison, Coverage, HorizonReport, P_GOAL, Report, Worth};
use wick_schemas::time::DAY;

use super::chart::{self, Line};
use super::shown::{loss, maybe, percent, ps, signed, statistic, words};

/// A row for each figure, a column for each horizon.
pub fn overview(horizons: &[HorizonReport]) -> Markup {
    type Cell = fn(&HorizonReport) -> String;
    let rows: [(&str, Cell); 18] = [
        ("Forecasts", |one| one.n.to_string()),
        ("Direction: log-loss (nats)", |one| loss(one.direction.log_loss)),
        ("Direction: Brier", |one| loss(one.direction.brier)),
        ("Direction: AUC", |one| maybe(one.direction.auc, |auc| format!("{auc:.4}"))),
        ("Direction: accuracy", |one| percent(one.direction.accuracy, 2)),
        ("Direction: accuracy of the surest tenth", |one| percent(one.direction.surest.accuracy, 2)),
        ("Direction: share of rises", |one| percent(one.direction.rises, 2)),
        ("Volatility: QLIKE", |one| maybe(one.volatility.map(|volatility| volatility.qlike), loss)),
        ("Volatility: R² of the log variance", |one| {
            maybe(one.volatility.and_then(|volatility| volatility.r2), |r2| format!("{r2:.3}"))
        }),
        ("Volatility: R² of the log variance, levelled", |one| {
            maybe(one.volatility.and_then(|volatility| volatility.r2_levelled), |r2| format!("{r2:.3}"))
        }),
        ("Volatility: actual / forecast variance", |one| {
            maybe(one.volatility.map(|volatility| volatility.ratio), |ratio| format!("{ratio:.3}"))
        }),
        ("Return: pinball (log return)", |one| loss(one.returns.pinball)),
        ("Return: CRPS (log return)", |one| maybe(one.returns.crps, loss)),
        ("Return: inside the 80 % interval", |one| percent(one.returns.coverage.inside_80, 2)),
        ("Return: inside the 95 % interval", |one| percent(one.returns.coverage.inside_95, 2)),
        ("Return: mean width of the 80 % interval", |one| maybe(one.returns.width_80, |width| percent(width, 3))),
        ("Return: mean width of the 95 % interval", |one| maybe(one.returns.width_95, |width| percent(width, 3))),
        ("Return: buy and hold over the stretch", |one| signed(one.value.hold)),
    ];
    html! {
        div class="scroll" { table {
            caption { "All figures, by horizon" }
            thead { tr {
                th scope="col" { "Figure" }
                @for one in horizons { th scope="col" class="number" { (one.horizon) } }
            } }
            tbody { @for (name, cell) in rows {
                tr { th scope="row" { (name) } @for one in horizons { td class="number" { (cell(one)) } } }
            } }
        } }
        p class="soft" {
            "Volatility is what can be forecast. Direction is weak where it is real at all, and a sign that can be called a "
            "little better than by chance is no money: see what it was worth under each horizon."
        }
    }
}

/// Every loss beside every baseline, with its tests and years.
pub fn comparisons(report: &Report) -> Markup {
    let rows = || report.horizons.iter().flat_map(|one| &one.comparisons);
    let mut years: Vec<i32> = rows().flat_map(|row| row.years.iter().map(|year| year.year)).collect();
    years.sort_unstable();
    years.dedup();
    html! {
        section id="skill" {
            h2 { "Skill beside each baseline" }
            p {
                "Skill is the share of the baseline's loss that the forecasts save. t is the Diebold–Mariano statistic "
                "(HAC variance, Harvey–Leybourne–Newbold); p is two-sided, and p Holm holds for all "
                strong { (report.tests) " tests of this page" } " together. ★ marks the strongest baseline of a loss."
            }
            div class="scroll" { table {
                thead { tr {
                    @for name in ["Horizon", "Loss", "Baseline"] { th scope="col" { (name) } }
                    @for name in ["n", "Mean", "Its mean", "Skill", "t", "p", "p Holm"] {
                        th scope="col" class="number" { (name) }
                    }
                    @for year in &years { th scope="col" class="number" { (year) } }
                } }
                tbody { @for row in rows() { (comparison(row, &years)) } }
            } }
        }
    }
}

fn comparison(row: &Comparison, years: &[i32]) -> Markup {
    let proved = row.p_holm.is_some_and(|p| p < P_GOAL);
    let class = |skill: Option<f64>, proved: bool| match skill {
        Some(skill) if skill < 0.0 => "number bad",
        Some(skill) if skill > 0.0 && proved => "number good",
        _ => "number",
    };
    let of = |year: &i32| row.years.iter().find(|one| one.year == *year).and_then(|one| one.skill);
    let [alone, corrected] = ps(row);
    html! {
        tr {
            th scope="row" { (row.horizon) }
            td { (words(&row.loss_name)) }
            td { (words(&row.baseline)) @if row.strongest { " ★" } }
            td class="number" { (row.all.n) }
            td class="number" { (loss(row.all.loss)) }
            td class="number" { (loss(row.all.baseline_loss)) }
            td class=(class(row.all.skill, proved)) { (maybe(row.all.skill, signed)) }
            td class="number" { (statistic(row)) }
            td class="number" { (alone) }
            td class="number" { (corrected) }
            @for year in years { td class=(class(of(year), false)) { (maybe(of(year), signed)) } }
        }
    }
}

/// The pictures of a horizon.
pub fn pictures(one: &HorizonReport) -> Markup {
    let rolling = &one.rolling_coverage;
    let coverage = [
        Line { name: "80 %".into(), class: "one", path: &rolling.inside_80, wanted: Some(0.8) },
        Line { name: "95 %".into(), class: "two", path: &rolling.inside_95, wanted: Some(0.95) },
    ];
    let window = rolling.window as f64 / DAY as f64;
    html! {
        div class="charts" {
            div { (chart::reliability("Reliability: how often it rose where so much was forecast", &one.direction.reliability)) }
            @for path in &one.loss_paths {
                @let caption = format!(
                    "Saved against {}, summed: {} (rising is better)", words(&path.baseline), words(&path.loss_name)
                );
                @let line = Line { name: words(&path.target), class: "one", path: &path.path, wanted: Some(0.0) };
                div { (chart::lines(&caption, &[line], short)) }
            }
            div { (chart::lines(&format!("Coverage of the last {window:.0} days"), &coverage, |share| percent(share, 0))) }
            div { (chart::transform("Where outcomes fell in the forecast distribution (1 is as it should be)", &one.returns.calibration)) }
        }
    }
}

/// A figure of an axis.
fn short(value: f64) -> String {
    match value.abs() {
        0.0 => "0".into(),
        size if size < 0.01 => format!("{value:.0e}"),
        size if size < 10.0 => format!("{value:.2}"),
        _ => format!("{value:.0}"),
    }
}

/// The calls of each year.
pub fn years(one: &HorizonReport) -> Markup {
    html! {
        h3 { "Direction by year" }
        div class="scroll" { table {
            thead { tr {
                th scope="col" { "Year" }
                @for name in ["n", "Accuracy", "Surest tenth", "AUC"] { th scope="col" class="number" { (name) } }
            } }
            tbody { @for year in &one.years {
                tr {
                    th scope="row" { (year.year) }
                    td class="number" { (year.n) }
                    td class="number" { (percent(year.accuracy, 2)) }
                    td class="number" { (percent(year.surest, 2)) }
                    td class="number" { (maybe(year.auc, |auc| format!("{auc:.4}"))) }
                }
            } }
        } }
    }
}

/// Coverage by third, year and quarter.
pub fn coverage(one: &HorizonReport) -> Markup {
    let returns = &one.returns;
    let row = |part: &Coverage, name: String| {
        html! {
            tr {
                th scope="row" { (name) }
                td class="number" { (part.n) }
                td class="number" { (percent(part.inside_80, 1)) }
                td class="number" { (percent(part.inside_95, 1)) }
            }
        }
    };
    html! {
        h3 { "Coverage in calm and storm, and over time" }
        div class="scroll" { table {
            thead { tr {
                th scope="col" { "Of" }
                @for name in ["n", "Inside 80 %", "Inside 95 %"] { th scope="col" class="number" { (name) } }
            } }
            tbody {
                (row(&returns.coverage, "all".into()))
                @for third in &returns.terciles { (row(third, format!("{} third by forecast variance", third.of))) }
                @for part in returns.years.iter().chain(&returns.quarters) { (row(part, part.of.clone())) }
            }
        } }
    }
}

/// What the newest model rests on.
pub fn importance(one: &HorizonReport) -> Markup {
    let bars = |caption: &str, worths: &[Worth]| {
        let named: Vec<(String, f64)> = worths.iter().map(|one| (one.feature.clone(), one.worth)).collect();
        html! {
            @if named.is_empty() {
                p class="soft" { (caption) ": the forecast rests on no feature, as the baseline is served." }
            } @else {
                div { (chart::bars(caption, &named, signed)) }
            }
        }
    };
    html! {
        @if let Some(importance) = &one.importance {
            h3 { "What the newest model rests on" }
            p class="soft" {
                "By how much the loss of model " code { (crate::words::short(&importance.model)) } " rises on " (importance.rows)
                " of the rows that it served on when one feature is shuffled. Of features that say alike each seems worth little."
            }
            div class="charts" {
                (bars("Direction: rise of the log-loss", &importance.direction))
                (bars("Volatility: rise of QLIKE", &importance.volatility))
            }
        }
    }
}
