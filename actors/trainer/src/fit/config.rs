//! The knobs of training.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wick_schemas::Horizon;
use wick_schemas::model::LEVEL_DAYS;

use super::boosting::Growth;
use super::neural::{self, Device, NeuralConfig, Place};
use super::{direction, volatility};
use crate::error::{Error, Result};
use crate::search::SearchConfig;
use crate::split::Window;

/// Everything that decides what comes of a training, besides the data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FitConfig {
    /// How many days before the moment of training are learnt from.
    pub train_days: u32,
    /// How many of these, the newest, the baselines learn from: they have few parameters, and what is long ago does them harm.
    /// One that is beaten must not be so for the window of what beats it.
    pub baseline_days: u32,
    /// How many of these, the newest, extended HAR of a horizon learns from, where not from all: trees learn from all what it
    /// leaves over.
    pub line_days: BTreeMap<Horizon, u32>,
    /// Outcomes of a horizon below which nothing but its baselines is fitted.
    pub min_rows: usize,
    /// Outcomes of a horizon below which not even the baselines are fitted.
    pub min_baseline_rows: usize,
    /// Number of walk-forward test blocks.
    pub folds: usize,
    /// Share of the outcomes, the newest, that the test blocks cover; between 0 and 1.
    pub test_share: f64,
    /// What a fold learns from.
    pub window: Window,
    /// Gap between what a fold learns from and its test block on top of the purge, in horizons.
    pub embargo_horizons: u32,
    /// Significance at which the candidates of a cell must be proved better than its best baseline, as many as they
    /// are (Hansen's test for superior predictive ability).
    pub alpha: f64,
    /// How far from its mean a standardised feature may be, in standard deviations.
    pub clip: f64,
    /// L2 penalty, on the sum of squares, of the ridge on what seasonal HAR leaves over, hours of the week included:
    /// for a horizon of one bar, and multiplied by the bars of a longer one, whose outcomes overlap.
    pub ridge_penalty: f64,
    /// Blocks of the training window, each of which is left out in turn for trees to learn from what a line without it
    /// leaves over.
    pub blocks: usize,
    /// L2 penalty of extended HAR, on the sum of squares: for a horizon of one bar, multiplied likewise.
    pub extended_penalty: f64,
    /// Penalty of elastic net on the sum of sizes of its weights: multiplied likewise.
    pub elastic_l1: f64,
    /// Penalty of elastic net on the sum of their squares: multiplied likewise.
    pub elastic_l2: f64,
    /// L2 penalty of the hours of the week in seasonal HAR, on the sum of squares.
    pub season_penalty: f64,
    /// L2 penalty, on the sum of log-losses, of the logistic regression: for a horizon of one bar, multiplied likewise.
    pub logistic_penalty: f64,
    /// Candidates that are not tried, by name: their time is saved.
    pub without: Vec<String>,
    /// How boosting grows for direction.
    pub direction_boosting: Growth,
    /// How boosting grows on what a line for volatility leaves over.
    pub volatility_boosting: Growth,
    /// Whether a random forest and extremely randomised trees are tried, for direction and on what a line for volatility
    /// leaves over.
    pub forest: bool,
    /// Number of its trees.
    pub forest_trees: usize,
    /// How deep a tree may grow.
    pub forest_depth: u16,
    /// Outcomes that a leaf must hold: for a horizon of one bar, multiplied likewise, up to an eighth of those drawn.
    pub forest_leaf: usize,
    /// Share of the columns that a split chooses among.
    pub forest_columns: f64,
    /// Outcomes that the forest is grown from, drawn from the training window: time is proportional to it.
    pub forest_rows: usize,
    /// Whether a network is tried, and how it learns.
    pub neural: NeuralConfig,
    /// How much is searched for better growths.
    pub search: SearchConfig,
    /// Threads that work at the horizons; changes nothing but the time, and so is no part of what a model is told to be
    /// made by.
    #[serde(skip_serializing)]
    pub threads: usize,
    /// Seed of every draw.
    pub seed: u64,
    /// Days over which the mean ratio of actual to forecast variance is taken.
    pub level_days: u32,
    /// How much worse than the champion, as a share of its loss and averaged over all cells, a challenger may be.
    pub tolerance: f64,
    /// How much worse than the champion, as a share of its loss, it may be in a cell where the difference is proved.
    pub margin: f64,
    /// Whether what the champion is proved better at stays, and the challenger takes over in the rest; else it is refused whole.
    pub keep_better: bool,
    /// Rows since the champion was trained below which champion and challenger are not compared.
    pub min_judged_rows: usize,
}

