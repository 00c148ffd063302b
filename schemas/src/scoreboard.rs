//! How good the forecasts were, beside their baselines.

use crate::market::Horizon;
use crate::report::compared::Compared;
use crate::score::Score;
use crate::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::auc::auc;

/// Everything that is known of the forecasts' worth over some time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scoreboard {
    /// One for each horizon that was scored, nearest first.
    pub summaries: Vec<Summary>,
    /// For each of those, one for each loss and baseline that was scored.
    pub rows: Vec<Row>,
}

/// What needs no baseline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ScoreSummary")]
pub struct Summary {
    /// The horizon.
    pub horizon: Horizon,
    /// When the first forecast was made.
    pub from: Timestamp,
    /// When the last one was.
    pub to: Timestamp,
    /// Number of forecasts.
    pub n: usize,
    /// Share of right directions; a probability of exactly one half is half right.
    pub accuracy: f64,
    /// Area under the ROC curve; `None` where all rose or all fell.
    pub auc: Option<f64>,
    /// Share of returns inside the 80 % interval.
    pub coverage_80: f64,
    /// Share of returns inside the 95 % interval.
    pub coverage_95: f64,
}

/// A loss beside a baseline's. Lower is better.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ScoreRow")]
pub struct Row {
    /// The horizon.
    pub horizon: Horizon,
    /// `direction`, `volatility` or `return`.
    pub target: String,
    /// `log_loss`, `brier`, `qlike` or `pinball`.
    pub loss_name: String,
    /// Number of forecasts with this loss.
    pub n: usize,
    /// Mean loss of the forecasts.
    pub loss: f64,
    /// The baseline's name.
    pub baseline: String,
    /// Mean loss of the baseline.
    pub baseline_loss: f64,
    /// `1 - loss / baseline_loss`; `None` where the baseline loses nothing.
    pub skill: Option<f64>,
    /// Diebold–Mariano statistic, positive where the forecasts are better; `None` where nothing can be proved.
    pub dm_t: Option<f64>,
    /// Its two-sided p-value.
    pub dm_p: Option<f64>,
}

/// A loss, a baseline, and where a score has the two.
struct Comparison {
    target: &'static str,
    loss_name: &'static str,
    baseline: &'static str,
    losses: fn(&Score) -> Option<(f64, f64)>,
}

/// The comparisons, in the order of the rows.
const COMPARISONS: [Comparison; 7] = [
    Comparison {
        target: "direction",
        loss_name: "log_loss",
        baseline: "base_rate",
        losses: |score| Some((score.log_loss, score.base_log_loss)),
    },
    Comparison {
        target: "direction",
        loss_name: "brier",
        baseline: "base_rate",
        losses: |score| Some((score.brier, score.base_brier)),
    },
    Comparison {
        target: "volatility",
        loss_name: "qlike",
        baseline: "ewma",
        losses: |score| qlikes(score).map(|[loss, ewma, ..]| (loss, ewma)),
    },
    Comparison { target: "volatility", loss_name: "qlike", baseline: "garch", losses: garch },
    Comparison {
        target: "volatility",
        loss_name: "qlike",
        baseline: "har",
        losses: |score| qlikes(score).map(|[loss, _, har, _]| (loss, har)),
    },
    Comparison {
        target: "volatility",
        loss_name: "qlike",
        baseline: "seasonal_har",
        losses: |score| qlikes(score).map(|[loss, .., seasonal_har]| (loss, seasonal_har)),
    },
    Comparison {
        target: "return",
        loss_name: "pinball",
        baseline: "rolling_quantiles",
        losses: |score| Some((score.pinball, score.rolling_pinball)),
    },
];

/// The four QLIKEs, where there are all four: so every volatility row speaks of the same forecasts.
#[must_use]
pub fn qlikes(score: &Score) -> Option<[f64; 4]> {
    Some([score.qlike?, score.ewma_qlike?, score.har_qlike?, score.seasonal_har_qlike?])
}

/// The QLIKE beside GARCH's, of the same forecasts as [`qlikes`] where the model had a GARCH.
#[must_use]
pub fn garch(score: &Score) -> Option<(f64, f64)> {
    qlikes(score).and_then(|[loss, ..]| Some((loss, score.garch_qlike?)))
}

impl Scoreboard {
    /// The board of these scores. Which ones belong on it (all, a model's, a month's) is the caller's choice.
    #[must_use]
    pub fn of(scores: impl Iterator<Item = Score>) -> Self {
        let mut by_horizon: [Vec<Score>; 4] = Default::default();
        for score in scores {
            by_horizon[score.horizon.index()].push(score);
        }
        let mut board = Self::default();
        for (horizon, mut scores) in Horizon::ALL.into_iter().zip(by_horizon) {
            // The test looks at neighbours in time.
            scores.sort_by_key(|score| score.origin);
            board.summaries.extend(Summary::of(horizon, &scores));
            board.rows.extend(COMPARISONS.iter().filter_map(|comparison| Row::of(horizon, comparison, &scores)));
        }
        board
    }
}

