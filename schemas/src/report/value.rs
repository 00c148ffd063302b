//! What a simple rule would have earned by the calls of direction.

use serde::{Deserialize, Serialize};

use super::bootstrap::{Interval, sum_interval};
use super::case::{Case, mean};
use crate::market::Horizon;
use crate::time::{BAR, DAY};

/// Fees in basis points of the traded sum, per side: to open is one side, to close another.
pub const FEES: [f64; 5] = [0.0, 1.0, 2.0, 5.0, 10.0];
/// How far the probability of a rise must be from one half before the rule acts.
pub const MARGINS: [f64; 3] = [0.0, 0.02, 0.05];
/// The span of a block of the bootstrap.
const BLOCK: i64 = 7 * DAY;

/// What the rule does where a fall is likely.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Long where p > ½ + x, else nothing.
    LongOrFlat,
    /// Long where p > ½ + x, short where p < ½ − x, else nothing.
    LongOrShort,
}

/// What the calls of a horizon were worth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Value {
    /// Decisions: one forecast at a time, the next when its horizon is over.
    pub decisions: usize,
    /// The sum of log returns of who bought at the first decision and held, without fees, with its interval.
    pub hold: f64,
    /// Its 95 % interval.
    pub hold_interval: Option<Interval>,
    /// Each rule and margin at each fee.
    pub cells: Vec<Cell>,
    /// What it comes to, in plain words.
    pub verdict: String,
}

/// A rule at a fee.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// The rule.
    pub rule: Rule,
    /// Its x.
    pub margin: f64,
    /// Basis points per side.
    pub fee: f64,
    /// Share of decisions that held a position.
    pub active: f64,
    /// Sides paid: how often, in units of the position, it was changed.
    pub sides: f64,
    /// The sum of log returns after fees.
    pub total: f64,
    /// Its 95 % interval; `None` where there is too little.
    pub interval: Option<Interval>,
    /// The interval of what it earned beyond holding, all the time, as much as it held on average: timing, without the
    /// market's own drift.
    pub timing: Option<Interval>,
}

impl Cell {
    /// Whether both what it earned and its timing are beyond luck.
    #[must_use]
    pub fn earned(&self) -> bool {
        [self.interval, self.timing].iter().all(|interval| interval.is_some_and(|interval| interval.low > 0.0))
    }
}

/// A decision: what came of it, and whether it began where the one before ended.
struct Decision {
    p_up: f64,
    log_return: f64,
    joins: bool,
}

impl Value {
    /// The worth of a horizon's calls, in time order.
    #[must_use]
    pub fn of(horizon: Horizon, sorted: &[Case]) -> Self {
        let decisions = decisions(horizon, sorted);
        let block = (BLOCK / BAR) as usize / horizon.bars();
        let returns: Vec<f64> = decisions.iter().map(|decision| decision.log_return).collect();
        let mut cells = Vec::new();
        for rule in [Rule::LongOrFlat, Rule::LongOrShort] {
            for margin in MARGINS {
                let positions: Vec<f64> = decisions.iter().map(|one| rule.position(one.p_up, margin)).collect();
                cells.extend(FEES.map(|fee| cell(rule, margin, fee, &decisions, &positions, block)));
            }
        }
        Self {
            decisions: decisions.len(),
            hold: returns.iter().sum(),
            hold_interval: sum_interval(&returns, block),
            verdict: verdict(&cells),
            cells,
        }
    }
}

impl Rule {
    /// The position: 1 long, −1 short, 0 none.
    #[must_use]
    pub fn position(self, p_up: f64, margin: f64) -> f64 {
        match self {
            _ if p_up > 0.5 + margin => 1.0,
            Self::LongOrShort if p_up < 0.5 - margin => -1.0,
            _ => 0.0,
        }
    }
}

fn decisions(horizon: Horizon, sorted: &[Case]) -> Vec<Decision> {
    let mut decisions: Vec<Decision> = Vec::new();
    let mut free = None;
    for case in sorted {
        let origin = case.score.origin;
        if free.is_some_and(|free| origin < free) {
            continue;
        }
        let joins = free == Some(origin);
        decisions.push(Decision { p_up: case.score.p_up, log_return: case.score.log_return, joins });
        free = Some(origin + horizon.millis());
    }
    decisions
}

/// For each decision, how many sides it pays: what must be changed of the position that is held when it begins, and,
/// where the next one does not join, what must be closed at its end.
fn sides(decisions: &[Decision], positions: &[f64]) -> Vec<f64> {
    let held = |place: usize| if decisions[place].joins { positions[place - 1] } else { 0.0 };
    let closes = |place: usize| decisions.get(place + 1).is_none_or(|next| !next.joins);
    let paid = |place: usize| {
        let closing = if closes(place) { positions[place].abs() } else { 0.0 };
        (positions[place] - held(place)).abs() + closing
    };
    (0..decisions.len()).map(paid).collect()
}

fn cell(rule: Rule, margin: f64, fee: f64, decisions: &[Decision], positions: &[f64], block: usize) -> Cell {
    let sides = sides(decisions, positions);
    let net: Vec<f64> = (0..decisions.len())
        .map(|place| positions[place] * decisions[place].log_return - sides[place] * fee * 1e-4)
        .collect();
    let exposure = mean(positions.iter().copied());
    let beyond: Vec<f64> = net.iter().zip(decisions).map(|(net, one)| net - exposure * one.log_return).collect();
    Cell {
        rule,
        margin,
        fee,
        active: mean(positions.iter().map(|position| position.abs())),
        sides: sides.iter().sum(),
        total: net.iter().sum(),
        interval: sum_interval(&net, block),
        timing: sum_interval(&beyond, block),
    }
}