impl Default for FitConfig {
    fn default() -> Self {
        Self {
            train_days: 2190,
            baseline_days: 1095,
            line_days: BTreeMap::from([(Horizon::H4, 365), (Horizon::H24, 365)]),
            min_rows: 1_000,
            min_baseline_rows: 32,
            folds: 2,
            test_share: 0.5,
            window: Window::Expanding,
            embargo_horizons: 1,
            alpha: 0.05,
            clip: 6.0,
            ridge_penalty: 100.0,
            blocks: 5,
            extended_penalty: 10.0,
            elastic_l1: 500.0,
            elastic_l2: 100.0,
            season_penalty: 10.0,
            logistic_penalty: 2_000.0,
            without: [
                direction::EXTRA_TREES,
                volatility::ELASTIC_NET,
                volatility::EXTENDED_EXTRA_TREES,
                volatility::RIDGE,
                volatility::RIDGE_BOOSTING,
                volatility::RIDGE_FOREST,
            ]
            .map(str::to_owned)
            .to_vec(),
            direction_boosting: Growth {
                trees: 200,
                leaves: 15,
                rate: 0.05,
                leaf: 1_000,
                l2: 200.0,
                columns: 0.3,
                rows: 0.5,
            },
            volatility_boosting: Growth {
                trees: 300,
                leaves: 15,
                rate: 0.1,
                leaf: 200,
                l2: 20.0,
                columns: 0.3,
                rows: 0.5,
            },
            forest: true,
            forest_trees: 30,
            forest_depth: 9,
            forest_leaf: 40,
            forest_columns: 0.33,
            forest_rows: 8_000,
            neural: NeuralConfig::default(),
            search: SearchConfig { trials: 0, seconds: 60, judged_share: 0.25, first_share: 0.33 },
            threads: 2,
            seed: 1,
            level_days: LEVEL_DAYS,
            tolerance: 0.02,
            margin: 0.01,
            keep_better: true,
            min_judged_rows: 192,
        }
    }
}

fn is_candidate(name: &str) -> bool {
    direction::NAMES.contains(&name) || volatility::NAMES.contains(&name)
}

impl FitConfig {
    /// Whether a candidate is to be tried.
    #[must_use]
    pub fn tries(&self, name: &str) -> bool {
        !self.without.iter().any(|out| out == name)
    }

    /// The same with networks at one place from the first fit to the last, and what that place is called; `None` where no
    /// network is asked for.
    ///
    /// # Errors
    /// Where there must be a graphics card, and there is none.
    pub fn placed(&self, device: Device) -> Result<(Self, Option<String>)> {
        let mut placed = self.clone();
        if !self.neural.enabled {
            return Ok((placed, None));
        }
        let place = Place::of(device)?;
        placed.neural.device = place.device();
        Ok((placed, Some(place.name().to_owned())))
    }

