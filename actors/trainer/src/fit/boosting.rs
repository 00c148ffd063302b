//! Gradient boosting: trees one after the other, each on what those before it leave over.

mod bins;
mod grow;
mod loss;

use serde::{Deserialize, Serialize};

pub use self::bins::{Bins, Lazy};
pub use self::grow::grow;
pub use self::loss::Loss;

/// How trees are grown.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Growth {
    /// Number of trees; 0: none are tried.
    pub trees: usize,
    /// Leaves of a tree, at most.
    pub leaves: usize,
    /// Share of what is left over that a tree takes off: for a horizon of one bar, and divided by the square root of the
    /// bars of a longer one, whose outcomes overlap: fewer of them are independent, and they support less.
    pub rate: f32,
    /// Outcomes that a leaf must hold: for a horizon of one bar, multiplied by the bars of a longer one, up to an eighth
    /// of them all.
    pub leaf: usize,
    /// Ridge on the values of leaves, in outcomes: multiplied likewise.
    pub l2: f32,
    /// Share of the columns that a tree may ask about.
    pub columns: f64,
    /// Share of the rows that a tree learns from, drawn anew for each (Friedman 2002).
    #[serde(default = "all")]
    pub rows: f64,
}

fn all() -> f64 {
    1.0
}

impl Growth {
    /// What sound growth is.
    pub const SOUND: &str = "leaves from 2, rate, columns and rows above 0 and at most 1, leaf from 1, l2 not negative";

    /// Whether trees can be grown like this.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let share = |value: f64| value > 0.0 && value <= 1.0;
        self.leaves >= 2
            && share(self.rate.into())
            && share(self.columns)
            && share(self.rows)
            && self.leaf >= 1
            && self.l2 >= 0.0
    }
}
