//! Trees that are asked together.
//!
//! Walking one tree after the other is slow: which way a row goes is a guess to the processor, and each wrong guess costs more
//! than the step. So trees are laid out a second time, for walking several at once without a guess: a step takes the child by
//! its place in a pair, a leaf leads to itself, and all walk as many steps as the deepest of them needs.

use std::ops::Deref;

use serde::{Deserialize, Serialize, Serializer};

use super::tree::{Node, Tree};

/// Trees that are walked at once: enough for one's wait for memory to be filled by the others.
const TOGETHER: usize = 8;

/// Trees, in order.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(from = "Vec<Tree>")]
pub struct Ensemble {
    trees: Vec<Tree>,
    /// None where they cannot be laid out: because they are not sound, or greater than any that is grown.
    layout: Option<Layout>,
}

/// Trees laid out for walking.
#[derive(Clone, Debug)]
struct Layout {
    steps: Vec<Step>,
    groups: Vec<Group>,
    /// Columns that a row must have.
    columns: usize,
}

/// A node. A leaf has its value in the threshold and itself for both children.
#[derive(Clone, Copy, Debug)]
struct Step {
    threshold: f64,
    /// For "more" and for "at most", from the root on.
    children: [u16; 2],
    column: u16,
}

/// Trees that are walked at once.
#[derive(Clone, Copy, Debug)]
struct Group {
    /// Where they begin; a group that is not full walks its first tree for those that it lacks.
    roots: [u32; TOGETHER],
    trees: usize,
    /// Steps to the deepest leaf.
    depth: usize,
}

impl Ensemble {
    /// The sum of what the trees say of a row, added up in their order.
    #[must_use]
    pub fn sum(&self, row: &[f64]) -> f64 {
        match &self.layout {
            Some(layout) if layout.columns <= row.len() => layout.sum(row),
            _ => self.trees.iter().map(|tree| tree.value(row)).sum(),
        }
    }
}

impl Layout {
    fn of(trees: &[Tree]) -> Option<Self> {
        let mut layout = Self { steps: Vec::new(), groups: Vec::new(), columns: 0 };
        for group in trees.chunks(TOGETHER) {
            let mut roots = [u32::try_from(layout.steps.len()).ok()?; TOGETHER];
            let mut depth = 0;
            for (tree, root) in group.iter().zip(&mut roots) {
                *root = u32::try_from(layout.steps.len()).ok()?;
                depth = depth.max(layout.add(tree)?);
            }
            layout.groups.push(Group { roots, trees: group.len(), depth });
        }
        Some(layout)
    }

    /// Lays out a tree and gives its depth.
    fn add(&mut self, tree: &Tree) -> Option<usize> {
        let nodes = tree.ends().then_some(&tree.0)?;
        let mut depths = vec![0_usize; nodes.len()];
        for (place, node) in nodes.iter().enumerate() {
            let here = u16::try_from(place).ok()?;
            self.steps.push(match *node {
                Node::Leaf(value) => Step { threshold: value, children: [here; 2], column: 0 },
                Node::Split { column, threshold, left, right } => {
                    let children = [u16::try_from(right).ok()?, u16::try_from(left).ok()?];
                    for child in children {
                        depths[usize::from(child)] = depths[place] + 1;
                    }
                    let column = u16::try_from(column).ok()?;
                    self.columns = self.columns.max(usize::from(column) + 1);
                    Step { threshold, children, column }
                }
            });
        }
        // A leaf alone asks about nothing, but its walk looks at the first column all the same.
        self.columns = self.columns.max(1);
        depths.into_iter().max()
    }

    fn sum(&self, row: &[f64]) -> f64 {
        let mut total = -0.0;
        for group in &self.groups {
            let mut places = group.roots;
            for _ in 0..group.depth {
                for (place, root) in places.iter_mut().zip(&group.roots) {
                    let step = &self.steps[*place as usize];
                    let at_most = row[usize::from(step.column)] <= step.threshold;
                    *place = root + u32::from(step.children[usize::from(at_most)]);
                }
            }
            for place in &places[..group.trees] {
                total += self.steps[*place as usize].threshold;
            }
        }
        total
    }
}