/// What the cells come to.
fn verdict(cells: &[Cell]) -> String {
    if cells.iter().all(|cell| cell.interval.is_none()) {
        return "Too short a stretch to tell earnings from luck: fewer than eight weeks.".into();
    }
    let at = |fee: f64| cells.iter().filter(move |cell| cell.fee == fee);
    let earning = |fee: f64| at(fee).filter(|cell| cell.earned()).count();
    let rules = at(0.0).count();
    let Some(best) = FEES.into_iter().rev().find(|fee| earning(*fee) > 0) else {
        return "It is worth nothing: no rule earned more than luck and the market's own drift, even before fees."
            .into();
    };
    let count = earning(best);
    let luck = "That is before it is asked whether one of so many rules would have done so by luck.";
    if best == 0.0 {
        format!(
            "It is worth nothing to who pays a fee: before fees {count} of {rules} rules earned more than luck, from \
             1 basis point a side on none. {luck}"
        )
    } else {
        format!("Up to a fee of {best} basis points a side, {count} of {rules} rules earned more than luck. {luck}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{case, noise};

    fn cases(horizon: Horizon, calls: &[(i64, f64, f64)]) -> Vec<Case> {
        let made = |(bar, p_up, log_return): &(i64, f64, f64)| {
            let mut case = case(horizon, *bar);
            (case.score.p_up, case.score.log_return) = (*p_up, *log_return);
            case
        };
        calls.iter().map(made).collect()
    }

    fn find(value: &Value, rule: Rule, margin: f64, fee: f64) -> Cell {
        let wanted = |cell: &&Cell| cell.rule == rule && cell.margin == margin && cell.fee == fee;
        *value.cells.iter().find(wanted).expect("a cell")
    }

    #[test]
    fn positions_are_kept_changed_and_closed_at_their_price() {
        // Long, long, short, a gap, then long: sides 1 + 0 + 2 (and 1 to close before the gap) + 1 + 1.
        let calls = [(0, 0.6, 0.01), (1, 0.6, 0.02), (2, 0.4, 0.03), (5, 0.6, -0.01)];
        let value = Value::of(Horizon::M15, &cases(Horizon::M15, &calls));
        let both = find(&value, Rule::LongOrShort, 0.0, 10.0);
        assert_eq!((both.active, both.sides), (1.0, 6.0));
        assert!((both.total - (0.01 + 0.02 - 0.03 - 0.01 - 6.0 * 0.001)).abs() < 1e-12, "{}", both.total);
        let flat = find(&value, Rule::LongOrFlat, 0.05, 0.0);
        assert_eq!((flat.active, flat.sides), (0.75, 4.0));
        assert!((flat.total - 0.02).abs() < 1e-12);
        assert!((value.hold - 0.05).abs() < 1e-12);
        assert!(value.verdict.starts_with("Too short"));
    }

    #[test]
    fn decisions_do_not_overlap() {
        let calls: Vec<(i64, f64, f64)> = (0..9).map(|bar| (bar, 0.6, bar as f64)).collect();
        let value = Value::of(Horizon::H1, &cases(Horizon::H1, &calls));
        assert_eq!((value.decisions, value.hold), (3, 0.0 + 4.0 + 8.0));
        assert_eq!(find(&value, Rule::LongOrFlat, 0.0, 0.0).sides, 2.0);
    }

    #[test]
    fn luck_is_called_luck_and_skill_is_not() {
        // A market that rises, and calls that know nothing: earnings, but no timing.
        let drift = |bar: i64| 0.002 + 0.01 * noise(bar);
        let blind: Vec<(i64, f64, f64)> =
            (0..1_500).map(|day| (day * 96, 0.5 + noise(day + 7_777), drift(day))).collect();
        let value = Value::of(Horizon::H24, &cases(Horizon::H24, &blind));
        assert!(find(&value, Rule::LongOrFlat, 0.0, 0.0).interval.expect("long enough").low > 0.0);
        assert!(value.verdict.starts_with("It is worth nothing"), "{}", value.verdict);
        // Calls that know everything.
        let seeing: Vec<(i64, f64, f64)> =
            (0..1_500).map(|day| (day * 96, 0.5 + noise(day).signum() * 0.1, 0.01 * noise(day))).collect();
        let value = Value::of(Horizon::H24, &cases(Horizon::H24, &seeing));
        assert!(value.verdict.starts_with("Up to a fee of 10 basis points a side, 6 of 6"), "{}", value.verdict);
        // Calls that know a little: half a basis point is earned where five are at stake, so no fee may be paid.
        let faint: Vec<(i64, f64, f64)> = (0..1_500)
            .map(|day| {
                (day * 96, 0.5 + noise(day).signum() * 0.1, noise(day).signum() * 5e-5 + 0.0005 * noise(day + 9_999))
            })
            .collect();
        let value = Value::of(Horizon::H24, &cases(Horizon::H24, &faint));
        assert!(value.verdict.starts_with("It is worth nothing to who pays a fee"), "{}", value.verdict);
    }

    #[test]
    fn nothing_is_worth_nothing() {
        let value = Value::of(Horizon::M15, &[]);
        assert_eq!((value.decisions, value.hold, value.cells.len()), (0, 0.0, 30));
    }
}
