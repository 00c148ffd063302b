//! Random forest (Breiman 2001) and extremely randomised trees (Geurts, Ernst and Wehenkel 2006).

use rand::SeedableRng;
use rand::rngs::StdRng;
use serde::Deserialize;
use smartcore::ensemble::extra_trees_regressor::{ExtraTreesRegressor, ExtraTreesRegressorParameters};
use smartcore::ensemble::random_forest_regressor::{RandomForestRegressor, RandomForestRegressorParameters};
use smartcore::linalg::basic::matrix::DenseMatrix;
use wick_schemas::model::{Estimator, Node, Tree};

use super::config::FitConfig;
use crate::dataset::Rows;
use crate::error::{Error, Result};

/// Which trees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Each on a resample of one of several draws, with the best threshold of each column.
    Random,
    /// Each on all rows of one draw, with thresholds drawn at random.
    Extra,
}

type Random = RandomForestRegressor<f64, f64, DenseMatrix<f64>, Vec<f64>>;
type Extra = ExtraTreesRegressor<f64, f64, DenseMatrix<f64>, Vec<f64>>;

/// Trees as the library grew them.
enum Grown {
    Random(Random),
    Extra(Extra),
}

/// Fits `y` on the given rows (places in `rows`, one for each `y`).
///
/// At most `forest_rows` of them for a tree, drawn by the seed, as its time is proportional to them. Random trees share
/// [`DRAWS`] draws, so that together they see more and err less alike; trees whose thresholds are drawn share one. Never
/// every k-th row, as the hours of the day would then not be drawn alike. A leaf holds at least `leaf` of them, or an eighth
/// if that is less.
///
/// # Errors
/// Where the forest cannot be grown.
pub fn fit(kind: Kind, rows: &Rows, places: &[usize], y: &[f64], leaf: usize, config: &FitConfig) -> Result<Estimator> {
    let grown = |trees: usize, seed: u64| -> Result<Vec<Tree>> {
        let drawn = draw(places.len(), config.forest_rows, seed);
        let leaf = leaf.min(drawn.len() / 8).max(1);
        let shape = Wanted { kind, trees, leaf, seed };
        flatten(&grow(shape, rows, places, y, &drawn, config)?.0)
    };
    let draws = match kind {
        Kind::Random => DRAWS.min(config.forest_trees),
        Kind::Extra => 1,
    };
    let mut trees = Vec::with_capacity(config.forest_trees);
    for number in 0..draws {
        // As many of each draw, and one more of the first where they do not come out even.
        let of_draw = (config.forest_trees - number).div_ceil(draws);
        trees.append(&mut grown(of_draw, config.seed.wrapping_add(number as u64))?);
    }
    Ok(Estimator::Forest { trees: trees.into() })
}

/// Draws of rows of a random forest. The library sorts every column of a draw before it grows trees on it: a draw for each
/// tree costs four times as much and gains next to nothing more.
const DRAWS: usize = 6;

/// What is to grow.
#[derive(Clone, Copy)]
struct Wanted {
    kind: Kind,
    trees: usize,
    leaf: usize,
    seed: u64,
}

fn draw(rows: usize, wanted: usize, seed: u64) -> Vec<usize> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut drawn = rand::seq::index::sample(&mut rng, rows, wanted.min(rows)).into_vec();
    drawn.sort_unstable();
    drawn
}

fn grow(
    wanted: Wanted,
    rows: &Rows,
    places: &[usize],
    y: &[f64],
    drawn: &[usize],
    config: &FitConfig,
) -> Result<(Grown, DenseMatrix<f64>)> {
    let width = rows.names().len();
    let of_draw: Vec<usize> = drawn.iter().map(|place| places[*place]).collect();
    let x = DenseMatrix::new(drawn.len(), width, rows.columns(&of_draw), true).map_err(failed)?;
    let y: Vec<f64> = drawn.iter().map(|place| y[*place]).collect();
    let columns = ((width as f64 * config.forest_columns).ceil() as usize).clamp(1, width);
    let grown = match wanted.kind {
        Kind::Random => {
            let parameters = RandomForestRegressorParameters::default()
                .with_n_trees(wanted.trees)
                .with_max_depth(config.forest_depth)
                .with_min_samples_leaf(wanted.leaf)
                .with_min_samples_split(2 * wanted.leaf)
                .with_m(columns)
                .with_seed(wanted.seed);
            Grown::Random(Random::fit(&x, &y, parameters).map_err(failed)?)
        }
        Kind::Extra => {
            let parameters = ExtraTreesRegressorParameters::default()
                .with_n_trees(wanted.trees)
                .with_max_depth(config.forest_depth)
                .with_min_samples_leaf(wanted.leaf)
                .with_min_samples_split(2 * wanted.leaf)
                .with_m(columns)
                .with_seed(wanted.seed);
            Grown::Extra(Extra::fit(&x, &y, parameters).map_err(failed)?)
        }
    };
    Ok((grown, x))
}

