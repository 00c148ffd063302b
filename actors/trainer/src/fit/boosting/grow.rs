//! Trees of a library, in a loop of our own: it knows two losses, and volatility is judged by a third.

use forust_ml::Matrix;
use forust_ml::gradientbooster::GrowPolicy;
use forust_ml::sampler::{RowSubset, SampleMethod};
use forust_ml::splitter::MissingImputerSplitter;
use forust_ml::tree::{Tree as Grown, split_bins};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::index::sample;
use wick_schemas::model::{Estimator, Node, Tree};

use super::{Bins, Growth, Loss};

/// Questions from the root of a tree to a leaf, at most.
const DEPTH: usize = 12;

/// Fits `y`, one for each place that the bins were made of.
#[must_use]
pub fn grow(bins: &Bins, y: &[f64], loss: Loss, growth: Growth, seed: u64) -> Estimator {
    grow_and_say(bins, &bins.pick(y), loss, growth, seed).0
}

/// The trees, and what they say of each row that is not left out.
fn grow_and_say(bins: &Bins, y: &[f64], loss: Loss, growth: Growth, seed: u64) -> (Estimator, Vec<f64>) {
    let start = loss.start(y);
    let mut said = vec![start; bins.rows];
    let mut trees = Vec::with_capacity(growth.trees);
    let mut chance = StdRng::seed_from_u64(seed);
    let (splitter, data) = (splitter(bins, loss, growth), Matrix::new(&bins.data.binned_data, bins.rows, bins.width));
    let (mut gradient, mut hessian) = (vec![0.0; bins.rows], vec![0.0; bins.rows]);
    let mut drawn = RowSubset::default();
    for _ in 0..growth.trees {
        for (place, (y, said)) in y.iter().zip(&said).enumerate() {
            (gradient[place], hessian[place]) = loss.slope(*y, *said);
        }
        let columns = share(&mut chance, &bins.asked, growth.columns);
        let rows = share(&mut chance, &data.index, growth.rows);
        drawn.fill(&data, &rows, &columns, &gradient, &hessian, false);
        let (of_drawn, index) = drawn.matrix();
        let mut tree = Grown::new();
        tree.fit(
            &of_drawn,
            index,
            &columns,
            &bins.data.cuts,
            &drawn.grad,
            &drawn.hess,
            &splitter,
            growth.leaves,
            DEPTH,
            false,
            &SampleMethod::Random,
            &GrowPolicy::LossGuide,
        );
        let places = split_bins(&tree, &bins.data.cuts);
        for (row, said) in said.iter_mut().enumerate() {
            *said += tree.predict_row_from_bins(|column| *data.get(row, column), &places, 0, &f64::NAN);
        }
        trees.push(flatten(&tree));
    }
    (Estimator::Boosted { start, trees: trees.into() }, said)
}

/// So many of them, at least one, in their order.
fn share(chance: &mut StdRng, of: &[usize], share: f64) -> Vec<usize> {
    let wanted = ((of.len() as f64 * share) as usize).clamp(of.len().min(1), of.len());
    if wanted == of.len() {
        return of.to_vec();
    }
    let mut places = sample(chance, of.len(), wanted).into_vec();
    places.sort_unstable();
    places.into_iter().map(|place| of[place]).collect()
}

/// A tree that sees a share of the rows counts and pulls by that share.
fn splitter(bins: &Bins, loss: Loss, growth: Growth) -> MissingImputerSplitter {
    let leaf = ((growth.leaf as f64 * bins.alike) as usize).min(bins.rows / 8).max(1);
    let weight = loss.weight() * growth.rows as f32;
    MissingImputerSplitter {
        l1: 0.0,
        l2: growth.l2 * bins.alike as f32 * weight,
        max_delta_step: 0.0,
        gamma: 0.0,
        min_leaf_weight: leaf as f32 * weight,
        learning_rate: growth.rate / bins.overlap.sqrt() as f32,
        allow_missing_splits: false,
        constraints_map: Default::default(),
    }
}

/// As our own tree, so that the predictor needs no library. Theirs sends what is below a value to the left, ours what is
/// at most a threshold.
fn flatten(tree: &Grown) -> Tree {
    let nodes = tree.nodes.iter().map(|node| {
        if node.is_leaf {
            return Node::Leaf(f64::from(node.weight_value));
        }
        let place = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        Node::Split {
            column: place(node.split_feature),
            threshold: node.split_value.next_down(),
            left: place(node.left_child),
            right: place(node.right_child),
        }
    });
    Tree(nodes.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Dataset;
    use crate::testing;

    const GROWTH: Growth = Growth { trees: 12, leaves: 7, rate: 0.2, leaf: 10, l2: 1.0, columns: 1.0, rows: 1.0 };

    fn up(data: &Dataset) -> Vec<f64> {
        let labels = &data.labels[0];
        (0..labels.len()).map(|place| f64::from(u8::from(labels.up(place)))).collect()
    }

    #[test]
    fn the_flattened_trees_say_what_they_were_grown_by_of_every_row() {
        let data = testing::market(600, 9).planted().dataset();
        let labels = &data.labels[0];
        for overlap in [1.0, 16.0] {
            let bins = Bins::new(&data.rows, &labels.row, overlap).expect("bins");
            let picked: Vec<f64> = labels.row.iter().map(|place| *place as f64).collect();
            let picked: Vec<usize> = bins.pick(&picked).into_iter().map(|place| place as usize).collect();
            assert_eq!(picked.len(), bins.rows);
            assert_eq!(picked.last(), labels.row.last());
            for (loss, y) in
                [(Loss::Squared, &labels.log_variance), (Loss::Log, &up(&data)), (Loss::Qlike, &labels.log_variance)]
            {
                for growth in [GROWTH, Growth { rows: 0.5, columns: 0.4, ..GROWTH }] {
                    let (model, said) = grow_and_say(&bins, &bins.pick(y), loss, growth, 1);
                    assert!(model.is_sound(data.rows.names().len()));
                    for (place, wanted) in picked.iter().zip(said) {
                        assert!((model.value(data.rows.row(*place), 0) - wanted).abs() < 1e-9);
                    }
                }
            }
        }
    }

    #[test]
    fn what_was_planted_is_found_and_the_same_seed_gives_the_same_trees() {
        let data = testing::market(2_000, 9).planted().dataset();
        let (labels, up) = (&data.labels[0], up(&data));
        let bins = Bins::new(&data.rows, &labels.row, 1.0).expect("bins");
        let grown = || grow(&bins, &up, Loss::Log, GROWTH, 1);
        let model = grown();
        let right = |place: &usize| (model.value(data.rows.row(labels.row[*place]), 0) > 0.0) == labels.up(*place);
        let hits = (0..labels.len()).filter(right).count() as f64 / labels.len() as f64;
        assert!(hits > 0.7, "{hits}");
        assert_eq!(grown(), model);
    }

    #[test]
    fn shares_are_so_many_and_in_order() {
        let of: Vec<usize> = (0..40).map(|number| number * 3).collect();
        let mut chance = StdRng::seed_from_u64(1);
        let drawn = share(&mut chance, &of, 0.3);
        assert!(drawn.len() == 12 && drawn.is_sorted() && drawn.iter().all(|one| of.contains(one)));
        assert_ne!(drawn, share(&mut chance, &of, 0.3));
        assert_eq!(share(&mut chance, &of, 1.0), of);
        assert_eq!(share(&mut chance, &of, 1e-9).len(), 1);
        assert!(share(&mut chance, &[], 0.5).is_empty());
    }
}