impl Summary {
    fn of(horizon: Horizon, sorted: &[Score]) -> Option<Self> {
        let (first, last) = (sorted.first()?, sorted.last()?);
        let share = |value: fn(&Score) -> f64| sorted.iter().map(value).sum::<f64>() / sorted.len() as f64;
        let calls: Vec<(f64, bool)> = sorted.iter().map(|score| (score.p_up, score.up)).collect();
        Some(Self {
            horizon,
            from: first.origin,
            to: last.origin,
            n: sorted.len(),
            accuracy: share(right),
            auc: auc(&calls),
            coverage_80: share(|score| f64::from(u8::from(score.inside_80))),
            coverage_95: share(|score| f64::from(u8::from(score.inside_95))),
        })
    }
}

/// 1 for a right direction, 0 for a wrong one, a half where none was called.
fn right(score: &Score) -> f64 {
    if score.p_up == 0.5 {
        return 0.5;
    }
    f64::from(u8::from((score.p_up > 0.5) == score.up))
}

impl Row {
    fn of(horizon: Horizon, comparison: &Comparison, sorted: &[Score]) -> Option<Self> {
        let losses: Vec<(f64, f64)> = sorted.iter().filter_map(comparison.losses).collect();
        let compared = Compared::of(&losses, horizon.bars())?;
        Some(Self {
            horizon,
            target: comparison.target.to_owned(),
            loss_name: comparison.loss_name.to_owned(),
            n: compared.n,
            loss: compared.loss,
            baseline: comparison.baseline.to_owned(),
            baseline_loss: compared.baseline_loss,
            skill: compared.skill,
            dm_t: compared.dm.map(|dm| dm.t),
            dm_p: compared.dm.map(|dm| dm.p),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::score;
    use crate::time::BAR;

    /// Something between 0.5 and 1.5 that differs from bar to bar.
    fn wobble(bar: i64) -> f64 {
        0.5 + (bar as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(23) as f64 / u64::MAX as f64
    }

    #[test]
    fn half_the_loss_is_half_the_skill_and_proved() {
        let board = Scoreboard::of((0..600).map(|bar| score(Horizon::H1, bar, wobble(bar))));
        assert_eq!((board.summaries.len(), board.rows.len()), (1, 7));
        let skills: Vec<f64> = board.rows.iter().filter_map(|row| row.skill).collect();
        for (skill, expected) in skills.into_iter().zip([0.5, 0.5, 0.875, 0.8, 0.75, 0.5, 0.5]) {
            assert!((skill - expected).abs() < 1e-12);
        }
        assert!(board.rows.iter().all(|row| row.n == 600 && row.dm_t > Some(5.0) && row.dm_p < Some(1e-6)));
    }

    #[test]
    fn a_volatility_row_counts_only_where_all_four_are_there() {
        let mut scores: Vec<Score> = (0..10).map(|bar| score(Horizon::M15, bar, 1.0)).collect();
        scores[3].har_qlike = None;
        scores[7].qlike = None;
        scores[8].garch_qlike = None;
        let board = Scoreboard::of(scores.into_iter());
        let counts: Vec<usize> = board.rows.iter().map(|row| row.n).collect();
        assert_eq!(counts, [10, 10, 8, 7, 8, 8, 10]);
        // A constant difference proves nothing, however large.
        assert!(board.rows.iter().all(|row| row.dm_t.is_none()));
    }

    #[test]
    fn directions_and_intervals_are_counted() {
        let calls = [(0.6, true), (0.6, false), (0.4, false), (0.5, true)];
        let scores = calls.into_iter().zip(0..).map(|((p_up, up), bar)| Score {
            p_up,
            up,
            inside_80: bar < 3,
            ..score(Horizon::H24, bar, 1.0)
        });
        let board = Scoreboard::of(scores);
        let summary = &board.summaries[0];
        assert_eq!((summary.accuracy, summary.auc), (0.625, Some(0.625)));
        assert_eq!((summary.coverage_80, summary.coverage_95), (0.75, 1.0));
        assert_eq!((summary.from, summary.to), (Timestamp(0), Timestamp(3 * BAR)));
    }

    #[test]
    fn the_order_of_arrival_does_not_matter_and_nothing_is_a_board_too() {
        let mut scores: Vec<Score> =
            (0..200).flat_map(|bar| Horizon::ALL.map(|horizon| score(horizon, bar, wobble(bar)))).collect();
        let board = Scoreboard::of(scores.clone().into_iter());
        scores.reverse();
        assert_eq!(Scoreboard::of(scores.into_iter()), board);
        let text = serde_json::to_string(&board).expect("JSON");
        assert_eq!(serde_json::from_str::<Scoreboard>(&text).expect("reads"), board);
        assert_eq!(Scoreboard::of(std::iter::empty()), Scoreboard::default());
    }
}
