//! What the calls would have earned, on the page.

use maud::{Markup, html};
use wick_schemas::report::{Cell, FEES, Value};

use super::shown::{interval, percent, rule, signed};

/// A horizon's worth after fees.
pub fn section(value: &Value) -> Markup {
    let same = |one: &Cell, other: &Cell| one.rule == other.rule && one.margin == other.margin;
    html! {
        h3 { "What it was worth" }
        p class="says" { (value.verdict) }
        p class="soft" {
            "The rule looks at one forecast, takes its position until the horizon is over, and looks again: " (value.decisions)
            " decisions. It pays the fee on what it changes, so a position that is kept costs nothing more. Earnings are sums of "
            "log returns on a constant stake; intervals are of a circular block bootstrap with blocks of a week. Timing is what "
            "it earned beyond holding, all the time, as much as it held on average."
        }
        div class="scroll" { table {
            thead { tr {
                th scope="col" { "Rule" }
                @for name in ["In the market", "Sides paid"] { th scope="col" class="number" { (name) } }
                @for fee in FEES { th scope="col" class="number" { "At " (fee) " bp a side" } }
                th scope="col" class="number" { "Timing before fees" }
            } }
            tbody {
                tr {
                    th scope="row" { "buy and hold" }
                    td class="number" { (percent(1.0, 0)) }
                    td class="number" { "2" }
                    @for fee in FEES {
                        td class="number" {
                            (signed(value.hold - 2.0 * fee * 1e-4))
                            @if fee == 0.0 { br; span class="soft" { (interval(value.hold_interval)) } }
                        }
                    }
                    td class="number" {}
                }
                @for row in value.cells.chunk_by(same) { (earned(row)) }
            }
        } }
    }
}

/// A rule at every fee.
fn earned(row: &[Cell]) -> Markup {
    html! {
        @if let Some(first) = row.first() {
            tr {
                th scope="row" { (rule(first.rule, first.margin)) }
                td class="number" { (percent(first.active, 1)) }
                td class="number" { (first.sides) }
                @for cell in row {
                    td class=(if cell.earned() { "number good" } else { "number" }) {
                        (signed(cell.total)) br; span class="soft" { (interval(cell.interval)) }
                    }
                }
                td class="number" { (interval(first.timing)) }
            }
        }
    }
}
