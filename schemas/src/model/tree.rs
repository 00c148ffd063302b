//! A regression tree, flattened into a list of nodes.

use serde::{Deserialize, Serialize};

/// A node: a question about one column, or a value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Node {
    /// `column <= threshold` goes to `left`, everything else to `right`.
    #[serde(rename = "s")]
    Split {
        /// Which column is asked about.
        #[serde(rename = "c")]
        column: u32,
        /// The threshold.
        #[serde(rename = "t")]
        threshold: f64,
        /// The node for "at most".
        #[serde(rename = "l")]
        left: u32,
        /// The node for "more".
        #[serde(rename = "r")]
        right: u32,
    },
    /// The answer.
    #[serde(rename = "v")]
    Leaf(f64),
}

/// A tree: its first node is the root, and children come after their parents.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tree(pub Vec<Node>);

impl Tree {
    /// The columns that are asked about, some of them often.
    pub fn columns(&self) -> impl Iterator<Item = u32> {
        self.0.iter().filter_map(|node| match node {
            Node::Split { column, .. } => Some(*column),
            Node::Leaf(_) => None,
        })
    }

    /// The value of the leaf that the row falls into.
    #[must_use]
    pub fn value(&self, row: &[f64]) -> f64 {
        let mut place = 0;
        loop {
            match self.0.get(place) {
                Some(Node::Split { column, threshold, left, right }) => {
                    let value = row.get(*column as usize).copied().unwrap_or(f64::NAN);
                    place = if value <= *threshold { *left } else { *right } as usize;
                }
                Some(Node::Leaf(value)) => return *value,
                None => return 0.0,
            }
        }
    }

    /// Whether every walk ends in a leaf and asks only about columns that are there.
    #[must_use]
    pub fn is_sound(&self, columns: usize) -> bool {
        self.ends()
            && self.0.iter().all(|node| match node {
                Node::Leaf(value) => value.is_finite(),
                Node::Split { column, threshold, .. } => (*column as usize) < columns && threshold.is_finite(),
            })
    }

    /// Whether every walk ends in a leaf.
    pub(super) fn ends(&self) -> bool {
        let nodes = self.0.len();
        !self.0.is_empty()
            && self.0.iter().enumerate().all(|(place, node)| match node {
                Node::Leaf(_) => true,
                Node::Split { left, right, .. } => {
                    [*left, *right].into_iter().all(|child| (child as usize) > place && (child as usize) < nodes)
                }
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stump() -> Tree {
        Tree(vec![Node::Split { column: 1, threshold: 0.5, left: 1, right: 2 }, Node::Leaf(-1.0), Node::Leaf(1.0)])
    }

    #[test]
    fn a_row_falls_to_its_leaf() {
        assert_eq!(stump().value(&[0.0, 0.5]), -1.0);
        assert_eq!(stump().value(&[0.0, 0.6]), 1.0);
    }

    #[test]
    fn a_tree_that_loops_or_asks_too_much_is_not_sound() {
        assert!(stump().is_sound(2));
        assert!(!stump().is_sound(1));
        assert!(!Tree(vec![]).is_sound(2));
        assert!(!Tree(vec![Node::Split { column: 0, threshold: 0.0, left: 0, right: 0 }]).is_sound(2));
    }
}