/// smartcore keeps its nodes to itself, but writes them down; this is the part of what it writes that matters.
#[derive(Deserialize)]
struct Written {
    forest_regressor: WrittenForest,
}

#[derive(Deserialize)]
struct WrittenForest {
    trees: Vec<WrittenTree>,
}

#[derive(Deserialize)]
struct WrittenTree {
    nodes: Vec<WrittenNode>,
}

#[derive(Deserialize)]
struct WrittenNode {
    output: f64,
    split_feature: u32,
    split_value: Option<f64>,
    true_child: Option<u32>,
    false_child: Option<u32>,
}

fn flatten(forest: &Grown) -> Result<Vec<Tree>> {
    let unreadable = |error: serde_json::Error| Error::Fit { what: "forest", reason: error.to_string() };
    let written = match forest {
        Grown::Random(forest) => serde_json::to_value(forest),
        Grown::Extra(forest) => serde_json::to_value(forest),
    };
    let written: Written = written.and_then(serde_json::from_value).map_err(unreadable)?;
    let tree = |tree: WrittenTree| Tree(tree.nodes.into_iter().map(node).collect());
    Ok(written.forest_regressor.trees.into_iter().map(tree).collect())
}

fn node(node: WrittenNode) -> Node {
    match (node.split_value, node.true_child, node.false_child) {
        (Some(threshold), Some(left), Some(right)) => {
            Node::Split { column: node.split_feature, threshold, left, right }
        }
        // A node that could have been split, but was not because the tree was deep enough, keeps its threshold.
        _ => Node::Leaf(node.output),
    }
}

fn failed(error: smartcore::error::Failed) -> Error {
    Error::Fit { what: "forest", reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::testing;

    #[test]
    fn the_flattened_trees_say_what_the_library_says_of_every_row() {
        let data = testing::market(600, 9).dataset();
        let labels = &data.labels[0];
        let config = FitConfig::default();
        let drawn: Vec<usize> = (0..labels.len()).collect();
        for kind in [Kind::Random, Kind::Extra] {
            let wanted = Wanted { kind, trees: 5, leaf: 5, seed: 1 };
            let grown = grow(wanted, &data.rows, &labels.row, &labels.log_variance, &drawn, &config);
            let (forest, x) = grown.expect("a forest");
            let model = Estimator::Forest { trees: flatten(&forest).expect("trees").into() };
            assert!(model.is_sound(data.rows.names().len()));
            let said = match forest {
                Grown::Random(forest) => forest.predict(&x),
                Grown::Extra(forest) => forest.predict(&x),
            };
            for (place, wanted) in labels.row.iter().zip(said.expect("forecasts")) {
                assert!((model.value(data.rows.row(*place), 0) - wanted).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn random_trees_know_several_draws_of_rows_and_the_forest_is_the_same_again() {
        let data = testing::market(900, 9).dataset();
        let labels = &data.labels[0];
        let grown = || {
            let config = FitConfig { forest_trees: 14, forest_rows: 64, ..FitConfig::default() };
            fit(Kind::Random, &data.rows, &labels.row, &labels.log_variance, 1, &config).expect("a forest")
        };
        let few = grown();
        assert_eq!(few, grown());
        // A tree that grows on says the outcomes of its rows one by one: however many on one draw know 64.
        let leaf = |node: &Node| if let Node::Leaf(said) = node { Some(said.to_bits()) } else { None };
        let Estimator::Forest { trees } = &few else { panic!("no forest") };
        assert_eq!(trees.len(), 14);
        let said: BTreeSet<u64> = trees.iter().flat_map(|tree| tree.0.iter().filter_map(leaf)).collect();
        assert!(said.len() > 200, "{}", said.len());
    }

    #[test]
    fn a_draw_is_without_repeats_and_the_same_for_a_seed() {
        let drawn = draw(1_000, 100, 4);
        assert_eq!(drawn, draw(1_000, 100, 4));
        assert!(drawn.len() == 100 && drawn.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(draw(5, 100, 4), [0, 1, 2, 3, 4]);
    }
}
