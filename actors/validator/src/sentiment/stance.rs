//! The classes of a judgement.

/// How many there are.
pub const CLASSES: usize = 3;

/// A class, in the order in which arrays of one number each hold them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stance {
    /// Bearish.
    Negative,
    /// Neither.
    Neutral,
    /// Bullish.
    Positive,
}

impl Stance {
    /// All of them, in order.
    pub const ALL: [Self; CLASSES] = [Self::Negative, Self::Neutral, Self::Positive];

    /// The class with the largest number. Of equal ones neutral wins, then negative.
    #[must_use]
    pub fn largest(numbers: [f64; CLASSES]) -> Self {
        let [negative, neutral, positive] = numbers;
        if neutral >= negative && neutral >= positive {
            Self::Neutral
        } else if negative >= positive {
            Self::Negative
        } else {
            Self::Positive
        }
    }
}