    /// What is kept of these with a model, as JSON: where its networks were fitted too, if any were asked for.
    #[must_use]
    pub fn record(&self, networks_on: Option<&str>) -> String {
        #[derive(Serialize)]
        struct Record<'a> {
            #[serde(flatten)]
            settings: &'a FitConfig,
            #[serde(skip_serializing_if = "Option::is_none")]
            networks_on: Option<&'a str>,
        }
        // Numbers, words and lists of them: these always serialise.
        serde_json::to_string(&Record { settings: self, networks_on }).unwrap_or_default()
    }

    /// Refuses what cannot be.
    ///
    /// # Errors
    /// [`Error::Setting`] with the first setting that is wrong.
    pub fn validate(&self) -> Result<()> {
        let positive = |value: f64| value.is_finite() && value > 0.0;
        let share = |value: f64| value > 0.0 && value < 1.0;
        let checks = [
            ("train_days", self.train_days > 0, "at least one day"),
            ("baseline_days", self.baseline_days > 0, "at least one day"),
            ("line_days", self.line_days.values().all(|days| *days > 0), "at least one day each"),
            ("min_baseline_rows", self.min_baseline_rows >= 8, "at least 8"),
            ("min_rows", self.min_rows >= self.min_baseline_rows, "not less than min_baseline_rows"),
            ("folds", self.folds > 0, "at least one"),
            ("test_share", share(self.test_share), "between 0 and 1"),
            ("alpha", share(self.alpha), "between 0 and 1"),
            ("clip", positive(self.clip), "positive"),
            ("ridge_penalty", positive(self.ridge_penalty), "positive"),
            ("blocks", (2..=50).contains(&self.blocks), "from 2 to 50"),
            ("extended_penalty", positive(self.extended_penalty), "positive"),
            ("elastic_l1", positive(self.elastic_l1), "positive"),
            ("elastic_l2", positive(self.elastic_l2), "positive"),
            ("season_penalty", positive(self.season_penalty), "positive"),
            ("logistic_penalty", positive(self.logistic_penalty), "positive"),
            ("without", self.without.iter().all(|name| is_candidate(name)), "names of candidates: see docs/models.md"),
            ("direction_boosting", self.direction_boosting.is_sound(), Growth::SOUND),
            ("volatility_boosting", self.volatility_boosting.is_sound(), Growth::SOUND),
            ("forest_trees", self.forest_trees > 0, "at least one"),
            ("forest_depth", (2..=16).contains(&self.forest_depth), "from 2 to 16"),
            ("forest_leaf", self.forest_leaf > 0, "at least one"),
            ("forest_columns", self.forest_columns > 0.0 && self.forest_columns <= 1.0, "above 0, at most 1"),
            ("forest_rows", self.forest_rows >= 100, "at least 100"),
            ("neural", self.neural.is_sound(), NeuralConfig::SOUND),
            ("neural.enabled", neural::BUILT || !self.neural.enabled, neural::NOT_BUILT),
            ("neural.device", neural::ON_CARDS || self.neural.device != Device::Gpu, neural::NO_CARDS),
            ("search", self.search.is_sound(), SearchConfig::SOUND),
            ("threads", self.threads > 0, "at least one"),
            ("level_days", self.level_days > 0, "at least one day"),
            ("tolerance", self.tolerance >= 0.0, "not negative"),
            ("margin", self.margin >= 0.0, "not negative"),
        ];
        match checks.into_iter().find(|(_, sound, _)| !sound) {
            Some((name, _, reason)) => Err(Error::Setting { name, reason }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_refused_where_none_is_built_in_and_where_it_could_not_learn() {
        let with = |neural: NeuralConfig| FitConfig { neural, ..FitConfig::default() }.validate();
        assert_eq!(with(NeuralConfig::default()), Ok(()));
        let asked = with(NeuralConfig { enabled: true, ..NeuralConfig::default() });
        let refused = Error::Setting { name: "neural.enabled", reason: neural::NOT_BUILT };
        assert_eq!(asked, if cfg!(feature = "neural") { Ok(()) } else { Err(refused) });
        let on_a_card = with(NeuralConfig { device: Device::Gpu, ..NeuralConfig::default() });
        let refused = Error::Setting { name: "neural.device", reason: neural::NO_CARDS };
        assert_eq!(on_a_card, if cfg!(feature = "neural-gpu") { Ok(()) } else { Err(refused) });
        let unsound = Err(Error::Setting { name: "neural", reason: NeuralConfig::SOUND });
        assert_eq!(with(NeuralConfig { hidden: vec![], ..NeuralConfig::default() }), unsound);
        assert_eq!(with(NeuralConfig { hidden: vec![8, 0], ..NeuralConfig::default() }), unsound);
        assert_eq!(with(NeuralConfig { held_share: 1.0, ..NeuralConfig::default() }), unsound);
        assert_eq!(with(NeuralConfig { rate: f64::NAN, ..NeuralConfig::default() }), unsound);
    }
}
