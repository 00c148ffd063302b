//! The evaluation: everything that can be said of served forecasts beside what came, with its tests, in figures.
//!
//! Pure: settled forecasts in, figures out. What each figure means is told in `docs/evaluation.md`.

mod bootstrap;
mod case;
pub mod compared;
mod comparison;
pub mod crps;
mod direction;
mod goals;
pub mod holm;
mod importance;
mod path;
mod returns;
#[cfg(test)]
mod testing;
mod value;
mod volatility;

use serde::{Deserialize, Serialize};

pub use bootstrap::{Interval, sum_interval};
pub use case::{Case, Served};
pub use comparison::{Comparison, LossPath, YearSkill};
pub use direction::{Bin, Direction, Surest};
pub use goals::{GoalResult, JUDGED, P_GOAL, p_value, words};
pub use importance::{Importance, Known, Worth};
pub use path::{Path, RollingCoverage};
pub use returns::{Calibration, Coverage, Returns};
pub use value::{Cell, FEES, MARGINS, Rule, Value};
pub use volatility::Volatility;

use self::comparison::{comparisons, loss_paths};
use crate::market::Horizon;
use crate::time::Timestamp;

/// The figures of every horizon.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Number of Diebold–Mariano tests made, which their p-values are corrected for.
    pub tests: usize,
    /// What was aimed at, beside what was reached.
    pub goals: Vec<GoalResult>,
    /// Figures too good to be believed before a leak has been looked for.
    pub suspicions: Vec<String>,
    /// One for each horizon that was scored, nearest first.
    pub horizons: Vec<HorizonReport>,
}

/// The figures of a horizon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HorizonReport {
    /// The horizon.
    pub horizon: Horizon,
    /// When the first forecast was made.
    pub from: Timestamp,
    /// When the last one was.
    pub to: Timestamp,
    /// Number of forecasts.
    pub n: usize,
    /// The calls of direction.
    pub direction: Direction,
    /// The same in each year, shorter.
    pub years: Vec<DirectionYear>,
    /// The variances; `None` where the price never moved.
    pub volatility: Option<Volatility>,
    /// The distributions of the return.
    pub returns: Returns,
    /// Every loss beside every baseline.
    pub comparisons: Vec<Comparison>,
    /// What was saved against the strongest baselines, over time.
    pub loss_paths: Vec<LossPath>,
    /// Coverage over time.
    pub rolling_coverage: RollingCoverage,
    /// What a simple rule would have earned.
    pub value: Value,
    /// What the newest model rests on; `None` where it or its rows are gone.
    #[serde(default)]
    pub importance: Option<Importance>,
}

/// A year of calls.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DirectionYear {
    /// The year (UTC).
    pub year: i32,
    /// Number of forecasts.
    pub n: usize,
    /// Share of right directions.
    pub accuracy: f64,
    /// Share of right directions in the most confident tenth of the year.
    pub surest: f64,
    /// Area under the ROC curve.
    pub auc: Option<f64>,
}

impl Report {
    /// The report of some horizons, nearest first.
    #[must_use]
    pub fn of(mut horizons: Vec<HorizonReport>) -> Self {
        let ps: Vec<Option<f64>> =
            horizons.iter().flat_map(|report| &report.comparisons).map(|row| row.all.dm.map(|dm| dm.p)).collect();
        let corrected = holm::holm(&ps);
        let rows = horizons.iter_mut().flat_map(|report| &mut report.comparisons);
        for (row, p) in rows.zip(corrected) {
            row.p_holm = p;
        }
        Self {
            tests: ps.iter().flatten().count(),
            goals: goals::goals(&horizons),
            suspicions: horizons.iter().flat_map(HorizonReport::suspicions).collect(),
            horizons,
        }
    }
}