impl From<Vec<Tree>> for Ensemble {
    fn from(trees: Vec<Tree>) -> Self {
        Self { layout: Layout::of(&trees), trees }
    }
}

impl FromIterator<Tree> for Ensemble {
    fn from_iter<T: IntoIterator<Item = Tree>>(trees: T) -> Self {
        trees.into_iter().collect::<Vec<_>>().into()
    }
}

impl Deref for Ensemble {
    type Target = [Tree];

    fn deref(&self) -> &[Tree] {
        &self.trees
    }
}

impl PartialEq for Ensemble {
    fn eq(&self, other: &Self) -> bool {
        self.trees == other.trees
    }
}

impl Serialize for Ensemble {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.trees.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A tree of these splits: each turns one of the leaves that there are into two.
    fn tree(splits: &[(u32, f64, usize)]) -> Tree {
        let mut nodes = vec![Node::Leaf(0.5)];
        for (column, threshold, which) in splits {
            let leaves: Vec<usize> = (0..nodes.len()).filter(|place| matches!(nodes[*place], Node::Leaf(_))).collect();
            let (left, right) = (nodes.len() as u32, nodes.len() as u32 + 1);
            nodes[leaves[which % leaves.len()]] = Node::Split { column: *column, threshold: *threshold, left, right };
            nodes.extend([Node::Leaf(threshold * 0.1 + f64::from(left)), Node::Leaf(threshold / 3.0)]);
        }
        Tree(nodes)
    }

    fn one_by_one(trees: &[Tree], row: &[f64]) -> f64 {
        trees.iter().map(|tree| tree.value(row)).sum()
    }

    #[test]
    fn trees_that_are_not_sound_say_what_they_say_alone() {
        let leaf = Node::Leaf(2.0);
        let lost = Node::Split { column: 0, threshold: 0.0, left: 7, right: 1 };
        let trees = vec![Tree(vec![leaf.clone()]), Tree(vec![]), Tree(vec![lost, leaf])];
        let ensemble = Ensemble::from(trees);
        assert!(ensemble.layout.is_none());
        assert_eq!((ensemble.sum(&[-1.0]), ensemble.sum(&[1.0])), (2.0, 4.0));
    }

    #[test]
    fn none_and_leaves_alone_need_no_row() {
        assert_eq!(Ensemble::default().sum(&[]), 0.0);
        let leaves: Ensemble = [1.0, 2.0].map(|value| Tree(vec![Node::Leaf(value)])).into_iter().collect();
        assert_eq!((leaves.sum(&[]), leaves.sum(&[f64::NAN])), (3.0, 3.0));
    }

    proptest! {
        #[test]
        fn together_they_say_what_they_say_one_by_one(
            splits in prop::collection::vec(prop::collection::vec((0..4_u32, -2.0..2.0_f64, 0..9_usize), 0..9), 0..20),
            row in prop::collection::vec(prop_oneof![-3.0..3.0_f64, Just(f64::NAN), Just(f64::INFINITY)], 0..6),
        ) {
            let trees: Vec<Tree> = splits.iter().map(|splits| tree(splits)).collect();
            let ensemble = Ensemble::from(trees.clone());
            prop_assert!(ensemble.layout.is_some());
            prop_assert_eq!(ensemble.sum(&row).to_bits(), one_by_one(&trees, &row).to_bits());
            // On a threshold itself, "at most" is true.
            if let Some((_, threshold, _)) = splits.iter().flatten().next() {
                let row = [*threshold; 4];
                prop_assert_eq!(ensemble.sum(&row).to_bits(), one_by_one(&trees, &row).to_bits());
            }
        }

        #[test]
        fn written_and_read_they_are_the_same(
            splits in prop::collection::vec(prop::collection::vec((0..4_u32, -2.0..2.0_f64, 0..9_usize), 0..5), 0..5),
        ) {
            let trees: Vec<Tree> = splits.iter().map(|splits| tree(splits)).collect();
            let written = serde_json::to_string(&Ensemble::from(trees.clone())).expect("is written");
            prop_assert_eq!(&written, &serde_json::to_string(&trees).expect("is written"));
            let read: Ensemble = serde_json::from_str(&written).expect("is read");
            prop_assert_eq!(&*read, trees.as_slice());
        }
    }
}