impl HorizonReport {
    /// The figures of a horizon's cases, in any order; `None` without any.
    #[must_use]
    pub fn of(horizon: Horizon, mut cases: Vec<Case>) -> Option<Self> {
        cases.sort_by_key(|case| case.score.origin);
        let (first, last) = (cases.first()?, cases.last()?);
        let comparisons = comparisons(horizon, &cases);
        Some(Self {
            horizon,
            from: first.score.origin,
            to: last.score.origin,
            n: cases.len(),
            direction: Direction::of(&cases),
            years: cases.chunk_by(|one, other| one.year() == other.year()).filter_map(DirectionYear::of).collect(),
            volatility: Volatility::of(&cases),
            returns: Returns::of(&cases),
            loss_paths: loss_paths(&comparisons, &cases),
            comparisons,
            rolling_coverage: RollingCoverage::of(&cases),
            value: Value::of(horizon, &cases),
            importance: None,
        })
    }

    /// The skill of a loss against a baseline.
    #[must_use]
    pub fn skill(&self, loss_name: &str, baseline: &str) -> Option<f64> {
        self.comparisons.iter().find(|row| row.loss_name == loss_name && row.baseline == baseline)?.all.skill
    }

    /// Bounds that honest forecasts of this market have not passed: beyond them a leak is likelier than a discovery.
    fn suspicions(&self) -> Vec<String> {
        let bounds = [
            ("AUC", self.direction.auc, 0.60),
            ("accuracy", Some(self.direction.accuracy), 0.56),
            ("QLIKE skill against seasonal HAR", self.skill("qlike", "seasonal_har"), 0.15),
        ];
        let beyond = bounds.into_iter().filter_map(|(name, figure, bound)| {
            let figure = figure.filter(|figure| *figure > bound)?;
            Some(format!("{}: {name} {figure:.3} is above {bound}: suspect a leak first", self.horizon))
        });
        beyond.collect()
    }
}

impl DirectionYear {
    fn of(year: &[Case]) -> Option<Self> {
        let direction = Direction::of(year);
        Some(Self {
            year: year.first()?.year(),
            n: direction.n,
            accuracy: direction.accuracy,
            surest: direction.surest.accuracy,
            auc: direction.auc,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{case, noise};
    use super::*;
    use crate::testing::score;

    fn cases(horizon: Horizon, bars: i64) -> Vec<Case> {
        (0..bars).map(|bar| Case { score: score(horizon, bar, 1.0 + noise(bar)), ..case(horizon, bar) }).collect()
    }

    fn report(bars: i64) -> Report {
        Report::of(Horizon::ALL.into_iter().filter_map(|one| HorizonReport::of(one, cases(one, bars))).collect())
    }

    #[test]
    fn every_test_of_the_page_is_counted_and_corrected() {
        let report = report(600);
        // Seven rows a horizon: the score's. CRPS never differs in time and the mean is served: neither is tested.
        assert_eq!(report.tests, 7 * 4);
        for row in report.horizons.iter().flat_map(|one| &one.comparisons) {
            match (row.all.dm, row.p_holm) {
                (Some(dm), Some(p)) => assert!(p >= dm.p && p <= (dm.p * 28.0).min(1.0)),
                (dm, p) => assert_eq!((dm, p), (None, None)),
            }
        }
    }

    #[test]
    fn the_order_of_arrival_does_not_matter_and_it_reads_back() {
        let mut shuffled = cases(Horizon::H1, 500);
        shuffled.sort_by_key(|case| (case.score.origin.0 * 7_919) % 1_013);
        let one = HorizonReport::of(Horizon::H1, cases(Horizon::H1, 500)).expect("cases");
        assert_eq!(HorizonReport::of(Horizon::H1, shuffled), Some(one.clone()));
        let report = Report::of(vec![one]);
        let text = serde_json::to_string(&report).expect("JSON");
        assert_eq!(serde_json::from_str::<Report>(&text).expect("reads"), report);
    }

    #[test]
    fn what_is_too_good_is_suspected() {
        // The example loses half of what seasonal HAR does, and every call of it is right.
        let suspicions = report(300).suspicions;
        assert_eq!(suspicions.len(), 4 * 2, "{suspicions:?}");
        assert!(suspicions[0].contains("accuracy 1.000"), "{}", suspicions[0]);
        assert_eq!(HorizonReport::of(Horizon::H1, Vec::new()), None);
    }
}
